import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { upTo } from "../../../database/folder/up-to.ts";
import {
  comparePlan,
  type HistoryRow,
  ORDER_FILE,
  orderMigrations,
  readMigrations,
} from "../../../database/index.ts";
import { folder, write } from "../../support/migrations.ts";

/** A folder that grew for years: numbers twice, gaps, times beside counted numbers, files without a number. */
const GROWN = [
  "001_initial.sql",
  "002_users.sql",
  "005_colours.sql",
  "005_materials.sql",
  "007_search.sql",
  "024_policies.sql",
  "024_storage.sql",
  "025_indexes.sql",
  "025_roles.sql",
  "20250115093000_tenants.sql",
  "20250302101500_vectors.sql",
  "complete_schema.sql",
  "fix_policies.sql",
  "functions.sql",
  "seed.sql",
];

function grown(): Record<string, string> {
  return Object.fromEntries(GROWN.map((name) => [name, `SELECT '${name}'`]));
}

async function names(directory: string): Promise<string[]> {
  return (await readMigrations(directory)).map((migration) => migration.name);
}

test("a folder without an order is refused with everything named, and usable once its order is stated", async (t) => {
  const directory = folder(t, grown());
  await assert.rejects(readMigrations(directory), (error: Error) => {
    assert.match(error.message, /number 5 occurs 2 times: 005_colours\.sql, 005_materials\.sql/);
    assert.match(error.message, /number 24 occurs 2 times/);
    assert.match(error.message, /number 25 occurs 2 times/);
    assert.match(
      error.message,
      /no number in front.*complete_schema\.sql, fix_policies\.sql, functions\.sql, seed\.sql/,
    );
    assert.match(
      error.message,
      /two ways of numbering.*20250115093000_tenants\.sql, 20250302101500_vectors\.sql/,
    );
    assert.match(
      error.message,
      /rename nothing: `kai migrate order` states the order in migrations\.order\.json/,
    );
    return true;
  });
  const { order, added, removed } = await orderMigrations(directory);
  assert.deepEqual(order, GROWN);
  assert.deepEqual(removed, []);
  const reasons = new Map(added.map(({ name, reason }) => [name, reason]));
  assert.equal(reasons.get("001_initial.sql"), undefined);
  assert.equal(reasons.get("005_materials.sql"), "same number as 005_colours.sql: by name");
  assert.match(reasons.get("20250115093000_tenants.sql")!, /^dates or times beside others/);
  assert.match(reasons.get("seed.sql")!, /^no number: behind the numbered ones/);
  assert.deepEqual(await names(directory), GROWN);
});

test("the reason of a guess names the file that it stands beside", async (t) => {
  const directory = folder(t, {
    "2017-09-23-b.sql": "",
    "20170923120000_a.sql": "",
    "1670000000000_c.sql": "",
  });
  const { added } = await orderMigrations(directory);
  assert.deepEqual(
    added.map(({ name, reason }) => [name, reason?.split(",")[0]]),
    [
      ["1670000000000_c.sql", undefined],
      ["2017-09-23-b.sql", "same time as 20170923120000_a.sql"],
      ["20170923120000_a.sql", "same time as 2017-09-23-b.sql"],
    ],
  );
});

test("what a person moved stays where it is, and new files come behind in their own order", async (t) => {
  const directory = folder(t, grown());
  const moved = ["seed.sql", ...GROWN.filter((name) => name !== "seed.sql")];
  write(directory, { [ORDER_FILE]: JSON.stringify({ order: moved }) });
  assert.deepEqual(await names(directory), moved);
  write(directory, { "9_b.sql": "", "008_a.sql": "", "also.sql": "" });
  await assert.rejects(
    readMigrations(directory),
    /not listed in migrations\.order\.json: 008_a\.sql, 9_b\.sql, also\.sql\. Run `kai migrate order`/,
  );
  assert.deepEqual((await orderMigrations(directory)).order, [...moved, "008_a.sql", "9_b.sql", "also.sql"]);
  const text = readFileSync(join(directory, ORDER_FILE), "utf8");
  await orderMigrations(directory);
  assert.equal(readFileSync(join(directory, ORDER_FILE), "utf8"), text);
});

test("the order file has a name a line and says what it is", async (t) => {
  const directory = folder(t, { "001_a.sql": "", "b/up.sql": "" });
  await orderMigrations(directory);
  assert.match(
    readFileSync(join(directory, ORDER_FILE), "utf8"),
    /^\{\n {2}"\$comment": ".*`kai migrate order`.*",\n {2}"order": \[\n {4}"001_a\.sql",\n {4}"b\/up\.sql"\n {2}\]\n\}\n$/,
  );
});

test("what a database has comes first, in its order", async (t) => {
  const directory = folder(t, grown());
  const applied = ["002_users.sql", "gone.sql", "seed.sql", "001_initial.sql"];
  const { order, added } = await orderMigrations(directory, applied);
  assert.deepEqual(order.slice(0, 3), ["002_users.sql", "seed.sql", "001_initial.sql"]);
  assert.deepEqual(
    order.slice(3),
    GROWN.filter((name) => !applied.includes(name)),
  );
  assert.match(added[1]!.reason!, /applied at this place/);
  assert.deepEqual((await orderMigrations(directory, GROWN)).order, order);
});

test("a file that is gone is named, and taken out only by kai migrate order", async (t) => {
  const directory = folder(t, grown());
  await orderMigrations(directory);
  rmSync(join(directory, "seed.sql"));
  await assert.rejects(
    readMigrations(directory),
    /listed in migrations\.order\.json, but not there: seed\.sql\. Restore them.*`kai migrate order` takes them out/,
  );
  assert.deepEqual((await orderMigrations(directory)).removed, ["seed.sql"]);
  assert.deepEqual(await names(directory), GROWN.slice(0, -1));
});

test("any stated order is the order, whatever the names say", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(GROWN, { minLength: 1 }), async (order) => {
      const files = Object.fromEntries(order.toReversed().map((name) => [name, ""]));
      const directory = folder(t, { ...files, [ORDER_FILE]: JSON.stringify({ order }) });
      assert.deepEqual(await names(directory), order);
    }),
    { numRuns: 30 },
  );
});

test("out of order is a matter of the place, not of the number", async (t) => {
  const order = ["010_z.sql", "seed.sql", "001_a.sql", "002_b.sql"];
  const files = Object.fromEntries(order.map((name) => [name, ""]));
  const directory = folder(t, { ...files, [ORDER_FILE]: JSON.stringify({ order }) });
  const migrations = await readMigrations(directory);
  const plan = (...applied: string[]) => {
    const done = migrations.filter(({ name }) => applied.includes(name));
    const rows = done.map(({ name, version, checksum }): HistoryRow => {
      const rest = { appliedBy: "", durationMs: 1, progressChecksum: undefined, toolVersion: "0" };
      return {
        name,
        version,
        checksum,
        appliedAt: new Date(0),
        statementsTotal: 1,
        statementsApplied: 1,
        ...rest,
      };
    });
    return comparePlan(migrations, {
      exists: true,
      rows,
      evidence: new Map(done.map((one) => [one.name, one])),
    });
  };
  assert.deepEqual(plan("010_z.sql", "seed.sql").problems, []);
  assert.deepEqual(
    plan("010_z.sql", "001_a.sql").problems.map(({ kind, name }) => [kind, name]),
    [["out-of-order", "seed.sql"]],
  );
  assert.deepEqual(
    plan("010_z.sql").pending.map(({ name }) => name),
    order.slice(1),
  );
});

test("up to a file or a number means its place in the order", async (t) => {
  const order = [
    "010_z.sql",
    "seed.sql",
    "V1.2__a.sql",
    "5_b.sql",
    "005_c.sql",
    "2017-09-23_d.sql",
    "20240101000000_x/up.sql",
  ];
  const files = Object.fromEntries(order.map((name) => [name, ""]));
  const migrations = await readMigrations(folder(t, { ...files, [ORDER_FILE]: JSON.stringify({ order }) }));
  const count = (to: string) => upTo(migrations, to).length;
  assert.deepEqual(
    ["10", "010_z.sql", "seed.sql", "1.2", "005_c.sql", "20170923", "2017-09-23", "20240101000000"].map(
      count,
    ),
    [1, 1, 2, 3, 5, 6, 6, 7],
  );
  assert.throws(() => count("5"), /The number 5 is that of 2 files: 5_b\.sql, 005_c\.sql\. Name the file/);
  for (const to of ["7", "", "nothing.sql", "seed", "-1", "10_q"]) {
    assert.throws(
      () => count(to),
      /no file with the name or number .*it goes from 010_z\.sql to 20240101000000_x/,
    );
  }
  assert.throws(() => upTo([], "1"), /it has no SQL file/);
});
