/** What people do to a folder: each mistake gets one clear sentence with its remedy, and nothing is changed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  createMigration,
  MigrationError,
  ORDER_FILE,
  orderMigrations,
  readMigrations,
} from "../../../database/index.ts";
import { folder } from "../../support/migrations.ts";

interface Mistake {
  what: string;
  files?: Record<string, string | Uint8Array>;
  /** What files alone cannot say. */
  make?: (directory: string) => void;
  /** The folder that is named, inside of the test's own. */
  named?: string;
  says: RegExp;
  /** A mistake of the order file, or of what is not readable, which no stated order can mend. */
  ordering: "refused" | "mends";
}

const utf16 = (text: string) => Buffer.from(text, "utf16le");
const order = (names: unknown[], more = "") => ({ [ORDER_FILE]: JSON.stringify({ order: names }) + more });

const MISTAKES: Mistake[] = [
  {
    what: "no such folder",
    named: "no",
    says: /does not exist\. Create it, or name the right one \(`--dir`/,
    ordering: "refused",
  },
  {
    what: "a name that no folder can have",
    named: "x".repeat(300),
    says: /cannot be read \(ENAMETOOLONG\)\. Change its permissions, or name the right one/,
    ordering: "refused",
  },
  {
    what: "a file in its place",
    files: { "x.sql": "" },
    named: "x.sql",
    says: /is not a folder\. Create it, or name/,
    ordering: "refused",
  },
  {
    what: "the same number twice",
    files: { "001_a.sql": "", "1_b.sql": "" },
    says: /number 1 occurs 2 times: 001_a\.sql, 1_b\.sql\. Give all but/,
    ordering: "mends",
  },
  {
    what: "no number",
    files: { "setup.sql": "", "_x.sql": "" },
    says: /no number in front.*: _x\.sql, setup\.sql\. Rename each to <number>/,
    ordering: "mends",
  },
  {
    what: "Flyway's repeatable",
    files: { "V1__a.sql": "", "R__v.sql": "" },
    says: /R__v\.sql\. .*repeatable files .* do not exist here: give each change/,
    ordering: "mends",
  },
  {
    what: "counted and times",
    files: { "001_a.sql": "", "20250101120000_b.sql": "" },
    says: /two ways of numbering.*Number all files in one way/,
    ordering: "mends",
  },
  {
    what: "a day and a time on it",
    files: { "2025-01-01-a.sql": "", "20250101120000_b.sql": "" },
    says: /same day.*Write their times equally exact/,
    ordering: "mends",
  },
  {
    what: "upper and lower case",
    files: { "001_a.sql": "", "001_A.sql": "" },
    says: /upper and lower case alone: 001_A\.sql, 001_a\.sql\. Rename all but one/,
    ordering: "refused",
  },
  {
    what: "files in a sub-folder",
    files: { "2024/001_a.sql": "", "2024/002_b.sql": "" },
    says: /2024\/ is a folder with SQL files which are not read: 2024\/001_a\.sql, 2024\/002_b\.sql\. A folder for each migration holds one/,
    ordering: "refused",
  },
  {
    what: "files deep below",
    files: { "001_a.sql": "", "old/2023/up.sql": "" },
    says: /not read: old\/2023\/up\.sql\. .* move other files up/,
    ordering: "refused",
  },
  {
    what: "two that could run",
    files: { "001_a/up.sql": "", "001_a/migration.sql": "" },
    says: /001_a\/ is a folder with SQL files which are not read.*holds one SQL file/,
    ordering: "refused",
  },
  {
    what: "a folder without its file",
    files: { "1_a/up.sql": "", "2_b/down.sql": "" },
    says: /without migration\.sql or up\.sql: 2_b\/\. Put the file in, or remove/,
    ordering: "refused",
  },
  {
    what: "a folder with a file's name",
    make: (at) => mkdirSync(join(at, "001_a.sql")),
    says: /001_a\.sql\/\. Put the file in, or remove the folder/,
    ordering: "refused",
  },
  {
    what: "a link to nothing",
    make: (at) => symlinkSync("nowhere", join(at, "001_a.sql")),
    says: /001_a\.sql is a link that leads to no file\. Remove the link/,
    ordering: "refused",
  },
  {
    what: "a link to itself",
    make: (at) => symlinkSync("001_a.sql", join(at, "001_a.sql")),
    says: /leads to no file/,
    ordering: "refused",
  },
  {
    what: "a pipe",
    make: (at) => execFileSync("mkfifo", [join(at, "001_a.sql")]),
    says: /neither a file nor a folder\. Remove it/,
    ordering: "refused",
  },
  {
    what: "another tool's programs",
    files: { "001_a.js": "", "20240101_b.ts": "", "README.md": "" },
    says: /no SQL file, but numbered files of other kinds: 001_a\.js, 20240101_b\.ts\. Only files that end in \.sql/,
    ordering: "refused",
  },
  {
    what: "UTF-16",
    files: { "001_a.sql": utf16("\uFEFFSELECT 1") },
    says: /001_a\.sql is UTF-16 .*Save the file as UTF-8/,
    ordering: "mends",
  },
  {
    what: "UTF-16 without a mark",
    files: { "001_a.sql": utf16("SELECT 'ü' FROM t;\n") },
    says: /001_a\.sql is UTF-16/,
    ordering: "mends",
  },
  {
    what: "UTF-16, the other way round",
    files: { "001_a.sql": utf16("\uFEFFSELECT 1").swap16() },
    says: /is UTF-16/,
    ordering: "mends",
  },
  {
    what: "UTF-32",
    files: { "001_a.sql": Buffer.from("fffe000041000000", "hex") },
    says: /is UTF-32/,
    ordering: "mends",
  },
  {
    what: "Latin-1",
    files: { "001_a.sql": Buffer.from("SELECT 1;\r\nSELECT 'caf\xe9';\r\n", "latin1") },
    says: /001_a\.sql:2 is not UTF-8\. Save the file as UTF-8/,
    ordering: "mends",
  },
  {
    what: "half a surrogate pair",
    files: { "001_a.sql": Buffer.from("27eda0bd27", "hex") },
    says: /001_a\.sql:1 is not UTF-8/,
    ordering: "mends",
  },
  {
    what: "a zero byte",
    files: { "001_a.sql": "SELECT 1;\r\n\0" },
    says: /001_a\.sql:2 holds a zero byte, which no SQL text can\. Remove it/,
    ordering: "mends",
  },
  {
    what: "a dump of everything",
    files: { "001_a.sql": "" },
    make: (at) => truncateSync(join(at, "001_a.sql"), 70 * 2 ** 20),
    says: /001_a\.sql has 70 MB; a file may have 64\. Split it, or load the data outside/,
    ordering: "mends",
  },
  {
    what: "an order that is no JSON",
    files: { "001_a.sql": "", ...order(["001_a.sql"], ",") },
    says: /migrations\.order\.json is not JSON: .*Correct it, or restore it/,
    ordering: "refused",
  },
  {
    what: "an order with git's conflict",
    files: {
      "001_a.sql": "",
      [ORDER_FILE]: '{"order": [\n<<<<<<< HEAD\n"001_a.sql"\n=======\n>>>>>>> b\n]}',
    },
    says: /holds git's conflict marks\. Keep the lines of both sides/,
    ordering: "refused",
  },
  {
    what: "an order without a list",
    files: { "001_a.sql": "", [ORDER_FILE]: "{}" },
    says: /has no list of names\. It holds \{"order"/,
    ordering: "refused",
  },
  {
    what: "an order of numbers",
    files: { "001_a.sql": "", ...order([1]) },
    says: /has no list of names/,
    ordering: "refused",
  },
  {
    what: "an order with a name twice",
    files: { "001_a.sql": "", ...order(["001_a.sql", "001_a.sql"]) },
    says: /lists twice: 001_a\.sql\. Keep the line/,
    ordering: "refused",
  },
  {
    what: "an order that leads out of the folder",
    files: {
      "001_a.sql": "",
      ...order(["001_a.sql", "../b.sql", "/etc/c.sql", "a\\b.sql", "a/b/c.sql", ""]),
    },
    says: /not in its folder: "\.\.\/b\.sql", "\/etc\/c\.sql", "a\\\\b\.sql", "a\/b\/c\.sql", ""\. List each file by its name/,
    ordering: "refused",
  },
  {
    what: "an order in UTF-16",
    files: { "001_a.sql": "", [ORDER_FILE]: utf16('\uFEFF{"order":[]}') },
    says: /migrations\.order\.json is UTF-16/,
    ordering: "refused",
  },
  {
    what: "a folder for an order",
    files: { "001_a.sql": "", [`${ORDER_FILE}/x`]: "" },
    says: /migrations\.order\.json cannot be read \(EISDIR\)/,
    ordering: "refused",
  },
  {
    what: "a file that is not listed",
    files: { "001_a.sql": "", "002_b.sql": "", ...order(["002_b.sql"]) },
    says: /not listed in migrations\.order\.json: 001_a\.sql\. Run `kai migrate order`/,
    ordering: "mends",
  },
  {
    what: "a listed file that is gone",
    files: { "001_a.sql": "", ...order(["000_z.sql", "001_a.sql"]) },
    says: /not there: 000_z\.sql\. Restore them from version control/,
    ordering: "mends",
  },
  {
    what: "a listed file of another case",
    files: { "001_a.sql": "", ...order(["001_A.sql"]) },
    says: /not there: 001_A\.sql \(the folder has 001_a\.sql\)/,
    ordering: "mends",
  },
  {
    what: "a listed way back",
    files: { "001_a.sql": "", "001_a.down.sql": "", ...order(["001_a.sql", "001_a.down.sql"]) },
    says: /not there: 001_a\.down\.sql/,
    ordering: "mends",
  },
];

/** Names, kinds, sizes and contents of everything in a folder. */
function picture(directory: string): unknown {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const place = join(entry.parentPath, entry.name);
      return [place, entry.isFile() && statSync(place).size < 2 ** 20 ? readFileSync(place, "hex") : ""];
    })
    .sort();
}

async function refusal(work: Promise<unknown>): Promise<MigrationError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MigrationError, String(error));
  return error;
}

for (const { what, files = {}, make, named = ".", says, ordering } of MISTAKES) {
  test(`mistakes: ${what}`, async (t) => {
    const own = folder(t, files);
    make?.(own);
    const directory = join(own, named);
    const before = picture(own);
    for (const work of [readMigrations, (at: string) => createMigration(at, "next")]) {
      const error = await refusal(work(directory));
      assert.equal(error.kind, "folder");
      assert.match(error.message, says);
    }
    if (ordering === "refused") assert.match((await refusal(orderMigrations(directory))).message, says);
    assert.deepEqual(picture(own), before);
    // A text that cannot be read is not the order's affair.
    if (ordering === "mends") assert.ok((await orderMigrations(directory)).order.length > 0);
  });
}

test("everything that is wrong with a folder is said at once", async (t) => {
  const directory = folder(t, {
    "001_a.sql": "",
    "1_b.sql": "",
    "setup.sql": Buffer.from([0xff]),
    "20250101120000_c.sql": "\0",
    "x/y.sql": "",
    "notes.md": "",
  });
  const { message } = await refusal(readMigrations(directory));
  assert.equal(message.split("\n- ").length, 1 + 6);
  assert.match(message, /occurs 2 times.*two ways of numbering/s);
  assert.match(
    message,
    /\n- x\/ is a folder.*\n- no number.*\n- .*\n- .*\n- .*zero byte.*\n- setup\.sql:1 is not UTF-8/s,
  );
  assert.match(message, /\nWhere databases have these files already, rename nothing: `kai migrate order`.*$/);
  assert.doesNotMatch(message, /notes/);
});
