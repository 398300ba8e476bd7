/** Files that share a message: each is still a transaction of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { MigrationError, type MigrationEvent, migrate, readMigrations } from "../../../database/index.ts";
import { canChangeSession } from "../../../database/run/session-state.ts";
import { parseScript } from "../../../database/sql/statements.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const named = (number: number) => `${String(number).padStart(3, "0")}_t.sql`;

/** Files that each make a table `t<number>`. */
function tables(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      named(i + 1),
      `-- ümläut 😀\nCREATE TABLE t${i + 1} (id int);\n`,
    ]),
  );
}

test("one of many fails: the ones before are applied, it leaves nothing, the ones behind did not run", async (t) => {
  const url = await server.database();
  const directory = folder(t, tables(60));
  write(directory, {
    [named(37)]: "CREATE TABLE t37 (id int);\n-- ö 😀\nINSERT INTO t37 VALUES ('😀ö'), (1);\n",
  });
  const events: MigrationEvent[] = [];
  const error = await migrate({ connectionString: url }, await readMigrations(directory), {
    onEvent: (event) => events.push(event),
  }).catch((error) => error);
  assert.ok(error instanceof MigrationError);
  assert.deepEqual([error.details.file, error.details.line, error.details.column], [named(37), 3, 25]);
  assert.match(error.message, /Nothing of this file was kept/);
  const applied = events.filter((event) => event.kind === "file-applied").map((event) => event.file);
  assert.deepEqual(applied, Object.keys(tables(36)));
  assert.deepEqual(await query(url, "SELECT count(*)::int AS rows FROM schema_migrations"), [{ rows: 36 }]);
  assert.deepEqual(await query(url, "SELECT to_regclass('t37') AS same, to_regclass('t38') AS next"), [
    { same: null, next: null },
  ]);
  write(directory, tables(60));
  assert.equal(
    (await migrate({ connectionString: url }, await readMigrations(directory))).applied.length,
    24,
  );
});

test("one of many fails at its end, when its transaction commits", async (t) => {
  const url = await server.database();
  const files = await migrationsOf(t, {
    ...tables(12),
    [named(9)]:
      "CREATE TABLE t9 (id int PRIMARY KEY, up int REFERENCES t9 DEFERRABLE INITIALLY DEFERRED); INSERT INTO t9 VALUES (1, 2);",
  });
  await assert.rejects(
    migrate({ connectionString: url }, files),
    /009_t\.sql: at the end of the file: .*foreign key/,
  );
  assert.deepEqual(
    await query(url, "SELECT count(*)::int AS rows, to_regclass('t10') AS next FROM schema_migrations"),
    [{ rows: 8, next: null }],
  );
});

test("one of many waits for a lock: it alone is tried again, and each file is told of once", async (t) => {
  const url = await server.database();
  await query(url, "CREATE TABLE busy (id int)");
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  await blocker.query("BEGIN; LOCK TABLE busy");
  const files = await migrationsOf(t, {
    ...tables(20),
    [named(11)]: "CREATE TABLE t11 (id int); ALTER TABLE busy ADD x int",
  });
  const events: MigrationEvent[] = [];
  const run = migrate({ connectionString: url }, files, {
    lockTimeoutMs: 50,
    onEvent: (event) => events.push(event),
  });
  while (!events.some((event) => event.kind === "retry")) await sleep(10);
  await blocker.query("COMMIT");
  await blocker.end();
  assert.equal((await run).applied.length, 20);
  for (const kind of ["file-started", "file-applied"] as const) {
    assert.deepEqual(
      events.flatMap((event) => (event.kind === kind && "file" in event ? [event.file] : [])),
      files.map((file) => file.name),
    );
  }
  const numbers = events.flatMap((event) =>
    event.kind === "file-started" ? [`${event.number} of ${event.of}`] : [],
  );
  assert.deepEqual([numbers[0], numbers.at(-1)], ["1 of 20", "20 of 20"]);
});

test("a file that is edited between reading the folder and running it is refused, and nothing runs", async (t) => {
  const url = await server.database();
  const directory = folder(t, tables(2));
  const migrations = await readMigrations(directory);
  write(directory, { [named(2)]: "CREATE TABLE other (id int);" });
  await assert.rejects(migrate({ connectionString: url }, migrations), /002_t\.sql was edited while/);
  assert.deepEqual(await query(url, "SELECT to_regclass('t1') AS first"), [{ first: null }]);
});

test("more text than is kept in memory is applied all the same", async (t) => {
  const url = await server.database();
  const long = `-- ${"x".repeat(100_000)}\n`;
  const files = Object.fromEntries(Object.entries(tables(5)).map(([name, text]) => [name, long + text]));
  const { applied } = await migrate({ connectionString: url }, await migrationsOf(t, files));
  assert.equal(applied.length, 5);
});

test("the session is put right behind every file that can change it", async () => {
  const changes = async (sql: string) =>
    canChangeSession(await parseScript({ name: "1_a.sql", version: 1n, path: "1_a.sql", sql, checksum: "" }));
  for (const sql of [
    "SET search_path = ''",
    "SELECT set_config('search_path', '', false)",
    "INSERT INTO a SELECT f()",
    "CREATE TABLE a AS SELECT 1",
    "CREATE TEMP TABLE a (id int)",
    "ALTER TABLE a ADD x int DEFAULT f()",
    "DO $$ BEGIN END $$",
    "CALL p()",
    "LISTEN x",
    "PREPARE x AS SELECT 1",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "BEGIN; SET ROLE x; COMMIT",
    "CREATE EXTENSION vector",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE TABLE p PARTITION OF a FOR VALUES FROM (f()) TO (1)",
    "CREATE INDEX i ON a (f(id))",
    "CREATE MATERIALIZED VIEW m AS SELECT f()",
  ]) {
    assert.equal(await changes(sql), true, sql);
  }
  for (const sql of [
    "CREATE TABLE a (id uuid DEFAULT gen_random_uuid(), at timestamptz DEFAULT now())",
    "CREATE POLICY p ON a USING (auth.uid() = id)",
    "CREATE VIEW v AS SELECT f()",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()",
    "INSERT INTO a VALUES (1)",
    "BEGIN; CREATE INDEX i ON a (id); COMMIT",
    "",
  ]) {
    assert.equal(await changes(sql), false, sql);
  }
});

test("the last commit of a message waits for the disk, and the run ends with one that did", async (t) => {
  const connectionString = await server.database();
  const seen = "INSERT INTO seen VALUES (current_setting('synchronous_commit'))";
  const files = await migrationsOf(t, {
    "001_t.sql": `CREATE TABLE seen (sync text, id int GENERATED ALWAYS AS IDENTITY); ${seen};`,
    ...Object.fromEntries(Array.from({ length: 11 }, (_, index) => [named(index + 2), `${seen};`])),
  });
  await migrate({ connectionString }, files);
  const rows = await query<{ sync: string }>(connectionString, "SELECT sync FROM seen ORDER BY id");
  const waits = rows.map(({ sync }) => sync);
  assert.equal(waits.length, 12);
  assert.equal(waits.at(-1), "on");
  assert.ok(waits.includes("off"), waits.join());
});
