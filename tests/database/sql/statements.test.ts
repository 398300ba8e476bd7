import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  checksumOf,
  type Migration,
  MigrationError,
  parseAll,
  parseScript,
} from "../../../database/index.ts";
import { maskSecrets } from "../../../database/sql/positions.ts";
import { scriptError } from "../../../database/sql/script-error.ts";

function migration(sql: string, name = "001_x.sql"): Migration {
  return { name, version: 1n, path: name, sql, checksum: checksumOf(sql) };
}

async function refusal(sql: string): Promise<MigrationError> {
  const error = await parseScript(migration(sql)).catch((error: unknown) => error);
  assert.ok(error instanceof MigrationError, `accepted: ${sql}`);
  return error;
}

test("statements that cannot run in a transaction are seen, and their harmless relatives are not", async () => {
  const alone = [
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "DROP INDEX CONCURRENTLY i",
    "REINDEX (CONCURRENTLY) TABLE t",
    "REINDEX SCHEMA s",
    "VACUUM t",
    "CLUSTER",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "ALTER DATABASE d SET TABLESPACE t",
    "CREATE TABLESPACE t LOCATION '/x'",
    "DROP TABLESPACE t",
    "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
    "DROP SUBSCRIPTION s",
    "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
    "DISCARD ALL",
    "COMMIT PREPARED 'x'",
  ];
  const ordinary = [
    "CREATE INDEX i ON t (a)",
    "DROP INDEX i",
    "REINDEX TABLE t",
    "ANALYZE t",
    "CLUSTER t USING i",
    "ALTER DATABASE d SET work_mem = '1MB'",
    "ALTER TABLE t DETACH PARTITION p",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
    "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
    "ALTER TYPE e ADD VALUE 'x'",
    "SAVEPOINT a",
    "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
  ];
  for (const sql of alone) assert.equal((await parseScript(migration(sql))).mode, "steps", sql);
  for (const sql of ordinary) assert.equal((await parseScript(migration(sql))).mode, "transaction", sql);
});

test("a file that is one BEGIN … COMMIT becomes one transaction, with its own options and the same positions", async () => {
  const sql = "-- x\nBEGIN ISOLATION\nLEVEL SERIALIZABLE;\nSELECT 'ü';\nCOMMIT;\n-- end";
  const script = await parseScript(migration(sql));
  assert.equal(script.mode, "transaction");
  assert.equal(script.opening, "BEGIN ISOLATION\nLEVEL SERIALIZABLE");
  assert.equal(script.body.indexOf("SELECT"), sql.indexOf("SELECT"));
  assert.doesNotMatch(script.body, /BEGIN|COMMIT/);
  for (const steps of [
    "BEGIN; SELECT 1; ROLLBACK;",
    "BEGIN; COMMIT; SELECT 1;",
    "BEGIN; COMMIT; BEGIN; COMMIT",
  ]) {
    assert.equal((await parseScript(migration(steps))).mode, "steps", steps);
  }
});

test("syntax errors have line, column and excerpt, counted in characters", async () => {
  const error = await refusal("-- 😀 ä\nSELECT 'ü';\n  SELEC 1;");
  assert.deepEqual([error.details.line, error.details.column], [3, 3]);
  assert.match(
    error.message,
    /^001_x\.sql:3:3: syntax error at or near "SELEC"\n.*\n {2}3 \| {3}SELEC 1;\n {4}\| {3}\^/s,
  );
});

test("what cannot be applied safely is refused with the remedy", async () => {
  const cases: [string, RegExp][] = [
    ["BEGIN; SELECT 1;", /opened and never ended.*remove it/s],
    ["BEGIN; VACUUM; COMMIT;", /VACUUM cannot run inside a transaction.*move it behind the COMMIT/s],
    ["BEGIN; COMMIT AND CHAIN; COMMIT;", /AND CHAIN cannot be recorded safely/],
    ["BEGIN; PREPARE TRANSACTION 'x';", /PREPARE TRANSACTION cannot be recorded safely/],
    ["SELECT '{{schema}}', {{schema}};", /template placeholder/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what such a file holds
    ["SELECT ${schema};", /template placeholder/],
    ["COPY t TO STDOUT;", /COPY from or to the client/],
    ["SELECT 'open", /unterminated quoted string/],
  ];
  for (const [sql, message] of cases) assert.match((await refusal(sql)).message, message, sql);
});

test("-- kai:no-transaction asks for statement by statement, on top of the file alone", async () => {
  const script = await parseScript(migration("-- a\n-- kai:no-transaction\nCALL p();"));
  assert.deepEqual([script.mode, script.statements[0]?.role], ["steps", "alone"]);
  const below = await parseScript(migration("CALL p();\n-- kai:no-transaction\n"));
  assert.equal(below.mode, "transaction");
});

test("every file that cannot be understood is named", async () => {
  const files = [
    migration("SELEC", "001_a.sql"),
    migration("SELECT 1", "002_b.sql"),
    migration("\\d", "003_c.sql"),
  ];
  await assert.rejects(parseAll(files), /2 files cannot be understood:\n001_a\.sql:1:1: .*003_c\.sql:1:1: /s);
});

test("splitting finds the statements that were joined, whatever stands in strings and comments", async () => {
  const word = fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => text.replace(/[\0'\\]/g, ""));
  const statement = fc.oneof(
    word.map((text) => `SELECT '${text};'`),
    word.map((text) => `DO $q$BEGIN PERFORM '${text.replaceAll("$", "")}'; END$q$`),
    fc.constant('SELECT 1 AS "a;b"'),
  );
  const gap = fc.oneof(
    word.map((text) => `-- ${text.replace(/[\r\n]/g, "")};\n`),
    fc.constant("/* ; /* ; */ */ "),
    fc.constant("\n;"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(gap, statement)), async (parts) => {
      const sql = parts.map(([before, text]) => `${before}${text};`).join("\n");
      const script = await parseScript(migration(sql));
      assert.deepEqual(
        script.statements.map((one) => one.text),
        parts.map(([, text]) => text),
      );
      for (const one of script.statements) assert.ok(sql.startsWith(one.text, one.index));
    }),
  );
});

test("any text is understood or refused with a place in it, and never crashes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
      const sql = text.replaceAll("\0", "");
      try {
        await parseScript(migration(sql));
      } catch (error) {
        assert.ok(error instanceof MigrationError, String(error));
        assert.ok(error.details.line! <= sql.split("\n").length);
      }
    }),
  );
});

test("passwords in SQL are masked in excerpts", async () => {
  const error = await refusal(
    "CREATE ROLE a PASSWORD\n 'hush''hush' LOGIN;\nCREATE ROLE b ENCRYPTED PASSWORD 'quiet' SELEC;",
  );
  assert.doesNotMatch(error.message, /hush|quiet/);
  assert.equal(
    maskSecrets("CONNECTION 'host=a password=s3cret user=b'"),
    "CONNECTION 'host=a password=*** user=b'",
  );
});

/** SQL with the password `hush`, and as it is shown. */
const SECRETS: [string, string][] = [
  ["CREATE ROLE a PASSWORD $$hush$$ LOGIN", "CREATE ROLE a PASSWORD $$***$$ LOGIN"],
  ["CREATE ROLE a PASSWORD $x$hu\nsh$x$;", "CREATE ROLE a PASSWORD $x$***\n$x$;"],
  ["DO 'BEGIN EXECUTE ''ALTER ROLE a PASSWORD ''''hush'''' ''; END'", "*"],
  ["DO $$ BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''hush'''; END $$", "*"],
  ["UPDATE users SET password = 'hush' WHERE id = 1", "UPDATE users SET password = '***' WHERE id = 1"],
  ["SELECT make(password => 'hush', n => 1)", "SELECT make(password => '***', n => 1)"],
  ["SELECT dblink('postgresql://u:hush@host/db')", "SELECT dblink('postgresql://u:***@host/db')"],
  ["CREATE TABLE t (password text, at timestamptz DEFAULT 'now')", "="],
  ["SELECT * FROM t WHERE password = $1", "="],
  ["SELECT 'https://example.com:8080/a@b'", "="],
];

for (const [sql, shown] of SECRETS) {
  test(`passwords are masked: ${JSON.stringify(sql)}`, () => {
    const masked = maskSecrets(sql);
    assert.doesNotMatch(masked, /hu\n?sh/);
    if (shown !== "*") assert.equal(masked, shown === "=" ? sql : shown);
  });
}

test("a failure inside of a DO block shows no password, which the server quotes", async () => {
  const script = await parseScript(
    migration("DO $$ BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''hush'''; END $$"),
  );
  const error = scriptError({
    script,
    error: Object.assign(new Error('role "a" already exists'), {
      code: "42710",
      where: "SQL statement \"CREATE ROLE a PASSWORD 'hush'\"\nPL/pgSQL function inline_code_block line 1",
    }),
    statement: script.statements[0],
    index: undefined,
    outcome: "Nothing of this file was kept",
  });
  assert.match(error.message, /SQL statement "CREATE ROLE a PASSWORD '\*\*\*/);
  assert.doesNotMatch(error.message, /hush/);
});
