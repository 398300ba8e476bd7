/** The probe matrix of migration runners: what every one of them meets in practice, and most get wrong. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type MigrateOptions,
  MigrationError,
  migrate,
  readMigrations,
  status,
} from "../../../database/index.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();

/** Applies a folder to a database. */
async function up(url: string, directory: string, options: MigrateOptions = {}): Promise<string[]> {
  return (await migrate({ connectionString: url }, await readMigrations(directory), options)).applied;
}

async function recorded(url: string): Promise<string[]> {
  const rows = await query<{ name: string }>(url, "SELECT name FROM schema_migrations ORDER BY version");
  return rows.map((row) => row.name);
}

/** The MigrationError that a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<MigrationError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof MigrationError, String((error as Error).stack));
    return error;
  }
  assert.fail("nothing was refused");
}

test("1 two runs at once: one applies, the other waits and finds nothing to do", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int); SELECT pg_sleep(0.4);",
    "002_b.sql": "CREATE TABLE b (id int);",
  });
  const waits: string[] = [];
  const runs = await Promise.all(
    [1, 2, 3, 4].map(() =>
      up(url, directory, {
        onEvent: (event) => event.kind === "waiting" && waits.push(event.holder?.application ?? ""),
      }),
    ),
  );
  assert.deepEqual(runs.flat().sort(), ["001_a.sql", "002_b.sql"]);
  assert.ok(waits.some((application) => application.startsWith("kai-migrate")));
});

test("2 an applied file that was edited stops the run before anything runs", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int);" });
  await up(url, directory);
  write(directory, { "001_a.sql": "CREATE TABLE a (id bigint);", "002_b.sql": "CREATE TABLE b (id int);" });
  const error = await failure(up(url, directory));
  assert.match(error.message, /001_a\.sql was edited after it was applied\. Restore/);
  assert.deepEqual(await recorded(url), ["001_a.sql"]);
});

test("3 an applied file that was deleted stops the run and is named", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "SELECT 1", "002_b.sql": "SELECT 2", "003_c.sql": "SELECT 3" });
  await up(url, directory);
  rmSync(join(directory, "002_b.sql"));
  const error = await failure(up(url, directory));
  assert.match(error.message, /002_b\.sql is applied .* the folder has no such file\. Restore it/);
});

test("4 an older number that was added later is refused by default and applied on request", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "SELECT 1", "003_c.sql": "SELECT 3" });
  await up(url, directory);
  write(directory, { "002_b.sql": "CREATE TABLE b (id int)" });
  const error = await failure(up(url, directory));
  assert.match(error.message, /002_b\.sql is not applied, but 003_c\.sql.*--out-of-order/s);
  assert.deepEqual(await up(url, directory, { outOfOrder: true }), ["002_b.sql"]);
});

test("5 numbers that occur twice are refused before the database is touched", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "",
    "002_b.sql": "",
    "02_c.sql": "",
    "7_d.sql": "",
    "007_e.sql": "",
  });
  const error = await failure(readMigrations(directory));
  assert.match(error.message, /number 2 occurs 2 times: 002_b\.sql, 02_c\.sql/);
  assert.match(error.message, /number 7 occurs 2 times: 007_e\.sql, 7_d\.sql/);
});

test("6 and 6b statements that cannot run in a transaction, one or several in a file, run without being marked", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (x int, y int);",
    "002_one.sql": "CREATE INDEX CONCURRENTLY a_x ON a (x);",
    "003_two.sql":
      "CREATE INDEX CONCURRENTLY a_y ON a (y);\nINSERT INTO a VALUES (1, 2);\nVACUUM a;\nDROP INDEX CONCURRENTLY a_x;",
  });
  assert.equal((await up(url, directory)).length, 3);
  const indexes = await query(
    url,
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'a'::regclass",
  );
  assert.deepEqual(indexes, [{ name: "a_y" }]);
  assert.deepEqual(
    await query(url, "SELECT statements_applied AS n FROM schema_migrations WHERE version = 3"),
    [{ n: 4 }],
  );
});

test("7 a file with its own BEGIN and COMMIT and an error behind keeps what it committed, recorded, and continues", async (t) => {
  const url = await server.database();
  const fixed = "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n\nINSERT INTO a VALUES (1);\n";
  const directory = folder(t, { "001_a.sql": fixed.replace("INTO a", "INTO nowhere") });
  const error = await failure(up(url, directory));
  assert.equal(error.details.line, 5);
  assert.match(error.message, /first 3 statements are applied and recorded; the next run continues/);
  assert.deepEqual(
    [...(await status({ connectionString: url }, await readMigrations(directory))).partial.keys()],
    ["001_a.sql"],
  );
  write(directory, { "001_a.sql": fixed });
  assert.deepEqual(await up(url, directory), ["001_a.sql"]);
  assert.deepEqual(await query(url, "SELECT id FROM a"), [{ id: 1 }]);
});

test("7 an error inside the file's own transaction leaves nothing", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "BEGIN;\nCREATE TABLE a (id int);\nSELECT 1/0;\nCOMMIT;" });
  const error = await failure(up(url, directory));
  assert.match(error.message, /001_a\.sql:3:.*division by zero/s);
  assert.match(error.message, /Nothing of this file was kept/);
  write(directory, { "001_a.sql": "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;" });
  assert.deepEqual(await up(url, directory), ["001_a.sql"]);
});

test("7 statements that are applied cannot be edited while the file waits for its correction", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "BEGIN; CREATE TABLE a (id int); COMMIT; SELECT 1/0;" });
  await failure(up(url, directory));
  write(directory, { "001_a.sql": "BEGIN; CREATE TABLE a (id bigint); COMMIT; SELECT 1;" });
  const error = await failure(up(url, directory));
  assert.match(error.message, /3 statements are applied, and one of them was edited/);
});

test("8 the second of three fails: the first is kept, the second leaves nothing, the next run continues", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_b.sql": "CREATE TABLE b (id int);\n-- ümläut 😀\nINSERT INTO b VALUES ('ö'), (1);",
    "003_c.sql": "CREATE TABLE c (id int);",
  });
  const error = await failure(up(url, directory));
  assert.deepEqual([error.details.file, error.details.line, error.details.column], ["002_b.sql", 3, 23]);
  assert.match(error.details.excerpt ?? "", /INSERT INTO b VALUES \('ö'\), \(1\);\n.*\^/);
  assert.deepEqual(await recorded(url), ["001_a.sql"]);
  assert.deepEqual(await query(url, "SELECT to_regclass('b') AS b"), [{ b: null }]);
  const trail = await query(
    url,
    "SELECT event, name FROM schema_migrations_log WHERE event <> 'schema' ORDER BY id",
  );
  assert.deepEqual(trail, [
    { event: "applied", name: "001_a.sql" },
    { event: "failed", name: "002_b.sql" },
  ]);
  write(directory, { "002_b.sql": "CREATE TABLE b (id int);" });
  assert.deepEqual(await up(url, directory), ["002_b.sql", "003_c.sql"]);
});

test("8 an error without a position is found by counting statements, and one at the commit is said to be there", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int PRIMARY KEY);\n\n-- again\nCREATE TABLE a (id int);\nSELECT 1;",
  });
  const error = await failure(up(url, directory));
  assert.deepEqual([error.details.line, error.details.sqlState], [4, "42P07"]);
  write(directory, {
    "001_a.sql":
      "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);",
  });
  const atEnd = await failure(up(url, directory));
  assert.match(atEnd.message, /001_a\.sql: at the end of the file: .*foreign key/);
});

test("9 a byte order mark is no syntax error", async (t) => {
  const url = await server.database();
  assert.deepEqual(await up(url, folder(t, { "001_a.sql": "\uFEFFCREATE TABLE a (id int);" })), [
    "001_a.sql",
  ]);
});

test("10 CRLF and LF are the same file", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (\r\n  id int\r\n);\r\n" });
  await up(url, directory);
  write(directory, { "001_a.sql": "CREATE TABLE a (\n  id int\n);\n" });
  assert.deepEqual(await up(url, directory), []);
});

test("11 and 12 psql commands and COPY with data are refused before anything runs, with a remedy", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_psql.sql": "SELECT 1;\n\\connect other\n",
    "003_copy.sql": "COPY a FROM stdin;\n1\n2\n\\.\n",
    "004_copy.sql": "COPY a FROM stdin;",
  });
  const error = await failure(up(url, directory));
  assert.match(error.message, /002_psql\.sql:2:1: .*\n.*\\connect other.*belong to psql/s);
  assert.match(error.message, /003_copy\.sql:1:1: .*INSERT … VALUES/s);
  assert.match(error.message, /004_copy\.sql:1:1: COPY from or to the client cannot run here/);
  assert.deepEqual(await query(url, "SELECT to_regclass('a') AS a"), [{ a: null }]);
});

test("13 a file that is not UTF-8 is refused with its line", async (t) => {
  const directory = folder(t, { "001_a.sql": Buffer.from("SELECT 1;\nSELECT 'caf\xe9';\n", "latin1") });
  const error = await failure(readMigrations(directory));
  assert.match(error.message, /001_a\.sql:2 is not UTF-8\. Save the file as UTF-8/);
});

test("14 what a file does to its session reaches neither the next file nor the history", async (t) => {
  const url = await server.database();
  const role = `r_${Date.now()}`;
  const directory = folder(t, {
    "001_path.sql":
      "SELECT pg_catalog.set_config('search_path', '', false); CREATE TEMP TABLE left_over (id int);",
    "002_role.sql": `CREATE ROLE ${role}; SET ROLE ${role}; SET lock_timeout = '7s';`,
    "003_steps.sql": `SET search_path = ''; SET ROLE ${role}; RESET ROLE; VACUUM pg_catalog.pg_class;`,
    "004_plain.sql": "CREATE TABLE a (id int); CREATE TABLE left_over (id int);",
  });
  assert.equal((await up(url, directory)).length, 4);
  const owners = await query(
    url,
    "SELECT tableowner AS owner, schemaname AS schema FROM pg_tables WHERE tablename IN ('a', 'left_over')",
  );
  assert.deepEqual(owners, Array(2).fill({ owner: "postgres", schema: "public" }));
});

test("15 a killed run frees the lock at once, and the next one continues", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_slow.sql": "CREATE TABLE b (id int); SELECT pg_sleep(20);",
  });
  const child = spawn(process.execPath, ["--input-type=module", "-e", runner(url, directory)], {
    stdio: "ignore",
  });
  await until(
    async () =>
      (
        await query(
          url,
          "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
        )
      ).length > 0,
  );
  child.kill("SIGKILL");
  write(directory, { "002_slow.sql": "CREATE TABLE b (id int);" });
  assert.deepEqual(await up(url, directory, { lockWaitMs: 60_000 }), ["002_slow.sql"]);
});

test("16 numbers are compared as numbers", async (t) => {
  const directory = folder(t, {
    "10_ten.sql": "INSERT INTO a VALUES (10);",
    "9_nine.sql": "CREATE TABLE a (id int);",
    "100_hundred.sql": "INSERT INTO a VALUES (100);",
    "10_ten.down.sql": "DROP TABLE a;",
  });
  assert.deepEqual(await up(await server.database(), directory), [
    "9_nine.sql",
    "10_ten.sql",
    "100_hundred.sql",
  ]);
  const times = folder(t, {
    "20250101120001_stamp.sql": "INSERT INTO a VALUES (30);",
    "20250101120000000001_long.sql": "INSERT INTO a VALUES (20);",
    "2024-12-31-day.sql": "CREATE TABLE a (id int);",
  });
  assert.deepEqual(await up(await server.database(), times), [
    "2024-12-31-day.sql",
    "20250101120000000001_long.sql",
    "20250101120001_stamp.sql",
  ]);
});

test("17 an enum value added in one file is used in the next", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TYPE mood AS ENUM ('ok');",
    "002_b.sql": "ALTER TYPE mood ADD VALUE 'fine';",
    "003_c.sql": "CREATE TABLE a (m mood DEFAULT 'fine');",
  });
  assert.equal((await up(url, directory)).length, 3);
});

test("18 empty files and files of comments are applied", async (t) => {
  const url = await server.database();
  const migrations = await migrationsOf(t, {
    "001_a.sql": "",
    "002_b.sql": "-- later",
    "003_c.sql": "/* x */ ;; -- y",
  });
  assert.equal((await migrate({ connectionString: url }, migrations)).applied.length, 3);
});

test("19 an invalid index of a failed concurrent build is named, then dropped and built again", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1);",
    "002_b.sql": "CREATE UNIQUE INDEX CONCURRENTLY a_x ON a (x);",
  });
  const error = await failure(up(url, directory));
  assert.match(error.message, /the failed build left the invalid index a_x/);
  await query(url, "DELETE FROM a");
  assert.deepEqual(await up(url, directory), ["002_b.sql"]);
  assert.deepEqual(
    await query(url, "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'a_x'::regclass"),
    [{ valid: true }],
  );
});

test("19 an invalid index that was there before is named, also when IF NOT EXISTS takes it for a good one", async (t) => {
  const url = await server.database();
  await query(url, "CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1);");
  await query(url, "CREATE UNIQUE INDEX CONCURRENTLY a_x ON a (x)").catch(() => undefined);
  const directory = folder(t, { "001_a.sql": "CREATE UNIQUE INDEX IF NOT EXISTS a_x ON a (x);" });
  const warnings: string[] = [];
  await up(url, directory, { onEvent: (event) => event.kind === "warning" && warnings.push(event.message) });
  assert.match(
    warnings.join(),
    /The index public\.a_x is invalid.*UNIQUE is not enforced.*DROP INDEX CONCURRENTLY/,
  );
});

function runner(url: string, directory: string): string {
  const engine = JSON.stringify(new URL("../../../database/index.ts", import.meta.url).href);
  return `const { migrate, readMigrations } = await import(${engine});
    await migrate({ connectionString: ${JSON.stringify(url)} }, await readMigrations(${JSON.stringify(directory)}));`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
