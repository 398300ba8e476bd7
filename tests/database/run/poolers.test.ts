/** The engine through PgBouncer: in transaction mode, sessions are shared between clients. */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { MigrationError, type MigrationEvent, migrate, verify } from "../../../database/index.ts";
import { describeSession } from "../../../database/run/session.ts";
import { migrationsOf } from "../../support/migrations.ts";
import { noPgBouncer, usePooler } from "../../support/pgbouncer.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const skip = noPgBouncer;
const transaction = usePooler({ mode: "transaction" });
const one = usePooler({ mode: "transaction", poolSize: 1 });
const inTurn = usePooler({ mode: "transaction", settings: ["server_round_robin = 1"] });
const session = usePooler({ mode: "session", settings: ["server_reset_query = DISCARD ALL"] });

async function poolingAt(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await describeSession(client, connectionString)).pooling;
  } finally {
    await client.end();
  }
}

test("a pooler is recognised by what it does, on any port", { skip }, async () => {
  const direct = await server.database();
  assert.equal(await poolingAt(direct), "none");
  assert.equal(await poolingAt(await session(direct)), "session");
  assert.equal(await poolingAt(await transaction(direct)), "transaction");
});

test("a transaction pooler that takes its sessions in turn is recognised too", { skip }, async () => {
  const direct = await server.database();
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = new pg.Client({ connectionString: await inTurn(direct) });
      await client.connect();
      await client.query("BEGIN");
      return client;
    }),
  );
  await Promise.all(others.map((client) => client.query("COMMIT")));
  assert.equal(await poolingAt(await inTurn(direct)), "transaction");
  await Promise.all(others.map((client) => client.end()));
});

test("a pooler with one session a database is recognised, and nobody waits for ever", { skip }, async () => {
  const direct = await server.database();
  assert.equal(await poolingAt(await one(direct)), "transaction");
});

test("through a transaction pooler: files apply, with a warning, and neither lock nor setting stays", {
  skip,
}, async (t) => {
  const direct = await server.database();
  const url = await transaction(direct);
  const migrations = await migrationsOf(t, {
    "001_a.sql": "SET search_path = ''; CREATE TABLE public.a (id int); SET ROLE pg_monitor;",
    "002_b.sql": "CREATE TEMP TABLE left_over (id int); SET lock_timeout = '7s'; PREPARE x AS SELECT 1;",
    "003_c.sql": "CREATE TABLE c (id int); PREPARE x AS SELECT 2; LISTEN channel;",
  });
  const warnings: MigrationEvent[] = [];
  await migrate({ connectionString: url }, migrations, {
    onEvent: (event) => event.kind === "warning" && warnings.push(event),
  });
  assert.match(JSON.stringify(warnings), /transaction pooler.*port 5432/);
  assert.deepEqual(await verify({ connectionString: url }, migrations), []);
  assert.deepEqual(await query(direct, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"), []);
  // The session that the run used is the only one of this database that the pooler holds.
  const [left] = await query(
    url,
    `SELECT current_setting('search_path') AS path, current_user::text AS user, current_setting('lock_timeout') AS lock,
       current_setting('statement_timeout') AS statement, to_regclass('pg_temp.left_over') AS temporary,
       (SELECT count(*)::int FROM pg_prepared_statements WHERE name <> '') AS prepared,
       (SELECT count(*)::int FROM pg_listening_channels()) AS channels`,
  );
  assert.deepEqual(left, {
    path: '"$user", public',
    user: "postgres",
    lock: "0",
    statement: "0",
    temporary: null,
    prepared: 0,
    channels: 0,
  });
});

test("a file that fails leaves the shared session as it was", { skip }, async (t) => {
  const direct = await server.database();
  const url = await transaction(direct);
  const migrations = await migrationsOf(t, { "001_a.sql": "SET search_path = ''; SELECT 1/0;" });
  await assert.rejects(migrate({ connectionString: url }, migrations), /001_a\.sql:1:23: division by zero/);
  assert.deepEqual(
    await query(
      url,
      "SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock, pg_current_xact_id_if_assigned() AS open",
    ),
    [{ path: '"$user", public', lock: "0", open: null }],
  );
});

test("a file that needs several transactions is refused there with the advice, before anything runs", {
  skip,
}, async (t) => {
  const direct = await server.database();
  const migrations = await migrationsOf(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE INDEX CONCURRENTLY a_id ON a (id)",
    "003_c.sql": "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;",
  });
  const error = await migrate({ connectionString: await transaction(direct) }, migrations).catch(
    (error) => error,
  );
  assert.ok(error instanceof MigrationError);
  assert.match(
    error.message,
    /not safe: 002_b\.sql, 003_c\.sql\. Use the direct address or a session pooler .*port 5432/,
  );
  assert.deepEqual(await query(direct, "SELECT to_regclass('a') AS a"), [{ a: null }]);
  assert.equal((await migrate({ connectionString: await session(direct) }, migrations)).applied.length, 3);
  assert.deepEqual(await query(direct, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"), []);
});

test("a file that is applied in part is not continued through a transaction pooler", { skip }, async (t) => {
  const direct = await server.database();
  const broken = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int); VACUUM a; SELECT 1/0;" });
  await assert.rejects(migrate({ connectionString: direct }, broken), /first 2 statements are applied/);
  const fixed = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int); VACUUM a; SELECT 1;" });
  await assert.rejects(
    migrate({ connectionString: await transaction(direct) }, fixed),
    /not safe: 001_a\.sql/,
  );
  assert.deepEqual((await migrate({ connectionString: direct }, fixed)).applied, ["001_a.sql"]);
});

test("what a pooler refuses at the start is said with the remedy", { skip }, async (t) => {
  const url = `${await transaction(await server.database())}?statement_timeout=5000`;
  await assert.rejects(
    migrate({ connectionString: url }, await migrationsOf(t, { "001_a.sql": "" })),
    /unsupported startup parameter.*Leave it out of the connection string/,
  );
});
