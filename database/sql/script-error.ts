import type { ServerError } from "../connection.ts";
import { errorAt, type MigrationError, type MigrationErrorDetails, shellWord } from "../errors.ts";
import { excerptAt, maskSecrets, placeOf } from "./positions.ts";
import type { Script, Statement } from "./statements.ts";

const HINTS: Record<string, string> = {
  "25001": "it cannot run inside a transaction: put the line `-- kai:no-transaction` on top of the file.",
  "25006":
    "connect to the primary, and see `SHOW default_transaction_read_only` (Supabase sets it when the disk is full); a file that is to write opens no transaction READ ONLY.",
  "2D000": "a procedure or DO block that commits needs the line `-- kai:no-transaction` on top of the file.",
  "55P04": "a new enum value can be used after its transaction: put ADD VALUE into a file of its own.",
  "55P03":
    "another session holds a lock on the table (`SELECT * FROM pg_stat_activity WHERE state <> 'idle'`); run again when it is free.",
  "57014":
    "the statement ran into `statement_timeout`: raise it with `SET LOCAL statement_timeout` in the file.",
  "42501": "connect as the owner of the object (on Supabase: the user `postgres`), or grant the right first.",
  "0A000": "if it is an extension: this server does not have it installed.",
  "58P01": "the server does not have this extension installed.",
};

/** duplicate_table, _object, _column, _schema, _function. */
const EXISTS = new Set(["42P07", "42710", "42701", "42P06", "42723"]);

/** What the bookkeeping answers when the row is gone; a trigger of the file that divides by zero says where. */
function isRowGone(error: ServerError, insideFile: boolean): boolean {
  return !insideFile && error.code === "22012" && error.where === undefined;
}

function hintFor(error: ServerError, insideFile: boolean, file: string): string {
  if (isRowGone(error, insideFile)) {
    return "leave the history and its trail out of what the file deletes or truncates, or keep them in a schema of their own (`--schema`, or `kai:migrations.schema` in the stack's configuration).";
  }
  if (EXISTS.has(error.code ?? "")) {
    return `it exists already. If all that this file does is there, made by hand or by another tool, mark it as applied with \`kai migrate baseline ${shellWord(file)}\`; otherwise use IF NOT EXISTS, or remove it.`;
  }
  if (!insideFile && error.code === "42P01") {
    return "the file removes the history table: keep the history in a schema that no migration drops (`--schema`, or `kai:migrations.schema` in the stack's configuration).";
  }
  return HINTS[error.code ?? ""] ?? "correct the file and run again; what was applied before stays.";
}

/** What the caller knows about a failure inside a file. */
export interface Failure {
  script: Script;
  error: ServerError;
  /** The statement that failed; undefined when it was the commit or the bookkeeping. */
  statement: Statement | undefined;
  /** String index in the file, when the server named one. */
  index: number | undefined;
  /** What of the file is kept. One sentence. */
  outcome: string;
  /** Replaces the hint that the error's code gives. */
  hint?: string;
}

/** The error of `pulumi up` and of the command line: file, line, column, statement, the server's words, the remedy. */
export function scriptError(failure: Failure): MigrationError {
  const { script, error, statement, index, outcome } = failure;
  const { migration } = script;
  const at = index ?? statement?.index;
  const hint = failure.hint ?? error.hint ?? hintFor(error, statement !== undefined, migration.name);
  const isGone = isRowGone(error, statement !== undefined);
  const what = isGone ? "it removes its own row from the history" : error.message;
  const sqlState = isGone ? undefined : error.code;
  const details: MigrationErrorDetails = {
    file: migration.name,
    serverMessage: maskSecrets(what),
    ...(sqlState ? { sqlState } : {}),
    hint,
    ...(at !== undefined ? placeOf(migration.sql, at) : {}),
    ...(at !== undefined
      ? {
          excerpt: excerptAt(
            migration.sql,
            at,
            statement?.index,
            statement && statement.index + statement.text.length,
          ),
        }
      : {}),
  };
  const where = statement ? "" : "at the end of the file: ";
  // "Failing row contains (…)" would print a whole row of the users' data.
  const detail = error.detail?.startsWith("Failing row") ? undefined : error.detail;
  const more = [detail?.replace(/\.$/, ""), error.where?.split("\n")[0]]
    .filter(Boolean)
    .map((text) => `; ${text}`);
  // The server quotes statements that a function or DO block puts together.
  const said = maskSecrets(`${where}${what}${sqlState ? ` (${sqlState})` : ""}${more.join("")}`);
  return errorAt("statement", `${said}. ${outcome}`, details, { cause: error });
}
