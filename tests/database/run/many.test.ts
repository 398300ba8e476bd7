/** One folder, many databases: `kai migrate up --targets`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MigrationError, onEach, readTargets } from "../../../database/index.ts";
import { folder } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
const PUBLIC = { schema: "public", table: "schema_migrations" };

function targetsFile(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-targets-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "targets.yaml");
  writeFileSync(file, text);
  return file;
}

interface Running {
  kill(signal: NodeJS.Signals): void;
  outcome: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function kai(args: string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [main, "migrate", ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return {
    kill: (signal) => child.kill(signal),
    outcome: new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr }))),
  };
}

/** Waits until a statement sleeps on the server. */
async function sleeping(connectionString: string): Promise<void> {
  const sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
  while ((await query(connectionString, sql)).length === 0) await sleep(20);
}

test("five databases, one broken, one unreachable: every one is in the table and in JSON, and the sound ones are done", async (t) => {
  const urls = await Promise.all(Array.from({ length: 4 }, () => server.database()));
  await query(urls[1]!, "CREATE TABLE b (id text)");
  const env = {
    DB_ONE: urls[0]!,
    DB_TWO: urls[1]!,
    DB_THREE: urls[2]!,
    DB_FOUR: "postgresql://u:geheim@127.0.0.1:1/db",
    DB_FIVE: urls[3]!,
  };
  const file = targetsFile(
    t,
    "one: DB_ONE\ntwo: DB_TWO\nthree: DB_THREE\nfour: DB_FOUR\nfive: { url: DB_FIVE, table: history }\n",
  );
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (id int)",
  });
  const at = ["--dir", directory, "--targets", file];

  const before = await kai(["verify", ...at], env).outcome;
  assert.equal(before.code, 7);
  assert.match(before.stdout, /^one {4}differs +pending: 001_a\.sql is not applied/m);

  const up = await kai(["up", ...at], env).outcome;
  assert.equal(up.code, 1);
  assert.match(
    up.stdout,
    /^one {4}2 applied {4}001_a\.sql\n {20}002_b\.sql\ntwo {4}failed +002_b\.sql:1:1: relation "b" already exists/,
  );
  assert.match(up.stdout, /^four {3}unreachable {2}No connection .*Nothing listens there/m);
  assert.match(up.stdout, /^five {3}2 applied/m);
  assert.match(up.stdout, /\n5 targets: 3 done, 1 failed, 1 unreachable\.\n$/);
  assert.match(up.stderr, /^\[three\] 002_b\.sql applied in \d+ ms$/m);
  assert.doesNotMatch(up.stdout + up.stderr, /geheim|:password@/);

  const status = await kai(["status", ...at, "--json"], env).outcome;
  const { targets } = JSON.parse(status.stdout);
  assert.deepEqual(
    targets.map(({ name, state, pending }: { name: string; state: string; pending?: [] }) => [
      name,
      state,
      pending?.length,
    ]),
    [
      ["one", "done", 0],
      ["two", "done", 1],
      ["three", "done", 0],
      ["four", "unreachable", undefined],
      ["five", "done", 0],
    ],
  );
  assert.equal(targets[3].error.kind, "connection");
  assert.equal(status.code, 3);
  assert.deepEqual(await query(urls[3]!, "SELECT count(*)::int AS n FROM history"), [{ n: 2 }]);

  const some = await kai(["up", ...at, "--target", "one", "three"], env).outcome;
  assert.deepEqual([some.code, some.stdout], [0, "one    0 applied\nthree  0 applied\n2 targets: 2 done.\n"]);
});

test("a schema for each tenant of one database", async (t) => {
  const DB = await server.database();
  const file = targetsFile(
    t,
    ["a", "b"]
      .map((name) => `${name}: { url: DB, schema: "tenant ${name}", searchPath: "tenant ${name}" }\n`)
      .join(""),
  );
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (id int)",
  });
  const up = await kai(["up", "--dir", directory, "--targets", file], { DB }).outcome;
  assert.deepEqual([up.code, up.stderr.includes("Error")], [0, false], up.stdout);
  assert.deepEqual(
    await query(
      DB,
      "SELECT schemaname AS s, tablename AS t FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 1, 2",
    ),
    [
      { s: "tenant a", t: "a" },
      { s: "tenant a", t: "b" },
      { s: "tenant b", t: "a" },
      { s: "tenant b", t: "b" },
    ],
  );
});

test("no more targets at once than asked, and all of them get their turn", async () => {
  const targets = Array.from({ length: 7 }, (_, number) => ({
    name: String(number),
    target: { connectionString: String(number) },
  }));
  for (const parallel of [1, 3, 20]) {
    let now = 0;
    let most = 0;
    const outcomes = await onEach(
      targets,
      async ({ connectionString }) => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        return connectionString;
      },
      { parallel },
    );
    assert.equal(most, Math.min(parallel, 7));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.state === "done" && outcome.value),
      targets.map(({ name }) => name),
    );
  }
});

test("after a stop no other target begins, and what it ends is interrupted, not failed", async () => {
  const targets = ["a", "b", "c"].map((name) => ({ name, target: { connectionString: name } }));
  const stop = new AbortController();
  const begun: string[] = [];
  const outcomes = await onEach(
    targets,
    async (_, name) => {
      begun.push(name);
      if (name !== "b") return;
      stop.abort();
      await sleep(5);
      throw new Error("stopped");
    },
    { parallel: 1, signal: stop.signal },
  );
  assert.deepEqual(begun, ["a", "b"]);
  assert.deepEqual(
    outcomes.map(({ state }) => state),
    ["done", "interrupted", "not started"],
  );
});

test("Ctrl-C reports every target: done, interrupted, not started; the next run continues", async (t) => {
  const urls = await Promise.all([server.database(), server.database(), server.database()]);
  await query(urls[1]!, "CREATE TABLE slow (id int)");
  const env = { DB_A: urls[0]!, DB_B: urls[1]!, DB_C: urls[2]! };
  const file = targetsFile(t, "a: DB_A\nb: DB_B\nc: DB_C\n");
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "SELECT CASE WHEN to_regclass('slow') IS NULL THEN NULL ELSE pg_sleep(60) END",
  });
  const args = ["up", "--dir", directory, "--targets", file, "--parallel", "1"];
  const running = kai(args, env);
  await sleeping(urls[1]!);
  running.kill("SIGINT");
  const { code, stdout } = await running.outcome;
  assert.equal(code, 130);
  assert.equal(
    stdout,
    "a  2 applied    001_a.sql\n                002_b.sql\nb  interrupted\nc  not started\n3 targets: 1 done, 1 interrupted, 1 not started.\n",
  );
  await query(urls[1]!, "DROP TABLE slow");
  const next = await kai(args, env).outcome;
  assert.equal(next.code, 0);
  assert.match(next.stdout, /^b {2}[12] applied .*^c {2}2 applied /ms);
});

test("a targets file that cannot be used: one clear message, nothing done, no secret shown", async (t) => {
  const cases: [string, string[], RegExp][] = [
    ["a: [", [], /neither YAML nor JSON/],
    ["- a\n- b\n", [], /must map names to variables/],
    ["", [], /must map names to variables/],
    ["{}", [], /names no target/],
    ["a: postgresql://u:geheim@h/d", [], /a: holds a connection string, which is a secret/],
    ["a: { url: 'postgresql://u:geheim@h/d' }", [], /a: holds a connection string/],
    ["a: { url: DB, shema: x }", [], /a: Unrecognized key: "shema"/],
    ["a: { schema: x }", [], /a: url /],
    ["a: 5", [], /a: must be the name of an environment variable/],
    ["a: DB\nb: DB", [], /a and b are the same database and history/],
    ["a: DB\nb: NOT_SET\nc: NOR_THIS", [], /not set: NOT_SET \(b\), NOR_THIS \(c\)/],
    ["a: DB", ["x"], /has no target x; it has a/],
  ];
  for (const [text, only, said] of cases) {
    const file = targetsFile(t, text);
    const error = await readTargets(file, only, PUBLIC, { DB: "postgresql://h/d" }).catch(
      (error: unknown) => error,
    );
    assert.ok(error instanceof MigrationError, text);
    assert.match(error.message, said);
    assert.match(error.message, /^The targets file .* cannot be used:.*Nothing was done\.$/s);
    assert.doesNotMatch(error.message, /geheim/);
  }
  await assert.rejects(readTargets("/nowhere.yaml", [], PUBLIC, {}), /there is no such file/);
  const file = targetsFile(t, "a: DB");
  for (const args of [
    ["--parallel", "0"],
    ["--parallel", "x"],
    ["--environment", "staging"],
    ["--target", "y"],
  ]) {
    const { code, stdout } = await kai(["up", "--targets", file, ...args], {
      DB: "postgresql://127.0.0.1:1/d",
    }).outcome;
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
  }
});
