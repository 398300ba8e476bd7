/** Each rule finds what it is for, leaves its harmless relatives alone, and can be kept quiet; a server says who is right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { checksumOf, parseScript, type Script } from "../../../database/index.ts";
import { RULES } from "../../../database/sql/lint/rules.ts";
import { type Finding, lint, lintFolder, lintRun } from "../../../database/sql/lint.ts";
import { useServer } from "../../support/postgres.ts";

const server = useServer();

function script(sql: string, name = "001_x.sql"): Promise<Script> {
  return parseScript({ name, version: 1n, path: name, sql, checksum: checksumOf(sql) });
}

const rules = (findings: Finding[]) => findings.map(({ rule }) => rule);

/** By rule: statements that it finds, and statements that it leaves alone. */
const CASES: Record<string, { found: string[]; fine: string[] }> = {
  "index-not-concurrent": {
    found: ["CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON public.t (a)"],
    fine: [
      "CREATE INDEX CONCURRENTLY i ON t (a)",
      "CREATE INDEX i ON ONLY parts (a)",
      "CREATE TABLE n (a int); CREATE INDEX i ON public.n (a)",
      "CREATE TABLE IF NOT EXISTS s.n (a int); CREATE INDEX i ON s.n (a)",
      "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX i ON m (a)",
      "CREATE TEMP TABLE n AS SELECT 1 AS a; CREATE INDEX ON n (a)",
    ],
  },
  "concurrent-index-unnamed": {
    found: ["CREATE INDEX CONCURRENTLY ON t (a)"],
    fine: ["CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)"],
  },
  "constraint-validates": {
    found: [
      "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
      "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES o",
      "ALTER TABLE t ADD COLUMN x int CHECK (x > 0)",
      "ALTER TABLE t ADD COLUMN x int DEFAULT 1 REFERENCES o",
      "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c",
    ],
    fine: [
      "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
      "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES o NOT VALID",
      "ALTER TABLE t ADD COLUMN x int REFERENCES o",
      "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED",
      "ALTER TABLE t ADD COLUMN x int CHECK (x > 0) NOT ENFORCED",
      "ALTER TABLE t VALIDATE CONSTRAINT c",
      "ALTER TABLE t ADD CONSTRAINT d CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c",
      "BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; COMMIT; ALTER TABLE t VALIDATE CONSTRAINT c",
      "CREATE TABLE n (a int); ALTER TABLE n ADD FOREIGN KEY (a) REFERENCES o",
    ],
  },
  "unique-builds-index": {
    found: [
      "ALTER TABLE t ADD UNIQUE (a)",
      "ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY (a)",
      "ALTER TABLE t ADD COLUMN x int UNIQUE",
    ],
    fine: ["ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i", "ALTER TABLE t ADD COLUMN x int"],
  },
  "not-null-without-default": {
    found: [
      "ALTER TABLE t ADD COLUMN x int NOT NULL",
      "ALTER TABLE t ADD COLUMN x int DEFAULT NULL NOT NULL",
    ],
    fine: [
      "ALTER TABLE t ADD COLUMN x int NOT NULL DEFAULT 0",
      "ALTER TABLE t ADD COLUMN x timestamptz NOT NULL DEFAULT now()",
      "ALTER TABLE t ADD COLUMN x int",
    ],
  },
  "add-column-rewrites": {
    found: [
      "ALTER TABLE t ADD COLUMN x uuid DEFAULT gen_random_uuid()",
      "ALTER TABLE t ADD COLUMN x timestamptz NOT NULL DEFAULT clock_timestamp()",
      "ALTER TABLE t ADD COLUMN x text DEFAULT 'a' || random()",
      "ALTER TABLE t ADD COLUMN x bigserial",
      "ALTER TABLE t ADD COLUMN x bigint GENERATED ALWAYS AS IDENTITY",
      "ALTER TABLE t ADD COLUMN x int GENERATED ALWAYS AS (a + 1) STORED",
      "CREATE FUNCTION draw() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER TABLE t ADD COLUMN x int DEFAULT draw()",
    ],
    fine: [
      "ALTER TABLE t ADD COLUMN x int NOT NULL DEFAULT 3",
      "ALTER TABLE t ADD COLUMN x timestamptz NOT NULL DEFAULT now()",
      "ALTER TABLE t ADD COLUMN x timestamptz DEFAULT CURRENT_TIMESTAMP",
      "ALTER TABLE t ADD COLUMN x jsonb NOT NULL DEFAULT '{}'::jsonb",
      "ALTER TABLE t ADD COLUMN x text DEFAULT current_setting('TimeZone')",
      "ALTER TABLE t ADD COLUMN x int GENERATED ALWAYS AS (a + 1) VIRTUAL",
      "ALTER TABLE t ADD COLUMN x uuid; ALTER TABLE t ALTER x SET DEFAULT gen_random_uuid()",
      "CREATE FUNCTION fixed() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER TABLE t ADD COLUMN x int DEFAULT fixed()",
    ],
  },
  "set-not-null": {
    found: [
      "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
      "ALTER TABLE t ADD CONSTRAINT n NOT NULL a",
      "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t ALTER a SET NOT NULL",
    ],
    fine: [
      "ALTER TABLE t VALIDATE CONSTRAINT unknown; ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t DROP CONSTRAINT unknown",
      "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
      "ALTER TABLE t ALTER COLUMN a DROP NOT NULL",
    ],
  },
  "type-change": {
    found: [
      "ALTER TABLE t ALTER a TYPE bigint",
      "ALTER TABLE t ALTER a TYPE text USING a::text",
      "ALTER TABLE t ALTER d TYPE timestamptz",
    ],
    fine: [
      "ALTER TABLE t ALTER b TYPE text",
      "ALTER TABLE t ALTER b TYPE varchar(400)",
      "CREATE TABLE n (a int); ALTER TABLE n ALTER a TYPE bigint",
    ],
  },
  "drop-table": {
    found: ["DROP TABLE t", "DROP TABLE IF EXISTS t; CREATE TABLE t (id int)"],
    fine: ["CREATE TABLE n (id int); DROP TABLE n", "DROP VIEW v", "DROP INDEX i", "DROP FUNCTION f()"],
  },
  "drop-column": {
    found: ["ALTER TABLE t DROP COLUMN a"],
    fine: [
      "ALTER TABLE t DROP CONSTRAINT c",
      "ALTER TABLE t ALTER a DROP DEFAULT",
      "ALTER TABLE t ADD x int; ALTER TABLE t DROP x",
    ],
  },
  "drop-cascade": {
    found: [
      "DROP TYPE e CASCADE",
      "DROP SCHEMA s CASCADE",
      "DROP EXTENSION vector CASCADE",
      "DROP OWNED BY r",
    ],
    fine: [
      "DROP TYPE e",
      "CREATE SCHEMA s; DROP SCHEMA s CASCADE",
      "CREATE TYPE e AS ENUM ('a'); DROP TYPE e CASCADE",
      "CREATE TYPE s.e AS ENUM ('a'); ALTER TYPE s.e RENAME TO old; DROP TYPE s.old CASCADE",
      "DROP FUNCTION f() CASCADE",
    ],
  },
  rename: {
    found: [
      "ALTER TABLE t RENAME TO u",
      "ALTER TABLE t RENAME a TO b",
      "ALTER TABLE t SET SCHEMA s",
      "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
      "ALTER VIEW v RENAME TO w",
      "ALTER FUNCTION f() RENAME TO g",
    ],
    fine: [
      "ALTER TABLE t RENAME CONSTRAINT c TO d",
      "ALTER INDEX i RENAME TO j",
      "ALTER TYPE e RENAME TO f",
      "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION s.f() RENAME TO g; ALTER FUNCTION s.g() RENAME TO h",
      "CREATE TABLE n (a int); ALTER TABLE n RENAME a TO b; ALTER TABLE n RENAME TO m",
    ],
  },
  "truncate-cascade": {
    found: ["TRUNCATE t CASCADE"],
    fine: ["TRUNCATE t", "CREATE TABLE n (id int); TRUNCATE n CASCADE"],
  },
  "row-level-security-off": {
    found: ["ALTER TABLE t DISABLE ROW LEVEL SECURITY"],
    fine: ["ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t NO FORCE ROW LEVEL SECURITY"],
  },
  "table-without-row-level-security": {
    found: [
      "CREATE TABLE n (owner uuid REFERENCES auth.users)",
      "CREATE TABLE public.n (id int); CREATE POLICY p ON o USING (auth.uid() = id)",
      "GRANT SELECT ON o TO anon; CREATE TABLE n AS SELECT 1 AS id",
    ],
    fine: [
      "CREATE TABLE n (owner uuid); ALTER TABLE n ENABLE ROW LEVEL SECURITY",
      "CREATE TABLE n (owner uuid REFERENCES auth.users); ALTER TABLE public.n ENABLE ROW LEVEL SECURITY",
      "CREATE TABLE n (owner uuid REFERENCES auth.users); ALTER TABLE n RENAME TO m; ALTER TABLE m ENABLE ROW LEVEL SECURITY",
      "CREATE TABLE n (owner uuid REFERENCES auth.users); DROP TABLE n",
      "CREATE TABLE private.n (owner uuid REFERENCES auth.users)",
      "CREATE TEMP TABLE n AS SELECT id FROM auth.users",
      "SET search_path = private; CREATE TABLE n (owner uuid REFERENCES auth.users)",
      "CREATE TABLE n (id int)",
      "CREATE TABLE n (owner uuid REFERENCES auth.users); DO $$ BEGIN EXECUTE 'ALTER TABLE n ENABLE ROW LEVEL SECURITY'; END $$",
    ],
  },
  "maintenance-locks": {
    found: [
      "VACUUM FULL t",
      "CLUSTER t USING i",
      "REINDEX TABLE t",
      "REINDEX INDEX i",
      "REFRESH MATERIALIZED VIEW m",
      "ALTER TABLE t SET UNLOGGED",
    ],
    fine: [
      "VACUUM t",
      "REINDEX TABLE CONCURRENTLY t",
      "CREATE TABLE n (id int PRIMARY KEY); REINDEX TABLE n",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
      "CREATE MATERIALIZED VIEW n AS SELECT 1; REFRESH MATERIALIZED VIEW n",
      "ANALYZE t",
    ],
  },
  "all-rows": {
    found: [
      "UPDATE t SET a = 1",
      "DELETE FROM t",
      "WITH gone AS (DELETE FROM t RETURNING a) INSERT INTO archive SELECT a FROM gone",
    ],
    fine: [
      "UPDATE t SET a = 1 WHERE a IS NULL",
      "CREATE TABLE n (a int); UPDATE n SET a = 1",
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END",
      "CREATE RULE r AS ON DELETE TO v DO INSTEAD DELETE FROM t",
    ],
  },
  "timeout-off": {
    found: [
      "SET lock_timeout = 0; ALTER TABLE t ADD x int",
      "SET LOCAL statement_timeout = '0s'; ALTER TABLE t ADD x int",
      "RESET lock_timeout; DROP INDEX i",
      "SET statement_timeout TO DEFAULT; DROP INDEX i",
      "RESET ALL; DROP INDEX i",
    ],
    fine: [
      "SET lock_timeout = 0; CREATE TABLE n (id int); ALTER TABLE n ADD x int",
      "SET lock_timeout = '2s'; ALTER TABLE t ADD x int",
      "SET search_path = s; ALTER TABLE t ADD x int",
      "ALTER TABLE t ADD x int; SET lock_timeout = 0",
    ],
  },
  "enum-value-used": {
    found: ["ALTER TYPE e ADD VALUE 'new'; INSERT INTO t VALUES ('new')"],
    fine: [
      "ALTER TYPE e ADD VALUE 'new'; INSERT INTO t VALUES ('old')",
      "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'new'; INSERT INTO t VALUES ('new')",
      "BEGIN; ALTER TYPE e ADD VALUE 'new'; COMMIT; INSERT INTO t VALUES ('new')",
    ],
  },
  "placeholder-in-text": {
    found: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what such a file holds
      "INSERT INTO t VALUES ('${url}')",
      "COMMENT ON TABLE t IS '{{ team }}'; CREATE TABLE n (a text DEFAULT '{{team}}')",
    ],
    fine: [
      "INSERT INTO t VALUES ('Dear {{name}}')",
      "CREATE TABLE n (a int[] DEFAULT '{{1,2},{3,4}}', b jsonb DEFAULT '{}')",
      "INSERT INTO t VALUES ('$5 {a}')",
    ],
  },
};

test("every rule has its cases", () => {
  assert.deepEqual(
    Object.keys(CASES).sort(),
    rules(RULES.map(({ name }) => ({ rule: name }) as Finding)).sort(),
  );
});

for (const [name, { found, fine }] of Object.entries(CASES)) {
  test(`${name} finds what it is for, leaves the rest alone, and can be kept quiet`, async () => {
    for (const sql of found) {
      const findings = lint(await script(sql)).filter(({ rule }) => rule === name);
      assert.equal(findings.length, 1, sql);
      assert.match(
        findings[0]!.hint,
        new RegExp(`^\\w.+; or keep it with \`-- kai:allow ${name} <why>\` above it$`),
      );
      const onTop = await script(`-- kai:allow ${name} because we can\n\n${sql}`);
      assert.ok(!rules(lint(onTop)).includes(name), `not suppressed: ${sql}`);
    }
    for (const sql of fine) {
      assert.ok(!rules(lint(await script(sql))).includes(name), `found in: ${sql}`);
    }
  });
}

test("kai:allow is about the statement below it, around it or before it on the line, and on top about all", async () => {
  const kept = async (sql: string) => lint(await script(sql)).map(({ rule, line }) => `${rule} ${line}`);
  const sql = [
    "SELECT 1;",
    "-- kai:allow drop-table unused since June",
    "DROP TABLE a;",
    "DROP TABLE b; -- kai:allow drop-table unused, too",
    "DROP TABLE c;",
    "ALTER TABLE d",
    "  -- kai:allow drop-column nobody reads it",
    "  DROP COLUMN x;",
    "ALTER TABLE d DROP COLUMN y;",
  ];
  assert.deepEqual(await kept(sql.join("\n")), ["drop-table 5", "drop-column 9"]);
  assert.deepEqual(await kept("-- kai:allow drop-table all of them\nDROP TABLE a;\nDROP TABLE b;"), []);
  assert.deepEqual(await kept("-- kai:allow drop-column not this\nDROP TABLE a;"), ["drop-table 2"]);
  assert.deepEqual(await kept("SELECT 1;\n-- kai:allow drop-table nothing follows"), []);
});

test("a rule that does not exist is named, with those that do", async () => {
  const [finding, ...more] = lint(await script("SELECT 1;\n  -- kai:allow drop-tabel x\nDROP TABLE a;"));
  assert.deepEqual([finding!.rule, finding!.line, finding!.column], ["unknown-rule", 2, 3]);
  assert.match(finding!.message, /no rule drop-tabel/);
  assert.match(finding!.hint, /drop-table/);
  assert.deepEqual(rules(more), ["drop-table"]);
});

test("files of one run see what the others create; a folder's files see tables that hold data", async () => {
  const files = [
    await script("CREATE TABLE a (b varchar(10))", "1.sql"),
    await script("CREATE INDEX i ON a (b)", "2.sql"),
  ];
  assert.deepEqual(lintRun(files), []);
  assert.deepEqual(
    lintFolder(files).map(({ file, rule }) => [file, rule]),
    [["2.sql", "index-not-concurrent"]],
  );
});

test("row level security may be enabled in a later file", async () => {
  const files = [
    await script("CREATE TABLE a (owner uuid REFERENCES auth.users); CREATE TABLE b (id int)", "1.sql"),
    await script("ALTER TABLE a ENABLE ROW LEVEL SECURITY", "2.sql"),
  ];
  for (const findings of [lintFolder(files), lintRun(files), lintRun(files.slice(0, 1), files.slice(1))]) {
    assert.deepEqual(
      findings.map(({ rule, message }) => [rule, / for (\w+),/.exec(message)?.[1]]),
      [["table-without-row-level-security", "b"]],
    );
  }
});

test("earlier files tell what a column was, and which columns are never null", async () => {
  const applied = [
    await script(`CREATE TABLE a (short varchar(10), long text, n int, price numeric(8, 2), c int);
      ALTER TABLE a ADD CONSTRAINT never CHECK (c IS NOT NULL AND n IS NOT NULL) NOT VALID;
      ALTER TABLE a ADD CONSTRAINT other CHECK (price > 0) NOT VALID;`),
  ];
  const after = async (sql: string) => rules(lintRun([await script(sql)], applied));
  const column = (name: string, type: string) => after(`ALTER TABLE a ALTER ${name} TYPE ${type}`);
  for (const [name, type] of [
    ["short", "varchar(20)"],
    ["short", "text"],
    ["short", "text USING short::text"],
    ["long", "varchar"],
    ["price", "numeric(10, 2)"],
    ["price", "numeric"],
    ["n", "int"],
  ] as const) {
    assert.deepEqual(await column(name, type), [], `${name} to ${type}`);
  }
  for (const [name, type] of [
    ["short", "varchar(5)"],
    ["long", "varchar(5)"],
    ["n", "text"],
    ["price", "numeric(10, 3)"],
    ["short", "text USING upper(short)"],
  ] as const) {
    assert.deepEqual(await column(name, type), ["type-change"], `${name} to ${type}`);
  }
  const proven = (name: string) =>
    `ALTER TABLE a VALIDATE CONSTRAINT ${name}; ALTER TABLE a ALTER c SET NOT NULL`;
  assert.deepEqual(await after(proven("never")), []);
  assert.deepEqual(await after(proven("other")), ["set-not-null"]);
});

test("a server rewrites and reads tables where the rules say so, and nowhere else", async () => {
  const client = new pg.Client({ connectionString: await server.database() });
  await client.connect();
  try {
    await client.query(`SET TimeZone = 'Europe/Vienna'; CREATE TABLE o (id int PRIMARY KEY); INSERT INTO o VALUES (1);
      CREATE TABLE t (a int, b varchar(10), d timestamp); INSERT INTO t VALUES (1, 'x', now())`);
    for (const name of ["add-column-rewrites", "type-change"]) {
      const { found, fine } = CASES[name]!;
      for (const sql of found) assert.equal((await effectOn(client, sql)).rewritten, true, sql);
      for (const sql of fine) assert.equal((await effectOn(client, sql)).rewritten, false, sql);
    }
    for (const name of ["constraint-validates", "set-not-null"]) {
      const { found, fine } = CASES[name]!;
      // VALIDATE CONSTRAINT reads, too: under a lock that is in nobody's way.
      const adding = (sql: string) => !sql.includes("VALIDATE");
      for (const sql of found.filter(adding)) assert.equal((await effectOn(client, sql)).read, true, sql);
      for (const sql of fine.filter(adding)) assert.equal((await effectOn(client, sql)).read, false, sql);
    }
  } finally {
    await client.end();
  }
});

/** What a statement does to the table `t`; it is rolled back. */
async function effectOn(client: pg.Client, sql: string): Promise<{ rewritten: boolean; read: boolean }> {
  const look = async () =>
    (
      await client.query<{ file: string; scans: string }>(
        `SELECT pg_relation_filenode('t') AS file, (SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 't') AS scans`,
      )
    ).rows[0]!;
  await client.query("BEGIN");
  try {
    const before = await look();
    await client.query(sql);
    const after = await look();
    return { rewritten: before.file !== after.file, read: before.scans !== after.scans };
  } finally {
    await client.query("ROLLBACK");
  }
}
