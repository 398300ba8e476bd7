/** What `pulumi preview` and `kai migrate plan` say of a database, and that neither writes to it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { query } from "../support/postgres.ts";
import { snapshotOf } from "../support/snapshot-of-database.ts";
import { freshWorld, root, run } from "../support/world.ts";

const STACK = ["--stack", "staging"];

test("a preview says what is pending and what is wrong with the history, and an unreachable database is a warning", async (t) => {
  const world = await freshWorld(t);
  const directory = migrationsFolder(t);
  const write = (name: string, sql: string) => writeFileSync(join(directory, name), sql);
  const url = world.databases.staging as string;
  world.configure("staging", {
    clouds: { github: false, digitalocean: false, aws: false, vercel: false },
    sites: [],
    migrations: { directory: relative(root, directory) },
  });
  write("001_edited.sql", "CREATE TABLE a (id int);");
  write("002_missing.sql", "CREATE TABLE b (id int);");
  write("003_steps.sql", "CREATE INDEX CONCURRENTLY a_id ON a (id);");

  await t.test("on an empty database, which stays empty", async () => {
    const before = await snapshotOf(url);
    const output = await world.succeed("pulumi", "preview", ...STACK);
    assert.match(
      output,
      /Pending on staging: 001_edited\.sql, 002_missing\.sql, 003_steps\.sql\. Not in one transaction, but statement by statement: 003_steps\.sql\./,
    );
    assert.deepEqual(await snapshotOf(url), before);
  });

  await t.test("nothing after an up", async () => {
    await world.succeed("pulumi", "up", "--yes", "--skip-preview", ...STACK);
    const output = await world.succeed("pulumi", "preview", "--expect-no-changes", ...STACK);
    assert.doesNotMatch(output, /Diagnostics|Pending|\.sql/);
  });

  await t.test("one pending, one edited, one missing and one foreign, in text and in JSON", async () => {
    write("001_edited.sql", "CREATE TABLE a (id bigint);");
    unlinkSync(join(directory, "002_missing.sql"));
    write("004_pending.sql", "ALTER TABLE a DROP COLUMN id;");
    await query(
      url,
      "INSERT INTO schema_migrations VALUES ('000_foreign.sql', 0, 'y', now(), 'me', 1, 1, 1, NULL, '0')",
    );
    const before = await snapshotOf(url);
    const plan = ["migrate", "plan", "--dir", directory, "--environment", "staging"];
    const texts = [
      diagnostics(await world.succeed("pulumi", "preview", ...STACK)),
      JSON.stringify(JSON.parse(await world.succeed("pulumi", "preview", "--json", ...STACK)).diagnostics),
      await world.succeed("kai", ...plan),
    ];
    for (const text of texts) {
      const named = new Set(text.match(/\d+_\w+\.sql/g));
      assert.deepEqual(
        [...named].sort(),
        ["000_foreign.sql", "001_edited.sql", "002_missing.sql", "004_pending.sql"],
        text,
      );
      for (const part of [
        /001_edited\.sql was edited after/,
        /000_foreign\.sql, added by hand/,
        /002_missing\.sql is applied .* no such file/,
        /drop-column/,
      ]) {
        assert.match(text, part);
      }
    }
    const { files, problems } = JSON.parse(await world.succeed("kai", ...plan, "--json"));
    assert.deepEqual(
      [
        files.map(({ name }: { name: string }) => name),
        problems.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`).sort(),
      ],
      [
        ["004_pending.sql"],
        ["edited 001_edited.sql", "missing 002_missing.sql", "row-added 000_foreign.sql"],
      ],
    );
    assert.deepEqual(await snapshotOf(url), before);
  });

  await t.test(
    "a database that does not answer is a warning in a preview and an error in an up",
    async () => {
      const env = { ...world.env, DATABASE_URL_STAGING: "postgresql://u:geheim@127.0.0.1:1/db" };
      const preview = await run("pulumi", ["preview", ...STACK], env);
      assert.equal(preview.code, 0, preview.output);
      assert.match(
        preview.output,
        /warning: This preview cannot say which migrations are pending on staging\. No connection/,
      );
      const up = await run("pulumi", ["up", "--yes", "--skip-preview", ...STACK], env);
      assert.notEqual(up.code, 0);
      assert.match(up.output, /error: .*No connection to the database/s);
      assert.doesNotMatch(preview.output + up.output, /geheim/);
    },
  );
});

/** The part of a preview that is about messages, without the resources' properties. */
function diagnostics(output: string): string {
  return output.slice(output.indexOf("Diagnostics:"));
}

/** A folder that lives as long as the test; below the project, as the setting asks for. */
function migrationsFolder(t: TestContext): string {
  const directory = mkdtempSync(join(root, "node_modules/.kai-test-migrations-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
