import type { ServerError } from "../connection.ts";
import { placeOf } from "../sql/positions.ts";
import { extensionOf, meantExtension, standInLacks, untriedExtension } from "./extensions.ts";
import {
  type Effect,
  effectOf,
  fullName,
  inText,
  isSame,
  missingName,
  type Name,
  tablesIn,
} from "./names.ts";
import type { Piece } from "./pieces.ts";

/** Where a statement stands. */
export interface StatementPlace {
  file: string;
  line: number;
}

/** A statement that failed, for those behind it. */
export interface Failed {
  place: StatementPlace;
  effect: Effect;
  /** The server's. */
  message: string;
  kind: "cause" | "follower" | "untried";
  /** The causes at the end of the chain; of a cause, itself. */
  roots: StatementPlace[];
  missing?: Name;
  /** The `CREATE TABLE IF NOT EXISTS` that was to make it, and did nothing. */
  skipped?: StatementPlace;
}

/** Why a statement failed. */
export interface Blame {
  kind: "cause" | "follower" | "untried";
  roots: StatementPlace[];
  missing?: Name;
  skipped?: StatementPlace;
  /** The extension that would make it and is a stand-in here. */
  extension?: string;
}

interface Made {
  name: Name;
  place: StatementPlace;
  /** Number of the file in the folder, then string index of the statement. */
  order: [number, number];
  /** `CREATE TABLE IF NOT EXISTS` of a table that was there: it changed nothing. */
  skipped?: true;
}

/** What the statements of the whole folder make, and which of them failed so far. */
export class Ledger {
  private readonly planned: Made[] = [];
  private readonly failed: Failed[] = [];
  private readonly done: Made[] = [];

  /** Notes what a file would make, before anything runs: a table that only a later file makes is known by it. */
  plan(file: number, place: StatementPlace, piece: Piece): void {
    for (const name of effectOfPiece(piece).makes)
      this.planned.push({ name, place, order: [file, piece.index] });
  }

  succeeded(file: number, place: StatementPlace, piece: Piece): void {
    const node = piece.statement?.node;
    for (const name of effectOfPiece(piece).makes) {
      const skipped =
        node !== undefined &&
        "CreateStmt" in node &&
        node.CreateStmt.if_not_exists === true &&
        this.done.some((made) => name.kind === "relation" && isSame(name, made.name));
      this.done.push({ name, place, order: [file, piece.index], ...(skipped ? { skipped } : {}) });
    }
  }

  fail(place: StatementPlace, piece: Piece, blame: Blame, { message }: ServerError): void {
    this.failed.push({ place, effect: effectOfPiece(piece), message, ...blame });
  }

  /** Tells a cause from what follows from an earlier failure. */
  blame(place: StatementPlace, piece: Piece, error: ServerError): Blame {
    const missing = missingName(error);
    const tables = piece.statement ? tablesIn(piece.statement.node) : [];
    const makers = this.failed.filter(({ effect }) => follows(error, missing, tables, effect));
    const { kind, roots } = combined(makers);
    if (kind) return { kind, roots, ...(missing ? { missing } : {}) };
    const skipped = missing?.kind === "column" ? this.skippedMaker(missing, tables) : undefined;
    const same = this.failed.find((one) => isRepeated(one, place, { missing, skipped, error }));
    if (same) return { kind: "follower", roots: same.roots, ...(missing ? { missing } : {}) };
    if (missing) {
      const extension = untriedExtension(fullName(missing));
      if (extension && this.uses(extension)) return { kind: "untried", roots: [], missing, extension };
    }
    return {
      kind: "cause",
      roots: [place],
      ...(missing ? { missing } : {}),
      ...(skipped ? { skipped } : {}),
    };
  }

  /** Whether the folder asks for an extension. */
  private uses(extension: string): boolean {
    return this.done.some(({ name }) => name.kind === "extension" && name.name === extension);
  }

  /**
   * The statement further on that makes what is missing.
   * @param tables Those of the failing statement: a column without its table in the message is one of theirs.
   */
  madeLater(
    missing: Name,
    tables: readonly string[],
    file: number,
    index: number,
  ): StatementPlace | undefined {
    return this.planned.find(
      ({ name, order }) =>
        isSame(missing, name) &&
        (name.kind !== "column" || missing.of || tables.includes(name.of ?? "")) &&
        (order[0] > file || (order[0] === file && order[1] > index)),
    )?.place;
  }

  /** The statement that made an object first. */
  madeBy(name: Name): StatementPlace | undefined {
    return this.done.find((made) => !made.skipped && isSame(name, made.name))?.place;
  }

  /** The `CREATE TABLE IF NOT EXISTS` that was to make a column and found the table there. */
  skippedMaker(column: Name, tables: readonly string[]): StatementPlace | undefined {
    const of = column.of ? [column.of] : tables;
    const skipped = this.done
      .filter((made) => made.skipped)
      .map(({ place }) => `${place.file}:${place.line}`);
    return this.planned.find(
      ({ name, place }) =>
        name.kind === "column" &&
        name.name === column.name &&
        of.includes(name.of ?? "") &&
        skipped.includes(`${place.file}:${place.line}`),
    )?.place;
  }
}

/** Parse tree where there is one, and words where there is none. */
export function effectOfPiece(piece: Piece): Effect {
  if (piece.statement) return effectOf(piece.statement.node);
  if (piece.joined) {
    const effects = piece.joined.map((statement) => effectOf(statement.node));
    return { makes: effects.flatMap((one) => one.makes), removes: effects.flatMap((one) => one.removes) };
  }
  return { makes: inText(piece.text), removes: [] };
}

/** The place of a piece. */
export function placeOfPiece(file: string, sql: string, piece: Piece): StatementPlace {
  return { file, line: placeOf(sql, piece.index).line };
}

function combined(makers: readonly Failed[]): { kind?: "follower" | "untried"; roots: StatementPlace[] } {
  if (makers.length === 0) return { roots: [] };
  const roots = makers.flatMap((maker) => maker.roots);
  const unique = [...new Map(roots.map((root) => [`${root.file}:${root.line}`, root])).values()];
  return { kind: makers.every((maker) => maker.kind === "untried") ? "untried" : "follower", roots: unique };
}

/** What is missing once in a file is one cause, however many statements need it; so is what one statement left out. */
function isRepeated(
  failed: Failed,
  place: StatementPlace,
  now: { missing: Name | undefined; skipped: StatementPlace | undefined; error: ServerError },
): boolean {
  if (failed.kind !== "cause" || failed.place.file !== place.file) return false;
  if (failed.message === now.error.message && WITHOUT_NAME.has(now.error.code ?? "")) return true;
  if (!failed.missing || !now.missing) return false;
  return (
    isSame(failed.missing, now.missing) ||
    (now.skipped !== undefined && failed.skipped?.line === now.skipped.line)
  );
}

/** No unique constraint for a foreign key: the message names the table that lacks it. */
const WITHOUT_NAME = new Set(["42830"]);

const DUPLICATE = new Set(["42P07", "42710", "42701", "42723", "42P06"]);

/** Whether an error is what an earlier statement that failed would have prevented. */
function follows(
  error: ServerError,
  missing: Name | undefined,
  tables: readonly string[],
  { makes, removes }: Effect,
): boolean {
  if (missing) {
    return makes.some((made) => {
      if (made.kind === "extension") return extensionMakes(made.name, missing);
      if (made.kind === "schema" && missing.schema === made.name) return true;
      if (
        made.kind === "column" &&
        missing.kind === "column" &&
        !missing.of &&
        made.of &&
        !tables.includes(made.of)
      )
        return false;
      return isSame(missing, made);
    });
  }
  const { code, message } = error;
  if (DUPLICATE.has(code ?? "")) {
    const name = /"([^"]+)"/.exec(message)?.[1]?.split(".").at(-1);
    return removes.some((removed) => removed.name === name);
  }
  if (code === "42P10" || code === "42830") {
    const named = /table "([^"]+)"/.exec(message)?.[1];
    return makes.some(
      (made) => made.kind === "unique" && (named ? made.name === named : tables.includes(made.name)),
    );
  }
  if (code === "23503") {
    const named = /table "([^"]+)"/.exec(error.detail ?? "")?.[1];
    return makes.some((made) => made.kind === "rows" && made.name === named);
  }
  if (code === "23502" || code === "P0001") {
    return makes.some((made) => made.kind === "rows" && tables.includes(made.name));
  }
  return false;
}

function extensionMakes(extension: string, missing: Name): boolean {
  if (missing.kind === "extension") return missing.name === extension;
  return (
    extensionOf(missing.name) === (meantExtension(extension) ?? extension) ||
    standInLacks(extension, fullName(missing))
  );
}
