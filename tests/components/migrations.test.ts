/** The migrations resource: what the engine stores of it, and what its methods do on a real database. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as provider from "../../components/migrations-provider.ts";
import { ORDER_FILE, readMigrations } from "../../database/index.ts";
import { folder, write } from "../support/migrations.ts";
import { query, useServer } from "../support/postgres.ts";

const server = useServer();
const registered: pulumi.runtime.MockResourceArgs[] = [];

before(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: args.name, state: args.inputs };
    },
    call: () => ({}),
  });
});
after(() => {
  delete process.env.DATABASE_URL_UNIT;
});

/** The resource's inputs for a folder, and the database that they mean. */
async function setting(directory: string): Promise<{ state: provider.MigrationsState; url: string }> {
  const url = await server.database();
  process.env.DATABASE_URL_UNIT = url;
  return { state: await stateOf(directory), url };
}

async function stateOf(directory: string): Promise<provider.MigrationsState> {
  const files = (await readMigrations(directory)).map(({ name, checksum }) => ({ name, checksum }));
  return {
    target: "unit",
    directory,
    schema: "public",
    table: "schema_migrations",
    files,
    alteredTables: [],
  };
}

test("the resource holds names, checksums and the target, and a stub without a secret", async () => {
  const { Migrations } = await import("../../components/migrations.ts");
  process.env.DATABASE_URL_UNIT = "postgresql://u:geheim@host/db";
  const files = [{ name: "001_a.sql", checksum: "x", sql: "SELECT 1", version: 1n, path: "" }];
  new Migrations("database", {
    target: "unit",
    directory: "migrations",
    schema: "public",
    table: "t",
    files,
  });
  await pulumi.runtime.disconnect();
  assert.deepEqual(
    registered.map(({ type, name }) => [type, name]),
    [
      ["kai:database:Migrations", "database"],
      ["pulumi-nodejs:dynamic:Resource", "database-schema"],
    ],
  );
  const { __provider, ...inputs } = registered[1]!.inputs;
  assert.deepEqual(inputs, {
    target: "unit",
    directory: "migrations",
    schema: "public",
    table: "t",
    files: [{ name: "001_a.sql", checksum: "x" }],
    alteredTables: [],
  });
  const text = String(__provider);
  for (const method of ["create", "read", "update"]) {
    assert.match(
      text,
      new RegExp(`import\\("\\./components/migrations-provider\\.ts"\\s*\\)\\)\\.${method}\\(`),
    );
  }
  assert.doesNotMatch(text, /geheim|postgres|process\.env/);
  assert.ok(text.length < 3000, `${text.length} characters of stored code`);
});

test("create applies, read mirrors, update continues after a failure", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (\n  id nonsense\n)",
  });
  const { state } = await setting(directory);
  await assert.rejects(
    provider.create(state),
    /002_b\.sql:2:6: type "nonsense" does not exist.*\n.*id nonsense/s,
  );
  assert.deepEqual((await provider.read("unit", state)).inputs.files[1], {
    name: "002_b.sql",
    checksum: "no row in the history",
  });
  write(directory, { "002_b.sql": "CREATE TABLE b (id int)" });
  const corrected = await stateOf(directory);
  assert.deepEqual(await provider.create(corrected), { id: "unit", outs: corrected });
  assert.deepEqual(await provider.read("unit", corrected), {
    id: "unit",
    props: corrected,
    inputs: corrected,
  });
  write(directory, { "003_c.sql": "CREATE TABLE c (id int)" });
  const next = await stateOf(directory);
  assert.deepEqual(await provider.update("unit", corrected, next), { outs: next });
  assert.deepEqual((await provider.read("unit", next)).inputs, next);
});

test("files are declared, applied and mirrored in the order that the folder states", async (t) => {
  const order = ["tables.sql", "005_b.sql", "005_a.sql"];
  const directory = folder(t, {
    "005_a.sql": "ALTER TABLE t RENAME b TO c",
    "005_b.sql": "ALTER TABLE t ADD b int",
    "tables.sql": "CREATE TABLE t (a int)",
    [ORDER_FILE]: JSON.stringify({ order }),
  });
  const { state } = await setting(directory);
  assert.deepEqual(
    state.files.map(({ name }) => name),
    order,
  );
  await provider.create(state);
  assert.deepEqual((await provider.read("unit", state)).inputs, state);
  write(directory, { [ORDER_FILE]: JSON.stringify({ order: order.toReversed() }) });
  await assert.rejects(provider.update("unit", state, state), /changed while the program ran/);
  const moved = await stateOf(directory);
  assert.deepEqual(await provider.update("unit", state, moved), { outs: moved });
  assert.deepEqual((await provider.read("unit", moved)).inputs, moved);
});

test("each change by hand is a difference of one property, and the next update repairs the history", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (id int)",
  });
  const { state, url } = await setting(directory);
  await provider.create(state);
  const [a, b] = state.files;
  const gone = "no row in the history";
  const changes: [string, provider.MigrationFile[]][] = [
    ["DELETE FROM schema_migrations WHERE version = 1", [{ name: a!.name, checksum: gone }, b!]],
    ["UPDATE schema_migrations SET checksum = 'x' WHERE version = 1", [{ name: a!.name, checksum: "x" }, b!]],
    [
      "INSERT INTO schema_migrations VALUES ('000_x.sql', 0, 'y', now(), 'me', 1, 1, 1, NULL, '0')",
      [a!, b!, { name: "000_x.sql", checksum: "y" }],
    ],
    ["DROP TABLE schema_migrations", state.files.map(({ name }) => ({ name, checksum: gone }))],
  ];
  for (const [sql, files] of changes) {
    await query(url, sql);
    const found = (await provider.read("unit", state)).inputs;
    assert.deepEqual(found, { ...state, files }, sql);
    await provider.update("unit", found, state);
    assert.deepEqual((await provider.read("unit", state)).inputs, state, `after ${sql}`);
  }
});

test("a file that was edited after it was applied is a difference between what is declared and what read answers", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "CREATE TABLE b (id int)",
  });
  const { state } = await setting(directory);
  await provider.create(state);
  write(directory, { "001_a.sql": "CREATE TABLE a (id bigint)" });
  const edited = await stateOf(directory);
  assert.notDeepEqual(edited.files[0], state.files[0]);
  assert.deepEqual((await provider.read("unit", edited)).inputs, state);
});

test("a table changed by hand is a difference under its name that an update leaves alone and keeps naming", async (t) => {
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  const { state, url } = await setting(directory);
  await provider.create(state);
  await query(url, "ALTER TABLE a ADD x int");
  const found = (await provider.read("unit", state)).inputs;
  assert.deepEqual(found, { ...state, alteredTables: ["public.a (altered: column x added)"] });
  assert.deepEqual(await provider.update("unit", found, state), { outs: state });
  assert.deepEqual((await provider.read("unit", state)).inputs, found);
});

test("an edited file, a folder that changed meanwhile, a missing variable and a dead server are errors with a remedy", async (t) => {
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  const { state } = await setting(directory);
  await provider.create(state);
  write(directory, { "001_a.sql": "CREATE TABLE a (id bigint)" });
  await assert.rejects(provider.update("unit", state, state), /changed while the program ran/);
  await assert.rejects(
    provider.update("unit", state, await stateOf(directory)),
    /001_a\.sql was edited after it was applied\. Restore/,
  );
  process.env.DATABASE_URL_UNIT = "postgresql://u:geheim@127.0.0.1:1/db";
  await assert.rejects(
    provider.read("unit", state),
    (error: Error) => /Nothing listens there/.test(error.message) && !/geheim/.test(error.message),
  );
  delete process.env.DATABASE_URL_UNIT;
  await assert.rejects(provider.read("unit", state), /DATABASE_URL_UNIT is not set.*postgresql:\/\//s);
});
