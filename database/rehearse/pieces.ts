import { hasSqlDetails, parseSync, type ScanToken, scanSync } from "libpg-query";
import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { byteToIndex, indexOfCharacter } from "../sql/positions.ts";
import { parseScript, type Statement } from "../sql/statements.ts";

/** A statement, or a text between two statement ends that is none. */
export interface Piece {
  text: string;
  /** String index in the file. */
  index: number;
  statement?: Statement;
  /** Why it is none. */
  error?: MigrationError;
  /** The statements that it holds when a semicolon between them is missing. */
  joined?: Statement[];
}

const OPENING =
  /^(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|GRANT|REVOKE|COMMENT|DO|SELECT|TRUNCATE|BEGIN|COMMIT)$/i;

/**
 * Cuts a file that the grammar does not accept as a whole at its statement ends, so that one error does not hide the
 * others: each piece is parsed for itself, with everything around it blanked, so that places stay what they are.
 */
export async function cutIntoPieces(migration: Migration): Promise<Piece[]> {
  const sql = migration.sql;
  const pieces: Piece[] = [];
  for (const { from, to } of ranges(withoutCopyData(sql))) {
    const text = sql.slice(from, to);
    const piece = await parsePiece(migration, from, to);
    if (piece.error) pieces.push({ text, index: from, ...piece, ...(await rejoin(migration, from, to)) });
    else
      for (const statement of piece.statements)
        pieces.push({ text: statement.text, index: statement.index, statement });
  }
  return pieces;
}

/** The rows behind `COPY … FROM stdin` are no statements; they are blanked, so that places stay what they are. */
function withoutCopyData(sql: string): string {
  return sql.replace(
    /(\bcopy\b[^;]*\bfrom\s+stdin\b[^;]*;[^\n]*\n)(.*?^\\\.$)/gims,
    (_, copy: string, data: string) => copy + data.replace(/[^\n]/g, " "),
  );
}

async function parsePiece(
  migration: Migration,
  from: number,
  to: number,
): Promise<{ error?: MigrationError; statements: Statement[] }> {
  const sql = migration.sql;
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  const alone = `${blank(sql.slice(0, from))}${sql.slice(from, to)}`;
  if (/^\s*(BEGIN|COMMIT|END|ROLLBACK|START\s+TRANSACTION)\b[^;]*;?\s*$/i.test(sql.slice(from, to)))
    return { statements: [] };
  try {
    return { statements: (await parseScript({ ...migration, sql: alone })).statements };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return { error, statements: [] };
  }
}

/** When the parser stops at a word that opens a statement, and both sides are statements, a semicolon is missing. */
async function rejoin(migration: Migration, from: number, to: number): Promise<{ joined?: Statement[] }> {
  const found: Statement[] = [];
  let start = from;
  for (let round = 0; round < 50; round++) {
    const text = migration.sql.slice(start, to);
    const stop = errorIndex(text);
    if (stop === undefined) {
      const rest = await parsePiece(migration, start, to);
      found.push(...rest.statements);
      return round > 0 && !rest.error ? { joined: found } : {};
    }
    const word = /^\w+/.exec(text.slice(stop))?.[0] ?? "";
    if (!OPENING.test(word) || stop === 0) return {};
    const before = await parsePiece(migration, start, start + stop);
    if (before.error || before.statements.length === 0) return {};
    found.push(...before.statements);
    start += stop;
  }
  return {};
}

function errorIndex(text: string): number | undefined {
  try {
    parseSync(text);
    return undefined;
  } catch (error) {
    return hasSqlDetails(error) ? indexOfCharacter(text, error.sqlDetails?.cursorPosition ?? 0) : 0;
  }
}

/** Tokens with string indexes; of a text with an open quote, those before it. */
export function tokensOf(text: string): ScanToken[] {
  const toIndex = byteToIndex(text);
  return scan(text).map((token) => {
    const start = toIndex(token.start);
    return { ...token, start, end: toIndex(token.end) };
  });
}

function scan(text: string): ScanToken[] {
  try {
    return scanSync(text).tokens;
  } catch (error) {
    const stop = hasSqlDetails(error) ? indexOfCharacter(text, error.sqlDetails?.cursorPosition ?? 0) : 0;
    return stop > 0 && stop < text.length ? scan(text.slice(0, stop)) : [];
  }
}

function ranges(sql: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let from: number | undefined;
  for (const token of tokensOf(sql)) {
    if (/COMMENT$/.test(token.tokenName) && token.tokenName !== "COMMENT") continue;
    from ??= token.start;
    if (token.text !== ";") continue;
    if (token.start > from) found.push({ from, to: token.end });
    from = undefined;
  }
  if (from !== undefined) found.push({ from, to: sql.length });
  const last = found.at(-1)?.to ?? 0;
  if (
    from === undefined &&
    sql.slice(last).trim() &&
    tokensOf(sql.slice(last)).length === 0 &&
    !onlyComments(sql.slice(last))
  ) {
    found.push({ from: last + /^\s*/.exec(sql.slice(last))![0].length, to: sql.length });
  }
  return found;
}

function onlyComments(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(--.*)?$/.test(line));
}
