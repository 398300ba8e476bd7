/** `kai migrate lint`, `plan` and `up --dry-run` as a user runs them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { exitCodes } from "../../cli/exit-codes.ts";
import { migrate, readMigrations } from "../../database/index.ts";
import { kaiMigrate as kai } from "../support/kai-migrate.ts";
import { folder, write } from "../support/migrations.ts";
import { useServer } from "../support/postgres.ts";
import { snapshotOf } from "../support/snapshot-of-database.ts";

const server = useServer();
const FILES = {
  "001_a.sql": "CREATE TABLE a (id int);",
  "002_b.sql":
    "CREATE INDEX i ON a (id);\n\n-- kai:allow drop-column nobody reads it\nALTER TABLE a DROP COLUMN id;\nDROP TABLE a;",
  "003_c.sql": "DROP TABLE other;",
};

test("lint needs no database, takes files by name and path, and its exit code tells findings from faults", async (t) => {
  const directory = folder(t, FILES);
  const at = ["--dir", directory];
  const all = await kai(["lint", ...at]);
  assert.equal(all.code, exitCodes.findings);
  assert.match(
    all.stdout,
    /^002_b\.sql:1:1: writes to a wait[\s\S]*\n002_b\.sql:5:1: a and its rows[\s\S]*003_c\.sql:1:1: [\s\S]*\n3 findings in 3 files\n$/,
  );
  const one = await kai(["lint", join(directory, "003_c.sql"), "001_a.sql", "--json", ...at]);
  assert.equal(one.code, exitCodes.findings);
  assert.deepEqual(
    JSON.parse(one.stdout).findings.map(({ file, rule }: { file: string; rule: string }) => [file, rule]),
    [["003_c.sql", "drop-table"]],
  );
  const none = await kai(["lint", "001_a.sql", ...at]);
  assert.deepEqual([none.code, none.stdout], [exitCodes.ok, "0 findings in 1 file\n"]);
  const unknown = await kai(["lint", "004_d.sql", ...at]);
  assert.deepEqual([unknown.code, unknown.stdout], [exitCodes.failure, ""]);
  assert.match(unknown.stderr, /has no migration 004_d\.sql/);
  write(directory, { "004_d.sql": "SELEC 1" });
  const wrong = await kai(["lint", ...at]);
  assert.equal(wrong.code, exitCodes.failure);
  assert.match(wrong.stderr, /^004_d\.sql:1:1: syntax error/);
});

test("plan and up --dry-run show statements, locks and advice on 80 columns, and write nothing", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": FILES["001_a.sql"] });
  await migrate({ connectionString: url }, await readMigrations(directory));
  write(directory, { ...FILES, "003_c.sql": `CREATE INDEX CONCURRENTLY j ON a (${"id, ".repeat(40)}id);` });
  const before = await snapshotOf(url);
  const at = ["--dir", directory];
  const plan = await kai(["plan", ...at], { DATABASE_URL: url });
  assert.equal(plan.code, exitCodes.ok);
  const [, ...lines] = plan.stdout.split("\n");
  assert.deepEqual(
    lines.filter((line) => [...line].length > 80),
    [],
  );
  assert.match(
    plan.stdout,
    /^002_b\.sql: one transaction\n {5}1 {2}CREATE INDEX i ON a \(id\)\n {8}locks a: SHARE \(writes wait\)\n {8}! writes to a/m,
  );
  assert.match(
    plan.stdout,
    /^003_c\.sql: statement by statement[\s\S]*not in a transaction: CREATE INDEX CONCURRENTLY/m,
  );
  assert.match(plan.stdout, /\n2 pending files, 0 problems, 2 findings\n$/);
  assert.doesNotMatch(plan.stdout, /\(drop-column\)/);
  const { files } = JSON.parse((await kai(["plan", "--json", ...at], { DATABASE_URL: url })).stdout);
  assert.deepEqual(files[0].statements[0].locks, [{ mode: "SHARE", object: "a" }]);
  assert.equal(files[1].statements[0].notTransactional, "CREATE INDEX CONCURRENTLY");
  const dry = await kai(["up", "--dry-run", "--to", "2", ...at], { DATABASE_URL: url });
  assert.equal(dry.code, exitCodes.ok);
  assert.match(dry.stdout, /^002_b\.sql[\s\S]*\nNothing was changed\.\n$/);
  assert.doesNotMatch(dry.stdout, /003_c/);
  assert.deepEqual(await snapshotOf(url), before);
});

test("up --dry-run refuses what up would refuse, and a database without a history gets none", async (t) => {
  const url = await server.database();
  const directory = folder(t, { "001_a.sql": FILES["001_a.sql"] });
  const at = ["--dir", directory];
  const before = await snapshotOf(url);
  assert.match(
    (await kai(["up", "--dry-run", ...at], { DATABASE_URL: url })).stdout,
    /^001_a\.sql: one transaction/,
  );
  assert.deepEqual(await snapshotOf(url), before);
  await migrate({ connectionString: url }, await readMigrations(directory));
  assert.equal((await kai(["up", "--dry-run", ...at], { DATABASE_URL: url })).stdout, "Nothing to apply.\n");
  write(directory, { "001_a.sql": "CREATE TABLE a (id bigint);" });
  const refused = await kai(["up", "--dry-run", ...at], { DATABASE_URL: url });
  assert.deepEqual([refused.code, refused.stdout], [exitCodes.failure, ""]);
  assert.match(refused.stderr, /001_a\.sql was edited/);
});
