import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { createMigration } from "../../../database/folder/new.ts";
import { ORDER_FILE, readMigrations } from "../../../database/index.ts";
import { folder } from "../../support/migrations.ts";

const now = new Date("2026-02-03T04:05:06.789Z");

test("a new file is named and numbered in the folder's own way, and comes last", async (t) => {
  const cases: [existing: string[], next: string][] = [
    [[], "001_add_colours.sql"],
    [["009_a.sql", "010_b.sql"], "011_add_colours.sql"],
    [["9_a.sql"], "10_add_colours.sql"],
    [["999_a.sql"], "1000_add_colours.sql"],
    [["00009-a.sql"], "00010-add_colours.sql"],
    [["1_a.up.sql", "1_a.down.sql"], "2_add_colours.up.sql"],
    [["001.do.a.sql"], "002.do.add_colours.sql"],
    [["V1__a.sql"], "V2__add_colours.sql"],
    [["V1__a.sql", "V1.9__b.sql"], "V1.10__add_colours.sql"],
    [["20250101000000_a.sql"], "20260203040506_add_colours.sql"],
    [["20300101000000_a.sql"], "20300101000001_add_colours.sql"],
    [["20170309120000000001_a.sql"], "20260203040506789000_add_colours.sql"],
    [["1670000000000_a.sql"], "1770091506789_add_colours.sql"],
    [["1670000000_a.sql"], "1770091506_add_colours.sql"],
    [["2990000000_a.sql"], "2990000001_add_colours.sql"],
    [["2017-09-23-a.sql"], "2026-02-03-add_colours.sql"],
    [["2026-02-03-a.sql"], "2026-02-04-add_colours.sql"],
    [["2026-02-28-a.sql"], "2026-03-01-add_colours.sql"],
    [["20260203_a.sql"], "20260204_add_colours.sql"],
    [["2017-09-23-01-a.sql"], "2026-02-03-01-add_colours.sql"],
    [["2026-02-03-01-a.sql"], "2026-02-03-02-add_colours.sql"],
    [["2014_10_12_000000_a.sql"], "2026_02_03_040506_add_colours.sql"],
    [["2017-09-23T12-00-00_a.sql"], "2026-02-03T04-05-06_add_colours.sql"],
    [["0_init/migration.sql"], "1_add_colours/migration.sql"],
    [["0_init/migration.sql", "20250101000000_a/migration.sql"], "20260203040506_add_colours/migration.sql"],
    [["00000000000000_setup/up.sql"], "20260203040506_add_colours/up.sql"],
    [["2023-01-01-120000-0000_a/up.sql"], "2026-02-03-040506-7890_add_colours/up.sql"],
  ];
  for (const [existing, next] of cases) {
    const directory = folder(t, Object.fromEntries(existing.map((name) => [name, ""])));
    const made = relative(directory, await createMigration(directory, "Àdd côlours!", now));
    assert.equal(made, next);
    assert.equal((await readMigrations(directory)).at(-1)!.name, made);
  }
});

test("where the order is stated, the new file is listed last", async (t) => {
  const order = ["seed.sql", "002_b.sql", "20250101000000_c.sql", "001_a.sql"];
  const files = Object.fromEntries(order.map((name) => [name, ""]));
  const directory = folder(t, { ...files, [ORDER_FILE]: JSON.stringify({ order }) });
  await createMigration(directory, "d", now);
  assert.deepEqual(
    (await readMigrations(directory)).map(({ name }) => name),
    [...order, "20260203040506_d.sql"],
  );
});

test("the title stands in the file, on one line", async (t) => {
  const directory = folder(t, {});
  assert.match(await readFile(await createMigration(directory, "two\nlines"), "utf8"), /^-- two lines: /);
});

test("nothing is made where it cannot be right", async (t) => {
  const broken = folder(t, { "001_a.sql": "", [ORDER_FILE]: "{" });
  await assert.rejects(createMigration(broken, "b"), /migrations\.order\.json is not JSON/);
  assert.equal(readFileSync(join(broken, ORDER_FILE), "utf8"), "{");
  const directory = folder(t, { "001_a.sql": "" });
  await assert.rejects(createMigration(directory, "!?"), /"!\?" gives no file name\. Use letters or digits/);
  writeFileSync(join(directory, "002_b.sql"), "SELECT 1");
  await assert.rejects(createMigration(join(directory, "002_b.sql"), "c"), /is not a folder/);
  assert.equal(existsSync(join(directory, "003_c.sql")), false);
});
