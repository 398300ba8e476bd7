/** What a preview says of a database, and that it leaves it as it is. */
import assert from "node:assert/strict";
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { previewMigrations } from "../../components/migrations-preview.ts";
import { migrate, readMigrations } from "../../database/index.ts";
import { folder, write } from "../support/migrations.ts";
import { query, useServer } from "../support/postgres.ts";
import { snapshotOf } from "../support/snapshot-of-database.ts";

const server = useServer();

afterEach(() => {
  delete process.env.DATABASE_URL_UNIT;
});

async function preview(directory: string, url?: string) {
  if (url) process.env.DATABASE_URL_UNIT = url;
  const files = await readMigrations(directory);
  return previewMigrations({ target: "unit", schema: "public", table: "schema_migrations", files });
}

test("an empty database: what is pending, what runs in steps, and nothing is made, not even the history", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int); CREATE INDEX ON a (id);",
    "002_b.sql": "CREATE INDEX CONCURRENTLY b ON a (id);",
  });
  const before = await snapshotOf(url);
  assert.deepEqual(await preview(directory, url), [
    {
      severity: "info",
      text: "Pending on unit: 001_a.sql, 002_b.sql. Not in one transaction, but statement by statement: 002_b.sql.",
    },
  ]);
  assert.deepEqual(await snapshotOf(url), before);
});

test("nothing is said of a database that holds the folder", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  await migrate({ connectionString: url }, await readMigrations(directory));
  assert.deepEqual(await preview(directory, url), []);
});

test("one pending, one edited, one missing and one foreign migration are named, and nothing else", async (t) => {
  const url = await server.database();
  const directory = folder(t, {
    "001_edited.sql": "CREATE TABLE a (id int)",
    "002_missing.sql": "CREATE TABLE b (id int)",
    "003_kept.sql": "CREATE TABLE c (id int)",
  });
  await migrate({ connectionString: url }, await readMigrations(directory));
  write(directory, { "001_edited.sql": "CREATE TABLE a (id bigint)", "004_pending.sql": "DROP TABLE c" });
  unlinkSync(join(directory, "002_missing.sql"));
  await query(
    url,
    "INSERT INTO schema_migrations VALUES ('000_foreign.sql', 0, 'y', now(), 'me', 1, 1, 1, NULL, '0')",
  );
  const before = await snapshotOf(url);
  const said = await preview(directory, url);
  assert.deepEqual(said.map(({ severity, text }) => `${/\d+_\w+\.sql/.exec(text)?.[0]} ${severity}`).sort(), [
    "000_foreign.sql warning",
    "001_edited.sql warning",
    "002_missing.sql warning",
    "004_pending.sql info",
    "004_pending.sql warning",
  ]);
  const texts = said.map(({ text }) => text).join("\n");
  for (const part of [
    /was edited after/,
    /added by hand.*`pulumi up` puts it right/,
    /folder has no such file/,
    /\(drop-table\)/,
  ]) {
    assert.match(texts, part);
  }
  assert.deepEqual(await snapshotOf(url), before);
});

test("ten findings are shown, and how many more there are", async (t) => {
  const drops = Array.from({ length: 12 }, (_, number) => `DROP TABLE t${number};`).join("\n");
  const said = await preview(folder(t, { "001_a.sql": drops }), await server.database());
  assert.equal(said.length, 12);
  assert.match(said.at(-1)!.text, /^2 more findings: `kai migrate plan`/);
});

test("what cannot be asked or understood is one warning with its reason and without the password", async (t) => {
  const directory = folder(t, { "001_a.sql": "SELECT 1" });
  const one = async (files: string, url?: string) => {
    const said = await preview(files, url);
    assert.deepEqual(
      said.map(({ severity }) => severity),
      ["warning"],
    );
    assert.doesNotMatch(said[0]!.text, /geheim/);
    return said[0]!.text;
  };
  assert.match(
    await one(directory),
    /cannot say which migrations are pending on unit\. .*DATABASE_URL_UNIT is not set/,
  );
  assert.match(
    await one(directory, "postgresql://u:geheim@127.0.0.1:1/db"),
    /pending on unit\. No connection.*Nothing listens there/,
  );
  assert.match(
    await one(directory, "https://u:geheim@abc.supabase.co"),
    /pending on unit\. .*connection string/,
  );
  const url = await server.database();
  await query(url, "CREATE TABLE schema_migrations (version text PRIMARY KEY)");
  assert.match(await one(directory, url), /^The table .*schema_migrations.* belongs to/);
  assert.match(
    await one(folder(t, { "001_a.sql": "SELEC 1" }), await server.database()),
    /^001_a\.sql:1:1: syntax error/,
  );
});
