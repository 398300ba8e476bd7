import { parseSync } from "libpg-query";

/** What a syntax error is in truth, for people. */
export interface Explanation {
  /** String index of the place that is to be corrected. */
  index: number;
  /** One line. */
  what: string;
  hint?: string;
}

/** COPY with rows in the file, or to somebody who would read them. */
export const COPY_WITH_CLIENT = "COPY from or to the client cannot run here";

/**
 * Finds out what the parser stumbled over: a command of psql, the rows behind a COPY, a template placeholder, a
 * character that looks like another. All of these are legal inside of string literals and function bodies, where the
 * parser does not stumble over them.
 * @param message The parser's.
 * @param index String index of the place that the parser names.
 */
export function explainSyntaxError(sql: string, message: string, index: number): Explanation {
  const copy = copyBefore(sql, index);
  if (copy !== undefined) return { index: copy, what: COPY_WITH_CLIENT, hint: copyHint(true) };
  const rest = sql.slice(index, index + LONGEST);
  const command = /^\\(\S*)/.exec(rest)?.[1];
  if (command !== undefined) {
    const hint = `commands that start with a backslash belong to psql. ${psqlRemedy(command)}`;
    return { index, what: `\\${command} is not SQL`, hint };
  }
  const hint = placeholderHint(sql, index, rest) ?? lookalikeHint(rest) ?? foreignQuoteHint(rest);
  return { index, what: shortened(message), ...(hint ? { hint } : {}) };
}

/** How to do without a COPY from (or to) the client. */
export function copyHint(from: boolean): string {
  return from
    ? "rows in the file are sent by psql alone. Write them as INSERT … VALUES (`pg_dump --inserts` does), or load them outside the migrations."
    : "nobody would read the rows. Remove the statement.";
}

/** As much of a file as any explanation looks at. */
const LONGEST = 200;

/** Index of the first COPY from the client before a place: what follows it are rows, which the parser reads as SQL. */
function copyBefore(sql: string, index: number): number | undefined {
  const end = sql.lastIndexOf(";", index - 1);
  const before = sql.slice(0, end + 1);
  if (!/\bcopy\b/i.test(before) || !/\bstdin\b/i.test(before)) return undefined;
  try {
    const bytes = Buffer.from(before);
    for (const { stmt, stmt_location = 0 } of parseSync(before).stmts ?? []) {
      const copies = stmt && "CopyStmt" in stmt && stmt.CopyStmt.is_from;
      if (copies && !stmt.CopyStmt.filename && !stmt.CopyStmt.is_program) {
        return bytes.subarray(0, stmt_location).toString().length;
      }
    }
  } catch {
    // The semicolon was not the end of a statement.
  }
  return undefined;
}

const PSQL_REMEDIES: [commands: RegExp, remedy: string][] = [
  [/^(?:un)?restrict$/, "pg_dump writes \\restrict and \\unrestrict around a dump: remove both lines."],
  [/^(?:i|ir|include|include_relative)$/, "Put that file's text here, or make it a migration of its own."],
  [
    /^(?:set|unset|pset|gset|prompt|getenv|setenv)$/,
    "There are no variables: write the value itself, or use a DO block that declares them.",
  ],
  [/^(?:c|connect)$/, "A run works on one database, the one of its connection string: remove the line."],
  [/^copy$/, copyHint(true)],
  [/^\.$/, `It ends the rows of a COPY: ${copyHint(true)}`],
  [/^(?:if|elif|else|endif)$/, "Write the condition as a DO block with IF."],
  [/^gexec$/, "Write it as a DO block that runs EXECUTE for each row."],
  [/^(?:echo|qecho|warn)$/, "Remove the line, or use RAISE NOTICE in a DO block."],
  [/^(?:g|gx|gdesc|watch|crosstabview|bind|parse|;)/, "End the statement with a semicolon."],
  [/^!/, "A migration runs no programs: do that outside of it."],
];

function psqlRemedy(command: string): string {
  const known = PSQL_REMEDIES.find(([commands]) => commands.test(command));
  return known?.[1] ?? "Remove the line, or write what it does in SQL.";
}

const PLACEHOLDERS = [
  /^\{\{.*?\}\}/,
  /^\{%.*?%\}/,
  /^\{[\w.]+\}/,
  /^\$\{.*?\}/,
  /^\$\([\w.]+\)/,
  /^\$[A-Za-z_]\w*(?!\w*\$)/,
  /^:(?:[A-Za-z_]\w*|'[A-Za-z_]\w*'|"[A-Za-z_]\w*")/,
  /^%(?:\(\w+\))?[a-z]\b/,
  /^<%.*?%>/,
  /^@[\w.]+@/,
];

function placeholderHint(sql: string, index: number, rest: string): string | undefined {
  const line = rest.split("\n", 1)[0]!;
  const before = sql.slice(Math.max(0, index - LONGEST), index);
  const tag = /^\$([A-Za-z_]\w*)\$/.exec(line)?.[0];
  if (tag) {
    return `${tag} opens a string that goes on to the next ${tag}. If it is meant as a placeholder, write the value itself: files run as they are.`;
  }
  const found =
    PLACEHOLDERS.map((pattern) => pattern.exec(line)?.[0]).find((text) => text !== undefined) ??
    /(?:@[\w.]+@|(?<=[\s(,=])\?)(?=\s*$)/.exec(before)?.[0];
  return (
    found && `${found} looks like a template placeholder; files run as they are. Write the value itself.`
  );
}

/** Characters that come along when SQL is copied out of documents and chats. */
const LOOKALIKES: [characters: RegExp, name: string][] = [
  [/[\u00a0\u2000-\u200a\u202f\u3000]/, "a space that is not the ordinary one"],
  [/[\u200b-\u200f\u2060\ufeff]/, "an invisible character"],
  [/[\u2018\u2019\u201c\u201d\u00ab\u00bb]/, "typographic quotes"],
  [/[\u2013\u2014\u2212]/, "a long dash in place of a hyphen"],
];

function lookalikeHint(rest: string): string | undefined {
  const word = /^\S*(?:[\u00a0\u2000-\u200a\u202f\u3000\ufeff]\S*)*/.exec(rest)![0];
  const found = LOOKALIKES.find(([characters]) => characters.test(word));
  if (!found) return undefined;
  const code = found[0].exec(word)![0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `there is ${found[1]} here (U+${code}). Type it again.`;
}

function foreignQuoteHint(rest: string): string | undefined {
  if (!rest.startsWith("`")) return undefined;
  return 'backticks are MySQL\'s; PostgreSQL quotes names with double quotes ("name").';
}

/** The parser quotes all of an unterminated string, which may be the rest of the file, and a password. */
function shortened(message: string): string {
  const [, what, near] = /^(.*? at or near )"([\s\S]*)"$/.exec(message) ?? [];
  if (what === undefined || near === undefined) return message;
  const quote = /^(?:[EBXN]?'|\$\w*\$|U?&?")/i.exec(near)?.[0];
  if (quote && near.length > quote.length) return `${what}"${quote}…"`;
  const line = near.split("\n", 1)[0]!;
  return `${what}"${line.length < near.length || line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}
