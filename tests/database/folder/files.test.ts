import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createMigration } from "../../../database/folder/new.ts";
import { checksumOf, MigrationError, readMigrations, versionOf } from "../../../database/index.ts";
import { folder } from "../../support/migrations.ts";

test("files come in number order whatever their names are padded with and whatever order the folder has", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.bigInt(0n, 10n ** 20n), { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 12, maxLength: 12 }),
      async (numbers, zeros) => {
        const files = Object.fromEntries(numbers.map((n, at) => [`${"0".repeat(zeros[at]!)}${n}_x.sql`, ""]));
        const read = await readMigrations(folder(t, files));
        assert.deepEqual(
          read.map((file) => file.version),
          numbers.toSorted((a, b) => (a < b ? -1 : 1)),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test("the checksum does not depend on line ends and the byte order mark, and on everything else", () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\uFEFF]/g, ""));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.boolean(), { minLength: 20 }), (lines, ends) => {
      const mixed = lines.map((text, at) => text + (ends[at % ends.length] ? "\r\n" : "\n")).join("");
      const plain = lines.map((text) => `${text}\n`).join("");
      assert.equal(checksumOf(`\uFEFF${mixed}`), checksumOf(plain));
      assert.notEqual(checksumOf(`${plain} `), checksumOf(plain));
    }),
  );
});

test("what runs has LF line ends, so that a function body is the same from every checkout", async (t) => {
  const [file] = await readMigrations(folder(t, { "001_a.sql": "\uFEFFSELECT 'a\r\nb';\r\n" }));
  assert.equal(file?.sql, "SELECT 'a\nb';\n");
});

test("everything that is wrong with a folder is said at once", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "",
    "1_b.sql": "",
    "setup.sql": "",
    "_draft.sql": "",
    "002_c.sql": Buffer.from([0x53, 0x0a, 0xff]),
    "003_d.sql": "SELECT 1;\n\0",
    "004_e.sql": Buffer.from("\uFEFFSELECT 1", "utf16le"),
    "005_f.down.sql": "DROP TABLE a",
    "notes.md": "",
  });
  const error = await readMigrations(directory).catch((error: unknown) => error);
  assert.ok(error instanceof MigrationError);
  assert.match(
    error.message,
    /no number in front.*: _draft\.sql, setup\.sql\. Rename each to <number>_<name>\.sql/,
  );
  assert.match(error.message, /number 1 occurs 2 times: 001_a\.sql, 1_b\.sql/);
  assert.match(error.message, /002_c\.sql:2 is not UTF-8/);
  assert.match(error.message, /003_d\.sql:2 holds a zero byte/);
  assert.match(error.message, /004_e\.sql:1 is not UTF-8/);
  assert.doesNotMatch(error.message, /005_f|notes/);
});

test("a folder that does not exist, is a file, or hides its files below is refused with the remedy", async (t) => {
  const directory = folder(t, { "file.sql": "" });
  await assert.rejects(
    readMigrations(join(directory, "no")),
    /does not exist\. Create it, or name the right one/,
  );
  await assert.rejects(readMigrations(join(directory, "file.sql")), /is not a folder/);
  const nested = folder(t, {});
  mkdirSync(join(nested, "20250101_init"));
  writeFileSync(join(nested, "20250101_init", "migration.sql"), "SELECT 1");
  await assert.rejects(
    readMigrations(nested),
    /sub-folders, which are not read: 20250101_init\. Move each file up/,
  );
});

test("versionOf knows the names of the common tools", () => {
  const cases: [string, bigint | undefined][] = [
    ["001_initial_schema.sql", 1n],
    ["9.sql", 9n],
    ["00010-x.up.sql", 10n],
    ["20250101120000_x.SQL", 20250101120000n],
    ["V1__x.sql", undefined],
    ["x.sql", undefined],
    ["1x.sql", undefined],
  ];
  for (const [name, version] of cases) assert.equal(versionOf(name), version, name);
});

test("a new file takes the next number in the folder's own way of counting", async (t) => {
  const now = new Date("2026-02-03T04:05:06Z");
  const next = async (files: Record<string, string>, title: string) =>
    basename(await createMigration(folder(t, files), title, now));
  assert.equal(await next({}, "Initial schema"), "001_initial_schema.sql");
  assert.equal(await next({ "009_a.sql": "" }, "Àdd côlours!"), "010_add_colours.sql");
  assert.equal(await next({ "9_a.sql": "" }, "b"), "10_b.sql");
  assert.equal(await next({ "20250101000000_a.sql": "" }, "b"), "20260203040506_b.sql");
  assert.equal(await next({ "20300101000000_a.sql": "" }, "b"), "20300101000001_b.sql");
  await assert.rejects(next({}, "!?"), /gives no file name/);
  const directory = folder(t, {});
  assert.match(await readFile(await createMigration(directory, "two\nlines"), "utf8"), /^-- two lines: /);
});
