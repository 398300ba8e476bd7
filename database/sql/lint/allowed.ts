import type { Script, Statement } from "../statements.ts";

/** A comment `-- kai:allow <rule> <why>`. */
export interface Allowed {
  rule: string;
  /** String index of the comment. */
  index: number;
  /** Number of the statement that it is about, or undefined for the whole file. */
  statement: number | undefined;
}

/** The same words inside a text constant or a function's body keep nothing else than they would as a comment. */
const ALLOW = /--[ \t]*kai:[ \t]*allow[ \t]+([^\s,:]+)/g;

/**
 * The findings that a file keeps on purpose. A comment above the first statement is about the whole file; any other is
 * about the statement that it stands in, behind on the same line, or else above.
 */
export function allowedIn({ migration, statements }: Script): Allowed[] {
  const sql = migration.sql;
  return [...sql.matchAll(ALLOW)].map(({ 1: rule = "", index }) => {
    const last = statements.findLastIndex((statement) => statement.index < index);
    if (last < 0) return { rule, index, statement: undefined };
    return { rule, index, statement: isBehind(sql, statements[last]!, index) ? last : last + 1 };
  });
}

/** True for a comment inside the statement, or behind it on its last line. */
function isBehind(sql: string, statement: Statement, index: number): boolean {
  return !sql.slice(statement.index + statement.text.length, index).includes("\n");
}
