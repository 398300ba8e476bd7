import type pg from "pg";
import { send } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { createHistory } from "../history/create.ts";
import { alteredTables, expectedAfter, readKept, takeFingerprint } from "../history/fingerprint.ts";
import {
  type History,
  type HistoryRow,
  type HistorySql,
  readHistory,
  WHOLE_DATABASE,
} from "../history/history.ts";
import { comparePlan, type Plan, type Problem } from "../history/plan.ts";
import { repair } from "../history/repair.ts";
import { parseScript } from "../sql/statements.ts";
import { type Target, withClient } from "../target.ts";
import { message } from "./run.ts";
import { progressChecksum } from "./steps.ts";
import { type LockWait, underLock } from "./under-lock.ts";

export interface RepairOptions extends LockWait {
  /** Files that were edited after they were applied, on purpose: their checksums are realigned. Default none. */
  acceptEdits?: readonly string[];
  /** Files that are applied and that the folder has no more, on purpose: their rows are removed. Default none. */
  forget?: readonly string[];
  /** Accept what was changed by hand in tables, functions and types as it is. Default false. */
  acceptTables?: boolean;
  /** Write nothing. Default false. */
  dryRun?: boolean;
}

/** What was put right, or with `dryRun` would be. */
export interface RepairResult {
  /** One sentence for each row of the history that was changed by hand. */
  rows: { name: string; message: string }[];
  /** Files whose checksum was realigned. */
  edits: { name: string; was: string; is: string }[];
  /** Files whose row was removed because the folder has them no more. */
  forgotten: string[];
  /** Tables, functions and types that were accepted as they are: `public.a (altered: column x added)`. */
  tables: string[];
  /** What this does not put right. */
  left: Problem[];
}

/**
 * Brings the bookkeeping in line, never the schema: rows of the history that the audit trail proves wrong, and on
 * request checksums of edited files, rows of files that are gone, and tables changed by hand. Each with an entry in the audit trail. Safe to repeat.
 * @throws MigrationError (kind `history`) when a file that is named was not edited, or is not gone
 */
export async function repairHistory(
  target: Target,
  migrations: readonly Migration[],
  options: RepairOptions = {},
): Promise<RepairResult> {
  return withClient(target, async (client, sql) => {
    const first = await find(client, sql, migrations, options);
    if (options.dryRun || isNothing(first.result)) return first.result;
    return underLock(client, sql, target, options, async () => {
      // Another run may have written while this one waited for the lock.
      const found = await find(client, sql, migrations, options);
      if (!found.history.exists) await createHistory(client, sql);
      const onEvent = options.onEvent ?? (() => {});
      await repair({ client, sql, onEvent }, found.plan.problems, found.history);
      for (const edit of found.edits) await send(client, message(["BEGIN", ...edit.statements, "COMMIT"]));
      for (const row of found.forgotten) {
        const entry = sql.record("removed", row, "forgotten on purpose: the folder has no such file");
        await send(client, message(["BEGIN", sql.remove(row.name), entry, "COMMIT"]));
      }
      if (options.acceptTables) await acceptTables(client, sql, found.result.tables);
      return found.result;
    });
  });
}

interface Found {
  history: History;
  plan: Plan;
  edits: Edit[];
  forgotten: HistoryRow[];
  result: RepairResult;
}

/** A realigned checksum. */
interface Edit {
  name: string;
  was: string;
  is: string;
  statements: string[];
}

async function find(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
  { acceptEdits = [], acceptTables = false, forget = [] }: RepairOptions,
): Promise<Found> {
  const history = await readHistory(client, sql);
  const plan = comparePlan(migrations, history);
  const edits: Edit[] = [];
  for (const name of acceptEdits) edits.push(await editOf(sql, migrations, history, plan, name));
  const forgotten = forget.map((name) => missingRow(history, plan, name));
  const accepted = new Set([...acceptEdits, ...forget]);
  const rows = plan.problems.filter((problem) => problem.repairable);
  return {
    history,
    plan,
    edits,
    forgotten,
    result: {
      rows: rows.map(({ name, message }) => ({ name, message })),
      edits: edits.map(({ name, was, is }) => ({ name, was, is })),
      forgotten: [...forget],
      tables: acceptTables && history.exists ? await alteredTables(client, sql) : [],
      left: plan.problems.filter((problem) => !problem.repairable && !accepted.has(problem.name)),
    },
  };
}

function isNothing({ rows, edits, forgotten, tables }: RepairResult): boolean {
  return rows.length + edits.length + forgotten.length + tables.length === 0;
}

function missingRow(history: History, plan: Plan, name: string): HistoryRow {
  const missing = plan.problems.filter(({ kind }) => kind === "missing").map((problem) => problem.name);
  if (missing.includes(name)) return history.rows.find((row) => row.name === name)!;
  const which = missing.length === 0 ? "No file is missing" : `These are: ${missing.join(", ")}`;
  throw new MigrationError(
    "history",
    `${name} is no applied file that the folder lacks, so there is nothing to forget. ${which}. Nothing was changed.`,
  );
}

async function editOf(
  sql: HistorySql,
  migrations: readonly Migration[],
  history: History,
  plan: Plan,
  name: string,
): Promise<Edit> {
  const file = migrations.find((one) => one.name === name);
  const partial = plan.partial.get(name);
  if (file && partial) return partialEdit(sql, file, partial.statementsApplied, partial.progressChecksum);
  const edited = plan.problems.filter(({ kind }) => kind === "edited").map((problem) => problem.name);
  if (!file || !edited.includes(name)) {
    const which = edited.length === 0 ? "No file was" : `These were: ${edited.join(", ")}`;
    throw new MigrationError(
      "history",
      `${name} was not edited after it was applied, so there is nothing to accept. ${which}. Nothing was changed.`,
    );
  }
  const row = history.rows.find((one) => one.name === name);
  const evidence = history.evidence.get(name);
  const was = row?.checksum ?? evidence!.checksum;
  return {
    name,
    was,
    is: file.checksum,
    statements: [
      ...(row ? [] : [sql.restore(evidence!)]),
      sql.acceptEdit(file, undefined),
      sql.record("edit-accepted", file, `checksum was ${was}`),
    ],
  };
}

/** The statements that are applied may have another text now, but none of them can be gone. */
async function partialEdit(
  sql: HistorySql,
  file: Migration,
  applied: number,
  was: string | undefined,
): Promise<Edit> {
  const { statements } = await parseScript(file);
  if (statements.length < applied) {
    throw new MigrationError(
      "history",
      `Of ${file.name} ${applied} statements are applied, and it has ${statements.length} now. Restore the ones that were removed. Nothing was changed.`,
    );
  }
  const is = progressChecksum(statements.slice(0, applied));
  return {
    name: file.name,
    was: was ?? "",
    is,
    statements: [
      sql.acceptEdit(file, is),
      sql.record("progress-accepted", file, `checksum of the ${applied} applied statements was ${was}`),
    ],
  };
}

async function acceptTables(client: pg.Client, sql: HistorySql, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  const now = await takeFingerprint(client);
  const kept = expectedAfter({ ...(await readKept(client, sql)), current: false }, now, now);
  await client.query(sql.record("tables-accepted", WHOLE_DATABASE, tables.join(", ")));
  await client.query(sql.keepFingerprint(kept));
}
