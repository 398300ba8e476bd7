import type { Migration } from "../folder/files.ts";
import type { HistoryRow } from "../history/history.ts";
import type { Script } from "../sql/statements.ts";
import { applySteppedFile, applyTransactions, type Watch } from "./apply.ts";
import { AppliedElsewhere, type Run } from "./run.ts";

/** What is to be applied, as the history says it. */
export interface Pending {
  files: Migration[];
  /** Rows of files that are applied in part, by file name. */
  partial: ReadonlyMap<string, HistoryRow>;
}

/** A message holds so many files and characters of them at most: the server understands all of it before it starts. */
const BATCH_FILES = 50;
const BATCH_CHARACTERS = 64 * 1024;
/** The server answers when it is through with a message, so progress is seen about this often. */
const BATCH_MS = 500;

/** Where the files come from. */
export interface Source {
  first: Pending;
  /** Reads the history again, when another run was faster. */
  read(): Promise<Pending>;
  parse(file: Migration): Promise<Script>;
}

/**
 * Applies files in order.
 * @param applied Receives the name of each file that this run applied, also when a later one fails.
 */
export async function applyQueue(run: Run, source: Source, applied: string[]): Promise<void> {
  for (let pending: Pending | undefined = source.first; pending; ) {
    try {
      await applyAll(run, pending, source.parse, applied);
      pending = undefined;
    } catch (error) {
      if (!(error instanceof AppliedElsewhere)) throw error;
      pending = await source.read();
    }
  }
}

async function applyAll(
  run: Run,
  { files, partial }: Pending,
  parse: Source["parse"],
  applied: string[],
): Promise<void> {
  const watch = watchOf(run, files.length, applied);
  let limit = 1;
  const upcoming = batches(files, partial, parse, () => limit);
  let batch = await upcoming.next();
  while (!batch.done) {
    const started = performance.now();
    const applying = applyBatch(run, batch.value, partial, watch);
    // The next ones are understood while the server works.
    const [outcome, following] = await Promise.allSettled([applying, upcoming.next()]);
    if (outcome.status === "rejected") throw outcome.reason;
    if (following.status === "rejected") throw following.reason;
    limit = performance.now() - started < BATCH_MS ? Math.min(limit * 2, BATCH_FILES) : 1;
    batch = following.value;
  }
}

/** Files that go to the server together: transactions in one message, or one file that runs in steps. */
async function* batches(
  files: readonly Migration[],
  partial: Pending["partial"],
  parse: Source["parse"],
  limit: () => number,
): AsyncGenerator<Script[], void> {
  let batch: Script[] = [];
  let size = 0;
  for (const file of files) {
    const script = await parse(file);
    const alone = script.mode === "steps" || partial.has(file.name);
    const full = batch.length >= limit() || size + script.body.length > BATCH_CHARACTERS;
    if (batch.length > 0 && (alone || full)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(script);
    size += script.body.length;
    if (alone) {
      yield batch;
      batch = [];
      size = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

async function applyBatch(
  run: Run,
  batch: readonly Script[],
  partial: Pending["partial"],
  watch: Watch,
): Promise<void> {
  const [script] = batch as [Script];
  const row = partial.get(script.migration.name);
  watch.started(script);
  if (script.mode === "transaction" && !row) return applyTransactions(run, batch, watch);
  const started = performance.now();
  await applySteppedFile(run, script, row);
  watch.applied(script, Math.round(performance.now() - started));
}

function watchOf(run: Run, count: number, applied: string[]): Watch {
  const of = applied.length + count;
  let number = applied.length;
  return {
    started({ migration, mode }) {
      number++;
      run.onEvent({ kind: "file-started", file: migration.name, number, of, mode });
    },
    applied({ migration }, durationMs) {
      applied.push(migration.name);
      run.onEvent({ kind: "file-applied", file: migration.name, durationMs });
    },
  };
}
