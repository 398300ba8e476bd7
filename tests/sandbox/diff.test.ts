import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, isBelow } from "../../sandbox/provider/diff.ts";
import { UNKNOWN } from "../../sandbox/provider/values.ts";

const found = (
  live: Record<string, unknown>,
  wanted: Record<string, unknown>,
  rules: Parameters<typeof differences>[4] = {},
  oldInputs = wanted,
  defaults = {},
) => Object.fromEntries(differences(live, oldInputs, wanted, defaults, rules));

test("equal values are no difference, whatever stands for nothing", () => {
  assert.deepEqual(found({ a: 1, b: [], c: "", d: { e: false } }, { a: 1, b: null, c: "", d: {} }), {});
});

test("each kind of difference has its path", () => {
  assert.deepEqual(found({ a: 1, n: { x: "old" } }, { a: 2, n: { x: "new", y: true } }), {
    a: "update",
    "n.x": "update",
    "n.y": "add",
  });
});

test("array items are compared by position, as a set only where the type says so", () => {
  assert.deepEqual(found({ a: ["x", "y"] }, { a: ["y", "x"] }), { "a[0]": "update", "a[1]": "update" });
  assert.deepEqual(found({ a: ["x", "y"] }, { a: ["y", "x"] }, { sets: ["a"] }), {});
  assert.deepEqual(found({ a: ["x", "y"] }, { a: ["x"] }), { "a[1]": "delete" });
});

test("what somebody added beside the program's properties shows in strict comparison only", () => {
  const live = { n: { x: 1, added: "by hand" } };
  assert.deepEqual(found(live, { n: { x: 1 } }), { "n.added": "delete" });
  assert.deepEqual(found(live, { n: { x: 1 } }, { comparison: "subset" }), {});
  assert.deepEqual(found(live, { n: { x: 1 } }, { optionalComputed: ["n.added"] }), {});
});

test("an input that the program dropped is a difference unless the live value is the default", () => {
  assert.deepEqual(found({ a: "set" }, {}, {}, { a: "set" }), { a: "delete" });
  assert.deepEqual(found({ a: "default" }, {}, {}, { a: "set" }, { a: "default" }), {});
});

test("write-only inputs are compared with the last inputs, since the cloud never answers them", () => {
  assert.deepEqual(found({}, { secret: "new" }, { writeOnly: ["secret"] }, { secret: "old" }), {
    secret: "update",
  });
  assert.deepEqual(found({}, { secret: "same" }, { writeOnly: ["secret"] }, { secret: "same" }), {});
});

test("a value unknown in a preview may differ", () => {
  assert.deepEqual(found({ a: 1 }, { a: UNKNOWN }), { a: "update" });
});

test("replacement paths cover what lies below them", () => {
  assert.equal(isBelow("nodePool.size", ["nodePool.size"]), true);
  assert.equal(isBelow("pools[3].size", ["pools"]), true);
  assert.equal(isBelow("named", ["name"]), false);
  assert.equal(isBelow("anything", ["*"]), true);
});
