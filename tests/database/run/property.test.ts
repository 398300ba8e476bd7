/** What holds for any SQL: files split anywhere end as with psql, and no text crashes the engine or is half applied unrecorded. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { MigrationError, migrate, readMigrations } from "../../../database/index.ts";
import { findProgram } from "../../support/debian-package.ts";
import { write } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();
const psql = findProgram("psql", ["postgresql-client"]);
const noPsql = typeof psql === "string" && psql;
const run = promisify(execFile);

/** A folder for the time of the work. */
async function inFolder<T>(
  files: Record<string, string>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "kai-property-"));
  try {
    write(directory, files);
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Tables with their rows' number and content, columns, indexes and functions; not what begins with `history`. */
async function picture(url: string): Promise<unknown> {
  return query(
    url,
    `SELECT c.relname::text AS name, c.relkind::text AS kind, i.indisvalid AS valid,
       (SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull), ',' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
       CASE WHEN c.relkind = 'r' THEN md5(query_to_xml(format('SELECT * FROM public.%I t ORDER BY t::text', c.relname), true, false, '')::text) END AS rows
     FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'history%'
     UNION ALL SELECT proname::text, 'function', NULL, prosrc, NULL FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     ORDER BY 1, 2`,
  );
}

const word = fc.constantFrom("it''s", "a;b", "--no", "/* no */", "$$", "é😀", "BEGIN;", "\\\\", "");
const number = fc.integer({ min: 0, max: 999 });

/** A statement that can stand anywhere, made unique by its place in the script. */
const statement: fc.Arbitrary<(id: number) => string> = fc.oneof(
  word.map((text) => () => `INSERT INTO t (x) VALUES ('${text}')`),
  word.map((text) => () => `INSERT INTO t (x) VALUES (E'${text}\\n')`),
  fc.tuple(word, number).map(
    ([text, n]) =>
      () =>
        `INSERT INTO t (x, n) VALUES ($q$${text};'$q$, ${n}::int) -- ; trailing ' comment`,
  ),
  number.map((n) => () => `/* ; ' /* nested */ $$ */ UPDATE t SET n = n + ${n}`),
  number.map((n) => () => `DO $do$ BEGIN INSERT INTO t (n) VALUES (${n}); PERFORM 1; END $do$`),
  number.map(
    (n) => (id: number) => `CREATE FUNCTION f${id}() RETURNS int LANGUAGE sql AS $f$ SELECT ${n}; $f$`,
  ),
  number.map(
    (n) => (id: number) => `CREATE FUNCTION g${id}() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT ${n}; END`,
  ),
  fc.constant((id: number) => `CREATE TABLE t${id} (id int); INSERT INTO t${id} VALUES (${id})`),
  fc.constant((id: number) => `ALTER TABLE t ADD "c;${id}" int DEFAULT ${id}`),
  fc.constant((id: number) => `CREATE INDEX CONCURRENTLY i${id} ON t (n)`),
  fc.constant(() => "VACUUM t"),
  number.map(
    (n) => (id: number) => `BEGIN; INSERT INTO t (n) VALUES (${n}); CREATE TABLE o${id} (id int); COMMIT`,
  ),
  number.map((n) => () => `BEGIN; DELETE FROM t WHERE n = ${n}; ROLLBACK`),
  fc.constant(() => "SET work_mem = '8MB'"),
);

test("a script split into files anywhere ends as it does with psql", { skip: noPsql }, async () => {
  const script = fc.array(statement, { minLength: 1, maxLength: 12 });
  const cuts = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(script, cuts, async (statements, cut) => {
      const files: string[] = ["CREATE TABLE t (x text, n int DEFAULT 1);\n"];
      for (const [id, make] of statements.entries()) {
        if (cut[id]) files.push("");
        files[files.length - 1] += `${make(id)}\n;\n`;
      }
      const named = Object.fromEntries(
        files.map((text, i) => [`${String(i + 1).padStart(3, "0")}_x.sql`, text]),
      );
      const [ours, theirs] = [await server.database(), await server.database()];
      await inFolder(named, async (directory) => {
        await migrate({ connectionString: ours, table: "history" }, await readMigrations(directory));
        const inputs = Object.keys(named).flatMap((name) => ["-f", join(directory, name)]);
        await run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...inputs, theirs]);
      });
      assert.deepEqual(await picture(ours), await picture(theirs));
    }),
    { numRuns: 25 },
  );
});

const SEEDS = [
  "CREATE TABLE z (id int);\nINSERT INTO z VALUES (1), (2);\nCREATE INDEX z_id ON z (id);\n",
  "BEGIN;\nINSERT INTO base VALUES ('a;b');\nCOMMIT;\nINSERT INTO base VALUES ($q$x$q$);\n",
  "INSERT INTO base VALUES ('x');\nCREATE INDEX CONCURRENTLY base_x ON base (x);\nINSERT INTO base VALUES ('y');\n",
  "-- kai:no-transaction\nINSERT INTO base VALUES ('x');\nVACUUM base;\nDELETE FROM base;\n",
  "DO $$ BEGIN INSERT INTO base VALUES ('d'); RAISE NOTICE 'x'; END $$;\nALTER TABLE base ADD y int;\n",
  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$;\nSELECT 1 / 1;\n",
];
const INSERTIONS = [
  "'",
  '"',
  "$$",
  ";",
  "--",
  "/*",
  "*/",
  "(",
  ")",
  "BEGIN;",
  "COMMIT;",
  "ROLLBACK;",
  "\\d",
  "COPY base FROM stdin;",
  ":x",
  "{{x}}",
  "SAVEPOINT s;",
  "\r\n",
  "\uFEFF",
  "1/0",
  "😀",
  "SELECT 1/0;",
  "SET ROLE nobody;",
  "ABORT",
  "END;",
];

/** Text that is nearly SQL: cut, doubled, with something put in; or no SQL at all. */
const nearlySql = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...SEEDS),
        fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...INSERTIONS), fc.nat(8)), {
          minLength: 1,
          maxLength: 3,
        }),
      )
      .map(([seed, edits]) =>
        edits.reduce((text, [at, put, drop]) => {
          const index = at % (text.length + 1);
          return text.slice(0, index) + put + text.slice(index + drop);
        }, seed),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...SEEDS), fc.nat(200))
      .map(([seed, length]) => seed.slice(0, length)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
);

test("any text is applied and recorded, or refused; what is half applied is recorded as that", async () => {
  const url = await server.database();
  await query(url, "CREATE TABLE base (x text)");
  let round = 0;
  await fc.assert(
    fc.asyncProperty(nearlySql, async (text) => {
      round++;
      const target = { connectionString: url, table: `history${round}` };
      const before = await picture(url);
      const error = await inFolder({ "001_x.sql": text }, async (directory) =>
        migrate(target, await readMigrations(directory)).then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      ).catch((thrown: unknown) => thrown);
      assert.ok(error === undefined || error instanceof MigrationError, String((error as Error)?.stack));
      const after = await picture(url);
      const [exists] = await query(url, `SELECT to_regclass('public.${target.table}') AS found`);
      const rows = exists?.found
        ? await query(url, `SELECT statements_applied AS done, statements_total AS of FROM ${target.table}`)
        : [];
      if (error === undefined) assert.ok(rows[0] && rows[0].done === rows[0].of);
      else if (rows.length === 0) assert.deepEqual(after, before);
      else assert.ok(rows[0]!.done < rows[0]!.of);
      if (exists?.found) await query(url, `DROP TABLE ${target.table}, ${target.table}_log`);
      if (JSON.stringify(after) !== JSON.stringify(before)) {
        await query(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE base (x text)");
      }
    }),
    { numRuns: 300 },
  );
});
