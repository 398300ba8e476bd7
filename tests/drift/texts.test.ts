import assert from "node:assert/strict";
import { test } from "node:test";
import { textDifferences } from "../../drift/texts.ts";

const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const read = { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"] };
const write = { Sid: "Write", Effect: "Allow", Action: ["s3:PutObject"] };

test("a policy document is compared statement by statement, by name", () => {
  const widened = { ...write, Action: ["s3:*"] };
  assert.deepEqual(textDifferences(policy(read, write), policy(widened, read)), [
    { place: "Statement[1].Action", wanted: ["s3:PutObject"], found: ["s3:*"] },
  ]);
  assert.deepEqual(textDifferences(policy(read), policy(read, write)), [
    { place: "Statement[1]", found: write },
  ]);
});

test("a list whose items have no names, or the same one twice, is shown as a whole", () => {
  const nameless = { Effect: "Allow", Action: "*" };
  for (const [wanted, found] of [
    [[read], [nameless]],
    [[read], [read, read]],
  ] as const) {
    assert.deepEqual(textDifferences(policy(...wanted), policy(...found)), [
      { place: "Statement", wanted, found },
    ]);
  }
});

test("a text of several lines is compared line by line", () => {
  assert.deepEqual(textDifferences("a\nb\nc\n", "a\nx\ny\nc\n"), [
    { place: "line 2", wanted: "b", found: "x\ny" },
  ]);
  assert.deepEqual(textDifferences("a\na\n", "a\na\na\n"), [{ place: "line 3", found: "a" }]);
});

test("other texts are read best as they are", () => {
  assert.deepEqual(textDifferences("main", "staging"), []);
  assert.deepEqual(textDifferences("100", "1000"), []);
  assert.deepEqual(textDifferences('{"a":1}', '{ "a": 1 }'), [], "the same document, written otherwise");
});
