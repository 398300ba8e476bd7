import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { checksumOf, orderMigrations, readMigrations } from "../../../database/index.ts";
import { folder } from "../../support/migrations.ts";

async function names(directory: string): Promise<string[]> {
  return (await readMigrations(directory)).map((migration) => migration.name);
}

test("files come in number order whatever they are padded with and in whatever order they were made", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.bigInt(0n, 10n ** 7n), { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 12, maxLength: 12 }),
      async (numbers, zeros) => {
        // The digits of a day would be another way of numbering.
        const padded = numbers.map((n, at) => `${"0".repeat(zeros[at]!)}${n}_x.sql`);
        const files = Object.fromEntries(
          padded.filter((name) => !/^\d{8}_/.test(name)).map((name) => [name, ""]),
        );
        const read = await readMigrations(folder(t, files));
        assert.deepEqual(
          read.map((file) => file.version),
          read.map((file) => file.version).toSorted((a, b) => (a < b ? -1 : 1)),
        );
        assert.deepEqual(read.map(({ name }) => name).toSorted(), Object.keys(files).toSorted());
      },
    ),
    { numRuns: 30 },
  );
});

test("a folder for each migration is read, as Prisma, Drizzle and Diesel have it", async (t) => {
  const prisma = folder(t, {
    "20240201000000_b/migration.sql": "SELECT 2",
    "0_init/migration.sql": "SELECT 0",
    "20240101000000_a/migration.sql": "SELECT 1",
    "migration_lock.toml": "",
    "meta/_journal.json": "{}",
  });
  const read = await readMigrations(prisma);
  assert.deepEqual(
    read.map(({ name, sql }) => [name, sql]),
    [
      ["0_init/migration.sql", "SELECT 0"],
      ["20240101000000_a/migration.sql", "SELECT 1"],
      ["20240201000000_b/migration.sql", "SELECT 2"],
    ],
  );
  const diesel = folder(t, {
    "00000000000000_diesel_initial_setup/up.sql": "",
    "00000000000000_diesel_initial_setup/down.sql": "",
    "2023-01-01-120000-0000_a/up.sql": "",
    "2023-01-01-120000-0000_a/down.sql": "",
  });
  assert.deepEqual(await names(diesel), [
    "00000000000000_diesel_initial_setup/up.sql",
    "2023-01-01-120000-0000_a/up.sql",
  ]);
});

test("ways back, hidden files, editors' copies and files that are not SQL are left out", async (t) => {
  const directory = folder(t, {
    "1_a.up.sql": "",
    "1_a.down.sql": "DROP TABLE a",
    "2-b-up.sql": "",
    "2-b-down.sql": "DROP TABLE b",
    "3_shut_down.sql": "",
    "4.do.c.sql": "",
    "4.undo.c.sql": "DROP TABLE c",
    "V5__d.sql": "",
    "U5__d.sql": "DROP TABLE d",
    "down/005.sql": "DROP TABLE d",
    "006_E.SQL": "",
    "006_E.SQL~": "",
    ".006_E.sql.swp": "",
    "._006_E.sql": "",
    ".git/x.sql": "",
    "node_modules/tool/001_x.sql": "",
    "#006_E.sql#": "",
    "006_E.sql.orig": "",
    "README.md": "",
    "seed.js": "",
  });
  assert.deepEqual(await names(directory), [
    "1_a.up.sql",
    "2-b-up.sql",
    "3_shut_down.sql",
    "4.do.c.sql",
    "V5__d.sql",
    "006_E.SQL",
  ]);
});

test("a name with marks is one key, however the file system writes it", async (t) => {
  const composed = "001_gr\u00fcn.sql";
  const directory = folder(t, { [composed.normalize("NFD")]: "SELECT 1" });
  assert.deepEqual(await names(directory), [composed]);
  assert.deepEqual((await orderMigrations(directory)).order, [composed]);
  assert.deepEqual(
    (await readMigrations(directory)).map(({ sql }) => sql),
    ["SELECT 1"],
  );
});

test("links are followed", async (t) => {
  const elsewhere = folder(t, { "a.sql": "SELECT 1", "b/up.sql": "SELECT 2" });
  const directory = folder(t, {});
  symlinkSync(join(elsewhere, "a.sql"), join(directory, "001_a.sql"));
  symlinkSync(join(elsewhere, "b"), join(directory, "002_b"));
  const read = await readMigrations(directory);
  assert.deepEqual(
    read.map(({ name, sql }) => [name, sql]),
    [
      ["001_a.sql", "SELECT 1"],
      ["002_b/up.sql", "SELECT 2"],
    ],
  );
});

test("the checksum does not depend on line ends and the byte order mark, and on everything else", () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\uFEFF]/g, ""));
  const end = fc.constantFrom("\n", "\r\n", "\r");
  const file = fc.array(fc.tuple(line, end, end));
  fc.assert(
    fc.property(file, (lines) => {
      // An empty line between CR and LF would make one line end out of two.
      const write = (which: 1 | 2) => lines.map((parts) => `${parts[0]};${parts[which]}`).join("");
      assert.equal(checksumOf(`\uFEFF${write(1)}`), checksumOf(write(2)));
    }),
  );
  const text = fc.array(line).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (one, other) => {
      assert.equal(checksumOf(one) === checksumOf(other), one === other);
    }),
  );
  fc.assert(
    fc.property(text, fc.nat(), fc.constantFrom(" ", "\n", "\t", "\uFEFF", "é"), (one, at, more) => {
      const place = 1 + (at % (one.length + 1));
      assert.notEqual(checksumOf(`-${one.slice(0, place)}${more}${one.slice(place)}`), checksumOf(`-${one}`));
    }),
  );
});

test("what runs has LF line ends, so that a function body is the same from every checkout", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "\uFEFFSELECT 'a\r\nb';\r\n",
    "002_b.sql": "SELECT 1;\r-- x\rSELECT 2;\r",
    "003_empty.sql": "",
    "004_mark.sql": "\uFEFF",
  });
  assert.deepEqual(
    (await readMigrations(directory)).map((file) => file.sql),
    ["SELECT 'a\nb';\n", "SELECT 1;\n-- x\nSELECT 2;\n", "", ""],
  );
});

test("a file that changes between reading and running is not run", async (t) => {
  const directory = folder(t, { "001_a.sql": "SELECT 1;\n" });
  const [file] = await readMigrations(directory);
  writeFileSync(join(directory, "001_a.sql"), "SELECT 1;\r\n");
  assert.equal(file!.sql, "SELECT 1;\n");
  writeFileSync(join(directory, "001_a.sql"), "SELECT 2;\n");
  assert.throws(() => file!.sql, /001_a\.sql was edited while it was being applied/);
});
