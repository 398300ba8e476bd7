import type pg from "pg";
import type { ServerError } from "../connection.ts";
import { wordsOf } from "../sql/tree.ts";
import { meantExtension, nearest } from "./extensions.ts";
import { missingName } from "./names.ts";
import type { Piece } from "./pieces.ts";
import { tokensOf } from "./pieces.ts";

/** An error in a part of a statement. */
export interface PartError {
  error: ServerError;
  /** String index in the statement's text. */
  index: number;
}

/** What was put in the place of a statement that failed. */
export interface Mended {
  /** What is wrong in its parts, one by one. */
  errors: PartError[];
  /** Tables with a column whose type is not what the file says, and functions whose body does not work. */
  altered: string[];
  /** All that the statement was to make is there now. */
  complete: boolean;
}

/**
 * Makes as much as possible of what a failed statement was to make, so that what comes behind it can be judged: a
 * table column by column, an extension under its right name, a function without a look at its body.
 */
export async function mend(client: pg.Client, piece: Piece): Promise<Mended> {
  const node = piece.statement?.node;
  const done: Mended = { errors: [], altered: [], complete: false };
  const parts = /^\s*create\s+((local|global)\s+)?((temp|temporary|unlogged)\s+)?table\b/i.test(piece.text)
    ? tableParts(piece.text)
    : undefined;
  if (parts) await mendTable(client, parts, done);
  else if (node && "AlterTableStmt" in node) await mendAlteration(client, piece.text, done);
  else if (node && "CreateFunctionStmt" in node) {
    await attempt(client, `SET LOCAL check_function_bodies = off; ${piece.text}`);
    done.altered.push(wordsOf(node.CreateFunctionStmt.funcname).at(-1) ?? "");
  } else if (node && "CreateExtensionStmt" in node) {
    const meant = meantExtension(node.CreateExtensionStmt.extname ?? "");
    done.complete =
      meant !== undefined && !(await attempt(client, `CREATE EXTENSION IF NOT EXISTS "${meant}"`));
  } else if (node && "CreateEnumStmt" in node) {
    await attempt(client, `CREATE TYPE "${wordsOf(node.CreateEnumStmt.typeName).join('"."')}" AS ENUM ('?')`);
  }
  return done;
}

/** Runs a text behind a savepoint. */
export async function attempt(client: pg.Client, text: string): Promise<ServerError | undefined> {
  await client.query("SAVEPOINT kai_rehearsal");
  try {
    await client.query(text);
    await client.query("RELEASE SAVEPOINT kai_rehearsal");
    return undefined;
  } catch (error) {
    await client.query("ROLLBACK TO SAVEPOINT kai_rehearsal; RELEASE SAVEPOINT kai_rehearsal");
    return error as ServerError;
  }
}

interface Part {
  text: string;
  index: number;
}

/** `CREATE TABLE name`, then what is between the parentheses, cut at its commas. */
function tableParts(text: string): { name: string; parts: Part[] } | undefined {
  const tokens = tokensOf(text).filter((token) => !token.tokenName.endsWith("_COMMENT"));
  const open = tokens.findIndex((token) => token.text === "(");
  if (open < 0) return undefined;
  const head = text.slice(0, tokens[open]!.start).replace(/^.*?\btable\s+(if\s+not\s+exists\s+)?/is, "");
  if (/\bas\b|\bof\b/i.test(head)) return undefined;
  return { name: head.trim(), parts: splitAtCommas(text, tokens.slice(open + 1)) };
}

function splitAtCommas(text: string, tokens: { text: string; start: number; end: number }[]): Part[] {
  const parts: Part[] = [];
  let depth = 0;
  let from: number | undefined;
  let to = 0;
  const close = () => {
    if (from !== undefined) parts.push({ text: text.slice(from, to), index: from });
    from = undefined;
  };
  for (const token of tokens) {
    if (depth === 0 && (token.text === "," || token.text === ")" || token.text === ";")) {
      close();
      if (token.text !== ",") break;
      continue;
    }
    if (token.text === "(" || token.text === "[") depth++;
    if (token.text === ")" || token.text === "]") depth--;
    from ??= token.start;
    to = token.end;
  }
  close();
  return parts;
}

async function mendTable(
  client: pg.Client,
  { name, parts }: { name: string; parts: Part[] },
  done: Mended,
): Promise<void> {
  if (await attempt(client, `CREATE TABLE ${name} ()`)) return;
  for (const { text, index } of parts) {
    const error = await attempt(client, `ALTER TABLE ${name} ADD ${text}`);
    if (!error) continue;
    done.errors.push({ error, index });
    await mendColumn(client, name, text, done);
  }
}

const CONSTRAINT = /^(constraint|primary|unique|foreign|check|exclude|like)\b/i;

/** The column without its constraints, or as text. */
async function mendColumn(client: pg.Client, table: string, text: string, done: Mended): Promise<void> {
  if (CONSTRAINT.test(text)) return;
  const column = /^("[^"]+"|\w+)\s+(.*)$/s.exec(text);
  if (!column) return;
  const bare = column[2]!.replace(
    /\s+(not\s+null|null|default|primary|unique|references|check|constraint|generated|collate)\b.*$/is,
    "",
  );
  const error = await attempt(client, `ALTER TABLE ${table} ADD ${column[1]} ${bare}`);
  if (!error) return;
  const meant = await meantType(client, error);
  if (!meant || (await attempt(client, `ALTER TABLE ${table} ADD ${column[1]} ${meant}`))) {
    await attempt(client, `ALTER TABLE ${table} ADD ${column[1]} text`);
  }
  done.altered.push(table.replaceAll('"', "").split(".").at(-1)!);
}

/** The type whose name is nearest to one that does not exist. */
async function meantType(client: pg.Client, error: ServerError): Promise<string | undefined> {
  const missing = missingName(error);
  if (missing?.kind !== "type") return undefined;
  const result = await client.query<{ name: string; type: string }>(
    "SELECT typname AS name, oid::pg_catalog.regtype::text AS type FROM pg_catalog.pg_type WHERE typelem = 0",
  );
  const near = nearest(
    missing.name,
    result.rows.map(({ name }) => name),
  );
  return result.rows.find(({ name }) => name === near)?.type;
}

async function mendAlteration(client: pg.Client, text: string, done: Mended): Promise<void> {
  const head =
    /^\s*alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)\s+/i.exec(
      text,
    );
  if (!head) return;
  const from = head[0].length;
  const tokens = tokensOf(text).filter(
    ({ start, tokenName }) => start >= from && !tokenName.endsWith("_COMMENT"),
  );
  for (const part of splitAtCommas(text, tokens)) {
    const error = await attempt(client, `ALTER TABLE ${head[1]} ${part.text}`);
    if (!error) continue;
    done.errors.push({ error, index: part.index });
    const added = /^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?(.*)$/is.exec(part.text);
    if (added) await mendColumn(client, head[1]!, added[1]!, done);
  }
}
