/** What a run costs others: readers that queue, a lock that stays, memory. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { migrate, readMigrations } from "../../database/index.ts";
import { query, type RunningServer } from "../../tests/support/postgres.ts";
import type { Bench, Figure } from "../bench.ts";
import { writeFolder } from "./folder.ts";

const run = promisify(execFile);

const LOCK_TIMEOUT_MS = 1000;
const BLOCKED_MS = 5000;
const READERS = 8;

/** A report reads a table for five seconds while a migration wants to alter it: the longest read of an application. */
export async function worstRead(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const url = await server.database();
  await query(url, "CREATE TABLE items AS SELECT generate_series(1, 1000) AS id");
  const folder = join(bench.directory, "alter");
  mkdirSync(folder);
  writeFileSync(join(folder, "001_alter.sql"), "ALTER TABLE items ADD COLUMN note text;\n");
  const report = new pg.Client({ connectionString: url });
  await report.connect();
  await report.query("BEGIN; SELECT count(*) FROM items");
  const done = new AbortController();
  const readers = Array.from({ length: READERS }, () => read(url, done.signal));
  const altered = migrate({ connectionString: url }, await readMigrations(folder), {
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  await sleep(BLOCKED_MS);
  await report.query("COMMIT");
  await altered;
  done.abort();
  const worst = Math.max(...(await Promise.all(readers)));
  await report.end();
  return [
    { name: "worst read under a blocked ALTER / lock_timeout", ratio: worst / LOCK_TIMEOUT_MS, limit: 1.1 },
  ];
}

/** Reads until told to stop; the longest read in milliseconds. */
async function read(url: string, until: AbortSignal): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let worst = 0;
  while (!until.aborted) {
    const start = performance.now();
    await client.query("SELECT count(*) FROM items");
    worst = Math.max(worst, performance.now() - start);
    await sleep(10);
  }
  await client.end();
  return worst;
}

/** A run is killed in the middle of a long statement: seconds until its lock is free. */
export async function lockAfterKill(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const url = await server.database();
  const folder = join(bench.directory, "sleep");
  mkdirSync(folder);
  writeFileSync(join(folder, "001_sleep.sql"), "SELECT pg_sleep(60);\n");
  const args = [join(bench.root, "cli/kai.cjs"), "migrate", "up", "--dir", folder];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: url },
    stdio: "ignore",
  });
  while (!(await isBusy(url))) await sleep(50);
  child.kill("SIGKILL");
  const killed = performance.now();
  while ((await locks(url)) > 0) await sleep(10);
  const seconds = (performance.now() - killed) / 1000;
  return [{ name: "lock free after kill -9: seconds / 1", ratio: seconds, limit: 1 }];
}

async function isBusy(url: string): Promise<boolean> {
  const rows = await query(
    url,
    "SELECT FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'",
  );
  return rows.length > 0;
}

async function locks(url: string): Promise<number> {
  return (await query(url, "SELECT FROM pg_locks WHERE locktype = 'advisory'")).length;
}

/** Live memory when the last file is applied, with ten times as many files: names and checksums are all that grows. */
export async function memory(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const [few, many] = [await heapAfter(bench, server, 200), await heapAfter(bench, server, 2000)];
  return [{ name: "live memory with 2,000 files / with 200", ratio: many / few, limit: 1.2 }];
}

async function heapAfter(bench: Bench, server: RunningServer, count: number): Promise<number> {
  const folder = writeFolder(join(bench.directory, `memory-${count}`), count);
  const script = `
import { migrate, readMigrations } from ${JSON.stringify(join(bench.root, "database/index.ts"))};
const migrations = await readMigrations(process.argv[1]);
let heap = 0;
const onEvent = ({ kind, file }) => {
  if (kind !== "file-applied" || file !== migrations.at(-1).name) return;
  global.gc();
  heap = process.memoryUsage().heapUsed;
};
await migrate({ connectionString: process.env.DATABASE_URL }, migrations, { onEvent });
console.log(heap);`;
  const args = ["--expose-gc", "--input-type=module", "-e", script, folder];
  const { stdout } = await run(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: await server.database() },
  });
  return Number(stdout);
}
