/** Files of tools that undo: what undoes never runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Migration, parseScript } from "../../../database/index.ts";

const parse = (sql: string) =>
  parseScript({ name: "1_a.sql", version: 1n, path: "1_a.sql", checksum: "x", sql } as Migration);
const texts = async (sql: string) => (await parse(sql)).statements.map(({ text }) => text);

const FILES: Record<string, string> = {
  dbmate: "-- migrate:up\nCREATE TABLE a ();\n\n-- migrate:down\nDROP TABLE a;\n",
  "dbmate with options":
    "-- migrate:up transaction:false\nCREATE TABLE a ();\n-- migrate:down transaction:false\nDROP TABLE a;",
  goose:
    "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a ();\n-- +goose StatementEnd\n-- +goose Down\nDROP TABLE a;",
  "sql-migrate": "-- +migrate Up\nCREATE TABLE a ();\n-- +migrate Down\nDROP TABLE a;",
  "node-pg-migrate": "-- Up Migration\nCREATE TABLE a ();\n\n-- Down Migration\nDROP TABLE a;",
  Play: "-- !Ups\nCREATE TABLE a ();\n-- !Downs\nDROP TABLE a;",
  rambler: "-- rambler up\nCREATE TABLE a ();\n-- rambler down\nDROP TABLE a;",
  MyBatis: "-- // first\nCREATE TABLE a ();\n\n-- //@UNDO\nDROP TABLE a;",
  tern: "CREATE TABLE a ();\n---- create above / drop below ----\nDROP TABLE a;",
};

for (const [tool, sql] of Object.entries(FILES)) {
  test(`${tool}: what stands behind the mark is left out, in statements and in the text that runs`, async () => {
    assert.deepEqual(await texts(sql), ["CREATE TABLE a ()"]);
    const script = await parse(sql);
    assert.deepEqual([script.mode, script.body.includes("DROP")], ["transaction", false]);
  });
}

test("a mark inside a literal or a function is none, nor is a comment that only speaks of undoing", async () => {
  const inside =
    "-- migrate:up\nSELECT '\n-- migrate:down\n';\nDO $$\n-- migrate:down\nBEGIN END $$;\nSELECT 2;";
  assert.equal((await texts(inside)).length, 3);
  assert.equal((await texts("-- Down migration: there is none.\nSELECT 1;")).length, 1);
});

test("what undoes before what makes is refused with its place", async () => {
  const sql = "-- Down Migration\nDROP TABLE a;\n-- Up Migration\nCREATE TABLE a ();";
  await assert.rejects(parse(sql), /^MigrationError: 1_a\.sql:1:1: what undoes the migration comes first/);
});
