import { type Row, type ServerError, ServerFailure, send } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { HistoryRow } from "../history/history.ts";
import { characterCount, indexOfCharacter } from "../sql/positions.ts";
import { scriptError } from "../sql/script-error.ts";
import type { Script } from "../sql/statements.ts";
import {
  AppliedElsewhere,
  isBroken,
  isTransient,
  message,
  RESET_SESSION,
  type Run,
  rollback,
  settingsOf,
  withRetries,
} from "./run.ts";
import { canChangeSession } from "./session-state.ts";
import { applySteps } from "./steps.ts";

/** Told about each file as the server gets through with it. */
export interface Watch {
  started(script: Script): void;
  applied(script: Script, durationMs: number): void;
}

/** The failure of one file among several in a message. */
class FileFailure extends ServerFailure {
  readonly part: Part;
  /** Characters of the message before the file's own part. */
  readonly offset: number;

  /** @param completed Statements of the file's own part that were finished before. */
  constructor(part: Part, error: ServerError, completed: number, offset: number) {
    super(error, completed);
    this.part = part;
    this.offset = offset;
  }
}

/**
 * Applies files that are one transaction each, and records them: as few messages as possible, because over a network
 * each costs a round trip. The server drops the rest of a message behind the first error, so that no file runs after
 * one that failed.
 * @param watch Told of the first file already by the caller.
 * @throws MigrationError (kind `statement`) with the place; AppliedElsewhere when another run was faster.
 */
export async function applyTransactions(run: Run, scripts: readonly Script[], watch: Watch): Promise<void> {
  for (let first = 0; first < scripts.length; ) {
    const { migration } = scripts[first]!;
    try {
      first += await withRetries(run, migration.name, () => attempt(run, scripts.slice(first), watch));
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      const described = transactionError(error, run);
      await recordFailure(run, error.part.script, error);
      throw described;
    }
  }
}

/** @returns How many of the files were applied; behind them one must be tried again, as the first of a message. */
async function attempt(run: Run, scripts: readonly Script[], watch: Watch): Promise<number> {
  const parts = partsOf(run, scripts);
  const ends = runningTotal(parts.map((part) => part.count));
  let applied = 0;
  let durationMs = 0;
  const onCompleted = (completed: number, row: Row | undefined) => {
    if (completed === ends[applied]! - parts[applied]!.behindDuration) durationMs = Number(row?.[0]);
    if (completed < ends[applied]!) return;
    watch.applied(scripts[applied++]!, durationMs);
    if (applied < scripts.length) watch.started(scripts[applied]!);
  };
  try {
    await send(run.client, parts.map((part) => part.text).join(""), onCompleted);
    return scripts.length;
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    const { serverError, completed } = error;
    const starts = [0, ...runningTotal(parts.map((part) => characterCount(part.text)))];
    const unread = completed === 0 && serverError.code === SYNTAX_ERROR;
    if (unread) {
      // The server could not read the message, and ran none of it.
      const culprit = starts.findLastIndex((start) => start < Number(serverError.position ?? 0));
      if (culprit > 0) return attempt(run, scripts.slice(0, culprit), watch);
    }
    if (applied > 0 && isTransient(serverError)) {
      await rollback(run, serverError);
      return applied;
    }
    const own = completed - (ends[applied - 1] ?? 0);
    if (own < parts[applied]!.before.length && serverError.code === UNIQUE_VIOLATION) {
      await rollback(run, serverError);
      throw new AppliedElsewhere();
    }
    throw new FileFailure(parts[applied]!, serverError, own, starts[applied]!);
  }
}

const SYNTAX_ERROR = "42601";
const UNIQUE_VIOLATION = "23505";
const LOCK_NOT_AVAILABLE = "55P03";

/** Applies one file in steps and records it. @param row The history row of a file that is applied in part. */
export async function applySteppedFile(run: Run, script: Script, row: HistoryRow | undefined): Promise<void> {
  if (run.session.pooling === "transaction") refuseSteps([script.migration.name]);
  try {
    await applySteps(run, script, row);
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    // Steps describe their own failures; what arrives here from them is the bookkeeping around them.
    await recordFailure(run, script, error);
    throw scriptError({
      script,
      error: error.serverError,
      statement: undefined,
      index: undefined,
      outcome: outcomeOf(error.serverError, "What is recorded of this file is applied"),
    });
  }
}

/**
 * Between two statements of such a file nothing but the session lock keeps another run away, and behind a
 * transaction pooler there is none.
 * @throws MigrationError (kind `connection`) when there are any.
 */
export function refuseSteps(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new MigrationError(
    "connection",
    `This address is a transaction pooler, where files that run statement by statement are not safe: ${names.join(", ")}. Use the direct address or a session pooler (on Supabase: port 5432). None of these was applied.`,
  );
}

/** One file's part of a message. */
interface Part {
  script: Script;
  /** Statements before the file's own. */
  before: string[];
  text: string;
  /** How many statements the text holds. */
  count: number;
  /** How many of them come behind the one that answers the file's duration. */
  behindDuration: number;
}

/**
 * For each file: the history row first (a second runner, even behind a transaction pooler, stops at its key), then the
 * file, then the session as it was, then the row's duration and the entry of the trail.
 *
 * Three SET LOCAL a file cost the server a fifth of a small file. They are needed where the session is not this
 * client's own; elsewhere SET holds until the session is reset, which the end of each message does.
 *
 * Only the last commit of a message waits for the disk, which saves another fifth. What it makes durable includes all
 * commits before it, and the run ends after it; one that fails records that the same way. A server that loses its power
 * meanwhile has lost a file together with its row, so that the next run applies it
 * (postgresql.org/docs/current/wal-async-commit.html).
 */
function partsOf(run: Run, scripts: readonly Script[]): Part[] {
  const isShared = run.session.pooling === "transaction";
  let isSet = false;
  return scripts.map((script, index) => {
    const isLast = index === scripts.length - 1;
    const resets = isLast || canChangeSession(script);
    const settings = isSet ? [] : settingsOf(run, isShared ? "SET LOCAL" : "SET");
    if (!isLast) settings.push("SET LOCAL synchronous_commit = off");
    isSet = !isShared && !resets;
    return partOf(run, script, settings, resets ? RESET_SESSION : []);
  });
}

function partOf(run: Run, script: Script, settings: readonly string[], reset: readonly string[]): Part {
  const { migration, statements, opening, skipped } = script;
  const insert = run.sql.insert(migration, statements.length);
  // In the transaction, so that settings of a file that fails go with it. A mode of it comes before anything else.
  const before = [opening, ...settings, insert];
  const ending = ["COMMIT"];
  const after = [...reset, run.sql.complete(migration), ...ending];
  return {
    script,
    before,
    text: `${message(before)}${script.body}\n;\n${message(after)}`,
    count: before.length + statements.length - 2 * skipped + after.length,
    behindDuration: ending.length,
  };
}

function runningTotal(numbers: readonly number[]): number[] {
  let total = 0;
  return numbers.map((number) => {
    total += number;
    return total;
  });
}

function transactionError(failure: FileFailure, run: Run): MigrationError {
  const { part, serverError: error, completed, offset } = failure;
  const { script, before } = part;
  const index = indexInBody(script, offset + characterCount(message(before)), error.position);
  const outcome = outcomeOf(error, "Nothing of this file was kept");
  const unread = completed === 0 && error.code === SYNTAX_ERROR;
  const number = unread
    ? script.statements.findLastIndex((statement) => statement.index <= (index ?? -1))
    : completed - before.length + script.skipped;
  const inFile = number >= script.skipped && number < script.statements.length - script.skipped;
  if (!inFile && completed < before.length && error.code === LOCK_NOT_AVAILABLE) {
    return new MigrationError(
      "locked",
      `Another run applies ${script.migration.name} at the moment, and did not end within ${Math.round(run.lockRetryMs / 1000)} s. Wait for it and run again.`,
      { file: script.migration.name, sqlState: LOCK_NOT_AVAILABLE },
    );
  }
  return scriptError({
    script,
    error,
    statement: inFile ? script.statements[number] : undefined,
    index: inFile ? index : undefined,
    outcome,
  });
}

function outcomeOf(error: ServerError, otherwise: string): string {
  return isBroken(error)
    ? "The connection broke; the next run finds out from the history whether the file was applied"
    : otherwise;
}

/** The server counts characters from 1, over the whole message. @param start Characters before the file's text. */
function indexInBody(script: Script, start: number, position: string | undefined): number | undefined {
  if (position === undefined) return undefined;
  const character = Number(position) - 1 - start;
  return character < 0 ? undefined : indexOfCharacter(script.migration.sql, character);
}

/** The audit trail holds failures too. The failure itself is what counts, so a trail that cannot be written is no error. */
async function recordFailure(run: Run, script: Script, failure: ServerFailure): Promise<void> {
  if (isBroken(failure.serverError)) return;
  await run.client
    .query(run.sql.record("failed", script.migration, failure.serverError.message))
    .catch(() => undefined);
}
