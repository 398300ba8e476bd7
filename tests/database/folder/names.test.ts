import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numberOf } from "../../../database/folder/names.ts";
import { entryOf, inSequence, sequenceProblems } from "../../../database/folder/sequence.ts";

/** The names of every tool that was met, each with its way of counting and the number that the history keeps. */
const KNOWN: [name: string, scheme: string | undefined, version: bigint][] = [
  ["001_initial_schema.sql", "counted", 1n],
  ["9.sql", "counted", 9n],
  ["00010-x.up.sql", "counted", 10n],
  ["1 first.sql", "counted", 1n],
  ["001.do.users.sql", "counted", 1n],
  ["000001.sql", "counted", 1n],
  ["V1__users.sql", "counted", 1n],
  ["V1.2__users.sql", "counted", 1n],
  ["V2_1__users.sql", "counted", 2n],
  ["V20250101120000__users.sql", "calendar", 20250101120000n],
  ["20250101120000_x.SQL", "calendar", 20250101120000n],
  ["20170309120000000001_x.sql", "calendar", 20170309120000000001n],
  ["2017-09-23-name.sql", "calendar", 20170923n],
  ["2017-09-23T12-00-00_name.sql", "calendar", 20170923120000n],
  ["2014_10_12_000000_create_users.sql", "calendar", 20141012000000n],
  ["20230101_120000_x.sql", "calendar", 20230101120000n],
  ["20230101_x.sql", "calendar", 20230101n],
  ["20230101120000_init/migration.sql", "calendar", 20230101120000n],
  ["2023-01-01-120000-0000_init/up.sql", "calendar", 202301011200000000n],
  ["00000000000000_diesel_initial_setup/up.sql", undefined, 0n],
  ["0_init/migration.sql", undefined, 0n],
  ["1670000000000_x.sql", "clock", 1670000000000n],
  ["1670000000_x.sql", "clock", 1670000000n],
  ["2033010100000_x.sql", "clock", 2033010100000n],
  ["12345678_x.sql", "counted", 12345678n],
];

test("the names of the common tools have a number", () => {
  for (const [name, scheme, version] of KNOWN) {
    const { number } = entryOf(name);
    assert.deepEqual([number?.scheme, number?.version], [scheme, version], name);
    assert.ok(number);
  }
  for (const name of ["x.sql", "1x.sql", "R__views.sql", "_1.sql", "v1_x.sql", "init/up.sql", ".sql"]) {
    assert.equal(entryOf(name).number, undefined, name);
  }
});

test("numbers compare as what they mean", () => {
  const rising = [
    ["0_init/migration.sql", "00000000000001_a.sql", "20170923115959_x.sql", "2017-09-23-120000_a.sql"],
    [
      "2017-09-22-z.sql",
      "2017-09-23-1-b.sql",
      "2017-09-23-2-a.sql",
      "2017-09-23-10-a.sql",
      "20170924120000_a.sql",
    ],
    ["20170923120000100001_a.sql", "20170923120000200_a.sql"],
    ["V1__z.sql", "V1.1__z.sql", "V1.2__a.sql", "V1.10__a.sql", "V2__a.sql"],
    ["1_z.sql", "009_b.sql", "10_a.sql", "100_a.sql"],
    ["1670000000_z.sql", "1670000000001_b.sql"],
  ];
  for (const names of rising) {
    const entries = names.map(entryOf);
    assert.deepEqual(sequenceProblems(entries), [], names.join());
    assert.deepEqual(
      inSequence(entries.toReversed()).map(({ name }) => name),
      names,
    );
  }
});

test("two numbers that are the same in different clothes are found", () => {
  const same = [
    ["1_a.sql", "001_b.sql"],
    ["V1__a.sql", "V1.0__b.sql"],
    ["V1.1__a.sql", "V1_1__b.sql"],
    ["20170923120000_a.sql", "2017-09-23T12-00-00_b.sql"],
    ["2017-09-23-a.sql", "20170923_b.sql"],
    ["1670000000_a.sql", "1670000000000_b.sql"],
    ["0_init/migration.sql", "000_b.sql"],
    ["001_a.sql", "001_a/up.sql"],
  ];
  for (const names of same) {
    const problems = sequenceProblems(names.map(entryOf));
    assert.equal(problems.length, 1, names.join());
    assert.match(problems[0]!, /occurs 2 times: /);
    for (const name of names) assert.ok(problems[0]!.includes(name));
  }
});

test("a day beside a time on that day has no order, on another day it has", () => {
  const problems = (...names: string[]) => sequenceProblems(names.map(entryOf)).join("\n");
  assert.equal(problems("20170309120000_a.sql", "2017-09-23-b.sql", "20170924000000_c.sql"), "");
  assert.match(
    problems("2017-09-23-b.sql", "20170923000000_c.sql", "20170923120000_d.sql"),
    /no order: 2017-09-23-b\.sql, 20170923000000_c\.sql, 20170923120000_d\.sql\. Write their times equally exact/,
  );
  assert.match(problems("20170923120000_a.sql", "20170923120000000001_b.sql"), /less exact than another/);
});

test("two ways of numbering are refused, with the files of the rarer one named", () => {
  const counted = Array.from({ length: 8 }, (_, at) => `00${at + 1}_x.sql`);
  const [problem, ...more] = sequenceProblems(
    [...counted, "20250101120000_y.sql", "1670000000000_z.sql"].map(entryOf),
  );
  assert.deepEqual(more, []);
  assert.match(
    problem!,
    /counted numbers \(8 files, 001_x\.sql to 008_x\.sql\) and .*1670000000000_z\.sql.* and .*20250101120000_y\.sql/,
  );
  assert.deepEqual(sequenceProblems(["000_baseline.sql", "20250101120000_y.sql"].map(entryOf)), []);
});

test("the order never depends on the order in which names are met", () => {
  const name = fc.oneof(
    fc.constantFrom(...KNOWN.map(([known]) => known)),
    fc.tuple(fc.bigInt(0n, 10n ** 20n), fc.nat(3)).map(([n, zeros]) => `${"0".repeat(zeros)}${n}_x.sql`),
    fc.stringMatching(/^[a-z0-9_.-]{1,12}\.sql$/),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 15 }), fc.infiniteStream(fc.nat()), (names, keys) => {
      const shuffled = names.map((one) => [keys.next().value!, one] as const).toSorted(([a], [b]) => a - b);
      assert.deepEqual(inSequence(shuffled.map(([, one]) => entryOf(one))), inSequence(names.map(entryOf)));
      assert.deepEqual(
        sequenceProblems(shuffled.map(([, one]) => entryOf(one))),
        sequenceProblems(names.map(entryOf)),
      );
    }),
  );
});

test("any name has a number or none, and the number begins the name", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[vV]?[0-9._T-]{0,20}[a-z_]*$/)), (label) => {
      const number = numberOf(label);
      if (number) assert.ok(label.replace(/^v/i, "").startsWith(number.text));
    }),
  );
});
