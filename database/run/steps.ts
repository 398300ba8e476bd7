import { type ServerError, ServerFailure, send } from "../connection.ts";
import { errorAt } from "../errors.ts";
import { checksumOf } from "../folder/text.ts";
import type { HistoryRow } from "../history/history.ts";
import { characterCount, excerptAt, indexOfCharacter, placeOf } from "../sql/positions.ts";
import { scriptError } from "../sql/script-error.ts";
import type { Script, Statement } from "../sql/statements.ts";
import { type BuiltIndex, dropInvalidIndex, indexState } from "./indexes.ts";
import {
  AppliedElsewhere,
  isBroken,
  message,
  RESET_SESSION,
  type Run,
  sessionSettings,
  settingsOf,
  withRetries,
} from "./run.ts";

/** Statements that succeed or fail together. */
interface Unit {
  /** `block` is a transaction of the file's own; `stray` is a COMMIT outside of any, which does nothing. */
  kind: "single" | "block" | "alone" | "stray";
  /** Index of the first statement. */
  from: number;
  /** Index behind the last one. */
  to: number;
}

/**
 * Applies a file statement by statement. Each transactional statement, and each transaction of the file's own,
 * commits together with the record of its progress; a statement that cannot run in a transaction is recorded
 * right after it. A run that fails or is killed is continued by the next one behind the last recorded statement.
 */
export async function applySteps(run: Run, script: Script, row: HistoryRow | undefined): Promise<void> {
  const done = row?.statementsApplied ?? 0;
  if (row) refuseChangedPrefix(script, row);
  const interrupted = row ? await wasInterrupted(run, script) : false;
  await begin(run, script, row);
  for (const statement of script.statements.slice(0, done)) {
    if (statement.sets) await send(run.client, statement.text);
  }
  for (const unit of units(script.statements)) {
    if (unit.from < done) continue;
    try {
      await applyUnit(run, script, unit, interrupted && unit.from === done);
    } catch (error) {
      if (error instanceof ServerFailure) throw await stepError(run, script, unit, error);
      throw error;
    }
    run.onEvent({
      kind: "progress",
      file: script.migration.name,
      applied: unit.to,
      of: script.statements.length,
    });
  }
  const { migration } = script;
  await send(run.client, message(["BEGIN", ...RESET_SESSION, run.sql.complete(migration), "COMMIT"]));
}

/** SHA-256 of the statements that are applied: comments and blank lines may change, their text may not. */
export function progressChecksum(statements: readonly Statement[]): string {
  return checksumOf(statements.map((statement) => statement.text).join("\n;\n"));
}

function units(statements: readonly Statement[]): Unit[] {
  const found: Unit[] = [];
  for (let from = 0; from < statements.length; ) {
    const { role } = statements[from]!;
    if (role === "begin") {
      const length =
        statements.slice(from).findIndex((one) => one.role === "commit" || one.role === "rollback") + 1;
      found.push({ kind: "block", from, to: from + length });
    } else {
      const kind = role === "ordinary" ? "single" : role === "alone" ? "alone" : "stray";
      found.push({ kind, from, to: from + 1 });
    }
    from = found.at(-1)!.to;
  }
  return found;
}

/** @throws MigrationError (kind `history`) when the statements that are applied are not those of the file any more */
export function refuseChangedPrefix(script: Script, row: HistoryRow): void {
  const applied = script.statements.slice(0, row.statementsApplied);
  if (row.statementsApplied === 0 || progressChecksum(applied) === row.progressChecksum) return;
  const { migration } = script;
  throw errorAt(
    "history",
    `of this file ${row.statementsApplied} statements are applied, and one of them was edited since`,
    {
      file: migration.name,
      hint: `restore the first ${row.statementsApplied} statements; the ones behind may be corrected.`,
    },
  );
}

/** True when the last run was killed: a failure that it saw itself is the last entry of the trail. */
async function wasInterrupted(run: Run, script: Script): Promise<boolean> {
  const result = await run.client.query<{ event: string }>(
    `SELECT event FROM ${run.sql.log} WHERE name = $1 AND event <> 'progress-accepted' ORDER BY id DESC LIMIT 1`,
    [script.migration.name],
  );
  return result.rows[0]?.event === "started";
}

async function begin(run: Run, script: Script, row: HistoryRow | undefined): Promise<void> {
  const { migration, statements } = script;
  const entry = row
    ? run.sql.resume(migration, statements.length)
    : run.sql.insert(migration, statements.length);
  try {
    const started = run.sql.record("started", migration);
    await send(run.client, message(["BEGIN", entry, started, ...sessionSettings(run), "COMMIT"]));
  } catch (error) {
    if (!(error instanceof ServerFailure) || isBroken(error.serverError)) throw error;
    await run.client.query("ROLLBACK");
    if (error.serverError.code === "23505") throw new AppliedElsewhere();
    throw error;
  }
}

async function applyUnit(run: Run, script: Script, unit: Unit, wasKilledHere: boolean): Promise<void> {
  const file = script.migration.name;
  if (unit.kind === "alone") return applyAlone(run, script, unit, wasKilledHere);
  if (unit.kind === "stray")
    return send(run.client, message(["BEGIN", ...record(run, script, unit), "COMMIT"]));
  const { before, body, after } = unitMessage(run, script, unit);
  await withRetries(run, file, () => send(run.client, `${message(before)}${body}\n;\n${message(after)}`));
  const last = script.statements[unit.to - 1]!;
  if (last.role === "rollback") {
    await send(run.client, message(["BEGIN", ...record(run, script, unit), "COMMIT"]));
  }
}

function unitMessage(
  run: Run,
  script: Script,
  unit: Unit,
): { before: string[]; body: string; after: string[] } {
  const { sql } = script.migration;
  const first = script.statements[unit.from]!;
  const settings = settingsOf(run, "SET LOCAL", changedBy(script));
  if (unit.kind === "single") {
    return {
      before: ["BEGIN", ...settings],
      body: first.text,
      after: [...record(run, script, unit), "COMMIT"],
    };
  }
  const last = script.statements[unit.to - 1]!;
  const ending = last.role === "rollback" ? [last.text] : [...record(run, script, unit), last.text];
  return {
    before: [first.text, ...settings],
    body: sql.slice(bodyIndex(script, unit), last.index),
    after: ending,
  };
}

function bodyIndex(script: Script, unit: Unit): number {
  return script.statements[unit.kind === "block" ? unit.from + 1 : unit.from]!.index;
}

/** The file may have changed role for the session: the record is written as the user who connected. */
function record(run: Run, script: Script, unit: Unit): string[] {
  const done = script.statements.slice(0, unit.to);
  return [
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "SET LOCAL ROLE NONE",
    run.sql.progress(script.migration, unit.to, progressChecksum(done)),
  ];
}

/** Names of the settings that the file changes itself. */
function changedBy(script: Script): Set<string> {
  return new Set(script.statements.flatMap((statement) => statement.sets ?? []));
}

/** No lock_timeout here: when a concurrent build runs into one, it leaves an invalid index behind. */
async function applyAlone(run: Run, script: Script, unit: Unit, wasKilledHere: boolean): Promise<void> {
  const statement = script.statements[unit.from]!;
  const index = statement.buildsIndex;
  if (index) {
    const state = await indexState(run.client, index);
    if (state === "invalid") {
      await dropInvalidIndex(run.client, index);
      run.onEvent({
        kind: "warning",
        message: `The index ${index.name} was invalid, left by a failed build; it was dropped and is built again.`,
      });
    }
    if (state === "valid" && wasKilledHere) {
      await send(run.client, message(["BEGIN", ...record(run, script, unit), "COMMIT"]));
      return;
    }
  }
  try {
    await send(run.client, statement.text);
  } catch (error) {
    const isDone = error instanceof ServerFailure && isDoneAlready(statement, error.serverError);
    if (!wasKilledHere || !isDone) throw error;
    run.onEvent({
      kind: "warning",
      message: `${script.migration.name}: the run before was killed at statement ${unit.to}, which is done: ${error.serverError.message}. It is recorded.`,
    });
  }
  if (index) await refuseInvalid(run, script, statement, index);
  await send(run.client, message(["BEGIN", ...record(run, script, unit), "COMMIT"]));
}

/** Duplicate database, object, table or index, column, schema, function. */
const IS_THERE = new Set(["42P04", "42710", "42P07", "42701", "42P06", "42723"]);
/** Undefined database, object, table. */
const IS_GONE = new Set(["3D000", "42704", "42P01"]);

/**
 * Whether a statement answers what one does that a killed run had finished and not recorded. That something is missing
 * says so only of what removes it: elsewhere it is a slip of the pen.
 */
function isDoneAlready({ node, reason }: Statement, { code = "" }: ServerError): boolean {
  const removes = Object.keys(node)[0]?.startsWith("Drop") || reason === "DETACH PARTITION CONCURRENTLY";
  return IS_THERE.has(code) || (removes === true && IS_GONE.has(code));
}

async function refuseInvalid(
  run: Run,
  script: Script,
  statement: Statement,
  index: BuiltIndex,
): Promise<void> {
  if ((await indexState(run.client, index)) !== "invalid") return;
  const { sql, name } = script.migration;
  throw errorAt("statement", `the index ${index.name} is invalid after its build`, {
    file: name,
    ...placeOf(sql, statement.index),
    excerpt: excerptAt(sql, statement.index, statement.index, statement.index + statement.text.length),
    hint: "run again: the next run drops it and builds it anew.",
  });
}

async function stepError(run: Run, script: Script, unit: Unit, failure: ServerFailure): Promise<Error> {
  const error = failure.serverError;
  const { statement, index } = placeInUnit(run, script, unit, failure);
  const built = statement?.buildsIndex;
  const broken = isBroken(error);
  if (!broken) {
    await run.client.query(run.sql.record("failed", script.migration, error.message)).catch(() => undefined);
  }
  const left = built && !broken ? (await indexState(run.client, built)) === "invalid" : false;
  return scriptError({
    script,
    error,
    statement,
    index,
    outcome:
      unit.from === 0
        ? "Nothing of this file was kept"
        : unit.from === 1
          ? "Its first statement is applied and recorded; the next run continues behind it"
          : `Its first ${unit.from} statements are applied and recorded; the next run continues behind them`,
    ...(left && built
      ? {
          hint: `the failed build left the invalid index ${built.name}; remove the cause, and the next run drops the index and builds it again.`,
        }
      : {}),
  });
}

function placeInUnit(
  run: Run,
  script: Script,
  unit: Unit,
  failure: ServerFailure,
): { statement: Statement | undefined; index: number | undefined } {
  const { position } = failure.serverError;
  // The statement of such a unit is a message of its own; its record is another one, which begins a transaction.
  if ((unit.kind === "alone" || unit.kind === "stray") && failure.completed > 0)
    return { statement: undefined, index: undefined };
  if (unit.kind === "alone" || unit.kind === "stray") {
    const statement = script.statements[unit.from]!;
    const index =
      position === undefined
        ? undefined
        : statement.index + indexOfCharacter(statement.text, Number(position) - 1);
    return { statement, index };
  }
  const { before, body } = unitMessage(run, script, unit);
  const number = unit.from + failure.completed - before.length + (unit.kind === "block" ? 1 : 0);
  const last = unit.kind === "block" ? unit.to - 1 : unit.to;
  if (number < unit.from || number >= last) return { statement: undefined, index: undefined };
  const character = Number(position ?? 0) - 1 - characterCount(message(before));
  const index = character < 0 ? undefined : bodyIndex(script, unit) + indexOfCharacter(body, character);
  return { statement: script.statements[number], index };
}
