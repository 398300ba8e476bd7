import type pg from "pg";
import { MigrationError } from "../errors.ts";
import type { OnEvent } from "../events.ts";
import type { Migration } from "../folder/files.ts";
import { upTo } from "../folder/up-to.ts";
import { createHistory } from "../history/create.ts";
import {
  expectedAfter,
  type KeptFingerprint,
  type LastFingerprint,
  readKept,
  takeFingerprint,
} from "../history/fingerprint.ts";
import { refuseAppliedByOthers } from "../history/foreign-history.ts";
import { type History, type HistorySql, readHistory } from "../history/history.ts";
import { comparePlan, type Plan, type Problem } from "../history/plan.ts";
import { repair } from "../history/repair.ts";
import { KeptScripts } from "../sql/kept-scripts.ts";
import { forEachScript } from "../sql/parse-all.ts";
import { type Target, withClient } from "../target.ts";
import { refuseSteps } from "./apply.ts";
import { invalidIndexes } from "./indexes.ts";
import { endOnAbort } from "./interrupt.ts";
import { applyQueue } from "./queue.ts";
import type { Run } from "./run.ts";
import { describeSession, type Session } from "./session.ts";
import { refuseChangedPrefix } from "./steps.ts";
import { underLock } from "./under-lock.ts";

export interface MigrateOptions {
  /** Apply pending files even when they are older than applied ones. Default false. */
  outOfOrder?: boolean;
  /** Put history rows right that were changed by hand, where the audit trail proves what they must be. Default false. */
  repair?: boolean;
  /** Stop behind this file: its name or its number. Default: all files. */
  to?: string;
  /** How long to wait for another run, in milliseconds. Default 5 minutes. */
  lockWaitMs?: number;
  /** `lock_timeout` of transactional statements, in milliseconds: the longest that applications queue behind one. Default 1000. */
  lockTimeoutMs?: number;
  /** How long a file is tried again when a lock is not free, in milliseconds. Default 2 minutes. */
  lockRetryMs?: number;
  /** `statement_timeout` of transactional statements, in milliseconds, 0 for none. Default 30 minutes. */
  statementTimeoutMs?: number;
  onEvent?: OnEvent;
  /** Ends the running statement and the connection, so that the run fails; the next one continues. */
  signal?: AbortSignal;
}

export interface MigrateResult {
  /** Names of the files that this run applied, in order. */
  applied: string[];
  /** Names of the files whose history row this run put right. */
  repaired: string[];
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
    const { plan, pending, stepped, kept } = await prepare(client, sql, migrations, options);
    const nothingToDo = pending.length === 0 && plan.problems.every((problem) => !problem.repairable);
    if (nothingToDo) return { applied: [], repaired: [] };
    return underLock(client, sql, target, options, async (session) => {
      if (session.pooling === "transaction") refuseSteps(stepped);
      const stopListening = endOnAbort(client, session, options.signal);
      try {
        return await bringUp(newRun(client, sql, session, options), migrations, kept, options);
      } finally {
        stopListening();
      }
    });
  });
}

/**
 * What `migrate` would do with the same options, and everything that it would refuse; writes nothing.
 * @returns The plan; `pending` holds the files that would run.
 * @throws MigrationError
 */
export async function dryRun(
  target: Target,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<Plan> {
  return withClient(target, async (client, sql) => {
    const { plan, pending, stepped } = await prepare(client, sql, migrations, options);
    const { pooling } = await describeSession(client, target.connectionString);
    if (pooling === "transaction") refuseSteps(stepped);
    return { ...plan, pending };
  });
}

/** Everything that can be refused is refused here, before anything is written. */
async function prepare(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<{ plan: Plan; pending: Migration[]; stepped: string[]; kept: KeptScripts }> {
  const history = await readHistory(client, sql);
  if (!history.exists) await refuseAppliedByOthers(client, sql, migrations);
  const plan = comparePlan(migrations, history);
  refuse(plan.problems, options);
  const pending = selected(plan, migrations, options);
  return { plan, pending, ...(await understand(pending, plan)) };
}

function refuse(problems: readonly Problem[], options: MigrateOptions): void {
  const stopping = problems.filter(
    (problem) =>
      !(problem.repairable && options.repair) && !(problem.kind === "out-of-order" && options.outOfOrder),
  );
  if (stopping.length === 0) return;
  const lines = stopping.map(
    (problem) =>
      `- ${problem.message}${problem.repairable ? " `kai migrate repair` puts the row right." : ""}`,
  );
  throw new MigrationError(
    "history",
    `The database's history does not fit the folder; nothing was applied:\n${lines.join("\n")}`,
  );
}

/**
 * Understands every pending file before the first statement runs.
 * @returns Names of the files that run statement by statement, and what of the files is kept in memory.
 * @throws MigrationError (kind `syntax`), or (kind `history`) when what is applied of a file was edited
 */
async function understand(
  pending: readonly Migration[],
  plan: Plan,
): Promise<{ stepped: string[]; kept: KeptScripts }> {
  const stepped: string[] = [];
  const kept = new KeptScripts();
  await forEachScript(pending, (script) => {
    const { name } = script.migration;
    const row = plan.partial.get(name);
    if (row) refuseChangedPrefix(script, row);
    if (script.mode === "steps" || row) stepped.push(name);
    kept.offer(script);
  });
  return { stepped, kept };
}

/** By place, not by number: the folder may state another order. */
function selected(plan: Plan, migrations: readonly Migration[], { to }: MigrateOptions): Migration[] {
  const wanted = to === undefined ? migrations : upTo(migrations, to);
  const names = new Set(wanted.map((file) => file.name));
  return plan.pending.filter((file) => names.has(file.name));
}

async function bringUp(
  run: Run,
  migrations: readonly Migration[],
  kept: KeptScripts,
  options: MigrateOptions,
): Promise<MigrateResult> {
  const { client, sql } = run;
  const { history, plan } = await readUnderLock(client, sql, migrations, options);
  const repaired = await repair(run, plan.problems, history);
  const applied: string[] = [];
  const pendingOf = (now: Plan) => ({ files: selected(now, migrations, options), partial: now.partial });
  const read = async () => pendingOf((await readUnderLock(client, sql, migrations, options)).plan);
  if (pendingOf(plan).files.length === 0) return { applied, repaired };
  const tables = { last: await readKept(client, sql), before: await fingerprintOf(run) };
  try {
    await applyQueue(run, { first: pendingOf(plan), read, parse: (file) => kept.take(file) }, applied);
  } catch (error) {
    // The files before the failing one are applied. What is thrown counts, so a broken connection here is no news.
    await keepFingerprint(run, tables).catch(() => undefined);
    throw error;
  }
  await keepFingerprint(run, tables);
  for (const index of await invalidIndexes(client)) {
    const message = `The index ${index} is invalid, left by a build that failed: it is not used, and UNIQUE is not enforced by it. Drop it (\`DROP INDEX CONCURRENTLY ${index}\`) and build it again.`;
    run.onEvent({ kind: "warning", message });
  }
  return { applied, repaired };
}

async function keepFingerprint(
  run: Run,
  { last, before }: { last: LastFingerprint; before: KeptFingerprint | undefined },
): Promise<void> {
  const after = before && (await fingerprintOf(run));
  if (after) await run.client.query(run.sql.keepFingerprint(expectedAfter(last, before, after)));
}

/** Undefined, with a warning, where somebody holds a table for himself: that stops no migration of another table. */
async function fingerprintOf(run: Run): Promise<KeptFingerprint | undefined> {
  try {
    return await takeFingerprint(run.client);
  } catch (error) {
    if (!(error instanceof MigrationError) || error.kind !== "locked") throw error;
    run.onEvent({ kind: "warning", message: error.message });
    return undefined;
  }
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

function newRun(client: pg.Client, sql: HistorySql, session: Session, options: MigrateOptions): Run {
  return {
    client,
    sql,
    session,
    lockTimeoutMs: options.lockTimeoutMs ?? 1_000,
    lockRetryMs: options.lockRetryMs ?? 2 * 60_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30 * 60_000,
    onEvent: (event) => options.onEvent?.(event),
  };
}
