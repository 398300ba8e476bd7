/** Rehearsals find every file that cannot apply, and tell causes from what follows from them (issue 5, point 7). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Rehearsal, type RehearseOptions, rehearse } from "../../../database/index.ts";
import { migrationsOf } from "../../support/migrations.ts";
import { faultsOf, fixtures, PLANTS, type PlantName, plant } from "./plants.ts";

const run = promisify(execFile);

/** Plants faults and checks that each is named as a cause at its place, and nothing else is. */
async function planted(names: readonly PlantName[]): Promise<Rehearsal> {
  const { migrations, expected } = plant(await fixtures(), names);
  const rehearsal = await rehearse(migrations);
  const causes = faultsOf(rehearsal, "cause");
  assert.deepEqual(causes.map(({ file, line }) => `${file}:${line}`).sort(), [...expected.values()].sort());
  for (const [name, place] of expected) {
    const here = causes.filter(({ file, line }) => `${file}:${line}` === place);
    const { message, hint } = PLANTS[name];
    assert.ok(
      here.some((fault) => message.test(fault.message) && hint.test(fault.hint)),
      `${name}: ${JSON.stringify(here)}`,
    );
  }
  assert.equal(rehearsal.sound, false);
  return rehearsal;
}

/** Each follower names causes that are there. */
function followersNameCauses(rehearsal: Rehearsal): void {
  const causes = new Set(faultsOf(rehearsal, "cause").map(({ file, line }) => `${file}:${line}`));
  const followers = faultsOf(rehearsal, "follower");
  assert.ok(followers.length > 0);
  for (const follower of followers) {
    assert.ok(follower.follows.length > 0, JSON.stringify(follower));
    for (const { file, line } of follower.follows) {
      assert.ok(causes.has(`${file}:${line}`), JSON.stringify(follower));
    }
  }
}

const verdicts = (rehearsal: Rehearsal) =>
  Object.fromEntries(rehearsal.files.map(({ name, verdict }) => [name, verdict]));

/** Rehearses a folder made here. */
async function rehearsed(
  t: Parameters<typeof migrationsOf>[0],
  files: Record<string, string>,
  options?: RehearseOptions,
): Promise<Rehearsal> {
  return rehearse(await migrationsOf(t, files), options);
}

test("a sound folder of 42 files applies", async () => {
  const rehearsal = await rehearse(await fixtures());
  assert.equal(rehearsal.sound, true);
  assert.equal(rehearsal.files.length, 42);
  assert.deepEqual(
    rehearsal.files.filter(({ verdict }) => verdict !== "applies"),
    [],
  );
  assert.deepEqual(
    rehearsal.files.flatMap(({ standIns }) => standIns),
    ["pg_cron", "pg_net"],
  );
});

test("twelve faults of different kinds, some hidden behind others, are all named, and nothing else is", async () => {
  const rehearsal = await planted([
    "extensionName",
    "policyClause",
    // Two in one statement.
    "defaultFunction",
    "referencedTable",
    "columnType",
    "commaTooMany",
    // Hidden behind the extension, and behind the table with a comma too many.
    "operatorClass",
    "policyCheck",
    "ownedBySupabase",
    "foreignKeyType",
    "madeLater",
    "functionBody",
  ]);
  followersNameCauses(rehearsal);
  const found = verdicts(rehearsal);
  assert.equal(found["018_pieces_search.sql"], "follower");
  assert.equal(found["020_similar_pieces.sql"], "follower");
  assert.equal(found["023_glazes.sql"], "applies");
  const hidden = faultsOf(rehearsal, "cause").find(({ file }) => file === "019_pieces_embedding.sql");
  assert.ok(hidden!.follows.length > 0, "it says what it was hidden behind");
});

test("other faults together", async () => {
  const rehearsal = await planted([
    "extensionName",
    "columnInIndex",
    "openQuote",
    "enumValueAtOnce",
    "notImmutable",
    "domainValue",
    "indexNotImmutable",
    "semicolon",
    "viewColumn",
    "doBlock",
    "renamedColumn",
    "concurrentlyInside",
    "twice",
  ]);
  followersNameCauses(rehearsal);
});

test("a fault that others depend on, and one in what depends on it", async () => {
  await planted(["commaTooMany", "renamedColumn", "functionOfTrigger", "extensionPreinstalled"]);
  await planted(["columnType", "enumValueAtOnce", "conflictTarget", "superuser"]);
});

test("what an earlier file made otherwise is named where it is missed", async (t) => {
  const rehearsal = await rehearsed(t, {
    "001_a.sql": "CREATE TABLE notes (id int PRIMARY KEY);",
    "002_b.sql":
      "CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY, title text, body text);\nCREATE INDEX ON notes (title);\nCREATE INDEX ON notes (body);",
  });
  const causes = faultsOf(rehearsal, "cause");
  assert.deepEqual(
    causes.map(({ file, line }) => `${file}:${line}`),
    ["002_b.sql:2"],
  );
  assert.match(causes[0]!.hint, /made by 001_a\.sql:1 without this column/);
  assert.equal(faultsOf(rehearsal, "follower").length, 1);
});

test("what the server here cannot have is no fault of the file", async (t) => {
  const rehearsal = await rehearsed(t, {
    "001_maps.sql": "CREATE EXTENSION postgis;\nCREATE TABLE places (id int, at geometry(Point, 4326));",
    "002_near.sql": "CREATE INDEX places_at ON places USING gist (at);",
    "003_other.sql": "CREATE TABLE other (id int);",
  });
  assert.equal(rehearsal.sound, true);
  assert.deepEqual(verdicts(rehearsal), {
    "001_maps.sql": "untried",
    "002_near.sql": "untried",
    "003_other.sql": "applies",
  });
  assert.match(faultsOf(rehearsal, "untried")[0]!.hint, /postgis/);
});

test("a type of an extension that nobody asks for is a fault", async (t) => {
  const rehearsal = await rehearsed(t, { "001_a.sql": "CREATE TABLE places (id int, at geometry);" });
  assert.equal(rehearsal.sound, false);
  assert.match(faultsOf(rehearsal, "cause")[0]!.hint, /comes with the extension postgis/);
});

test("rights are those of a Supabase project's owner", async (t) => {
  const rehearsal = await rehearsed(t, {
    "006_may.sql": `
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION watch();
SET session_replication_role = replica;
SET session_replication_role = origin;
CREATE POLICY p ON storage.objects FOR SELECT USING (true);
DROP POLICY p ON storage.objects;
CREATE ROLE reader NOLOGIN;
GRANT anon TO reader;
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER PUBLICATION supabase_realtime OWNER TO postgres;
SELECT vault.create_secret('a', 'b');`,
    "002_schema.sql": "CREATE TABLE auth.mine (id int);",
    "003_column.sql": "ALTER TABLE auth.users ADD COLUMN mine int;",
    "004_policy.sql": "CREATE POLICY p ON auth.users FOR SELECT USING (true);",
    "005_program.sql": "CREATE TABLE t (x text);\nCOPY t FROM PROGRAM 'date';",
  });
  assert.deepEqual(verdicts(rehearsal), {
    "006_may.sql": "applies",
    "002_schema.sql": "cause",
    "003_column.sql": "cause",
    "004_policy.sql": "cause",
    "005_program.sql": "cause",
  });
});

test("a plain server knows nothing of Supabase", async (t) => {
  const files = { "001_a.sql": "CREATE TABLE t (owner uuid REFERENCES auth.users (id));" };
  assert.equal((await rehearsed(t, files)).sound, true);
  assert.equal((await rehearsed(t, files, { shape: "plain" })).sound, false);
});

test("files of the history make the state, and their failures are nothing to mend", async (t) => {
  const files = {
    "001_a.sql": "CREATE TABLE a (id int PRIMARY KEY);",
    "002_b.sql": "CREATE TABLE b (id nonsense PRIMARY KEY);",
    "003_c.sql": "ALTER TABLE b ADD COLUMN more int;",
    "004_d.sql": "ALTER TABLE a ADD COLUMN more integr;",
  };
  const rehearsal = await rehearsed(t, files, { applied: ["001_a.sql", "002_b.sql"] });
  assert.deepEqual(verdicts(rehearsal), {
    "001_a.sql": "applies",
    "002_b.sql": "cause",
    "003_c.sql": "untried",
    "004_d.sql": "cause",
  });
  assert.deepEqual(
    rehearsal.files.map(({ applied }) => applied),
    [true, true, false, false],
  );
  const { "004_d.sql": _, ...mended } = files;
  assert.equal((await rehearsed(t, mended, { applied: ["001_a.sql", "002_b.sql"] })).sound, true);
});

test("statements outside of transactions are kept and continued behind", async (t) => {
  const rehearsal = await rehearsed(t, {
    "001_a.sql": "CREATE TABLE a (id int, n int);",
    "002_b.sql":
      "CREATE INDEX CONCURRENTLY one ON a (id);\nCREATE INDEX CONCURRENTLY two ON a (m);\nBEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\nCREATE INDEX CONCURRENTLY three ON a (n);",
    "003_c.sql": "DROP INDEX one;\nDROP INDEX three;\nDROP TABLE b;",
  });
  assert.deepEqual(
    rehearsal.files.flatMap(({ faults }) => faults).map(({ kind, file, line }) => `${kind} ${file}:${line}`),
    ["cause 002_b.sql:2"],
  );
});

test("a file that drops the history is named, and the next ones are judged", async (t) => {
  const rehearsal = await rehearsed(t, {
    "001_a.sql": "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;",
    "002_b.sql": "CREATE TABLE b (id int);",
    "003_c.sql": "CREATE TABLE c (id integr);",
  });
  assert.deepEqual(verdicts(rehearsal), {
    "001_a.sql": "cause",
    "002_b.sql": "applies",
    "003_c.sql": "cause",
  });
  assert.match(faultsOf(rehearsal, "cause")[0]!.hint, /history/);
});

test("slips of the pen and words of other databases are named one by one, with what to write", async (t) => {
  const rehearsal = await rehearsed(t, {
    "001_copy.sql":
      "CREATE TABLE a (id int, n text);\nCOPY a FROM stdin;\n1\tx;\n\\.\nCREATE TABLE b (id int);",
    "002_psql.sql": "\\set x 1\nCREATE TABLE c (id int);",
    "003_mysql.sql": "CREATE TABLE d (\n  id int AUTO_INCREMENT,\n  at DATETIME,\n  INDEX idx (at)\n);",
    "004_quote.sql": "INSERT INTO a VALUES (1, 'it's'); -- '",
    "005_exists.sql": "CREATE POLICY IF NOT EXISTS p ON a FOR SELECT USING (true);",
    "006_function.sql":
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT nobody FROM a';\nSELECT f();",
    "007_drop.sql": "DROP TABLE nothere;",
    "008_cron.sql": "CREATE EXTENSION pg_cron;\nSELECT cron.unschedule('nightly');",
    "009_stop.sql": "DO $$ BEGIN RAISE EXCEPTION 'stop'; END $$;",
    "010_types.sql":
      "CREATE TABLE e (id uuid);\nCREATE POLICY p ON e USING (id = auth.jwt() ->> 'id');\nINSERT INTO b VALUES (1);",
  });
  const found = faultsOf(rehearsal, "cause").map(({ file, line, hint }) => ({
    place: `${file}:${line}`,
    hint,
  }));
  const expected: [string, RegExp][] = [
    ["001_copy.sql:2", /INSERT/],
    ["002_psql.sql:1", /psql/],
    ["003_mysql.sql:2", /IDENTITY/],
    ["003_mysql.sql:3", /timestamptz/],
    ["003_mysql.sql:4", /CREATE INDEX/],
    ["004_quote.sql:1", /twice/],
    ["005_exists.sql:1", /DROP … IF EXISTS/],
    ["006_function.sql:1", /create it before/],
    ["007_drop.sql:1", /IF EXISTS/],
    ["008_cron.sql:2", /cron\.job/],
    ["009_stop.sql:1", /RAISE EXCEPTION/],
    ["010_types.sql:2", /cast/],
  ];
  assert.deepEqual(
    found.map(({ place }) => place),
    expected.map(([place]) => place),
  );
  for (const [index, [place, hint]] of expected.entries()) assert.match(found[index]!.hint, hint, place);
  // What calls a function that is wrong, and nothing else, follows.
  assert.deepEqual(
    faultsOf(rehearsal, "follower").map(({ file, line }) => `${file}:${line}`),
    ["006_function.sql:2"],
  );
});

test("it needs neither network nor a place to write, and starts no process", async () => {
  const program = `
    const net = await import("node:net");
    net.Socket.prototype.connect = () => { throw new Error("a connection was opened"); };
    net.Server.prototype.listen = () => { throw new Error("a port was opened"); };
    const { readMigrations, rehearse } = await import(process.argv[1]);
    const found = await rehearse(await readMigrations(process.argv[2]));
    console.log(found.sound, found.files.length);`;
  const { stdout } = await run(process.execPath, [
    "--permission",
    "--allow-fs-read=*",
    "--input-type=module",
    "--eval",
    program,
    fileURLToPath(new URL("../../../database/index.ts", import.meta.url)),
    fileURLToPath(new URL("fixtures", import.meta.url)),
  ]);
  assert.equal(stdout.trim(), "true 42");
});
