/** Taking over a database that was there before, and putting its history right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BaselineChoice,
  baseline,
  type Migration,
  MigrationError,
  migrate,
  readMigrations,
  repairHistory,
  status,
  type Target,
  trail,
  verify,
} from "../../../database/index.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const FILES = {
  "001_a.sql": "CREATE TABLE a (id int)",
  "002_b.sql": "CREATE TABLE b (id int)",
  "003_c.sql": "CREATE TABLE c (id int)",
};
const NAMES = Object.keys(FILES);

/** All tables with their rows, to see that nothing was changed. */
async function picture(connectionString: string): Promise<unknown> {
  const tables = await query(
    connectionString,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
  );
  const rows = [];
  for (const { name } of tables) rows.push([name, await query(connectionString, `TABLE ${name}`)]);
  return rows;
}

test("an existing database is taken over up to a number, a file, or as a whole; the rest runs", async (t) => {
  const files = await migrationsOf(t, FILES);
  const choices: [BaselineChoice, string[]][] = [
    [{ kind: "to", to: "2" }, NAMES.slice(0, 2)],
    [{ kind: "to", to: "002_b.sql" }, NAMES.slice(0, 2)],
    [{ kind: "files", names: ["001_a.sql"] }, NAMES.slice(0, 1)],
    [{ kind: "all" }, NAMES],
    [{ kind: "none" }, []],
  ];
  for (const [choice, marked] of choices) {
    const target = { connectionString: await server.database() };
    const dry = await baseline(target, files, choice, { dryRun: true });
    assert.deepEqual(await picture(target.connectionString), []);
    const done = await baseline(target, files, choice);
    assert.deepEqual(done, dry);
    assert.deepEqual([done.marked, done.pending], [marked, NAMES.slice(marked.length)]);
    assert.deepEqual((await baseline(target, files, choice)).marked, []);
    assert.deepEqual((await migrate(target, files)).applied, NAMES.slice(marked.length));
    assert.deepEqual(await verify(target, files), []);
    const entries = (await trail(target)).filter(({ event }) => event === "baselined");
    assert.deepEqual(
      entries.map(({ name, detail }) => [name, detail]),
      marked.map((name) => [name, "marked by hand"]),
    );
  }
});

test("a file that was run by hand is marked by name, also when it is applied in part", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int);\nVACUUM;\nSELECT 1/0;" });
  await assert.rejects(migrate(target, await readMigrations(directory)), /division by zero/);
  write(directory, { "002_b.sql": "CREATE TABLE b (id int)" });
  const files = await readMigrations(directory);
  const done = await baseline(target, files, { kind: "files", names: ["001_a.sql"] });
  assert.deepEqual([done.marked, done.pending], [["001_a.sql"], ["002_b.sql"]]);
  assert.deepEqual((await migrate(target, files)).applied, ["002_b.sql"]);
  assert.deepEqual(await verify(target, files), []);
});

test("a first run on a database with tables says how to take it over", async (t) => {
  const target = { connectionString: await server.database() };
  await query(target.connectionString, "CREATE TABLE a (id int)");
  await assert.rejects(
    migrate(target, await migrationsOf(t, FILES)),
    /001_a\.sql:1:1: .*already exists.*\n.*\n.*\nHint: .*`kai migrate baseline 001_a\.sql`/s,
  );
});

test("a baselined file is proven: its row comes back, its edit is seen", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, FILES);
  const files = await readMigrations(directory);
  await baseline(target, files, { kind: "all" });
  await query(target.connectionString, "DELETE FROM schema_migrations WHERE version = 2");
  assert.deepEqual(
    (await verify(target, files)).map(({ kind, name }) => [kind, name]),
    [["row-deleted", "002_b.sql"]],
  );
  assert.deepEqual(
    (await repairHistory(target, files)).rows.map(({ name }) => name),
    ["002_b.sql"],
  );
  assert.deepEqual(await verify(target, files), []);
  write(directory, { "003_c.sql": "SELECT 2" });
  assert.deepEqual(
    (await verify(target, await readMigrations(directory))).map(({ kind, name }) => [kind, name]),
    [["edited", "003_c.sql"]],
  );
});

test("verify names every difference by its kind", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { ...FILES, "004_d.sql": "VACUUM;\nSELECT 1/0;" });
  await assert.rejects(migrate(target, await readMigrations(directory)), /division/);
  write(directory, { "002_b.sql": "SELECT 2", "005_e.sql": "SELECT 1" });
  await query(
    target.connectionString,
    `DELETE FROM schema_migrations WHERE version = 1;
     UPDATE schema_migrations SET checksum = 'x' WHERE version = 3;
     INSERT INTO schema_migrations VALUES ('009_x.sql', 9, 'y', now(), 'me', 1, 1, 1, NULL, '0.1.0');
     ALTER TABLE a ADD by_hand int`,
  );
  const found = await verify(target, await readMigrations(directory));
  assert.deepEqual(
    found.map(({ kind, name }) => [kind, name]),
    [
      ["row-deleted", "001_a.sql"],
      ["edited", "002_b.sql"],
      ["checksum-changed", "003_c.sql"],
      ["row-added", "009_x.sql"],
      ["partial", "004_d.sql"],
      ["pending", "005_e.sql"],
      ["altered", "public.a (altered: column by_hand added)"],
    ],
  );
  for (const { message } of found) assert.match(message, /^.+\.$/s);
});

test("an edit is accepted on purpose, with an entry of who, when, the old and the new checksum", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, FILES);
  const before = await readMigrations(directory);
  await migrate(target, before);
  write(directory, { "002_b.sql": "-- a comment\nCREATE TABLE b (id int)" });
  const files = await readMigrations(directory);
  await assert.rejects(migrate(target, files), /`kai migrate repair --accept-edit 002_b\.sql`/);
  const plain = await repairHistory(target, files);
  assert.deepEqual([plain.edits, plain.left.map(({ name }) => name)], [[], ["002_b.sql"]]);
  const options = { acceptEdits: ["002_b.sql"] };
  const dry = await repairHistory(target, files, { ...options, dryRun: true });
  assert.equal((await verify(target, files)).length, 1);
  const done = await repairHistory(target, files, options);
  assert.deepEqual(done, dry);
  assert.deepEqual(done.edits, [{ name: "002_b.sql", was: before[1]!.checksum, is: files[1]!.checksum }]);
  assert.deepEqual(await verify(target, files), []);
  const entry = (await trail(target)).at(-1)!;
  assert.deepEqual(
    [entry.event, entry.name, entry.checksum, entry.detail],
    ["edit-accepted", "002_b.sql", files[1]!.checksum, `checksum was ${before[1]!.checksum}`],
  );
  assert.match(entry.by, /^postgres \(.+\)$/);
  assert.ok(Math.abs(entry.at.getTime() - Date.now()) < 60_000);
  // The trail proves the new text from now on.
  await query(target.connectionString, "DELETE FROM schema_migrations WHERE version = 2");
  await repairHistory(target, files);
  assert.deepEqual(await verify(target, files), []);
});

test("an edit is accepted also where the row was deleted", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, FILES);
  await migrate(target, await readMigrations(directory));
  await query(target.connectionString, "DELETE FROM schema_migrations WHERE version = 2");
  write(directory, { "002_b.sql": "CREATE TABLE b (id int) -- why" });
  const files = await readMigrations(directory);
  await repairHistory(target, files, { acceptEdits: ["002_b.sql"] });
  assert.deepEqual(await verify(target, files), []);
});

test("files that others replace are forgotten on purpose, and the new one is marked", async (t) => {
  const target = { connectionString: await server.database() };
  await migrate(target, await migrationsOf(t, FILES));
  const files = await migrationsOf(t, { "010_all.sql": Object.values(FILES).join(";\n") });
  await assert.rejects(migrate(target, files), /`kai migrate repair --forget 001_a\.sql`/);
  assert.deepEqual((await repairHistory(target, files, { forget: NAMES })).forgotten, NAMES);
  await baseline(target, files, { kind: "files", names: ["010_all.sql"] });
  assert.deepEqual(await verify(target, files), []);
  assert.deepEqual((await migrate(target, files)).applied, []);
  const removed = (await trail(target)).filter(({ event }) => event === "removed");
  assert.deepEqual(
    removed.map(({ name }) => name),
    NAMES,
  );
});

test("an edit of statements that are applied is accepted in a file that is applied in part", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int);\nVACUUM;\nSELECT 1/0;" });
  await assert.rejects(migrate(target, await readMigrations(directory)), /division by zero/);
  write(directory, { "001_a.sql": "CREATE TABLE IF NOT EXISTS a (id int);\nVACUUM;\nSELECT 1;" });
  const files = await readMigrations(directory);
  await assert.rejects(migrate(target, files), /2 statements are applied, and one of them was edited/);
  assert.equal((await repairHistory(target, files, { acceptEdits: ["001_a.sql"] })).edits.length, 1);
  assert.deepEqual((await migrate(target, files)).applied, ["001_a.sql"]);
  assert.deepEqual(
    (await trail(target)).map(({ event }) => event),
    ["started", "failed", "progress-accepted", "started", "applied"],
  );
});

test("the trail names failures with their message and tells how long files took", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "SELECT 1", "002_b.sql": "SELECT 1/0" });
  await assert.rejects(migrate(target, await readMigrations(directory)), /division/);
  const entries = await trail(target);
  assert.deepEqual(
    entries.map(({ event, name, detail, durationMs }) => [event, name, detail, typeof durationMs]),
    [
      ["applied", "001_a.sql", undefined, "number"],
      ["failed", "002_b.sql", "division by zero", "undefined"],
    ],
  );
});

type Work = (target: Target, files: Migration[]) => Promise<unknown>;

const take =
  (choice: BaselineChoice): Work =>
  (target, files) =>
    baseline(target, files, choice);
const takeFrom = (from: string) => take({ kind: "from", from });

interface Wrong {
  /** SQL that makes it wrong, or work. */
  before?: string | Work;
  /** Default: a run. */
  work?: Work;
  said: RegExp;
}

const WRONG: Record<string, Wrong> = {
  "history of another tool": {
    before: "CREATE TABLE schema_migrations (version bigint, dirty boolean)",
    said: /belongs to golang-migrate .*--table kai_migrations/,
  },
  "history of nobody": {
    before: "CREATE TABLE schema_migrations (colour text)",
    said: /nor of a migration tool that is known here.*colour/,
  },
  "a view": {
    before: "CREATE VIEW schema_migrations AS SELECT 1",
    said: /is a view, not a table.*--table kai_migrations/,
  },
  "a sequence": {
    before: "CREATE SEQUENCE schema_migrations",
    said: /is a sequence, not a table.*Rename it, or keep this history elsewhere/,
  },
  "log of another shape": {
    before: "CREATE TABLE schema_migrations_log (line text)",
    said: /should hold the audit trail .*columns line/,
  },
  "history of a newer version": {
    before: async (target, files) => {
      await baseline(target, files.slice(0, 1), { kind: "all" });
      await query(target.connectionString, "UPDATE schema_migrations SET tool_version = '99.0.0'");
    },
    said: /written by version 99\.0\.0 of kai; this is .* Update kai/,
  },
  "baseline beyond the folder": {
    work: take({ kind: "to", to: "7" }),
    said: /no file with the name or number 7: it goes from 001_a\.sql to 003_c\.sql/,
  },
  "baseline of a file that is not there": {
    work: take({ kind: "files", names: ["x.sql"] }),
    said: /no file x\.sql/,
  },
  "baseline on a database that has history": {
    before: take({ kind: "to", to: "1" }),
    work: take({ kind: "all" }),
    said: /knows 1 applied file already.*`kai migrate baseline <file> …`/,
  },
  "baseline from a table that is not there": {
    work: takeFrom("flyway"),
    said: /no table public\.flyway_schema_history.*--from <schema>\.<table>/,
  },
  "baseline from a tool that nobody knows": {
    work: takeFrom("wizard"),
    said: /no table public\.wizard\. Name a table .* golang-migrate, /,
  },
  "baseline from a table that is no history": {
    before: "CREATE TABLE notes (body text)",
    work: takeFrom("notes"),
    said: /no migration tool that is known here: .*body.*--to <number>/,
  },
  "baseline from a tool without SQL files": {
    before: "CREATE TABLE alembic_version (version_num varchar(32))",
    work: takeFrom("alembic"),
    said: /Alembic in public\.alembic_version are no SQL files.*--to <number>/,
  },
  "baseline from a dirty golang-migrate": {
    before: "CREATE TABLE old (version bigint, dirty boolean); INSERT INTO old VALUES (2, true)",
    work: takeFrom("old"),
    said: /golang-migrate stopped in the middle of 2 .*Finish or undo it by hand/,
  },
  "baseline from the history of another folder": {
    before: "CREATE TABLE old (version varchar); INSERT INTO old VALUES ('20230101000000')",
    work: takeFrom("old"),
    said: /dbmate \(public\.old\) names 20230101000000, and no file of the folder is one of them/,
  },
  "baseline from an empty history": {
    before: "CREATE TABLE old (version varchar)",
    work: takeFrom("old"),
    said: /has no entry of an applied file/,
  },
  "baseline from a failed Flyway": {
    before: `CREATE TABLE old (installed_rank int, version text, description text, type text, script text, checksum int, success boolean);
      INSERT INTO old VALUES (1, '1', 'a', 'SQL', '001_a.sql', 1, true), (2, '2', 'b', 'SQL', '002_b.sql', 1, false)`,
    work: takeFrom("old"),
    said: /Flyway stopped in the middle of 002_b\.sql /,
  },
  "baseline from a Prisma that was interrupted": {
    before: `CREATE TABLE old (migration_name text, finished_at timestamptz, rolled_back_at timestamptz, applied_steps_count int);
      INSERT INTO old VALUES ('001_a', NULL, NULL, 0)`,
    work: takeFrom("old"),
    said: /Prisma stopped in the middle of 001_a /,
  },
  "forgetting a file that is there": {
    before: migrate,
    work: (target, files) => repairHistory(target, files, { forget: ["001_a.sql"] }),
    said: /001_a\.sql is no applied file that the folder lacks.* No file is missing/,
  },
  "accepting the edit of a file that nobody edited": {
    work: (target, files) => repairHistory(target, files, { acceptEdits: ["001_a.sql"] }),
    said: /001_a\.sql was not edited .* No file was/,
  },
};

for (const [what, { before, work = migrate, said }] of Object.entries(WRONG)) {
  test(`${what}: one clear sentence, and nothing changed`, async (t) => {
    const target = { connectionString: await server.database() };
    const files = await migrationsOf(t, FILES);
    if (typeof before === "string") await query(target.connectionString, before);
    else await before?.(target, files);
    const was = await picture(target.connectionString);
    await assert.rejects(work(target, files), (error) => {
      assert.ok(error instanceof MigrationError, String(error));
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /\n|password/);
      return true;
    });
    assert.deepEqual(await picture(target.connectionString), was);
  });
}

test("a schema that this user may not look into does not stand in the way", async (t) => {
  const connectionString = await server.database();
  const name = `closed_${new URL(connectionString).pathname.slice(1)}`;
  await query(
    connectionString,
    `CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint);
     CREATE ROLE ${name} LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO ${name}`,
  );
  const target = {
    connectionString: Object.assign(new URL(connectionString), { username: name, password: "x" }).href,
  };
  assert.deepEqual((await migrate(target, await migrationsOf(t, FILES))).applied, NAMES);
});

test("no right on the schema, on the table: one clear sentence each, nothing changed", async (t) => {
  const connectionString = await server.database();
  const files = await migrationsOf(t, FILES);
  await query(connectionString, "CREATE ROLE nobody_here LOGIN PASSWORD 'x'; CREATE SCHEMA closed");
  const as = (name: string) =>
    Object.assign(new URL(connectionString), { username: name, password: "x" }).href;
  await assert.rejects(
    baseline({ connectionString: as("nobody_here"), schema: "closed" }, files, { kind: "all" }),
    /cannot be created: .*Connect with a user that may create tables there/,
  );
  await migrate({ connectionString }, files);
  await assert.rejects(
    status({ connectionString: as("nobody_here") }, files),
    /This user may not read the history .*Connect with the user that made it/,
  );
});
