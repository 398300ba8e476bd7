import type { Node } from "libpg-query";
import type { ServerError } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { applyTransactions } from "../run/apply.ts";
import { message, RESET_SESSION, type Run } from "../run/run.ts";
import { applySteps } from "../run/steps.ts";
import { excerptAt, indexOfCharacter, placeOf } from "../sql/positions.ts";
import type { Script } from "../sql/statements.ts";
import { STAND_INS } from "./extensions.ts";
import { causeHint, syntaxHint } from "./hints.ts";
import { type Blame, type Ledger, placeOfPiece, type StatementPlace } from "./ledger.ts";
import { attempt, mend } from "./mend.ts";
import { tablesIn } from "./names.ts";
import type { Piece } from "./pieces.ts";

/** One statement that cannot run. */
export interface Fault {
  /**
   * `cause` is wrong in the file itself; `follower` fails because an earlier statement failed; `untried` needs what the
   * throwaway server cannot have.
   */
  kind: "cause" | "follower" | "untried";
  file: string;
  line: number;
  column: number;
  message: string;
  /** SQLSTATE, absent for what the parser refuses. */
  sqlState?: string;
  excerpt: string;
  hint: string;
  /** Causes that must be mended first: of followers, and of a cause that was hidden behind one. */
  follows: StatementPlace[];
}

/** A file, read and cut. */
export interface Prepared {
  /** From 0. */
  number: number;
  migration: Migration;
  /** Absent when the engine refuses the text. */
  script?: Script;
  pieces: Piece[];
}

/** One passage through the folder. */
export interface Stage {
  run: Run;
  ledger: Ledger;
  /** Whether what failed is replaced as far as possible, to see what it hides. */
  mends: boolean;
  /** Tables with a column that is not what its file says, and functions whose body does not work. */
  altered: Set<string>;
}

/** A fault with what tells it from others of another passage. */
export interface Found {
  /** Index of the piece, then string index of the part in it (0: the statement as a whole). */
  key: string;
  fault: Fault;
}

/**
 * Applies a file as `migrate up` does. When that fails, its statements run one by one behind savepoints, so that what
 * can exist exists for those behind, and every failure is seen.
 */
export async function rehearseFile(stage: Stage, file: Prepared): Promise<Found[]> {
  const { run, ledger } = stage;
  let done = 0;
  let refused: MigrationError | undefined;
  if (file.script) {
    refused = await applies(run, file.script);
    if (!refused) {
      for (const piece of file.pieces) ledger.succeeded(file.number, place(file, piece), piece);
      return [];
    }
    await run.client.query("ROLLBACK");
    done = await appliedStatements(run, file.migration);
  }
  for (const piece of file.pieces.slice(0, done)) ledger.succeeded(file.number, place(file, piece), piece);
  const walk: Walk = { stage, file, found: [], allowed: false };
  await runPieces(walk, done);
  for (const reset of RESET_SESSION) await run.client.query(reset);
  // A file may drop the schema of the history; that is its fault, and the next file needs one.
  await run.client.query(run.sql.create());
  if (walk.found.length === 0 && refused && !walk.allowed)
    walk.found.push({ key: "whole", fault: wholeFault(refused) });
  return walk.found;
}

interface Walk {
  stage: Stage;
  file: Prepared;
  found: Found[];
  /** A statement needed a right that Supabase gives and this server cannot. */
  allowed: boolean;
}

async function applies(run: Run, script: Script): Promise<MigrationError | undefined> {
  try {
    if (script.mode === "steps") await applySteps(run, script, undefined);
    else await applyTransactions(run, [script], { started() {}, applied() {} });
    return undefined;
  } catch (error) {
    if (error instanceof MigrationError) return error;
    throw error;
  }
}

/** A file that ran in steps has kept those before the failing one. */
async function appliedStatements(run: Run, migration: Migration): Promise<number> {
  await run.client.query(run.sql.create());
  const result = await run.client.query<{ statements_applied: number }>(
    `SELECT statements_applied FROM ${run.sql.table} WHERE name = $1`,
    [migration.name],
  );
  return result.rows[0]?.statements_applied ?? 0;
}

async function runPieces(walk: Walk, from: number): Promise<void> {
  const { client } = walk.stage.run;
  const { file } = walk;
  // Without a script the file would have been one transaction.
  const each = file.script?.mode === "steps";
  let inBlock = false;
  await client.query("BEGIN");
  for (const piece of file.pieces.slice(from)) {
    const role = piece.statement?.role ?? "ordinary";
    if (role === "begin") inBlock = true;
    else if (role === "commit" || role === "rollback") {
      inBlock = false;
      await client.query(message([role === "commit" ? "COMMIT" : "ROLLBACK", "BEGIN"]));
    } else if (role === "alone") {
      await client.query("COMMIT");
      const error = await alone(walk, piece);
      await client.query("BEGIN");
      await settle(walk, piece, error);
    } else {
      await settle(walk, piece, await inTransaction(walk, piece));
      if (each && !inBlock) await client.query("COMMIT; BEGIN");
    }
  }
  const late = await attempt(client, "SET CONSTRAINTS ALL IMMEDIATE");
  if (late && file.pieces.length > 0) await settle(walk, file.pieces.at(-1)!, late);
  await client.query(late ? "ROLLBACK" : "COMMIT");
}

async function alone({ stage }: Walk, piece: Piece): Promise<ServerError | undefined> {
  try {
    await stage.run.client.query(piece.text);
    return undefined;
  } catch (error) {
    return error as ServerError;
  }
}

/** What the parser refused never ran; with a semicolon in its place it would. */
async function inTransaction(walk: Walk, piece: Piece): Promise<ServerError | undefined> {
  const { client } = walk.stage.run;
  if (piece.error) return Object.assign(new Error(piece.error.details.serverMessage), { severity: "ERROR" });
  const error = await attempt(client, piece.text);
  if (error?.code !== "42501" || !piece.statement || !mayOnSupabase(piece.statement.node)) return error;
  walk.allowed = true;
  await client.query("SELECT kai_rehearsal.elevate(true)");
  const again = await attempt(client, piece.text);
  await client.query("SELECT kai_rehearsal.elevate(false)");
  return again;
}

/** supautils lets `postgres` do this; no event trigger fires around it (https://supabase.com/docs/guides/database/postgres/event-triggers). */
function mayOnSupabase(node: Node): boolean {
  if ("CreateEventTrigStmt" in node || "AlterEventTrigStmt" in node) return true;
  return "DropStmt" in node && node.DropStmt.removeType === "OBJECT_EVENT_TRIGGER";
}

async function settle(walk: Walk, piece: Piece, error: ServerError | undefined): Promise<void> {
  const { stage, file } = walk;
  const { ledger, run } = stage;
  const at = place(file, piece);
  if (!error) return ledger.succeeded(file.number, at, piece);
  const blame = blameOf(stage, at, piece, error);
  const position = Number(error.position ?? 1) - 1;
  const index = piece.error ? undefined : piece.index + indexOfCharacter(piece.text, position);
  await add(walk, piece, error, blame, index, 0);
  if (stage.mends) {
    for (const statement of piece.joined ?? []) {
      await settle(
        walk,
        { text: statement.text, index: statement.index, statement },
        await attempt(run.client, statement.text),
      );
    }
    if (!piece.joined && (await mendPiece(walk, piece, error))) return;
  }
  ledger.fail(at, piece, blame, error);
}

/** @returns Whether nothing is missing any more. */
async function mendPiece(walk: Walk, piece: Piece, error: ServerError): Promise<boolean> {
  const { stage, file } = walk;
  const mended = await mend(stage.run.client, piece);
  for (const table of mended.altered) stage.altered.add(table);
  const first = mended.errors.findIndex((part) => part.error.message === error.message);
  const main = walk.found.findLast((found) => found.key === `${piece.index}:0`);
  if (first >= 0 && main && !error.position && !piece.error) {
    const index = piece.index + mended.errors[first]!.index;
    Object.assign(main.fault, placeOf(file.migration.sql, index), {
      excerpt: excerptAt(file.migration.sql, index, piece.index, piece.index + piece.text.length),
    });
  }
  // A syntax error in a part says the same as the statement's.
  const more = mended.errors.filter(
    (part, number) => number !== first && (part.error.code !== "42601" || !piece.error),
  );
  for (const part of more) {
    const at = {
      file: file.migration.name,
      line: placeOf(file.migration.sql, piece.index + part.index).line,
    };
    await add(
      walk,
      piece,
      part.error,
      blameOf(stage, at, piece, part.error),
      piece.index + part.index,
      part.index,
    );
  }
  return mended.complete;
}

/** An error that comes from a replaced column, not from the file, is nobody's fault. */
const OF_TYPES = new Set(["42804", "42883", "42846", "42P18", "42725", "22P02", "42704", "0A000", "42830"]);

function blameOf(stage: Stage, at: StatementPlace, piece: Piece, error: ServerError): Blame {
  const blame = stage.ledger.blame(at, piece, error);
  const available = /extension "([^"]+)" (?:is not available|has no installation script)/.exec(error.message);
  if (available && (STAND_INS[available[1]!] || /has no installation/.test(error.message))) {
    return { kind: "untried", roots: [], extension: available[1]! };
  }
  const called = /function "?(?:\w+\.)?(\w+)/.exec(error.where ?? "")?.[1];
  if (blame.kind === "cause" && called && stage.altered.has(called)) return { ...blame, kind: "follower" };
  const replaced =
    piece.statement && tablesIn(piece.statement.node).some((table) => stage.altered.has(table));
  if (blame.kind === "cause" && replaced && OF_TYPES.has(error.code ?? ""))
    return { ...blame, kind: "follower" };
  return blame;
}

async function add(
  walk: Walk,
  piece: Piece,
  error: ServerError,
  blame: Blame,
  index: number | undefined,
  part: number,
): Promise<void> {
  const { file, stage } = walk;
  const { migration } = file;
  const at = place(file, piece);
  const own = piece.error?.details;
  const where =
    index === undefined ? { line: own?.line ?? 1, column: own?.column ?? 1 } : placeOf(migration.sql, index);
  const detail = error.detail && !error.detail.startsWith("Failing row") ? `: ${error.detail}` : "";
  walk.found.push({
    key: `${piece.index}:${part}`,
    fault: {
      kind: blame.kind,
      file: migration.name,
      ...where,
      message: `${error.message}${detail}`,
      ...(error.code ? { sqlState: error.code } : {}),
      excerpt:
        own?.excerpt && index === undefined
          ? own.excerpt
          : excerptAt(migration.sql, index ?? piece.index, piece.index, piece.index + piece.text.length),
      hint: await hintOf(),
      follows: blame.kind === "cause" ? [] : blame.roots,
    },
  });

  async function hintOf(): Promise<string> {
    if (blame.kind === "untried") {
      return `${blame.extension ?? "what it needs"} is on Supabase and not on this server, so this statement was not judged.`;
    }
    if (blame.kind === "follower") return "nothing to do here: it runs once the cause is mended.";
    if (part > 0 && /^(index|key)\s/i.test(piece.text.slice(part))) {
      return "an index is a statement of its own: CREATE INDEX name ON table (columns).";
    }
    if (piece.joined) return "a semicolon is missing before this place.";
    if (piece.error && part === 0) {
      return own?.hint ?? syntaxHint(piece.text, indexAt(migration.sql, where) - piece.index, error.message);
    }
    if (
      error.code === "42601" &&
      error.position !== undefined &&
      index !== undefined &&
      !blame.missing &&
      /syntax error|unterminated/.test(error.message)
    ) {
      return syntaxHint(piece.text, index - piece.index, error.message);
    }
    return causeHint({
      client: stage.run.client,
      ledger: stage.ledger,
      history: stage.run.sql.where,
      file: file.number,
      place: at,
      piece,
      error,
      missing: blame.missing,
    });
  }
}

function indexAt(text: string, { line, column }: { line: number; column: number }): number {
  const start =
    text
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length + (line > 1 ? 1 : 0);
  return start + indexOfCharacter(text.slice(start), column - 1);
}

function wholeFault(error: MigrationError): Fault {
  const { details } = error;
  return {
    kind: "cause",
    file: details.file ?? "",
    line: details.line ?? 1,
    column: details.column ?? 1,
    message: details.serverMessage ?? error.message,
    ...(details.sqlState ? { sqlState: details.sqlState } : {}),
    excerpt: details.excerpt ?? "",
    hint: details.hint ?? "correct the file.",
    follows: [],
  };
}

function place(file: Prepared, piece: Piece): StatementPlace {
  return placeOfPiece(file.migration.name, file.migration.sql, piece);
}
