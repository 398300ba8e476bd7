import type pg from "pg";
import { applyFile } from "./apply.ts";
import { connect, isTransactionPooler, ServerFailure, send } from "./connection.ts";
import { MigrationError } from "./errors.ts";
import type { MigrationEvent, OnEvent } from "./events.ts";
import type { Migration } from "./files.ts";
import { type History, type HistoryRow, HistorySql, type HistoryTable, readHistory } from "./history.ts";
import { takeLock } from "./lock.ts";
import { comparePlan, type Plan, type Problem } from "./plan.ts";
import { repair } from "./repair.ts";
import { AppliedElsewhere, canCheckConnection, type Run } from "./run.ts";
import { parseScript, type Script } from "./statements.ts";

export { maskConnectionString } from "./connection.ts";
export { MigrationError, type MigrationErrorKind } from "./errors.ts";
export type { MigrationEvent, OnEvent } from "./events.ts";
export { checksumOf, type Migration, readMigrations, versionOf } from "./files.ts";
export type { Evidence, History, HistoryRow, HistoryTable } from "./history.ts";
export { describeHolder, type LockHolder } from "./lock.ts";
export { comparePlan, isComplete, type Plan, type Problem, type ProblemKind } from "./plan.ts";
export { parseScript, type Script, type Statement } from "./statements.ts";

/** One database and the place of its history. */
export interface Target extends Partial<HistoryTable> {
  /** `postgresql://user:password@host:5432/database`. Never printed with its password. */
  connectionString: string;
}

/** Default place of the history: the specification's `schema_migrations`, in the schema that every database has. */
export const DEFAULT_HISTORY: HistoryTable = { schema: "public", table: "schema_migrations" };

export interface MigrateOptions {
  /** Apply pending files even when they are older than applied ones. Default false. */
  outOfOrder?: boolean;
  /** Put history rows right that were changed by hand, where the audit trail proves what they must be. Default false. */
  repair?: boolean;
  /** Stop behind this number. Default: all files. */
  to?: bigint;
  /** How long to wait for another run, in milliseconds. Default 5 minutes. */
  lockWaitMs?: number;
  /** `lock_timeout` of transactional statements, in milliseconds: the longest that applications queue behind one. Default 1000. */
  lockTimeoutMs?: number;
  /** How long a file is tried again when a lock is not free, in milliseconds. Default 2 minutes. */
  lockRetryMs?: number;
  /** `statement_timeout` of transactional statements, in milliseconds, 0 for none. Default 30 minutes. */
  statementTimeoutMs?: number;
  onEvent?: OnEvent;
}

export interface MigrateResult {
  /** Names of the files that this run applied, in order. */
  applied: string[];
  /** Names of the files whose history row this run put right. */
  repaired: string[];
  /** The history after the run. */
  rows: HistoryRow[];
}

export interface Status extends Plan {
  history: History;
}

/**
 * Compares a folder with a database; writes nothing.
 * @throws MigrationError of kind `connection` or `foreign-table`.
 */
export async function status(target: Target, migrations: readonly Migration[]): Promise<Status> {
  return withClient(target, async (client, sql) => {
    const history = await readHistory(client, sql);
    return { ...comparePlan(migrations, history), history };
  });
}

/**
 * Reads the history table alone; writes nothing.
 * @throws MigrationError of kind `connection` or `foreign-table`.
 */
export async function readRows(target: Target): Promise<History> {
  return withClient(target, readHistory);
}

/**
 * Checks without writing that the database holds exactly the folder: nothing pending, no problem, every file
 * understood by the grammar.
 * @returns The problems, pending files among them as one sentence each; empty when all is well.
 */
export async function verify(target: Target, migrations: readonly Migration[]): Promise<string[]> {
  const found = await status(target, migrations);
  return [
    ...found.problems.map((problem) => problem.message),
    ...found.pending.map((file) =>
      found.partial.has(file.name) ? `${file.name} is applied in part.` : `${file.name} is not applied.`,
    ),
  ];
}

/**
 * Understands files without a database.
 * @throws MigrationError (kind `syntax`) that names the first problem of every file that has one.
 */
export async function parseAll(migrations: readonly Migration[]): Promise<Script[]> {
  const scripts: Script[] = [];
  const problems: MigrationError[] = [];
  for (const migration of migrations) {
    try {
      scripts.push(await parseScript(migration));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length === 1) throw problems[0]!;
  if (problems.length > 1) {
    throw new MigrationError(
      "syntax",
      `${problems.length} files cannot be understood:\n${problems.map((problem) => problem.message).join("\n")}`,
      problems[0]!.details,
    );
  }
  return scripts;
}

/**
 * Applies what is pending, in order, each file in one transaction with its history row where its statements allow
 * it. Safe to repeat, and safe beside other runs. Everything that can be refused is refused before the first
 * statement runs; a file that fails leaves the ones before it applied and recorded, and the next run continues.
 * @throws MigrationError
 */
export async function migrate(
  target: Target,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  return withClient(target, async (client, sql) => {
    const history = await readHistory(client, sql);
    const plan = comparePlan(migrations, history);
    refuse(plan.problems, options);
    const scripts = await parseAll(selected(plan, options));
    const nothingToDo = scripts.length === 0 && plan.problems.every((problem) => !problem.repairable);
    if (nothingToDo) return { applied: [], repaired: [], rows: history.rows };
    return underLock(client, sql, target, options, () => bringUp(client, sql, migrations, scripts, options));
  });
}

async function withClient<T>(
  target: Target,
  work: (client: pg.Client, sql: HistorySql) => Promise<T>,
): Promise<T> {
  const client = await connect(target.connectionString);
  try {
    return await work(client, new HistorySql({ ...DEFAULT_HISTORY, ...withoutUndefined(target) }));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function withoutUndefined({ schema, table }: Target): Partial<HistoryTable> {
  return { ...(schema ? { schema } : {}), ...(table ? { table } : {}) };
}

function refuse(problems: readonly Problem[], options: MigrateOptions): void {
  const stopping = problems.filter(
    (problem) =>
      !(problem.repairable && options.repair) && !(problem.kind === "out-of-order" && options.outOfOrder),
  );
  if (stopping.length === 0) return;
  const lines = stopping.map(
    (problem) =>
      `- ${problem.message}${problem.repairable ? " `kai migrate up --repair` puts the row right." : ""}`,
  );
  throw new MigrationError(
    "history",
    `The database's history does not fit the folder; nothing was applied:\n${lines.join("\n")}`,
  );
}

function selected(plan: Plan, { to }: MigrateOptions): Migration[] {
  return plan.pending.filter((file) => to === undefined || file.version <= to);
}

/** Behind a transaction pooler the session lock would stay on a shared session; there the history row's key is the lock. */
async function underLock<T>(
  client: pg.Client,
  sql: HistorySql,
  target: Target,
  options: MigrateOptions,
  work: () => Promise<T>,
): Promise<T> {
  if (isTransactionPooler(target.connectionString)) {
    emit(options, {
      kind: "warning",
      message:
        "Port 6543 is a transaction pooler: sessions are shared there, so runs are kept apart by the history table alone. Prefer the direct address or the session pooler (port 5432).",
    });
    return work();
  }
  const release = await takeLock(client, sql.where, {
    waitMs: options.lockWaitMs ?? 5 * 60_000,
    onWaiting: (holder) => emit(options, { kind: "waiting", holder }),
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}

function emit(options: MigrateOptions, event: MigrationEvent): void {
  options.onEvent?.(event);
}

async function bringUp(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
  scripts: readonly Script[],
  options: MigrateOptions,
): Promise<MigrateResult> {
  const run = await newRun(client, sql, options);
  const result: MigrateResult = { applied: [], repaired: [], rows: [] };
  const byName = new Map(scripts.map((script) => [script.migration.name, script]));
  let current = await readUnderLock(client, sql, migrations, options);
  result.repaired.push(...(await repair(run, current.plan.problems, current.history)));
  let queue = selected(current.plan, options);
  for (let number = 1; queue.length > 0; number++) {
    const file = queue.shift()!;
    const script = byName.get(file.name) ?? (await parseScript(file));
    run.onEvent({
      kind: "file-started",
      file: file.name,
      number,
      of: number + queue.length,
      mode: script.mode,
    });
    const started = performance.now();
    try {
      await applyFile(run, script, current.plan.partial.get(file.name));
    } catch (error) {
      if (!(error instanceof AppliedElsewhere)) throw error;
      current = await readUnderLock(client, sql, migrations, options);
      queue = selected(current.plan, options);
      continue;
    }
    result.applied.push(file.name);
    run.onEvent({
      kind: "file-applied",
      file: file.name,
      durationMs: Math.round(performance.now() - started),
    });
  }
  result.rows = (await readHistory(client, sql)).rows;
  return result;
}

/** The history may have changed while this run waited for the lock. */
async function readUnderLock(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<{ history: History; plan: Plan }> {
  let history = await readHistory(client, sql);
  if (!history.exists) {
    await createHistory(client, sql);
    history = await readHistory(client, sql);
  }
  const plan = comparePlan(migrations, history);
  refuse(plan.problems, options);
  return { history, plan };
}

async function createHistory(client: pg.Client, sql: HistorySql): Promise<void> {
  try {
    await send(client, sql.create());
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    const { code, message: text } = error.serverError;
    await client.query("ROLLBACK").catch(() => undefined);
    // Behind a pooler another run may create it at the same time.
    if (code === "23505" || code === "42P07" || code === "42P06") return createHistory(client, sql);
    throw new MigrationError(
      "history",
      `The history table ${sql.table} cannot be created: ${text} (${code}). Connect with a user that may create tables there (on Supabase: \`postgres\`), or set another \`schema\`.`,
      {},
      { cause: error },
    );
  }
}

async function newRun(client: pg.Client, sql: HistorySql, options: MigrateOptions): Promise<Run> {
  return {
    client,
    sql,
    lockTimeoutMs: options.lockTimeoutMs ?? 1_000,
    lockRetryMs: options.lockRetryMs ?? 2 * 60_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30 * 60_000,
    checksConnection: await canCheckConnection(client),
    onEvent: (event) => emit(options, event),
  };
}
