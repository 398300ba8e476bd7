/** The core of the engine on every supported version of the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, migrate, readMigrations, status, verify } from "../../../database/index.ts";
import { folder, migrationsOf, write } from "../../support/migrations.ts";
import { query } from "../../support/postgres.ts";
import { type Major, startServer } from "../../support/server-versions.ts";

const SUPPORTED: Major[] = [13, 14, 15, 16, 17, 18];

for (const major of SUPPORTED) {
  test(`PostgreSQL ${major}: apply, steps, failure, resume, edit, lock, drift`, async (t) => {
    const server = await startServer(major);
    t.after(() => server.stop());
    const target = { connectionString: server.url };
    const directory = folder(t, {
      "001_a.sql": "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text);",
      "002_b.sql":
        "INSERT INTO a (x) VALUES ('one');\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nINSERT INTO a (x) VALUES (nowhere);",
      "003_c.sql": "CREATE VIEW v AS SELECT x FROM a;",
    });
    const read = () => readMigrations(directory);
    await assert.rejects(migrate(target, await read()), /002_b\.sql:3:27: .*first 2 statements are applied/s);
    write(directory, {
      "002_b.sql":
        "INSERT INTO a (x) VALUES ('one');\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nINSERT INTO a (x) VALUES ('two');",
    });
    assert.deepEqual((await migrate(target, await read())).applied, ["002_b.sql", "003_c.sql"]);
    assert.deepEqual(await query(server.url, "SELECT string_agg(x, ',' ORDER BY id) AS x FROM a"), [
      { x: "one,two" },
    ]);
    assert.deepEqual(await verify(target, await read()), []);
    const [row] = await query(
      server.url,
      "SELECT version::text, duration_ms FROM schema_migrations WHERE name = '001_a.sql'",
    );
    assert.equal(row?.version, "1");
    assert.equal(typeof row?.duration_ms, "number");

    await query(server.url, "ALTER TABLE a ADD by_hand int");
    assert.match((await inspect(target)).altered.map(String).join(), /public\.a/);
    await query(server.url, "ALTER TABLE a DROP by_hand");

    write(directory, { "001_a.sql": "CREATE TABLE a (id bigint);", "004_d.sql": "SELECT 1" });
    await assert.rejects(migrate(target, await read()), /001_a\.sql was edited after it was applied/);
    assert.equal((await status(target, await read())).pending.length, 1);

    const slow = { ...target, table: "other_history" };
    const files = await migrationsOf(t, { "001_slow.sql": "CREATE TABLE s (id int); SELECT pg_sleep(1)" });
    const runs = await Promise.all([migrate(slow, files), sleep(100).then(() => migrate(slow, files))]);
    assert.deepEqual(
      runs.flatMap((run) => run.applied),
      ["001_slow.sql"],
    );
    assert.deepEqual(await query(server.url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"), []);
  });
}

test("what only a newer server understands is an error of its file alone", async (t) => {
  const server = await startServer(13);
  t.after(() => server.stop());
  const tables = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((i) => [`${i}_t.sql`, `CREATE TABLE t${i} (id int);`]),
  );
  const merge =
    "SELECT 1;\nMERGE INTO t1 USING t2 ON t1.id = t2.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;";
  const files = await migrationsOf(t, {
    ...tables,
    "7_merge.sql": merge,
    "8_t.sql": "CREATE TABLE t8 (id int);",
  });
  await assert.rejects(
    migrate({ connectionString: server.url }, files),
    /^MigrationError: 7_merge\.sql:2:1: syntax error at or near "MERGE".*Nothing of this file was kept/s,
  );
  const rows = await query(
    server.url,
    "SELECT count(*)::int AS rows, to_regclass('t8') AS next FROM schema_migrations",
  );
  assert.deepEqual(rows, [{ rows: 6, next: null }]);
});

test("a server that is too old is refused with its version", async (t) => {
  const server = await startServer(12);
  t.after(() => server.stop());
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  for (const work of [status, verify, migrate]) {
    await assert.rejects(
      work({ connectionString: server.url }, files),
      /is PostgreSQL 12\.22, which is too old: use PostgreSQL 13 or later/,
    );
  }
  assert.deepEqual(await query(server.url, "SELECT to_regclass('a') AS a"), [{ a: null }]);
});
