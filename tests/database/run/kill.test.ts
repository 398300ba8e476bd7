/** A run that is killed at any moment: the next one ends where an undisturbed one does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate, readMigrations, verify } from "../../../database/index.ts";
import { engineProcess } from "../../support/engine-process.ts";
import { folder, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const POINTS = 50;
const AT_ONCE = 2;
const server = useServer();

/** Files of every kind; what runs twice shows in `counter`, or fails. */
const FILES = {
  "001_table.sql": "CREATE TABLE counter (name text); INSERT INTO counter VALUES ('1');",
  "002_rows.sql":
    "CREATE TABLE a (id int, x text); INSERT INTO a SELECT i, md5(i::text) FROM generate_series(1, 5000) i;",
  "003_index.sql":
    "INSERT INTO counter VALUES ('3');\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nINSERT INTO counter VALUES ('3b');\nDROP INDEX CONCURRENTLY a_x;",
  "004_own.sql":
    "BEGIN; INSERT INTO counter VALUES ('4'); CREATE TABLE b (id int); COMMIT;\nBEGIN; INSERT INTO counter VALUES ('4b'); COMMIT;\nINSERT INTO counter VALUES ('4c');",
  "005_wrapped.sql": "BEGIN;\nINSERT INTO counter VALUES ('5');\nALTER TABLE b ADD y int;\nCOMMIT;",
  "006_marked.sql":
    "-- kai:no-transaction\nINSERT INTO counter VALUES ('6');\nCREATE TABLE c (id int);\nVACUUM a;\nUPDATE counter SET name = name || '!' WHERE name = '6';",
  "007_last.sql": "INSERT INTO counter VALUES ('7'); CREATE VIEW v AS SELECT * FROM a;",
};

/** Rows, columns, indexes and history, without what differs by the moment. */
async function picture(url: string): Promise<unknown> {
  return query(
    url,
    `SELECT 'counter ' || string_agg(name, ',' ORDER BY name) AS line FROM counter
     UNION ALL SELECT 'a ' || count(*) || ' ' || sum(id) FROM a
     UNION ALL SELECT concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid::regtype, i.indisvalid)
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_index i ON i.indexrelid = c.oid
       WHERE c.relnamespace = 'public'::regnamespace
     UNION ALL SELECT concat_ws(' ', name, checksum, statements_applied, statements_total) FROM schema_migrations
     ORDER BY 1`,
  );
}

/** Numbers between 0 and 1, the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`killed at ${POINTS} random points: the next run ends in the state of an undisturbed one`, async (t) => {
  const seed = Number(process.env.KAI_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`KAI_TEST_SEED=${seed} repeats this`);
  const random = randomNumbers(seed);
  const directory = folder(t, FILES);
  const migrations = await readMigrations(directory);
  const undisturbed = await server.database();
  const first = await engineProcess(undisturbed, directory);
  const started = performance.now();
  first.start();
  assert.deepEqual((await first.ended).applied, Object.keys(FILES));
  const wholeMs = performance.now() - started;
  const expected = await picture(undisturbed);

  const killAt = async (delayMs: number) => {
    const url = await server.database();
    const { child, start, ended } = await engineProcess(url, directory);
    start();
    await sleep(delayMs);
    child.kill("SIGKILL");
    await ended;
    const { applied } = await migrate({ connectionString: url }, migrations);
    assert.deepEqual(await picture(url), expected, `killed after ${delayMs} ms, seed ${seed}`);
    assert.deepEqual(await verify({ connectionString: url }, migrations), []);
    return applied.length;
  };
  let interrupted = 0;
  for (let point = 0; point < POINTS; point += AT_ONCE) {
    const left = await Promise.all(Array.from({ length: AT_ONCE }, () => killAt(random() * wholeMs)));
    interrupted += left.filter((count) => count > 0).length;
  }
  t.diagnostic(`${interrupted} of ${POINTS} left something to do`);
  assert.ok(interrupted > 0);
});

test("the next run waits for the statement that a killed one left, which the server ends by itself", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_slow.sql": "-- kai:no-transaction\nVACUUM a;\nSELECT pg_sleep(3600);",
  });
  const { child, start } = await engineProcess(url, directory);
  start();
  const sleeping =
    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
  while ((await query(url, sleeping)).length === 0) await sleep(20);
  child.kill("SIGKILL");
  await once(child, "close");
  const directoryFixed = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_slow.sql": "-- kai:no-transaction\nVACUUM a;\nSELECT 1;",
  });
  const result = await migrate({ connectionString: url }, await readMigrations(directoryFixed), {
    lockWaitMs: 60_000,
  });
  assert.deepEqual(result.applied, ["002_slow.sql"]);
  assert.deepEqual(await query(url, sleeping), []);
});

for (const [statement, answer] of [
  ["DROP INDEX CONCURRENTLY a_id", /index "a_id" does not exist/],
  ["-- kai:no-transaction\nCREATE TABLE c (id int)", /relation "c" already exists/],
] as const) {
  test(`a statement that was done and not yet recorded is recorded by the next run: ${answer.source}`, async (t) => {
    const url = await server.database();
    const files = {
      "001_a.sql": "CREATE TABLE a (id int); CREATE INDEX a_id ON a (id);",
      "002_b.sql": statement,
    };
    const migrations = await readMigrations(folder(t, files));
    await migrate({ connectionString: url }, migrations);
    // What a run leaves that is killed between the statement and its record.
    await query(
      url,
      `UPDATE schema_migrations SET statements_applied = 0, duration_ms = NULL WHERE name = '002_b.sql';
       DELETE FROM schema_migrations_log WHERE name = '002_b.sql' AND event = 'applied'`,
    );
    const warnings: string[] = [];
    const { applied } = await migrate({ connectionString: url }, migrations, {
      onEvent: (event) => event.kind === "warning" && warnings.push(event.message),
    });
    assert.deepEqual(applied, ["002_b.sql"]);
    assert.match(warnings.join(), answer);
    // Where the run before saw a failure itself, nothing was done.
    await query(
      url,
      `UPDATE schema_migrations SET statements_applied = 0, duration_ms = NULL WHERE name = '002_b.sql';
       UPDATE schema_migrations_log SET event = 'failed' WHERE name = '002_b.sql' AND event = 'applied'`,
    );
    await assert.rejects(migrate({ connectionString: url }, migrations), answer);
  });
}

test("a statement that a killed run cannot have done is not taken for done", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int);", "002_b.sql": "VACUUM a;" });
  await migrate({ connectionString: url }, await readMigrations(directory));
  await query(
    url,
    `UPDATE schema_migrations SET statements_applied = 0, duration_ms = NULL WHERE name = '002_b.sql';
     DELETE FROM schema_migrations_log WHERE name = '002_b.sql' AND event = 'applied'`,
  );
  write(directory, { "002_b.sql": "-- kai:no-transaction\nALTER TABLE typo ADD x int;" });
  await assert.rejects(
    migrate({ connectionString: url }, await readMigrations(directory)),
    /relation "typo" does not exist/,
  );
});
