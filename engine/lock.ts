import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { type CacheEntry, lockPath, readEntry } from "./cache.ts";
import type { Engine } from "./engine.ts";
import type { Progress } from "./progress.ts";

/** A lock that its holder has not touched for so long belongs to a dead process, in milliseconds. */
const staleAfter = 10_000;
/** How often the holder touches it. */
const touchEvery = 2_500;
/** How often a waiting run looks again. */
const lookEvery = 300;

const takenOver =
  "This run stood still so long that another one took over making the engine. Run the command again.";

/**
 * Runs `make` while holding the entry's lock. A run that finds it held says so, waits, and takes the engine that
 * the holder made; the lock of a holder that died is taken over.
 */
export async function withLock(
  entry: CacheEntry,
  stop: AbortController,
  progress: Progress,
  make: () => Promise<Engine>,
): Promise<Engine> {
  const release = await tryLock(entry, stop);
  const held =
    release ??
    (await progress.step(`Wait for another run that is making the engine (${lockPath(entry)})`, () =>
      waitFor(entry, stop),
    ));
  if (typeof held !== "function") return held;
  try {
    return await make();
  } finally {
    // A lock that was taken over is not this run's to give back.
    if (!(stop.signal.reason instanceof UserError)) await held();
  }
}

/** Waits until the engine is there or the lock is free. */
async function waitFor(entry: CacheEntry, stop: AbortController): Promise<Engine | (() => Promise<void>)> {
  for (;;) {
    const engine = await readEntry(entry);
    if (engine !== undefined) return engine;
    const release = await tryLock(entry, stop);
    if (release !== undefined) return release;
    await sleep(lookEvery);
    stop.signal.throwIfAborted();
  }
}

async function tryLock(entry: CacheEntry, stop: AbortController): Promise<(() => Promise<void>) | undefined> {
  // Loaded here: it listens to the process's signals from then on, which a run that needs no lock need not.
  const { default: lockfile } = await import("proper-lockfile");
  try {
    return await lockfile.lock(entry.folder, {
      lockfilePath: lockPath(entry),
      realpath: false,
      stale: staleAfter,
      update: touchEvery,
      onCompromised: (cause) => stop.abort(new UserError(takenOver, { cause })),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    throw error;
  }
}
