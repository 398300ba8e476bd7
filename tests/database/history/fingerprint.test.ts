/** What was changed by hand is named, with what is different. */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { inspect, migrate, readMigrations, repairHistory, trail } from "../../../database/index.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();

const SCHEMA = `
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN age AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION one(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE work() LANGUAGE sql AS 'SELECT 1';
CREATE TABLE a (id int, note text);
CREATE TABLE b (id int);
CREATE VIEW c AS SELECT 1 AS x;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION touch();`;

/** Change by hand, what is said of it, and how it is undone. */
const CHANGES: [string, string, string][] = [
  ["ALTER TABLE a ADD x int DEFAULT 1", "public.a (altered: column x added)", "ALTER TABLE a DROP x"],
  [
    "ALTER TABLE a ALTER id SET NOT NULL",
    "public.a (altered: column id changed)",
    "ALTER TABLE a ALTER id DROP NOT NULL",
  ],
  [
    "ALTER TABLE a ALTER note SET DEFAULT 'x'",
    "public.a (altered: column note changed)",
    "ALTER TABLE a ALTER note DROP DEFAULT",
  ],
  ["CREATE INDEX i ON a (id)", "public.a (altered: index i added)", "DROP INDEX i"],
  [
    "ALTER TABLE a ADD CONSTRAINT k CHECK (id > 0)",
    "public.a (altered: constraint k added)",
    "ALTER TABLE a DROP CONSTRAINT k",
  ],
  [
    "ALTER TABLE a DISABLE TRIGGER touched",
    "public.a (altered: trigger touched changed)",
    "ALTER TABLE a ENABLE TRIGGER touched",
  ],
  [
    "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
    "public.a (altered: row level security changed)",
    "ALTER TABLE a DISABLE ROW LEVEL SECURITY",
  ],
  ["CREATE POLICY p ON a USING (true)", "public.a (altered: policy p added)", "DROP POLICY p ON a"],
  [
    "ALTER TABLE a SET (fillfactor = 50)",
    "public.a (altered: options changed)",
    "ALTER TABLE a RESET (fillfactor)",
  ],
  [
    "CREATE OR REPLACE VIEW c AS SELECT 2 AS x",
    "public.c (altered: definition changed)",
    "CREATE OR REPLACE VIEW c AS SELECT 1 AS x",
  ],
  [
    "CREATE OR REPLACE FUNCTION one(x int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "function public.one(x integer) (altered: definition changed)",
    "CREATE OR REPLACE FUNCTION one(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
  ],
  [
    "DROP PROCEDURE work()",
    "procedure public.work() (dropped)",
    "CREATE PROCEDURE work() LANGUAGE sql AS 'SELECT 1'",
  ],
  [
    "ALTER DOMAIN age SET NOT NULL",
    "type public.age (altered: definition changed)",
    "ALTER DOMAIN age DROP NOT NULL",
  ],
  [
    "ALTER TYPE pair ADD ATTRIBUTE c int",
    "type public.pair (altered: column c added)",
    "ALTER TYPE pair DROP ATTRIBUTE c",
  ],
  [
    "ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'",
    "type public.mood (altered: value bad dropped, value poor added)",
    "ALTER TYPE mood RENAME VALUE 'poor' TO 'bad'",
  ],
];

test("every kind of change by hand is named until it is undone; what other tools make is not", async (t) => {
  const target = { connectionString: await server.database() };
  await query(target.connectionString, "CREATE TABLE foreign_tool (id int)");
  await migrate(target, await migrationsOf(t, { "001_a.sql": SCHEMA }));
  const altered = async () => (await inspect(target)).altered;
  await query(
    target.connectionString,
    "ALTER TABLE foreign_tool ADD x int; CREATE TABLE new_tool (id int); CREATE TYPE other AS ENUM (); INSERT INTO a VALUES (1)",
  );
  assert.deepEqual(await altered(), []);
  for (const [change, expected, undo] of CHANGES) {
    await query(target.connectionString, change);
    assert.deepEqual(await altered(), [expected], change);
    await query(target.connectionString, undo);
    assert.deepEqual(await altered(), [], undo);
  }
});

test("many differences of one table are cut short", async (t) => {
  const target = { connectionString: await server.database() };
  await migrate(target, await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" }));
  await query(
    target.connectionString,
    "ALTER TABLE a ADD b int, ADD c int, ADD d int, ADD e int, ADD f int, ADD g int",
  );
  assert.deepEqual((await inspect(target)).altered, [
    "public.a (altered: column b added, column c added, column d added, column e added, column f added and 1 more)",
  ]);
});

test("a change by hand outlives later migrations until it is accepted, and the trail says who accepted what", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": SCHEMA });
  await migrate(target, await readMigrations(directory));
  await query(target.connectionString, "ALTER TABLE a ADD x int; CREATE OR REPLACE VIEW c AS SELECT 2 AS x");
  write(directory, { "002_b.sql": "ALTER TABLE b ADD y int" });
  const files = await readMigrations(directory);
  await migrate(target, files);
  const names = ["public.a (altered: column x added)", "public.c (altered: definition changed)"];
  assert.deepEqual((await inspect(target)).altered, names);
  assert.deepEqual((await repairHistory(target, files)).tables, []);
  assert.deepEqual((await repairHistory(target, files, { acceptTables: true, dryRun: true })).tables, names);
  assert.deepEqual((await inspect(target)).altered, names);
  assert.deepEqual((await repairHistory(target, files, { acceptTables: true })).tables, names);
  assert.deepEqual((await inspect(target)).altered, []);
  const last = (await trail(target)).at(-1);
  assert.deepEqual([last?.event, last?.name, last?.detail], ["tables-accepted", "*", names.join(", ")]);
  await query(target.connectionString, "DROP TABLE b");
  assert.deepEqual((await inspect(target)).altered, ["public.b (dropped)"]);
});

test("what a failing run applied before is known to the fingerprint", async (t) => {
  const target = { connectionString: await server.database() };
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)", "002_b.sql": "SELECT 1/0" });
  await assert.rejects(migrate(target, files), /division by zero/);
  await query(target.connectionString, "ALTER TABLE a ADD x int");
  assert.deepEqual((await inspect(target)).altered, ["public.a (altered: column x added)"]);
});

test("the trail keeps one fingerprint, however many runs there were", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "SELECT 1" });
  await migrate(target, await readMigrations(directory));
  write(directory, { "002_b.sql": "SELECT 1" });
  await migrate(target, await readMigrations(directory));
  const sql = "SELECT count(*)::int AS n FROM schema_migrations_log WHERE event = 'schema'";
  assert.deepEqual(await query(target.connectionString, sql), [{ n: 1 }]);
});

test("a table that somebody holds for himself keeps nobody waiting, and stops no run", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int DEFAULT 1)" });
  await migrate(target, await readMigrations(directory));
  const other = new pg.Client({ connectionString: target.connectionString, application_name: "loader" });
  await other.connect();
  t.after(() => other.end());
  await other.query("BEGIN; LOCK TABLE a");
  await assert.rejects(inspect(target), {
    kind: "locked",
    message: /process \d+ \(loader\) holds a lock on table a\. Run again when it is free/,
  });
  write(directory, { "002_b.sql": "CREATE TABLE b ()" });
  const warnings: string[] = [];
  const { applied } = await migrate(target, await readMigrations(directory), {
    onEvent: (event) => event.kind === "warning" && warnings.push(event.message),
  });
  assert.deepEqual(applied, ["002_b.sql"]);
  assert.match(warnings.join(), /cannot be seen now: process \d+ \(loader\)/);
  await other.query("COMMIT");
  assert.deepEqual((await inspect(target)).altered, []);
});
