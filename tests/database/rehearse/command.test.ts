/** `kai migrate rehearse` as people and pipelines meet it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { migrate } from "../../../database/index.ts";
import { folder, migrationsOf } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const kai = fileURLToPath(new URL("../../../cli/kai.cjs", import.meta.url));

function rehearse(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [kai, "migrate", "rehearse", ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

const FILES = {
  "001_a.sql": "CREATE TABLE a (id int PRIMARY KEY);\n",
  "002_b.sql": "CREATE TABLE b (\n  id int,\n  a text REFERENCES a (id)\n);\n",
  "003_c.sql": "CREATE INDEX ON b (id);\n",
};

test("a sound folder: exit code 0 and one line", (t) => {
  const done = rehearse(["--dir", folder(t, { "001_a.sql": FILES["001_a.sql"] })]);
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stdout, "1 file: 1 apply\n");
  assert.match(done.stderr, /1 of 1 {2}001_a\.sql/);
});

test("causes with place, excerpt and hint, followers with their cause, and exit code 1; the folder stays as it is", (t) => {
  const directory = folder(t, FILES);
  const before = readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8"));
  const done = rehearse(["--dir", directory]);
  assert.equal(done.status, 1, done.stderr);
  assert.match(done.stdout, /cause {6}002_b\.sql:3:3: .*cannot be implemented/);
  assert.match(done.stdout, /3 \| {3}a text REFERENCES a \(id\)/);
  assert.match(done.stdout, /Hint: .*same type/);
  assert.match(done.stdout, /follows {4}003_c\.sql:1: .*follows from 002_b\.sql:3/);
  assert.match(done.stdout, /3 files: 1 apply, 1 cause in 1 file, 1 file follows from them\n$/);
  assert.deepEqual(
    readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8")),
    before,
  );
});

test("the same as JSON", (t) => {
  const done = rehearse(["--json", "--dir", folder(t, FILES)]);
  assert.equal(done.status, 1, done.stderr);
  const found = JSON.parse(done.stdout);
  assert.equal(found.sound, false);
  assert.deepEqual(
    found.files.map((file: { name: string; verdict: string }) => [file.name, file.verdict]),
    [
      ["001_a.sql", "applies"],
      ["002_b.sql", "cause"],
      ["003_c.sql", "follower"],
    ],
  );
  assert.deepEqual(found.files[2].faults[0].follows, [{ file: "002_b.sql", line: 3 }]);
});

test("a given history is read, and nothing is written to its database", async (t) => {
  const database = await server.database();
  await migrate({ connectionString: database }, await migrationsOf(t, { "001_a.sql": FILES["001_a.sql"] }));
  const count = () => query(database, "SELECT relname, n_tup_ins FROM pg_stat_user_tables ORDER BY 1");
  const before = await count();
  const done = rehearse(["--from-history", "--dir", folder(t, FILES)], { DATABASE_URL: database });
  assert.equal(done.status, 1, done.stderr);
  assert.match(done.stdout, /2 files beside 1 applied there: 0 apply, 1 cause in 1 file/);
  assert.deepEqual(await count(), before);
});

test("wrong use and an unreachable database have exit codes of their own", (t) => {
  const directory = folder(t, FILES);
  const shape = rehearse(["--shape", "mysql", "--dir", directory]);
  assert.equal(shape.status, 2);
  assert.match(shape.stderr, /--shape takes supabase or plain/);
  const away = rehearse(["--from-history", "--dir", directory], {
    DATABASE_URL: "postgresql://a:secret@127.0.0.1:9/x",
  });
  assert.equal(away.status, 3);
  assert.doesNotMatch(away.stderr, /secret/);
});
