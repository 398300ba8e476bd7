/** `kai migrate order`, `new` and `up` on folders whose names give no order, as a user runs them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ORDER_FILE } from "../../../database/index.ts";
import { kaiMigrate as kai } from "../../support/kai-migrate.ts";
import { folder, write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
function listed(directory: string): string[] {
  return JSON.parse(readFileSync(join(directory, ORDER_FILE), "utf8")).order;
}

/** Runs only in its stated order: each file needs the one before. */
const FILES = {
  "base.sql": "CREATE TABLE t (a int);",
  "005_b.sql": "ALTER TABLE t ADD b int;",
  "005_a.sql": "ALTER TABLE t RENAME b TO c;",
  "20250101120000_d.sql": "ALTER TABLE t ADD d int;",
};

test("a folder whose names give no order is usable without renaming anything", async (t) => {
  const env = { DATABASE_URL: await server.database() };
  const directory = folder(t, FILES);
  const at = ["--dir", directory];
  const refused = await kai(["up", ...at], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /number 5 occurs 2 times.*`kai migrate order`/s);
  const stated = await kai(["order", ...at]);
  assert.equal(stated.code, 0);
  assert.match(stated.stdout, /^ {2}1 {2}005_a\.sql {2}\(same number as 005_b\.sql: by name\)$/m);
  assert.match(stated.stdout, /^ {2}4 {2}base\.sql {2}\(no number: behind the numbered ones, by name\)$/m);
  assert.match(stated.stdout, /lists 4 files, 4 of them new\. Check the lines with a reason.* Commit it\.$/m);
  const order = ["base.sql", "005_b.sql", "005_a.sql", "20250101120000_d.sql"];
  write(directory, { [ORDER_FILE]: JSON.stringify({ order }) });
  const part = await kai(["up", ...at, "--to", "005_b.sql", "--json"], env);
  assert.deepEqual(JSON.parse(part.stdout).applied, order.slice(0, 2));
  assert.match(
    (await kai(["up", ...at, "--to", "5"], env)).stderr,
    /number 5 is that of 2 files: 005_b\.sql, 005_a\.sql/,
  );
  assert.deepEqual(JSON.parse((await kai(["up", ...at, "--json"], env)).stdout).applied, order.slice(2));
  assert.equal((await kai(["verify", ...at], env)).code, 0);
  const status = await kai(["status", ...at], env);
  assert.deepEqual(
    [...status.stdout.matchAll(/applied {3}(\S+)/g)].map(([, name]) => name),
    order,
  );
  const made = await kai(["new", "more", ...at, "--json"]);
  assert.match(JSON.parse(made.stdout).file, /\d{14}_more\.sql$/);
  assert.deepEqual(listed(directory).slice(0, 4), order);
  assert.deepEqual(
    JSON.parse((await kai(["up", ...at, "--json"], env)).stdout).applied,
    listed(directory).slice(4),
  );
});

test("kai migrate order puts first what a database has, in its order", async (t) => {
  const env = { DATABASE_URL: await server.database() };
  const directory = folder(t, FILES);
  const order = ["base.sql", "005_b.sql", "005_a.sql"];
  // Another checkout stated an order that this one has lost.
  const elsewhere = folder(
    t,
    Object.fromEntries(order.map((name) => [name, FILES[name as keyof typeof FILES]])),
  );
  write(elsewhere, { [ORDER_FILE]: JSON.stringify({ order }) });
  await kai(["up", "--dir", elsewhere], env);
  const stated = JSON.parse((await kai(["order", "--dir", directory, "--json"], env)).stdout);
  assert.deepEqual(stated.order, [...order, "20250101120000_d.sql"]);
  assert.deepEqual(listed(directory), stated.order);
  assert.equal((await kai(["up", "--dir", directory], env)).code, 0);
});

test("kai migrate order writes nothing when the database does not answer, and names alone when another tool filled it", async (t) => {
  const directory = folder(t, FILES);
  const silent = await kai(["order", "--dir", directory], {
    DATABASE_URL: "postgresql://u:geheim@127.0.0.1:1/d",
  });
  assert.equal(silent.code, 3);
  assert.match(silent.stderr, /Nothing listens there.*To order by the names alone, name no database/);
  assert.doesNotMatch(silent.stderr, /geheim/);
  assert.equal(existsSync(join(directory, ORDER_FILE)), false);
  const url = await server.database();
  await query(url, "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
  const foreign = await kai(["order", "--dir", directory], { DATABASE_URL: url });
  assert.equal(foreign.code, 0);
  assert.match(foreign.stderr, /Warning: the order comes from the names alone\. .*golang-migrate/);
  assert.equal(listed(directory).length, 4);
});

test("a folder for each migration is applied and recorded under its folder's name", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "0_init/migration.sql": "CREATE TABLE t (a int);",
    "20250101120000_b/migration.sql": "ALTER TABLE t ADD b int;",
  });
  const at = ["--dir", directory];
  assert.equal((await kai(["up", ...at], { DATABASE_URL: url })).code, 0);
  assert.deepEqual(await query(url, "SELECT name, version::text FROM schema_migrations ORDER BY version"), [
    { name: "0_init/migration.sql", version: "0" },
    { name: "20250101120000_b/migration.sql", version: "20250101120000" },
  ]);
  write(directory, { "20250101120000_b/migration.sql": "SELEC" });
  const edited = await kai(["status", ...at], { DATABASE_URL: url });
  assert.match(edited.stdout, /20250101120000_b\/migration\.sql was edited after it was applied/);
});
