/** How often the engine waits for the server: over a network that is what a run costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate } from "../../../database/index.ts";
import { migrationsOf } from "../../support/migrations.ts";
import { useServer } from "../../support/postgres.ts";
import { countingProxy } from "../../support/proxy.ts";

const server = useServer();

/** `count` files that each make a table. */
function tables(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${i + 1}_t.sql`, `CREATE TABLE t${i + 1} (id int);`]),
  );
}

test("nothing to do: at most three round trips", async (t) => {
  const url = await server.database();
  const migrations = await migrationsOf(t, tables(3));
  await migrate({ connectionString: url }, migrations);
  const proxy = await countingProxy(t, url);
  assert.deepEqual((await migrate({ connectionString: proxy.url }, migrations)).applied, []);
  assert.ok(proxy.roundTrips() <= 3, `${proxy.roundTrips()} round trips`);
});

test("small files share messages of 1, 1, 2, 4, 8, … files: eight round trips for a hundred, and twelve around", async (t) => {
  const url = await server.database();
  const first = await migrationsOf(t, tables(1));
  await migrate({ connectionString: url }, first);
  const proxy = await countingProxy(t, url);
  const migrations = await migrationsOf(t, tables(101));
  assert.equal((await migrate({ connectionString: proxy.url }, migrations)).applied.length, 100);
  // The history, the session, the lock, the history under the lock, the tables as they were and are,
  // invalid indexes, the lock's end.
  assert.ok(proxy.roundTrips() <= 8 + 12, `${proxy.roundTrips()} round trips`);
});
