import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumOf, type Migration, MigrationError, parseScript } from "../../../database/index.ts";

function migration(sql: string): Migration {
  return { name: "001_x.sql", version: 1n, path: "001_x.sql", sql, checksum: checksumOf(sql) };
}

async function refusal(sql: string): Promise<MigrationError> {
  const error = await parseScript(migration(sql)).catch((error: unknown) => error);
  assert.ok(error instanceof MigrationError, `accepted: ${sql}`);
  assert.equal(error.kind, "syntax");
  return error;
}

/** Each: the file, the place of its fault, and what the message must say. */
async function refused(cases: readonly [sql: string, place: string, says: RegExp][]): Promise<void> {
  for (const [sql, place, says] of cases) {
    const { details, message } = await refusal(sql);
    assert.equal(`${details.line}:${details.column}`, place, sql);
    assert.match(message, says, sql);
    assert.match(message, /\nHint: .*\.$/, sql);
  }
}

test("COPY with rows in the file is refused where it stands, not where its rows are", async () => {
  await refused([
    ["COPY t FROM stdin;", "1:1", /COPY from or to the client cannot run here.*INSERT … VALUES/s],
    ["COPY t (a, b) FROM stdin;\n1\tx\n2\tO'Brien\n\\.\n", "1:1", /pg_dump --inserts/],
    [
      "SELECT 'ü😀';\n-- the rows\n\n  COPY t FROM STDIN WITH (FORMAT csv);\n1,x\n\\.\nSELECT 2;",
      "4:3",
      /INSERT … VALUES/,
    ],
    ["SELECT 1; SELECT 2; /* ä */ COPY public.t FROM stdin;\n\\.\n", "1:29", /INSERT … VALUES/],
    ["COPY t FROM stdin;\n\\.\nCOPY u FROM stdin;\n1\n\\.\n", "1:1", /INSERT … VALUES/],
    ["SELECT 1;\nSELECT 2;\n COPY (SELECT 3) TO stdout;", "3:2", /nobody would read the rows/],
    ["copy t from stdin;\nselect\t1;\nx\n\\.", "1:1", /INSERT … VALUES/],
  ]);
  // A file on the server is another thing.
  const script = await parseScript(migration("COPY t FROM '/srv/stdin.csv'; COPY t TO PROGRAM 'gzip';"));
  assert.equal(script.statements.length, 2);
  for (const sql of ["COPY t FROM '/srv/stdin'; SELEC;", "COPY t TO stdout; SELECT 'stdin'; SELEC;"]) {
    const { message } = await refusal(sql);
    assert.match(message, /near "SELEC"/);
    assert.doesNotMatch(message, /client/);
  }
});

test("commands of psql are refused, each with its own remedy", async () => {
  await refused([
    [
      "\\restrict abc\nSELECT 1;\n\\unrestrict abc\n",
      "1:1",
      /pg_dump writes \\restrict and \\unrestrict.*remove both/,
    ],
    ["SELECT 1;\n\\i other.sql\n", "2:1", /belong to psql\. Put that file's text here/],
    ["\\ir ../other.sql", "1:1", /Put that file's text here/],
    ["\\set x 'it''s'\nSELECT 1;", "1:1", /write the value itself/],
    ["SELECT 1 \\gset\n", "1:10", /write the value itself/],
    ["SELECT 'DROP TABLE t' \\gexec", "1:23", /runs EXECUTE for each row/],
    ["SELECT 1;\n\n  \\connect other", "3:3", /works on one database/],
    ["\\c other", "1:1", /works on one database/],
    ["\\copy t from 'x.csv' csv", "1:1", /INSERT … VALUES/],
    ["\\if :x\nSELECT 1;\n\\endif", "1:1", /DO block with IF/],
    ["\\echo done", "1:1", /RAISE NOTICE/],
    ["SELECT 1 \\g", "1:10", /semicolon/],
    ["SELECT 1\\; SELECT 2;", "1:9", /semicolon/],
    ["\\! rm x", "1:1", /runs no programs/],
    ["\\timing on", "1:1", /Remove the line/],
    ["\\d+ t", "1:1", /Remove the line/],
    ["\\.\n", "1:1", /ends the rows of a COPY/],
    ["SELECT '\\i x';\n\\pset pager off", "2:1", /write the value itself/],
  ]);
});

test("placeholders outside of literals are refused and named", async () => {
  await refused([
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is what such files hold
    [
      "CREATE TABLE ${schema}.t (id int);",
      "1:14",
      /\$\{schema\} looks like a template placeholder.*Write the value itself/s,
    ],
    ["SELECT '${a}', ${flyway:timestamp};", "1:16", /\$\{flyway:timestamp\} looks like/],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: this is what such files hold
    ["SELECT 1;\nCREATE TABLE {{ schema }}.t ();", "2:14", /\{\{ schema \}\} looks like/],
    ["{% if x %}\nSELECT 1;", "1:1", /\{% if x %\} looks like/],
    ["CREATE ROLE {name};", "1:13", /\{name\} looks like/],
    ["SELECT 'a', :name;", "1:13", /:name looks like/],
    ["SELECT :'name';", "1:8", /:'name' looks like/],
    ['SET ROLE :"name";', "1:10", /:"name" looks like/],
    ["SELECT * FROM t WHERE id = %(id)s;", "1:28", /%\(id\)s looks like/],
    ["INSERT INTO t VALUES (%s, %s);", "1:23", /%s looks like/],
    ["INSERT INTO t VALUES (?, ?);", "1:24", /\? looks like/],
    ["CREATE TABLE <%= schema %>.t ();", "1:14", /<%= schema %> looks like/],
    ["CREATE TABLE @schema@.t ();", "1:14", /@schema@ looks like/],
    ["SELECT * FROM @schema@.t;", "1:15", /@schema@ looks like/],
    ["CREATE TABLE $(schema).t ();", "1:14", /\$\(schema\) looks like/],
    ["CREATE TABLE $SCHEMA.t ();", "1:14", /\$SCHEMA looks like/],
    ["CREATE TABLE $schema$.t ();", "1:14", /\$schema\$ opens a string/],
    [
      "CREATE TABLE $s$.t (); CREATE TABLE $s$.u ();",
      "1:14",
      /at or near "\$s\$…".*\$s\$ opens a string that goes on to the next/s,
    ],
  ]);
});

test("what looks like a placeholder or a command in literals, names and bodies is SQL", async () => {
  const legal = [
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is what such files hold
    "SELECT '{{a}} ${b} :c %(d)s \\i x', $$ {{a}} ${b} :c \\set x $$;",
    "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $body$ BEGIN RETURN '{{x}}' || :x; END $body$;",
    'CREATE TABLE "{{a}}" ("${b}" int, ":c" int);',
    "-- {{a}} :b \\i c\nSELECT 1 /* ${d} */;",
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: this is what such files hold
    "SELECT a[1:2], a[:x], '1'::int, x %(y), @ -5, data ? 'key', E'\\\\i' FROM t;",
    "SELECT '{1,2}'::int[], '{\"a\": 1}'::jsonb @> '{}' FROM t WHERE a @@ b;",
    "PREPARE p AS SELECT $1; EXECUTE p(1);",
    "SELECT U&'\\0041', U&\"\\0041\" FROM t;",
  ];
  for (const sql of legal) assert.ok((await parseScript(migration(sql))).statements.length > 0, sql);
});

test("characters that look like others are named", async () => {
  await refused([
    ["SELECT 1;\n\uFEFFSELECT 2;", "2:1", /an invisible character here \(U\+FEFF\)/],
    ["SELECT\u00a01;", "1:1", /a space that is not the ordinary one here \(U\+00A0\)/],
    ["\u200bSELECT 1;", "1:1", /invisible character here \(U\+200B\)/],
    ["INSERT INTO t (a) VALUES (1) “x”;", "1:30", /typographic quotes here \(U\+201C\)/],
    ["SELECT 1;\n\u2013\u2013 a comment", "2:1", /a long dash in place of a hyphen here \(U\+2013\)/],
    ["CREATE TABLE `users` (id int);", "1:14", /backticks are MySQL's/],
  ]);
});

test("a string that is never closed is not printed, nor are long tokens", async () => {
  const error = await refusal(`CREATE ROLE a PASSWORD 'geheim;\n${"SELECT 1;\n".repeat(5000)}`);
  assert.match(error.message, /^001_x\.sql:1:24: unterminated quoted string at or near "'…"\n/);
  assert.doesNotMatch(error.message, /geheim/);
  assert.ok(error.message.length < 500);
  const long = await refusal(`SELECT 1 x ${"y".repeat(3000)};`);
  assert.match(long.message, /at or near "y{60}…"/);
});

test("a file that the parser has no memory for is refused as too large", async () => {
  for (const sql of [`SELECT ${"(".repeat(200_000)}1`, `SELECT ${"1+".repeat(300_000)}1;`]) {
    assert.match(
      (await refusal(sql)).message,
      /too large or too deeply nested to be understood \(0\.\d MB\)/,
    );
  }
  assert.equal((await parseScript(migration("SELECT 1"))).statements.length, 1);
});
