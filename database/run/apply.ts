import { ServerFailure, send } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { HistoryRow } from "../history/history.ts";
import { characterCount, indexOfCharacter } from "../sql/positions.ts";
import { scriptError } from "../sql/script-error.ts";
import type { Script } from "../sql/statements.ts";
import {
  AppliedElsewhere,
  isBroken,
  message,
  RESET_SESSION,
  type Run,
  transactionSettings,
  withRetries,
} from "./run.ts";
import { applySteps } from "./steps.ts";

/**
 * Applies one file and records it.
 * @param row The history row of a file that is applied in part.
 * @throws MigrationError (kind `statement`) with the place; AppliedElsewhere when another run was faster.
 */
export async function applyFile(run: Run, script: Script, row: HistoryRow | undefined): Promise<void> {
  try {
    if (script.mode === "steps" || row) {
      if (run.session.pooling === "transaction") refuseSteps([script.migration.name]);
      await applySteps(run, script, row);
    } else await withRetries(run, script.migration.name, () => applyTransaction(run, script));
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    const described = transactionError(script, error, run);
    await recordFailure(run, script, error);
    throw described;
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

/**
 * One message, so one round trip: the history row first (a second runner, even behind a transaction pooler,
 * stops at its key), then the file, then the session as it was, then the row's duration.
 */
async function applyTransaction(run: Run, script: Script): Promise<void> {
  const { before, after } = frame(run, script);
  try {
    await send(run.client, `${message(before)}${script.body}\n;\n${message(after)}`);
  } catch (error) {
    if (
      error instanceof ServerFailure &&
      error.completed < before.length &&
      error.serverError.code === "23505"
    ) {
      await run.client.query("ROLLBACK");
      throw new AppliedElsewhere();
    }
    throw error;
  }
}

function frame(run: Run, script: Script): { before: string[]; after: string[] } {
  const { migration, statements, opening } = script;
  return {
    before: [opening, ...transactionSettings(run), run.sql.insert(migration, statements.length)],
    after: [...RESET_SESSION, run.sql.finish(migration), run.sql.record("applied", migration), "COMMIT"],
  };
}

function transactionError(script: Script, failure: ServerFailure, run: Run): MigrationError {
  const { before } = frame(run, script);
  const error = failure.serverError;
  const number = failure.completed - before.length + script.skipped;
  // Steps describe their own failures; what arrives here from them is the bookkeeping around them.
  const inFile =
    script.mode === "transaction" &&
    number >= script.skipped &&
    number < script.statements.length - script.skipped;
  const outcome = isBroken(error)
    ? "The connection broke; the next run finds out from the history whether the file was applied"
    : "Nothing of this file was kept";
  return scriptError({
    script,
    error,
    statement: inFile ? script.statements[number] : undefined,
    index: inFile ? indexInBody(script, message(before), error.position) : undefined,
    outcome,
  });
}

/** The server counts characters from 1, over the whole message. */
function indexInBody(script: Script, prefix: string, position: string | undefined): number | undefined {
  if (position === undefined) return undefined;
  const character = Number(position) - 1 - characterCount(prefix);
  return character < 0 ? undefined : indexOfCharacter(script.migration.sql, character);
}

/** The audit trail holds failures too. The failure itself is what counts, so a trail that cannot be written is no error. */
async function recordFailure(run: Run, script: Script, failure: ServerFailure): Promise<void> {
  if (isBroken(failure.serverError)) return;
  await run.client
    .query(run.sql.record("failed", script.migration, failure.serverError.message))
    .catch(() => undefined);
}
