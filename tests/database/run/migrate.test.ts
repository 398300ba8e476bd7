/** The engine against a real server: what the probe matrix does not ask for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import {
  dryRun,
  inspect,
  MigrationError,
  type MigrationEvent,
  migrate,
  readMigrations,
  status,
  verify,
} from "../../../database/index.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();

test("the history says what, when, who, how long and with which version", async (t) => {
  const connectionString = await server.database();
  const [file] = await migrationsOf(t, { "007_a.sql": "SELECT 1" });
  await migrate({ connectionString }, [file!]);
  const [row] = await query(connectionString, "SELECT * FROM schema_migrations");
  assert.equal(row?.name, "007_a.sql");
  assert.equal(row?.version, "7");
  assert.equal(row?.checksum, file!.checksum);
  assert.match(row?.applied_by, /^postgres \(.+\)$/);
  assert.ok(row?.applied_at instanceof Date);
  assert.equal(typeof row?.duration_ms, "number");
  assert.match(row?.tool_version, /^\d+\.\d+\.\d+/);
});

test("a blocked file gives its lock up after lock_timeout and is tried again as a whole", async (t) => {
  const connectionString = await server.database();
  await query(connectionString, "CREATE TABLE a (id int)");
  const blocker = new pg.Client({ connectionString });
  await blocker.connect();
  await blocker.query("BEGIN; LOCK TABLE a");
  const events: MigrationEvent[] = [];
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE b (id int); ALTER TABLE a ADD x int;" });
  const onEvent = (event: MigrationEvent) => events.push(event);
  await assert.rejects(
    migrate({ connectionString }, files, { lockTimeoutMs: 50, lockRetryMs: 300, onEvent }),
    /lock timeout.*Nothing of this file was kept.*another session holds a lock/s,
  );
  assert.ok(events.some((event) => event.kind === "retry"));
  const run = migrate({ connectionString }, files, { lockTimeoutMs: 50 });
  await sleep(200);
  await blocker.query("COMMIT");
  await blocker.end();
  assert.deepEqual((await run).applied, ["001_a.sql"]);
});

test("a run that waits too long for another names the holder and applies nothing", async (t) => {
  const connectionString = await server.database();
  const slow = await migrationsOf(t, { "001_a.sql": "SELECT pg_sleep(1.5)" });
  const first = migrate({ connectionString }, slow);
  await sleep(400);
  const error = await migrate({ connectionString }, slow, { lockWaitMs: 200 }).catch(
    (error: unknown) => error,
  );
  assert.ok(error instanceof MigrationError);
  assert.equal(error.kind, "locked");
  assert.match(error.message, /process \d+ \(kai-migrate .*\) of postgres from 127\.0\.0\.1/);
  assert.deepEqual((await first).applied, ["001_a.sql"]);
});

test("tables of other tools under the same name are recognised and never written to", async (t) => {
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  const shapes: [string, RegExp][] = [
    ["version bigint PRIMARY KEY, dirty boolean", /golang-migrate/],
    ["version varchar PRIMARY KEY", /belongs to dbmate/],
    ["version text PRIMARY KEY, statements text[], name text", /Supabase's command line/],
    ["id int, whatever text", /nor of a migration tool that is known here: it has the columns id, whatever/],
  ];
  for (const [columns, owner] of shapes) {
    const connectionString = await server.database();
    await query(connectionString, `CREATE TABLE schema_migrations (${columns})`);
    const error = await migrate({ connectionString }, files).catch((error: unknown) => error);
    assert.ok(error instanceof MigrationError);
    assert.equal(error.kind, "foreign-table");
    assert.match(error.message, owner);
    assert.deepEqual(
      await query(
        connectionString,
        "SELECT to_regclass('a') AS a, to_regclass('schema_migrations_log') AS log",
      ),
      [{ a: null, log: null }],
    );
    assert.deepEqual((await migrate({ connectionString, schema: "kai", table: "history" }, files)).applied, [
      "001_a.sql",
    ]);
  }
});

test("rows changed by hand stop the run, name the remedy, and are put right on request without running SQL again", async (t) => {
  const connectionString = await server.database();
  const files = await migrationsOf(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (id int)",
  });
  await migrate({ connectionString }, files);
  await query(
    connectionString,
    `DELETE FROM schema_migrations WHERE version = 1;
     UPDATE schema_migrations SET checksum = 'x' WHERE version = 2;
     INSERT INTO schema_migrations VALUES ('003_c.sql', 3, 'y', now(), 'me', 1, 1, 1, NULL, '0')`,
  );
  await assert.rejects(
    migrate({ connectionString }, files),
    /001_a\.sql was deleted by hand.*`kai migrate repair`/s,
  );
  const result = await migrate({ connectionString }, files, { repair: true });
  assert.deepEqual([result.applied, result.repaired.sort()], [[], ["001_a.sql", "002_b.sql", "003_c.sql"]]);
  assert.deepEqual(await verify({ connectionString }, files), []);
  await query(connectionString, "DROP TABLE schema_migrations");
  assert.equal((await migrate({ connectionString }, files, { repair: true })).repaired.length, 2);
});

test("a first run by several at once creates the history once", async (t) => {
  const connectionString = await server.database();
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  const runs = await Promise.all(Array.from({ length: 6 }, () => migrate({ connectionString }, files)));
  assert.deepEqual(
    runs.flatMap((run) => run.applied),
    ["001_a.sql"],
  );
});

test("a history that cannot be created is one sentence with the remedy", async (t) => {
  const connectionString = await server.database();
  await query(connectionString, "CREATE TYPE schema_migrations AS ENUM ('x')");
  await assert.rejects(
    migrate({ connectionString }, await migrationsOf(t, { "1_a.sql": "" })),
    /cannot be created: .*set another `schema` or `table`/,
  );
});

test("a user without the right, a session that the server ends and a file that drops the history: one sentence each", async (t) => {
  const connectionString = await server.database();
  await migrate(
    { connectionString },
    await migrationsOf(t, { "1_a.sql": "CREATE ROLE reader LOGIN PASSWORD 'x'" }),
  );
  const reader = Object.assign(new URL(connectionString), { username: "reader", password: "x" }).href;
  await assert.rejects(inspect({ connectionString: reader }), (error: unknown) => {
    assert.ok(error instanceof MigrationError);
    return /may not read the history.*Connect with the user that made it/.test(error.message);
  });
  const other = { connectionString: await server.database() };
  const suicide = await migrationsOf(t, {
    "1_a.sql": "SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());",
  });
  await assert.rejects(
    migrate(other, suicide),
    /1_a\.sql:2:1: .*The connection broke; the next run finds out/,
  );
  const drop = await migrationsOf(t, { "1_a.sql": "DROP SCHEMA public CASCADE; CREATE SCHEMA public" });
  await assert.rejects(
    migrate(other, drop),
    /1_a\.sql: at the end of the file: .*the file removes the history table/s,
  );
});

test("SET TRANSACTION works in a transaction of the file's own", async (t) => {
  const connectionString = await server.database();
  const files = await migrationsOf(t, {
    "1_a.sql":
      "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;",
  });
  await migrate({ connectionString }, files);
  assert.deepEqual(await query(connectionString, "SELECT * FROM a"), [{ level: "serializable" }]);
});

test("--to stops behind a number, and the rest is applied later", async (t) => {
  const connectionString = await server.database();
  const files = await migrationsOf(t, {
    "1_a.sql": "SELECT 1",
    "2_b.sql": "SELECT 1",
    "10_c.sql": "SELECT 1",
  });
  assert.deepEqual((await migrate({ connectionString }, files, { to: "2" })).applied, ["1_a.sql", "2_b.sql"]);
  assert.deepEqual((await migrate({ connectionString }, files)).applied, ["10_c.sql"]);
});

test("statement by statement: settings of the file hold, also when a corrected file continues", async (t) => {
  const connectionString = await server.database();
  const text =
    "SET search_path = other;\nCREATE SCHEMA other;\nCREATE TABLE t (id int);\nVACUUM t;\nINSERT INTO t VALUES (1);\n";
  const directory = folder(t, { "001_a.sql": text.replace("VALUES (1)", "VALUES (oops)") });
  await assert.rejects(
    migrate({ connectionString }, await readMigrations(directory)),
    /001_a\.sql:5:23: .*first 4 statements/s,
  );
  write(directory, { "001_a.sql": text });
  await migrate({ connectionString }, await readMigrations(directory));
  assert.deepEqual(await query(connectionString, "SELECT * FROM other.t"), [{ id: 1 }]);
});

test("a procedure that commits runs with -- kai:no-transaction, and the error without it says so", async (t) => {
  const connectionString = await server.database();
  const call = "DO $$ BEGIN CREATE TABLE a (id int); COMMIT; END $$;";
  const directory = folder(t, { "001_a.sql": call });
  await assert.rejects(migrate({ connectionString }, await readMigrations(directory)), /kai:no-transaction/);
  write(directory, { "001_a.sql": `-- kai:no-transaction\n${call}` });
  assert.deepEqual((await migrate({ connectionString }, await readMigrations(directory))).applied, [
    "001_a.sql",
  ]);
});

test("no way to the database is one sentence with the remedy, without the password", async () => {
  const url = new URL(await server.database());
  const cases: [string, (u: URL) => string | URL, RegExp][] = [
    ["port", (u) => Object.assign(u, { port: "1" }), /Nothing listens there/],
    ["password", (u) => Object.assign(u, { password: "geheim" }), /The password is wrong/],
    ["database", (u) => Object.assign(u, { pathname: "/geheim_nowhere" }), /That database does not exist/],
    ["TLS", (u) => `${u}?sslmode=verify-full`, /Check `sslmode`/],
    ["certificate", (u) => `${u}?sslrootcert=/nowhere.pem`, /certificate file that it names does not exist/],
    ["REST address", () => "https://geheim.supabase.co", /REST address .* cannot run migrations/],
  ];
  for (const [name, change, expected] of cases) {
    const connectionString = String(change(new URL(url)));
    const error = await status({ connectionString }, []).catch((error: unknown) => error);
    assert.ok(error instanceof MigrationError, name);
    assert.equal(error.kind, "connection");
    assert.match(error.message, expected);
    assert.doesNotMatch(error.message, /geheim@|password@127/);
  }
});

/** A script for resetting tests that became a migration; the same as a file that runs in steps. */
const EMPTYING = `DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('TRUNCATE %I CASCADE', one); END LOOP;
END $$;`;

for (const [how, sql] of [
  ["one transaction", EMPTYING],
  ["steps", `VACUUM a;\n${EMPTYING}`],
] as const) {
  test(`a file that empties the history is refused, and the history stays: ${how}`, async (t) => {
    const url = await server.database();
    const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a ();", "002_reset.sql": sql });
    await assert.rejects(
      migrate({ connectionString: url }, files),
      /002_reset\.sql: at the end of the file: it removes its own row from the history.*\n.*leave the history/s,
    );
    const rows = await query(url, "SELECT name FROM schema_migrations WHERE duration_ms IS NOT NULL");
    assert.deepEqual(rows, [{ name: "001_a.sql" }]);
  });
}

test("a file that is applied in part and was edited there is refused before anything runs, in a dry run too", async (t) => {
  const target = { connectionString: await server.database() };
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (); VACUUM a; SELECT 1/0;" });
  await assert.rejects(
    migrate(target, await readMigrations(directory)),
    /Its first 2 statements are applied/,
  );
  write(directory, { "001_a.sql": "CREATE TABLE b (); VACUUM b; SELECT 1;" });
  await assert.rejects(dryRun(target, await readMigrations(directory)), /one of them was edited since/);
  await assert.rejects(migrate(target, await readMigrations(directory)), /one of them was edited since/);
  assert.deepEqual(
    await query(target.connectionString, "SELECT event FROM schema_migrations_log ORDER BY id"),
    [{ event: "started" }, { event: "failed" }, { event: "schema" }],
  );
});

test("a history whose rows row level security hides is not taken for an empty one", async (t) => {
  const url = await server.database();
  const files = await migrationsOf(t, { "001_a.sql": "SELECT 1" });
  await migrate({ connectionString: url }, files);
  const role = new URL(url);
  role.username = `reader_${role.pathname.slice(6)}`;
  await query(
    url,
    `CREATE ROLE ${role.username} LOGIN PASSWORD 'password'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role.username};`,
  );
  const reader = { connectionString: role.href };
  assert.equal((await status(reader, files)).applied.length, 1);
  await query(url, "ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY");
  await assert.rejects(status(reader, files), /row level security hides its rows\. Connect with the user/);
  assert.equal((await status({ connectionString: url }, files)).applied.length, 1);
});

test("a database that became read-only is named as the cause, not the file", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "SELECT 1" });
  await migrate({ connectionString: url }, await readMigrations(directory));
  await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
  write(directory, { "002_b.sql": "SELECT 2" });
  await assert.rejects(
    migrate({ connectionString: url }, await readMigrations(directory)),
    /\(25006\)\. Nothing of this file was kept\nHint: .*default_transaction_read_only/,
  );
});
