import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checksumOf,
  comparePlan,
  differences,
  type History,
  type HistoryRow,
  type Migration,
} from "../../../database/index.ts";

function file(version: number, sql = `SELECT ${version}`): Migration {
  const name = `${version}_x.sql`;
  return { name, version: BigInt(version), path: name, sql, checksum: checksumOf(sql) };
}

function row(of: Migration, change: Partial<HistoryRow> = {}): HistoryRow {
  return {
    name: of.name,
    version: of.version,
    checksum: of.checksum,
    appliedAt: new Date(0),
    appliedBy: "postgres",
    durationMs: 1,
    statementsTotal: 1,
    statementsApplied: 1,
    progressChecksum: undefined,
    toolVersion: "0",
    ...change,
  };
}

/** A history whose trail proves the files, with the rows that somebody left. */
function history(rows: HistoryRow[], proven: Migration[]): History {
  return { exists: true, rows, evidence: new Map(proven.map((one) => [one.name, one])) };
}

function problems(files: Migration[], of: History): [string, string, boolean][] {
  return comparePlan(files, of).problems.map(({ kind, name, repairable }) => [kind, name, repairable]);
}

const [one, two, three] = [file(1), file(2), file(3)];

test("an empty history: everything is pending", () => {
  const plan = comparePlan([one, two], { exists: false, rows: [], evidence: new Map() });
  assert.deepEqual([plan.applied, plan.pending, plan.problems], [[], [one, two], []]);
});

test("an undisturbed history has no problem", () => {
  const plan = comparePlan([one, two, three], history([row(one), row(two)], [one, two]));
  assert.deepEqual([plan.applied, plan.pending, plan.problems], [[one, two], [three], []]);
});

test("rows changed by hand are told from files that changed, by what the trail proves", () => {
  const edited = file(2, "SELECT 'other'");
  const cases: [string, Migration[], History, [string, string, boolean][]][] = [
    ["row deleted", [one, two], history([row(one)], [one, two]), [["row-deleted", two.name, true]]],
    [
      "row deleted and file edited",
      [one, edited],
      history([row(one)], [one, two]),
      [["edited", two.name, false]],
    ],
    [
      "checksum changed",
      [one],
      history([row(one, { checksum: "x" })], [one]),
      [["checksum-changed", one.name, true]],
    ],
    ["file edited", [edited], history([row(two)], [two]), [["edited", two.name, false]]],
    ["file edited, trail lost", [edited], history([row(two)], []), [["edited", two.name, false]]],
    ["row added", [one], history([row(one), row(two)], [one]), [["row-added", two.name, true]]],
    ["file deleted", [one], history([row(one), row(two)], [one, two]), [["missing", two.name, false]]],
    ["file deleted, trail lost", [one], history([row(one), row(two)], []), [["missing", two.name, false]]],
    ["trail lost", [one, two], history([row(one), row(two)], []), []],
    [
      "all rows deleted",
      [one, two],
      history([], [one, two]),
      [
        ["row-deleted", one.name, true],
        ["row-deleted", two.name, true],
      ],
    ],
  ];
  for (const [name, files, of, expected] of cases) assert.deepEqual(problems(files, of), expected, name);
});

test("a file older than an applied one is out of order; one that is applied in part is not", () => {
  assert.deepEqual(problems([one, two, three], history([row(three)], [three])), [
    ["out-of-order", one.name, false],
    ["out-of-order", two.name, false],
  ]);
  const partial = row(one, { statementsTotal: 3 });
  const plan = comparePlan([one, two], history([partial, row(two)], [two]));
  assert.deepEqual([plan.problems, plan.pending, [...plan.partial.keys()]], [[], [one], [one.name]]);
});

test("a file that was renamed is told from one that is gone, and the commands take any name", () => {
  const renamed = { ...two, name: "3_it's new.sql" };
  const [problem] = comparePlan([one, renamed], history([row(one), row(two)], [one, two])).problems;
  assert.equal(problem?.kind, "missing");
  assert.match(
    problem.message,
    /3_it's new\.sql has the same text, so it was renamed, and would run a second time/,
  );
  assert.match(problem.message, /`kai migrate baseline '3_it'\\''s new\.sql'`, then `.*--forget 2_x\.sql`/);
});

test("verify tells of a late file once, with the command that applies it", () => {
  const plan = comparePlan([one, two, three], history([row(two)], [two]));
  const found = differences({ ...plan, history: history([row(two)], [two]), altered: [] });
  assert.deepEqual(
    found.map(({ kind, name }) => [kind, name]),
    [
      ["out-of-order", one.name],
      ["pending", three.name],
    ],
  );
  assert.match(found[0]!.message, /`kai migrate up --out-of-order`/);
});
