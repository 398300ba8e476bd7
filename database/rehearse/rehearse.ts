import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { DEFAULT_HISTORY, HistorySql, type HistoryTable } from "../history/history.ts";
import type { Run } from "../run/run.ts";
import { parseScript } from "../sql/statements.ts";
import { nested } from "../sql/tree.ts";
import { type Fault, type Found, type Prepared, rehearseFile, type Stage } from "./attempt.ts";
import { STAND_INS } from "./extensions.ts";
import { Ledger, placeOfPiece } from "./ledger.ts";
import { cutIntoPieces, type Piece } from "./pieces.ts";
import { type Shape, shapedServer, type Throwaway } from "./server.ts";

export interface RehearseOptions {
  /** What the throwaway server looks like. Default `supabase`. */
  shape?: Shape;
  /** Names of files that the target's history holds. They make the state that the others are judged in. Default: none. */
  applied?: readonly string[];
  /** Where the target keeps its history. Default `public.schema_migrations`. */
  history?: HistoryTable;
  /** Called before each file. `number` counts from 1 to `of` within a passage; the second one looks behind the causes. */
  onFile?: (file: { name: string; number: number; of: number; passage: 1 | 2 }) => void;
}

/**
 * `applies`; or `cause`: something is wrong in the file itself; `follower`: it fails because of another file alone;
 * `untried`: it needs what the throwaway server cannot have.
 */
export type Verdict = "applies" | "cause" | "follower" | "untried";

export interface RehearsedFile {
  name: string;
  verdict: Verdict;
  /** The target has it already: what is wrong in it is nothing to mend now. */
  applied: boolean;
  faults: Fault[];
  /** Extensions of the file that were no more than stand-ins. */
  standIns: string[];
}

export interface Rehearsal {
  /** No file that is pending has a cause in it. */
  sound: boolean;
  files: RehearsedFile[];
}

/**
 * Applies files to a PostgreSQL in memory that is shaped like the target, and finds every one that cannot apply. Nothing
 * else is touched. A first passage applies each file as `migrate up` does, and keeps what can exist of those that fail;
 * a second one, when there were failures, also puts something in the place of what failed, and so finds what is wrong in
 * the statements behind.
 */
export async function rehearse(
  migrations: readonly Migration[],
  options: RehearseOptions = {},
): Promise<Rehearsal> {
  const applied = new Set(options.applied ?? []);
  const ordered = [
    ...migrations.filter(({ name }) => applied.has(name)),
    ...migrations.filter(({ name }) => !applied.has(name)),
  ];
  const files: Prepared[] = [];
  for (const [number, migration] of ordered.entries()) files.push(await prepare(number, migration));
  const shape = options.shape ?? "supabase";
  const start = await shapedServer(shape, files.map(({ migration }) => migration.sql).join("\n"));
  const first = await passage(await start(), files, false, options);
  const failed = [...first.values()].some((found) => found.length > 0);
  const second = failed ? await passage(await start(), files, true, options) : new Map<string, Found[]>();
  const rehearsed = files.map((file) => verdictOn(file, first, second, applied));
  nameCauses(files, rehearsed);
  return { sound: rehearsed.every((file) => file.applied || file.verdict !== "cause"), files: rehearsed };
}

async function prepare(number: number, file: Migration): Promise<Prepared> {
  // Read once: places and texts must come from the same reading.
  const migration = { ...file };
  try {
    const script = await parseScript(migration);
    const pieces = script.statements.map(
      (statement): Piece => ({ text: statement.text, index: statement.index, statement }),
    );
    return { number, migration, script, pieces };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const pieces = await cutIntoPieces(migration);
    if (pieces.some((piece) => piece.error)) return { number, migration, pieces };
    // What the engine refuses in the file as a whole, a transaction that is never ended for example.
    return { number, migration, pieces: [{ text: "", index: 0, error }, ...pieces] };
  }
}

async function passage(
  server: Throwaway,
  files: readonly Prepared[],
  mends: boolean,
  options: RehearseOptions,
): Promise<Map<string, Found[]>> {
  const found = new Map<string, Found[]>();
  const stage = await newStage(server, mends, options.history ?? DEFAULT_HISTORY);
  for (const file of files) {
    for (const piece of file.pieces) {
      stage.ledger.plan(file.number, placeOfPiece(file.migration.name, file.migration.sql, piece), piece);
    }
  }
  try {
    for (const file of files) {
      const { name } = file.migration;
      options.onFile?.({ name, number: file.number + 1, of: files.length, passage: mends ? 2 : 1 });
      found.set(name, await rehearseFile(stage, file));
    }
    return found;
  } finally {
    await server.stop();
  }
}

async function newStage({ client }: Throwaway, mends: boolean, history: HistoryTable): Promise<Stage> {
  const sql = new HistorySql(history);
  await client.query(sql.create());
  const run: Run = {
    client,
    sql,
    // One session: nothing to wait for.
    lockTimeoutMs: 0,
    lockRetryMs: 0,
    statementTimeoutMs: 0,
    session: { pooling: "none", checksConnection: false },
    onEvent: () => {},
  };
  return { run, ledger: new Ledger(), mends, altered: new Set() };
}

/** The first passage says what fails; the second, which of these statements are wrong themselves. */
function verdictOn(
  file: Prepared,
  first: Map<string, Found[]>,
  second: Map<string, Found[]>,
  applied: ReadonlySet<string>,
): RehearsedFile {
  const { name } = file.migration;
  const seen = first.get(name) ?? [];
  const behind = second.get(name) ?? [];
  const failing = new Set(seen.map(({ key }) => key.split(":")[0]));
  const joined = new Set(
    file.pieces.flatMap((piece) => (piece.joined ?? []).map(({ index }) => String(index))),
  );
  const faults = seen.map(({ key, fault }) => {
    const now = behind.find((one) => one.key === key)?.fault;
    if (now?.kind !== "cause") return fault;
    // Hidden behind another one.
    if (fault.kind !== "cause") return { ...now, follows: fault.follows };
    // Seen twice: the second time by its part of the statement, and with more in place for a hint.
    return now.message === fault.message ? now : fault;
  });
  for (const { key, fault } of behind) {
    if (fault.kind !== "cause" || seen.some((one) => one.key === key)) continue;
    const piece = key.split(":")[0]!;
    if (failing.has(piece) || joined.has(piece)) faults.push(fault);
  }
  const judged = applied.has(name) ? faults : faults.map((fault) => fromHistory(fault, applied));
  judged.sort((a, b) => a.line - b.line || a.column - b.column);
  return {
    name,
    verdict: worst(judged),
    applied: applied.has(name),
    faults: judged,
    standIns: standInsOf(file),
  };
}

/** Followers know their cause by where its statement begins; what is shown is the place of the fault in it. */
function nameCauses(files: readonly Prepared[], rehearsed: readonly RehearsedFile[]): void {
  const places = new Map<string, number>();
  for (const [number, { faults, name }] of rehearsed.entries()) {
    const { pieces, migration } = files[number]!;
    for (const fault of faults.filter(({ kind }) => kind !== "follower")) {
      const lines = pieces.map((piece) => placeOfPiece(name, migration.sql, piece).line);
      const begin = Math.max(...lines.filter((line) => line <= fault.line));
      if (!places.has(`${name}:${begin}`)) places.set(`${name}:${begin}`, fault.line);
    }
  }
  for (const fault of rehearsed.flatMap(({ faults }) => faults)) {
    fault.follows = fault.follows.map((root) => ({
      ...root,
      line: places.get(`${root.file}:${root.line}`) ?? root.line,
    }));
  }
}

/** What an applied file made is there on the target, even when it cannot be made here. */
function fromHistory(fault: Fault, applied: ReadonlySet<string>): Fault {
  const onlyApplied = fault.follows.length > 0 && fault.follows.every((root) => applied.has(root.file));
  if (fault.kind !== "follower" || !onlyApplied) return fault;
  const places = fault.follows.map((root) => `${root.file}:${root.line}`).join(", ");
  return {
    ...fault,
    kind: "untried",
    hint: `it needs what ${places} makes, which the history has as applied and which cannot be made here.`,
  };
}

function worst(faults: readonly Fault[]): Verdict {
  for (const kind of ["cause", "follower", "untried"] as const) {
    if (faults.some((fault) => fault.kind === kind)) return kind;
  }
  return "applies";
}

function standInsOf(file: Prepared): string[] {
  const names = file.pieces.flatMap((piece) =>
    nested(piece.statement?.node, "CreateExtensionStmt").map(({ extname }) => extname ?? ""),
  );
  return [...new Set(names.filter((name) => STAND_INS[name] !== undefined))];
}
