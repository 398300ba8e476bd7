import { UserError } from "../errors.ts";

/** What kind of thing went wrong; the command line and tests decide by it, people read the message. */
export type MigrationErrorKind =
  | "folder"
  | "syntax"
  | "statement"
  | "history"
  | "foreign-table"
  | "connection"
  | "locked"
  | "settings";

/** Where in which file, and what the server said. */
export interface MigrationErrorDetails {
  /** File name inside the migrations folder. */
  file?: string;
  /** First line is 1. */
  line?: number;
  /** In characters; the first column is 1. */
  column?: number;
  /** The lines of the statement around the place, numbered, with a caret under the place. */
  excerpt?: string;
  /** The server's own words, or the parser's. */
  serverMessage?: string;
  /** SQLSTATE of five characters. */
  sqlState?: string;
  /** What to do about it. */
  hint?: string;
}

/** A migration, its folder, its history or its database is not as it must be. The message holds the remedy. */
export class MigrationError extends UserError {
  override name = "MigrationError";
  readonly kind: MigrationErrorKind;
  readonly details: MigrationErrorDetails;

  constructor(
    kind: MigrationErrorKind,
    message: string,
    details: MigrationErrorDetails = {},
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.details = details;
  }
}

/**
 * Builds the error for one place in one file: `file:line:column: what`, the excerpt, then the hint.
 * @param what One line: the server's or the parser's message.
 */
export function errorAt(
  kind: MigrationErrorKind,
  what: string,
  details: MigrationErrorDetails,
  options: ErrorOptions = {},
): MigrationError {
  const place = [details.file, details.line, details.column].filter((part) => part !== undefined).join(":");
  const parts = [`${place}: ${what}`];
  if (details.excerpt) parts.push(details.excerpt);
  if (details.hint) parts.push(`Hint: ${details.hint}`);
  return new MigrationError(kind, parts.join("\n"), details, options);
}

/** A file's name as one word of the commands that messages name: people copy them into a shell. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_./][\p{L}\p{N}_./:@%+=,-]*$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
