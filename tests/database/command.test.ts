/** `kai migrate` as a user runs it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { kaiMigrate as kai } from "../support/kai-migrate.ts";
import { folder, write } from "../support/migrations.ts";
import { query, useServer } from "../support/postgres.ts";

const server = useServer();
test("status, plan, up, verify, repair and history tell what is and what was done, with their exit codes", async (t) => {
  const url = await server.database();
  const env = { DATABASE_URL: url };
  const directory = folder(t, {
    "001_a.sql": "CREATE TABLE a (id int);",
    "002_b.sql": "CREATE INDEX CONCURRENTLY a_id ON a (id);\nCREATE ROLE kai_test_role PASSWORD 'geheim';",
  });
  const at = ["--dir", directory];
  const before = await kai(["status", ...at], env);
  assert.match(
    before.stdout,
    /pending {3}001_a\.sql\n {2}pending {3}002_b\.sql\n0 applied, 2 pending, 0 problems/,
  );
  assert.equal((await kai(["verify", ...at], env)).code, 7);
  const plan = await kai(["plan", ...at], env);
  assert.match(
    plan.stdout,
    /002_b\.sql: statement by statement.*not in a transaction: CREATE INDEX CONCURRENTLY/s,
  );
  const up = await kai(["up", ...at, "--json"], env);
  assert.deepEqual(JSON.parse(up.stdout), { applied: ["001_a.sql", "002_b.sql"] });
  assert.match(up.stderr, /002_b\.sql: 1 of 2 statements/);
  assert.deepEqual(
    [await kai(["verify", ...at], env)].map(({ code, stdout }) => [code, stdout]),
    [[0, "The database holds exactly the folder.\n"]],
  );
  const status = JSON.parse((await kai(["status", ...at, "--json"], env)).stdout);
  assert.deepEqual(
    status.applied.map((row: { name: string }) => row.name),
    ["001_a.sql", "002_b.sql"],
  );
  assert.equal(status.applied[0].version, "1");
  await query(url, "ALTER TABLE a ADD x int");
  const drifted = await kai(["verify", ...at], env);
  assert.deepEqual(
    [drifted.code, /^altered: .*public\.a \(altered: column x added\)/.test(drifted.stdout)],
    [7, true],
  );
  assert.match((await kai(["repair", "--accept-tables", ...at], env)).stdout, /^accepted: public\.a/);
  assert.equal((await kai(["verify", ...at], env)).code, 0);
  for (const { stdout, stderr } of [before, plan, up])
    assert.doesNotMatch(stdout + stderr, /geheim|:password@/);
});

test("a failing file ends with 1 and its place, in text and in JSON", async (t) => {
  const env = { DATABASE_URL_STAGING: await server.database() };
  const directory = folder(t, { "001_a.sql": "SELECT 1;\nSELECT 1/0;" });
  const result = await kai(["up", "--dir", directory, "--environment", "staging", "--json"], env);
  assert.equal(result.code, 1);
  assert.match(
    result.stderr,
    /^001_a\.sql:2:1: division by zero \(22012\)\. Nothing of this file was kept\n {2}2 \| SELECT 1\/0/m,
  );
  const { error } = JSON.parse(result.stdout);
  assert.deepEqual(
    [error.kind, error.file, error.line, error.sqlState],
    ["statement", "001_a.sql", 2, "22012"],
  );
});

test("history changed by hand needs repair, a late number needs --out-of-order", async (t) => {
  const env = { DATABASE_URL: await server.database() };
  const directory = folder(t, { "002_b.sql": "SELECT 1" });
  const at = ["--dir", directory];
  await kai(["up", ...at], env);
  write(directory, { "001_a.sql": "SELECT 1" });
  assert.match((await kai(["up", ...at], env)).stderr, /--out-of-order/);
  assert.equal((await kai(["up", ...at, "--out-of-order"], env)).code, 0);
  await query(env.DATABASE_URL, "DELETE FROM schema_migrations WHERE version = 1");
  assert.match((await kai(["up", ...at], env)).stderr, /`kai migrate repair`/);
  assert.match((await kai(["repair", ...at], env)).stdout, /^put right: .*001_a\.sql was deleted by hand/);
  assert.equal((await kai(["up", ...at], env)).code, 0);
});

test("wrong use ends with 2, an unreachable database with 3 where it was only asked", async (t) => {
  const directory = folder(t, { "001_a.sql": "SELECT 1" });
  const dead = { DATABASE_URL: "postgresql://u:geheim@127.0.0.1:1/db" };
  const at = ["--dir", directory];
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [["status", ...at], {}, 2, /set DATABASE_URL to the connection string/],
    [["status", ...at, "--environment", "production"], {}, 2, /set DATABASE_URL_PRODUCTION/],
    [
      ["up", ...at],
      { SUPABASE_URL: "https://x.supabase.co", SUPABASE_KEY: "geheim" },
      2,
      /^SUPABASE_URL and SUPABASE_KEY open .* cannot change a schema, .*: set DATABASE_URL to .*session pooler/,
    ],
    [["status", ...at, "--wrong"], dead, 2, /unknown option '--wrong'/],
    [["wrong"], dead, 2, /unknown command 'wrong'/],
    [["up", ...at, "--lock-timeout", "two"], dead, 2, /--lock-timeout takes a whole number/],
    [["up", ...at, "--lock-timeout", "0"], dead, 2, /--lock-timeout takes a whole number from 1 /],
    [["up", ...at, "--lock-timeout", "2147483648"], dead, 2, /from 1 to 2147483647, not "2147483648"/],
    [["up", ...at, "--target", "berlin"], dead, 2, /name it with --targets <file>/],
    [["up", ...at, "--table", "x".repeat(60)], dead, 1, /table, x+, is too long: it may have 59 bytes/],
    [["up", ...at, "--schema", "ü".repeat(32)], dead, 1, /schema, ü+, is too long: it may have 63 bytes/],
    [["order", ...at], { PGHOST: "127.0.0.1", PGPORT: "1" }, 3, /Nothing listens there/],
    [["baseline", ...at], dead, 2, /Say which files are applied already/],
    [["baseline", ...at, "--all", "--none"], dead, 2, /in one way/],
    [["status", ...at], dead, 3, /Nothing listens there/],
    [["verify", ...at], dead, 3, /Nothing listens there/],
    [["up", ...at], dead, 1, /Nothing listens there/],
    [["status", "--dir", "/nowhere"], dead, 1, /does not exist/],
  ];
  const outcomes = await Promise.all(cases.map(([args, env]) => kai(args, env)));
  for (const [number, [args, , code, text]] of cases.entries()) {
    const { stderr, ...outcome } = outcomes[number]!;
    assert.deepEqual([outcome.code, outcome.stdout], [code, ""], args.join(" "));
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /geheim|\n {4}at /);
  }
});

test("a folder without SQL files is said to be one, it may be the wrong one", async (t) => {
  const directory = folder(t, { "README.md": "" });
  const { stdout, code } = await kai(["up", "--dir", directory], { DATABASE_URL: await server.database() });
  assert.deepEqual([code, stdout], [0, `Nothing to apply: ${directory} has no SQL file.\n`]);
});

test("baseline and repair take a file by its path, as a shell completes it", async (t) => {
  const env = { DATABASE_URL: await server.database() };
  const directory = folder(t, { "001_a.sql": "SELECT 1", "002_b.sql": "SELECT 2" });
  const [file, at] = [`${directory}/001_a.sql`, ["--dir", directory]];
  assert.match((await kai(["baseline", file, ...at], env)).stdout, /marked {3}001_a\.sql/);
  write(directory, { "001_a.sql": "SELECT 11" });
  assert.match((await kai(["repair", ...at, "--accept-edit", file], env)).stdout, /^accepted: 001_a\.sql/);
});

test("new makes the next file, and help teaches", async (t) => {
  const directory = folder(t, { "009_a.sql": "" });
  assert.match((await kai(["new", "add colours", "--dir", directory])).stdout, /010_add_colours\.sql\n$/);
  assert.deepEqual(readdirSync(directory).sort(), ["009_a.sql", "010_add_colours.sql"]);
  const help = await kai(["--help"]);
  assert.deepEqual([help.code, /DATABASE_URL.*Examples:/s.test(help.stdout)], [0, true]);
});
