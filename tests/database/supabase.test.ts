/** The project's own migrations, on a database shaped like a new Supabase project that serves one session at a time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { migrate, readMigrations, status, verify } from "../../database/index.ts";
import { type SandboxDatabase, startDatabase } from "../../sandbox/database/database.ts";
import { migrationsOf } from "../support/migrations.ts";

const directory = mkdtempSync(join(tmpdir(), "kai-pglite-"));
const folder = fileURLToPath(new URL("../../migrations", import.meta.url));
let database: SandboxDatabase;

before(async () => {
  database = await startDatabase(join(directory, "data"));
});
after(async () => {
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs SQL in one session. */
async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
    return (Array.isArray(result) ? result.at(-1)! : result).rows;
  } finally {
    await client.end();
  }
}

test("the folder applies, is verified, and a second run finds nothing to do", async () => {
  const migrations = await readMigrations(folder);
  const target = { connectionString: database.url };
  const first = await migrate(target, migrations);
  assert.deepEqual(
    first.applied,
    migrations.map((file) => file.name),
  );
  assert.deepEqual(await verify(target, migrations), []);
  assert.deepEqual((await migrate(target, migrations)).applied, []);
});

test("the search finds by words and by meaning", async () => {
  await query(`
    INSERT INTO manufacturers (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Terra');
    INSERT INTO categories (id, slug, title) VALUES ('00000000-0000-0000-0000-000000000002', 'tiles', 'Tiles');
    INSERT INTO materials (manufacturer_id, category_id, article_number, name, published, embedding)
    SELECT '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', a, n, p,
      ('[' || e || repeat(',0', 382) || ']')::extensions.vector
    FROM (VALUES ('T-1', 'Oak floor', true, '1,0'), ('T-2', 'Grey porcelain tile', true, '0,1'), ('T-3', 'Sample', false, '1,1')) v (a, n, p, e)`);
  const found = await query(`
    SELECT m.article_number FROM search_materials('porcelain', ('[1,0' || repeat(',0', 382) || ']')::extensions.vector) s
    JOIN materials m ON m.id = s.material_id ORDER BY s.score DESC`);
  assert.deepEqual((found as { article_number: string }[]).map((row) => row.article_number).slice(0, 1), [
    "T-2",
  ]);
});

test("visitors see published materials alone, and nothing of the migration history", async () => {
  const rows = await query(
    "BEGIN; SET LOCAL ROLE anon; CREATE TEMP TABLE seen AS SELECT count(*)::int AS n FROM materials; RESET ROLE; SELECT n FROM seen; ",
  ).finally(() => query("ROLLBACK"));
  assert.deepEqual(rows, [{ n: 2 }]);
  await assert.rejects(query("SET ROLE anon; SELECT * FROM schema_migrations"), /permission denied/);
  await query("RESET ROLE");
});

test("a failing file leaves the one session usable, and the next run continues", async (t) => {
  const target = { connectionString: database.url, table: "other_history" };
  const files = {
    "001_a.sql": "CREATE TABLE one (id int);",
    "002_b.sql": "SET search_path = ''; CREATE TABLE two (id int);",
  };
  await assert.rejects(
    migrate(target, await migrationsOf(t, files)),
    /002_b\.sql:1:.*no schema has been selected/s,
  );
  const fixed = await migrationsOf(t, { ...files, "002_b.sql": "CREATE TABLE two (id int);" });
  assert.deepEqual((await migrate(target, fixed)).applied, ["002_b.sql"]);
  assert.deepEqual((await status(target, fixed)).pending, []);
});
