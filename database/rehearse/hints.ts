import { scanSync } from "libpg-query";
import type pg from "pg";
import type { ServerError } from "../connection.ts";
import type { HistoryTable } from "../history/history.ts";
import { BUNDLED, extensionOf, meantExtension, nearest, STAND_INS, untriedExtension } from "./extensions.ts";
import type { Ledger, StatementPlace } from "./ledger.ts";
import { fullName, type Name, tablesIn } from "./names.ts";
import type { Piece } from "./pieces.ts";

/** What is known about a failure. */
export interface Situation {
  client: pg.Client;
  ledger: Ledger;
  history: HistoryTable;
  /** Number of the file in the folder. */
  file: number;
  place: StatementPlace;
  piece: Piece;
  error: ServerError;
  missing: Name | undefined;
}

/** By message where one code means several things. */
const BY_MESSAGE: [RegExp, string][] = [
  [
    /invalid transaction termination/,
    "a procedure or DO block that commits needs the line `-- kai:no-transaction` on top of the file.",
  ],
  [/must be installed in schema/, "the extension has a schema of its own: leave out WITH SCHEMA."],
  [
    /could not find valid entry for job/,
    "no job of this name is there: SELECT cron.unschedule(jobname) FROM cron.job WHERE jobname = '…' does nothing then.",
  ],
  [
    /operator does not exist: (uuid|text|character varying|integer|bigint) = (uuid|text|character varying|integer|bigint)/,
    "the sides have different types: cast one, `(auth.jwt() ->> 'id')::uuid` for example.",
  ],
  [
    /only WITH CHECK expression allowed for INSERT/,
    "a policy FOR INSERT takes WITH CHECK (…) in place of USING (…).",
  ],
  [
    /WITH CHECK cannot be applied to SELECT or DELETE/,
    "a policy FOR SELECT or DELETE takes USING (…) and no WITH CHECK.",
  ],
  [
    /functions in index (expression|predicate) must be marked IMMUTABLE/,
    "an index may use only what never changes its answer: store the value in a column, or take an immutable form (for text search `to_tsvector('english', …)` with the configuration named; for times `AT TIME ZONE 'UTC'`).",
  ],
  [
    /generation expression is not immutable/,
    "a generated column may use only what never changes its answer: name the text search configuration, avoid now() and casts that depend on settings, or fill the column with a trigger.",
  ],
  [/incompatible types/, "both sides of a foreign key need the same type."],
  [
    /foreign key constraint ".*" cannot be implemented/,
    "both sides of a foreign key need the same type: give the column the type of the one that it references.",
  ],
  [
    /no unique constraint matching given keys/,
    "a foreign key needs a primary key or a unique constraint over exactly the referenced columns: add it before.",
  ],
  [
    /no unique or exclusion constraint matching the ON CONFLICT/,
    "ON CONFLICT (columns) needs a unique index or constraint over exactly these columns (not a partial one): add it before.",
  ],
  [
    /unsafe use of new value/,
    "a new enum value can be used after its transaction: put ADD VALUE into an earlier file of its own.",
  ],
  [
    /must be owner of (table|relation) (objects|buckets|messages)/,
    "the table belongs to Supabase, and row level security is on already: remove the statement; policies may be made.",
  ],
  [
    /must be owner of (table|relation) users/,
    "the table belongs to Supabase Auth: keep columns of your own in a table of yours that references auth.users.",
  ],
  [
    /permission denied for schema (auth|storage|realtime|vault|graphql)/,
    "the schema belongs to Supabase: put the object into `public` or a schema of your own.",
  ],
  [
    /permission denied to set parameter|ALTER SYSTEM/,
    "`postgres` is no superuser on Supabase: set it with `ALTER DATABASE postgres SET …` or `ALTER ROLE … SET …` if it is allowed, or in the project's settings.",
  ],
  [
    /COPY to or from (an external program|a file)/,
    "the server's files and programs are out of reach on Supabase: write the rows as INSERT … VALUES.",
  ],
  [
    /cannot change return type of existing function|cannot change name of input parameter/,
    "CREATE OR REPLACE keeps names of parameters and the type of the result: DROP FUNCTION first.",
  ],
  [
    /cannot drop columns from view|cannot change name of view column|cannot change data type of view column/,
    "CREATE OR REPLACE VIEW may only add columns at the end: DROP VIEW first.",
  ],
  [
    /cannot run inside a transaction/,
    "it cannot run beside other statements of a transaction: give it a file of its own without BEGIN and COMMIT.",
  ],
  [/no language specified/, "say in which language it is: LANGUAGE sql or LANGUAGE plpgsql."],
  [
    /column ".*" contains null values/,
    "rows are there already: give the column a DEFAULT, or fill it before NOT NULL.",
  ],
  [/multiple primary keys/, "a table has one primary key: make the second one UNIQUE."],
  [/function name ".*" is not unique/, "several functions have this name: name the argument types."],
  [
    /infinite recursion detected in policy/,
    "the policy reads its own table: ask through a SECURITY DEFINER function.",
  ],
  [
    /cannot use (subquery|aggregate|window function|set-returning function|column reference)/,
    "the server does not allow this kind of expression at this place: put it into a trigger or a function.",
  ],
  [
    /default for column .* cannot be cast|cannot be cast automatically/,
    "say how with USING (…::type), and drop the DEFAULT before the type changes.",
  ],
  [
    /new row for relation .* violates|violates (not-null|check|unique|foreign key)|duplicate key/,
    "the row does not fit the table's constraints: correct the row, or add ON CONFLICT where it may be there already.",
  ],
  [/is already member of publication/, "the table is in the publication already: remove the line."],
  [/FOR ALL TABLES/, "a publication FOR ALL TABLES takes no single ones."],
];

/** What to do about a failure that is the file's own. */
export async function causeHint(situation: Situation): Promise<string> {
  const { error, missing } = situation;
  const extension = /extension "([^"]+)" is not available/.exec(error.message)?.[1];
  if (extension) return extensionHint(extension);
  const known = BY_MESSAGE.find(([pattern]) => pattern.test(`${error.message} ${error.detail ?? ""}`));
  if (known) return known[1];
  if (missing) return missingHint(situation, missing);
  if (/already exists|specified more than once/.test(error.message)) return duplicateHint(error, situation);
  if (error.code === "P0001")
    return "the file stops itself with RAISE EXCEPTION: what it asks for is not there in a new project.";
  return error.hint ?? "correct the statement.";
}

function extensionHint(name: string): string {
  const meant = meantExtension(name);
  if (!meant)
    return "neither Supabase nor this server has an extension of this name: remove it, or correct the name.";
  return `the extension is called ${meant}: CREATE EXTENSION IF NOT EXISTS ${quoted(meant)}${STAND_INS[meant]?.control ? "" : " WITH SCHEMA extensions"}.`;
}

function quoted(extension: string): string {
  return extension.includes("-") ? `"${extension}"` : extension;
}

async function missingHint(situation: Situation, missing: Name): Promise<string> {
  const { ledger, file, piece, place } = situation;
  const tables = piece.statement ? tablesIn(piece.statement.node) : [];
  const later = ledger.madeLater(missing, tables, file, piece.index);
  if (later && later.file !== place.file) {
    return `made by ${later.file}:${later.line}, which comes later: move this statement behind it, or that one before.`;
  }
  if (later && later.line !== place.line)
    return `made further down in this file, in line ${later.line}: move that statement up.`;
  if (missing.kind === "column") {
    const skipped = ledger.skippedMaker(missing, tables);
    const table = missing.of ?? tables[0];
    const first = skipped && table ? ledger.madeBy({ kind: "relation", name: table }) : undefined;
    if (skipped && first) {
      return `the table is made by ${first.file}:${first.line} without this column, so CREATE TABLE IF NOT EXISTS in ${skipped.file}:${skipped.line} changes nothing: use ALTER TABLE … ADD COLUMN IF NOT EXISTS.`;
    }
  }
  const extension = extensionOf(missing.name);
  if (extension && (BUNDLED[extension] || extension === "vector")) {
    return `it comes with the extension ${extension}: CREATE EXTENSION IF NOT EXISTS ${quoted(extension)} WITH SCHEMA extensions, in this file or an earlier one; when search_path is empty, write extensions.${missing.name}.`;
  }
  const standIn = untriedExtension(fullName(missing));
  if (standIn) {
    return missing.kind === "schema" && /create extension/i.test(piece.text)
      ? `the extension makes its schema itself: leave out WITH SCHEMA.`
      : `it comes with the extension ${standIn}: CREATE EXTENSION IF NOT EXISTS ${standIn}, in this file or an earlier one.`;
  }
  if (missing.kind === "function") {
    const others = await signatures(situation.client, missing);
    if (others.length > 0) return `with other arguments it exists: ${others.join(", ")}.`;
  }
  const ours = missing.kind === "type" ? FOREIGN_TYPES[missing.name.toLowerCase()] : undefined;
  if (ours) return `PostgreSQL's type is ${ours}.`;
  const near = nearest(missing.name, await existing(situation.client, missing, tables));
  if (near) return `nothing makes it; ${near} exists, which may be meant.`;
  if (/^\s*(drop|alter\s+table.*\bdrop)\b/is.test(piece.text)) {
    return "there is nothing to drop in a new project: use IF EXISTS, or correct the name.";
  }
  return "no earlier file makes it: create it before, or correct the name.";
}

/** Types of other databases. */
const FOREIGN_TYPES: Record<string, string> = {
  datetime: "timestamptz",
  tinyint: "smallint",
  mediumint: "integer",
  nvarchar: "text",
  mediumtext: "text",
  longtext: "text",
  string: "text",
  number: "numeric",
  double: "double precision",
  blob: "bytea",
  uniqueidentifier: "uuid",
};

const LISTS: Partial<Record<Name["kind"], string>> = {
  relation:
    "SELECT relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'v', 'm', 'p', 'S') AND nspname NOT IN ('pg_catalog', 'information_schema')",
  type: "SELECT typname AS name FROM pg_catalog.pg_type WHERE typelem = 0",
  function: "SELECT DISTINCT proname AS name FROM pg_catalog.pg_proc",
  schema: "SELECT nspname AS name FROM pg_catalog.pg_namespace",
  role: "SELECT rolname AS name FROM pg_catalog.pg_roles",
  policy: "SELECT polname AS name FROM pg_catalog.pg_policy",
  publication: "SELECT pubname AS name FROM pg_catalog.pg_publication",
};

async function existing(client: pg.Client, missing: Name, tables: readonly string[]): Promise<string[]> {
  const values: unknown[] = [];
  let text = LISTS[missing.kind];
  if (missing.kind === "column") {
    text =
      "SELECT attname AS name FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON pg_class.oid = attrelid WHERE attnum > 0 AND NOT attisdropped AND relname = ANY ($1)";
    values.push(missing.of ? [missing.of] : tables);
  }
  if (missing.kind === "value") {
    text =
      "SELECT enumlabel AS name FROM pg_catalog.pg_enum JOIN pg_catalog.pg_type ON pg_type.oid = enumtypid WHERE typname = $1";
    values.push(missing.of);
  }
  if (!text) return [];
  return (await client.query<{ name: string }>(text, values)).rows.map(({ name }) => name);
}

async function signatures(client: pg.Client, { name }: Name): Promise<string[]> {
  const result = await client.query<{ shown: string }>(
    "SELECT oid::pg_catalog.regprocedure::text AS shown FROM pg_catalog.pg_proc WHERE proname = $1 LIMIT 3",
    [name],
  );
  return result.rows.map(({ shown }) => shown);
}

function duplicateHint(error: ServerError, { ledger, history }: Situation): string {
  const name = /"([^"]+)"/.exec(error.message)?.[1];
  if (name === history.table || error.message.includes(`of relation "${history.table}"`)) {
    return "a table of this name holds the history of migrations: keep it elsewhere (`--schema`, `--table`, or `kai:migrations`).";
  }
  if (/^extension /.test(error.message)) return "it is there already: CREATE EXTENSION IF NOT EXISTS.";
  const kinds = [
    "relation",
    "type",
    "function",
    "policy",
    "trigger",
    "constraint",
    "schema",
    "role",
    "column",
  ] as const;
  const word = /^(\w+) "/.exec(error.message)?.[1];
  const of = /(?:for (?:table|relation)|of relation) "([^"]+)"/.exec(error.message)?.[1];
  for (const kind of kinds.toSorted((a, b) => Number(b === word) - Number(a === word))) {
    const place = name ? ledger.madeBy({ kind, name, ...(of ? { of } : {}) }) : undefined;
    if (place)
      return `made by ${place.file}:${place.line} already: remove one of the two, use IF NOT EXISTS, or DROP … IF EXISTS before.`;
  }
  return "a new project has it already: use IF NOT EXISTS, or take another name.";
}

/** What the grammar of other databases, or a slip of the pen, looks like: what stands before the place, and at it. */
const SLIPS: [RegExp, RegExp, string][] = [
  [/'[^']*'$/, /^\w/, "an apostrophe inside a text is written twice: ''."],
  [/,\s*$/, /^\)/, "a comma too many: the last entry has none."],
  [
    /\b(policy|trigger|type|domain|constraint|role|publication|database)\s+(if\s+(not\s+)?)?$/i,
    /^(if|not|exists)\b/i,
    "PostgreSQL has no IF NOT EXISTS here: DROP … IF EXISTS before it, or a DO block that looks whether it is there.",
  ],
  [
    /\bunique\s*\([^)]*\)\s*$/i,
    /^where\b/i,
    "a unique constraint takes no WHERE: make it a CREATE UNIQUE INDEX … WHERE (…) of its own.",
  ],
  [
    /[(,]\s*(index|key)\s+\w*\s*$/i,
    /^[\w(]/,
    "an index is a statement of its own: CREATE INDEX name ON table (columns).",
  ],
  [/./s, /^(auto_increment|autoincrement)\b/i, "write GENERATED ALWAYS AS IDENTITY."],
  [/./s, /^`/, 'names are quoted with "double quotes".'],
  [/./s, /^#/, "a comment starts with two dashes."],
  [/\bdefault\s+[\w.]+\(?\)?\s*$/i, /^on\b/i, "ON UPDATE needs a trigger."],
];

/** What to do about a text that the grammar does not accept. */
export function syntaxHint(text: string, index: number, message: string): string {
  if (/^unterminated/.test(message)) {
    return "a quote, a comment or a $$ is opened here and never closed: look here and in the lines before.";
  }
  const [before, behind] = [text.slice(0, index), text.slice(index)];
  const slip = SLIPS.find(([left, right]) => left.test(before) && right.test(behind));
  if (slip) return slip[2];
  if (behind.trim() === "" || behind.startsWith(";"))
    return "the statement ends too early: look for what is missing before this place.";
  const word = /^\w+/.exec(behind)?.[0];
  if (word && isKeyword(word) && /[(,.]\s*$/.test(before))
    return `${word} is a word of the language: as a name it needs "double quotes".`;
  const last = /(\w+)\s*$/.exec(before)?.[1];
  const meant = [word, last].map((one) => one && nearest(one, WORDS)).find((one) => one !== undefined);
  if (meant) return `${meant.toUpperCase()} may be meant.`;
  return "the grammar stops at this place: look for a missing comma, bracket, quote or semicolon before it.";
}

function isKeyword(word: string): boolean {
  return scanSync(word).tokens[0]?.keywordKind !== 0;
}

const WORDS =
  "create table alter column drop index unique insert into values select from where update delete references primary key constraint default not null policy using check function returns language trigger before after execute grant revoke extension exists enable level security begin end schema type view replace order group limit join on".split(
    " ",
  );
