/** Several runners at once: nothing is applied twice, no lock stays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate } from "../../../database/index.ts";
import { engineProcess } from "../../support/engine-process.ts";
import { folder, migrationsOf } from "../../support/migrations.ts";
import { noPgBouncer, usePooler } from "../../support/pgbouncer.ts";
import { query, useServer } from "../../support/postgres.ts";

const ROUNDS = 20;
const RUNNERS = 4;
const server = useServer();
const pooler = usePooler({ mode: "transaction", poolSize: 6 });

/** Each file adds one to a counter of its own. */
const COUNTING = {
  "001_counter.sql": "CREATE TABLE counter (name text);",
  "002_one.sql": "INSERT INTO counter VALUES ('two');",
  "003_two.sql": "BEGIN; INSERT INTO counter VALUES ('three'); COMMIT;",
  "004_three.sql": "CREATE TABLE a (id int); INSERT INTO counter SELECT 'four';",
};
const EXPECTED = ["four", "three", "two"];

async function refuseTraces(direct: string, expected: string[]): Promise<void> {
  const counted = await query<{ name: string }>(direct, 'SELECT name FROM counter ORDER BY name COLLATE "C"');
  assert.deepEqual(
    counted.map((row) => row.name),
    expected,
  );
  assert.deepEqual(await query(direct, "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"), []);
}

test(`${ROUNDS} rounds of ${RUNNERS} runners at once, directly, files in steps among them`, async (t) => {
  const steps = {
    ...COUNTING,
    "005_steps.sql":
      "INSERT INTO counter VALUES ('five');\nCREATE INDEX CONCURRENTLY counter_name ON counter (name);\nBEGIN; INSERT INTO counter VALUES ('five b'); COMMIT;\nVACUUM counter;",
  };
  const migrations = await migrationsOf(t, steps);
  for (let round = 0; round < ROUNDS; round++) {
    const connectionString = await server.database();
    const runs = await Promise.all(
      Array.from({ length: RUNNERS }, () => migrate({ connectionString }, migrations)),
    );
    assert.deepEqual(runs.flatMap((run) => run.applied).sort(), Object.keys(steps));
    await refuseTraces(connectionString, ["five", "five b", ...EXPECTED]);
  }
});

test(`1b ${ROUNDS} rounds of ${RUNNERS} runners at once through a transaction pooler`, {
  skip: noPgBouncer,
}, async (t) => {
  const migrations = await migrationsOf(t, COUNTING);
  for (let round = 0; round < ROUNDS; round++) {
    const direct = await server.database();
    const connectionString = await pooler(direct);
    const runs = await Promise.all(
      Array.from({ length: RUNNERS }, () => migrate({ connectionString }, migrations)),
    );
    assert.deepEqual(runs.flatMap((run) => run.applied).sort(), Object.keys(COUNTING));
    await refuseTraces(direct, EXPECTED);
  }
});

for (const through of ["direct", "pooler"] as const) {
  const skip = through === "pooler" && noPgBouncer;
  test(`processes of their own at once, ${through}`, { skip }, async (t) => {
    const directory = folder(t, COUNTING);
    for (let round = 0; round < 2; round++) {
      const direct = await server.database();
      const url = through === "direct" ? direct : await pooler(direct);
      const processes = await Promise.all(
        Array.from({ length: RUNNERS }, () => engineProcess(url, directory)),
      );
      for (const one of processes) one.start();
      const ends = await Promise.all(processes.map((one) => one.ended));
      assert.deepEqual(ends.flatMap((end) => end.applied ?? [end.stderr]).sort(), Object.keys(COUNTING));
      await refuseTraces(direct, EXPECTED);
    }
  });
}
