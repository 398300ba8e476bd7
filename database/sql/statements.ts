import { hasSqlDetails, loadModule, type Node, parseSync, type RawStmt } from "libpg-query";
import { errorAt, type MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { downSection } from "./down-section.ts";
import { cannotRunInTransaction } from "./non-transactional.ts";
import { byteToIndex, excerptAt, indexOfCharacter, placeOf } from "./positions.ts";
import { COPY_WITH_CLIENT, copyHint, explainSyntaxError } from "./syntax-error.ts";

/** One statement of a file. */
export interface Statement {
  /** Without the semicolon. */
  text: string;
  /** PostgreSQL's parse tree: an object with one key, the node's type. */
  node: Node;
  /** String index in the file's text where it starts, comments before it left out. */
  index: number;
  /** `alone` cannot run inside a transaction; `begin`, `commit` and `rollback` are the file's own transactions. */
  role: "ordinary" | "alone" | "begin" | "commit" | "rollback";
  /** Why it is `alone`. */
  reason?: string;
  /** Session setting that it changes beyond its transaction (`SET name = …`). */
  sets?: string;
  /** SET TRANSACTION, which must come before the transaction's first query, so before any record of ours. */
  configuresTransaction?: true;
  /** Name of the index that it builds concurrently. */
  buildsIndex?: { schema?: string; name: string };
}

/** A file, understood. */
export interface Script {
  migration: Migration;
  /** All of them, the file's own BEGIN and COMMIT too. */
  statements: Statement[];
  /**
   * `transaction`: the file and its history row are one transaction, sent as one message.
   * `steps`: it holds what cannot run in a transaction, or transactions of its own; it runs statement by
   * statement with recorded progress.
   */
  mode: "transaction" | "steps";
  /** In mode `transaction`: the statement that opens the transaction (the file's own BEGIN with its options). */
  opening: string;
  /** In mode `transaction`: the text inside the transaction; characters in it stand where they do in the file. */
  body: string;
  /** In mode `transaction`: number of statements before the first that `body` holds (1 for the file's own BEGIN). */
  skipped: 0 | 1;
}

const DIRECTIVE = /^[ \t]*--[ \t]*kai:[ \t]*no-transaction[ \t]*$/m;

/**
 * Splits a file with PostgreSQL's own grammar and decides how it runs.
 * @throws MigrationError (kind `syntax`) with file, line, column and excerpt: for a syntax error, a psql command,
 *   COPY from or to the client, a transaction that is opened and not ended, PREPARE TRANSACTION and AND CHAIN.
 */
export async function parseScript(file: Migration): Promise<Script> {
  await loadModule();
  // The text is read once, and lives as long as the script.
  const whole: Migration = { ...file };
  const { migration, statements } = withoutDownSection(whole, split(whole));
  const optsOut = DIRECTIVE.test(migration.sql.slice(0, statements[0]?.index));
  if (optsOut) {
    for (const statement of statements) {
      if (statement.role !== "ordinary" || isChangeOfRows(statement.node)) continue;
      statement.role = "alone";
      statement.reason = "-- kai:no-transaction";
    }
  }
  refuseOpenTransaction(migration, statements);
  const recordsFirst = !statements.some((statement) => statement.configuresTransaction);
  if (recordsFirst && isOneBlock(statements)) return wrapped(migration, statements);
  const plain = recordsFirst && statements.every((statement) => statement.role === "ordinary");
  const mode = plain ? "transaction" : "steps";
  return { migration, statements, mode, opening: "BEGIN", body: migration.sql, skipped: 0 };
}

/** Other tools' files may hold the way back behind a mark: it never runs here. */
function withoutDownSection(migration: Migration, statements: Statement[]) {
  const down = downSection(migration.sql, statements);
  if (!down) return { migration, statements };
  if (down.reversed) {
    const hint = "put the part that undoes the migration behind the part that makes it, or remove it.";
    throw syntaxError(migration, "what undoes the migration comes first", down.index, hint);
  }
  return {
    migration: { ...migration, sql: migration.sql.slice(0, down.index) },
    statements: statements.filter((statement) => statement.index < down.index),
  };
}

function split(migration: Migration): Statement[] {
  const sql = migration.sql;
  const toIndex = byteToIndex(sql);
  return parse(migration).map((raw) => {
    const startByte = raw.stmt_location ?? 0;
    const index = toIndex(startByte);
    const end = raw.stmt_len ? toIndex(startByte + raw.stmt_len) : sql.length;
    return understand(migration, raw.stmt!, sql.slice(index, end).trimEnd(), index);
  });
}

function parse(migration: Migration): RawStmt[] {
  if (migration.sql === "") return [];
  try {
    return parseSync(migration.sql).stmts ?? [];
  } catch (error) {
    if (!hasSqlDetails(error) || /out of memory|memory exhausted/.test(error.message))
      throw tooLarge(migration, error);
    const place = indexOfCharacter(migration.sql, error.sqlDetails?.cursorPosition ?? 0);
    const { index, what, hint } = explainSyntaxError(migration.sql, error.message, place);
    throw syntaxError(migration, what, index, hint, error);
  }
}

/** The parser's memory is limited, and its answer is then no syntax error. */
function tooLarge(migration: Migration, cause: unknown): MigrationError {
  const megabytes = (migration.sql.length / 2 ** 20).toFixed(1);
  const what = `the file is too large or too deeply nested to be understood (${megabytes} MB)`;
  const hint = "split it into several files, or load its data outside of the migrations.";
  return syntaxError(migration, what, 0, hint, cause);
}

function understand(migration: Migration, node: Node, text: string, index: number): Statement {
  const statement: Statement = { text, node, index, role: "ordinary" };
  if ("CopyStmt" in node && !node.CopyStmt.filename && !node.CopyStmt.is_program) {
    throw syntaxError(migration, COPY_WITH_CLIENT, index, copyHint(node.CopyStmt.is_from === true));
  }
  if ("TransactionStmt" in node) {
    const { kind, chain } = node.TransactionStmt;
    if (chain || kind === "TRANS_STMT_PREPARE") {
      const what = chain ? "AND CHAIN" : "PREPARE TRANSACTION";
      throw syntaxError(
        migration,
        `${what} cannot be recorded safely`,
        index,
        "end the transaction with COMMIT, and open the next one with BEGIN.",
      );
    }
    if (kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START") statement.role = "begin";
    if (kind === "TRANS_STMT_COMMIT") statement.role = "commit";
    if (kind === "TRANS_STMT_ROLLBACK") statement.role = "rollback";
  }
  const reason = cannotRunInTransaction(node);
  if (reason) Object.assign(statement, { role: "alone", reason });
  if ("VariableSetStmt" in node && !node.VariableSetStmt.is_local && node.VariableSetStmt.name) {
    statement.sets = node.VariableSetStmt.name.toLowerCase();
  }
  if ("VariableSetStmt" in node && node.VariableSetStmt.name === "TRANSACTION")
    statement.configuresTransaction = true;
  if ("IndexStmt" in node && node.IndexStmt.concurrent && node.IndexStmt.idxname) {
    const schema = node.IndexStmt.relation?.schemaname;
    statement.buildsIndex = { name: node.IndexStmt.idxname, ...(schema ? { schema } : {}) };
  }
  return statement;
}

function refuseOpenTransaction(migration: Migration, statements: Statement[]): void {
  let open: Statement | undefined;
  for (const statement of statements) {
    if (statement.role === "begin") open ??= statement;
    if (statement.role === "commit" || statement.role === "rollback") open = undefined;
    if (statement.role === "alone" && open && statement.reason !== "-- kai:no-transaction") {
      const hint = `move it behind the COMMIT, or remove the file's BEGIN and COMMIT.`;
      throw syntaxError(
        migration,
        `${statement.reason} cannot run inside a transaction`,
        statement.index,
        hint,
      );
    }
  }
  if (!open) return;
  const hint = "remove it (every file is one transaction anyway), or end the transaction with COMMIT.";
  throw syntaxError(migration, "this transaction is opened and never ended", open.index, hint);
}

/** Always a transaction by itself, so it keeps its record beside it: done twice, it would change rows twice. */
function isChangeOfRows(node: Node): boolean {
  return ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].some((type) => type in node);
}

function isOneBlock(statements: Statement[]): boolean {
  const inner = statements.slice(1, -1);
  return (
    statements.length >= 2 &&
    statements[0]!.role === "begin" &&
    statements.at(-1)!.role === "commit" &&
    inner.every((statement) => statement.role === "ordinary")
  );
}

/** A file that is one BEGIN … COMMIT becomes part of the engine's own transaction, with its history row. */
function wrapped(migration: Migration, statements: Statement[]): Script {
  const [first, last] = [statements[0]!, statements.at(-1)!];
  const blank = (text: string, { index, text: word }: Statement) =>
    text.slice(0, index) + word.replace(/[^\n]/gu, " ") + text.slice(index + word.length);
  return {
    migration,
    statements,
    mode: "transaction",
    opening: first.text,
    skipped: 1,
    // The last one first: blanking may shorten the text (one space a character), which would move what is behind.
    body: blank(blank(migration.sql, last), first),
  };
}

function syntaxError(
  migration: Migration,
  what: string,
  index: number,
  hint: string | undefined,
  cause?: unknown,
): MigrationError {
  const details = {
    file: migration.name,
    ...placeOf(migration.sql, index),
    excerpt: excerptAt(migration.sql, index),
    serverMessage: what,
    ...(hint ? { hint } : {}),
  };
  return errorAt("syntax", what, details, { cause });
}
