import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAll } from "../../../database/index.ts";
import { explain, type StatementPlan } from "../../../database/sql/explain.ts";
import { migrationsOf } from "../../support/migrations.ts";

test("a plan has each statement with its locks and advice, what runs outside a transaction, and no password", async (t) => {
  const [old, ...pending] = await parseAll(
    await migrationsOf(t, {
      "001_a.sql": "CREATE TABLE a (b varchar(10));",
      "002_b.sql": `-- kai:allow nonsense x
CREATE TABLE n (id int);
CREATE INDEX ON n (id); CREATE INDEX i ON a (b);
ALTER TABLE a ALTER b TYPE varchar(20);
CREATE ROLE r PASSWORD 'geheim';`,
      "003_c.sql": "CREATE INDEX CONCURRENTLY j ON a (b);\nCREATE INDEX k ON n (id);",
    }),
  );
  const files = explain(pending, [old!], new Map([["003_c.sql", 1]]));
  assert.deepEqual(
    files.map(({ name, mode, statements, findings }) => [
      name,
      mode,
      statements.map(({ line, locks, findings }) => [line, locks, findings.map(({ rule }) => rule)]),
      findings.map(({ rule }) => rule),
    ]),
    [
      [
        "002_b.sql",
        "transaction",
        [
          [2, [], []],
          [3, [], []],
          [3, [{ mode: "SHARE", object: "a" }], ["index-not-concurrent"]],
          [4, [{ mode: "ACCESS EXCLUSIVE", object: "a" }], []],
          [5, [], []],
        ],
        ["unknown-rule"],
      ],
      ["003_c.sql", "steps", [[2, [], []]], []],
    ],
  );
  assert.equal(files[0]!.statements.at(-1)!.text, "CREATE ROLE r PASSWORD '***'");
  const [whole] = explain(pending.slice(1), [old!]);
  assert.equal(whole!.statements[0]!.notTransactional, "CREATE INDEX CONCURRENTLY");
});

test("what the applied part of a file made may be in use: it is no new table for the rest", async (t) => {
  const pending = await parseAll(
    await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (b int); VACUUM a; CREATE INDEX i ON a (b);" }),
  );
  const [partial] = explain(pending, [], new Map([["001_a.sql", 2]]));
  const [{ locks, findings }] = partial!.statements as [StatementPlan];
  assert.deepEqual(locks, [{ mode: "SHARE", object: "a" }]);
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ["index-not-concurrent"],
  );
  assert.deepEqual(explain(pending, [])[0]!.statements[2]!.locks, []);
});
