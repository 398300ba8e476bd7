/** What `kai migrate up` says of long statements, and Ctrl-C in one. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tellingSlow } from "../../../cli/migrate/slow.ts";
import { migrate, readMigrations } from "../../../database/index.ts";
import { folder, write } from "../../support/migrations.ts";
import { noPgBouncer, usePooler } from "../../support/pgbouncer.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const pooler = usePooler({ mode: "transaction" });
const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
const SLEEPING =
  "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";

for (const [name, slow, through] of [
  ["a transaction", "CREATE TABLE b (id int); SELECT pg_sleep(3600);", "direct"],
  ["steps", "-- kai:no-transaction\nCREATE TABLE b (id int);\nSELECT pg_sleep(3600);", "direct"],
  [
    "a transaction, through a transaction pooler",
    "CREATE TABLE b (id int); SELECT pg_sleep(3600);",
    "pooler",
  ],
] as const) {
  const skip = through === "pooler" && noPgBouncer;
  test(`Ctrl-C ends the running statement, says what is applied, and the next run continues: ${name}`, {
    skip,
  }, async (t) => {
    const direct = await server.database();
    const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int);", "002_b.sql": slow });
    const child = spawn(process.execPath, [main, "migrate", "up", "--dir", directory], {
      env: { ...process.env, DATABASE_URL: through === "pooler" ? await pooler(direct) : direct },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    while ((await query(direct, SLEEPING)).length === 0) await sleep(20);
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Stopped by SIGINT: 1 file was applied and recorded.*The next run continues\./);
    // The server may need a moment to notice that a pooler's client is gone.
    while ((await query(direct, SLEEPING)).length > 0) await sleep(20);
    assert.deepEqual(await query(direct, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"), []);
    write(directory, { "002_b.sql": slow.replace("3600", "0") });
    const result = await migrate({ connectionString: direct }, await readMigrations(directory));
    assert.deepEqual(result.applied, ["002_b.sql"]);
  });
}

test("a second Ctrl-C ends the process at once", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "SELECT pg_sleep(3600);" });
  const child = spawn(process.execPath, [main, "migrate", "up", "--dir", directory], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: "ignore",
  });
  while ((await query(url, SLEEPING)).length === 0) await sleep(20);
  child.kill("SIGINT");
  child.kill("SIGINT");
  const [code, signal] = await once(child, "close");
  assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
});

test("a statement that takes long is named, once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const said: string[] = [];
  const { onEvent, stop } = tellingSlow(
    () => {},
    (line) => said.push(line),
  );
  onEvent({ kind: "file-started", file: "1_a.sql", number: 1, of: 2, mode: "transaction" });
  t.mock.timers.tick(1_999);
  assert.deepEqual(said, []);
  t.mock.timers.tick(10_000);
  onEvent({ kind: "file-applied", file: "1_a.sql", durationMs: 12_000 });
  onEvent({ kind: "file-started", file: "2_b.sql", number: 2, of: 2, mode: "steps" });
  onEvent({ kind: "progress", file: "2_b.sql", applied: 2, of: 7 });
  t.mock.timers.tick(2_000);
  onEvent({ kind: "progress", file: "2_b.sql", applied: 3, of: 7 });
  stop();
  t.mock.timers.tick(10_000);
  assert.deepEqual(said, [
    "1_a.sql runs for more than 2 s",
    "2_b.sql: statement 3 of 7 runs for more than 2 s",
  ]);
});
