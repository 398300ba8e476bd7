import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { readBundle, writeBundle } from "./bundle.ts";
import {
  type CacheEntry,
  cacheEntry,
  cacheProblem,
  cacheRoot,
  makeStaging,
  prepareCache,
  publish,
  readEntry,
  removeLeftovers,
  removeTree,
} from "./cache.ts";
import { download } from "./download.ts";
import { type Engine, oldestPulumi, type Pins, readPins, WayFailed } from "./engine.ts";
import { buildWithGo, goRemedy } from "./go-build.ts";
import { withLock } from "./lock.ts";
import { engineOnPath } from "./path.ts";
import { untilInterrupted } from "./process.ts";
import { type Progress, silent } from "./progress.ts";

/** Where and how an engine is looked for. */
export interface FindOptions {
  /** The checkout with `engine/go/` and `node_modules/`; this file's own by default. */
  root?: string;
  /** The environment that PATH, HOME and the cache folder are taken from; the process's own by default. */
  env?: NodeJS.ProcessEnv;
  /** What shows the work, where there is any: a run that finds its engine at once shows nothing. Silent by default. */
  progress?: Progress;
}

interface Search {
  root: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  pins: Pins;
  /** What must lie beside a command line that is built here. */
  bundle: Map<string, string>;
  /** Why each way so far did not serve, one line each. */
  reasons: string[];
}

/** The checkout that this file belongs to. */
const checkout = fileURLToPath(new URL("..", import.meta.url));

/**
 * Finds a Pulumi command line with its Node.js language host: on PATH and new enough, in the user's cache, by the
 * official download, or built from the pinned Go modules; the last two fill the cache.
 * Throws UserError with the reason of each way where none serves, and InterruptedError where a signal ended the
 * work (nothing half-made is left then).
 */
export async function findEngine(options: FindOptions = {}): Promise<Engine> {
  const { search, entry, engine } = await look(options);
  if (engine !== undefined) return engine;
  const { progress } = search;
  for (const reason of search.reasons) progress.note(`- ${reason}`);

  const cache = entry.root;
  await prepareCache(cache);
  try {
    return await untilInterrupted((stop) =>
      withLock(entry, stop, progress, () => makeEngine(search, entry, stop.signal)),
    );
  } catch (error) {
    throw cacheProblem(cache, error);
  }
}

/** The engine of PATH or the cache; undefined, with the reasons, where one would have to be made first. Makes nothing. */
export async function lookForEngine(
  options: FindOptions = {},
): Promise<{ engine: Engine | undefined; reasons: readonly string[] }> {
  const { search, engine } = await look(options);
  return { engine, reasons: search.reasons };
}

async function look(
  options: FindOptions,
): Promise<{ search: Search; entry: CacheEntry; engine: Engine | undefined }> {
  const { root = checkout, env = process.env, progress = silent } = options;
  const search: Search = {
    root,
    env,
    progress,
    pins: await readPins(root),
    bundle: await readBundle(root),
    reasons: [],
  };
  const cache = cacheRoot(env);
  const entry = cacheEntry(cache, search.pins.pulumi, await ingredients(search));
  const onPath = await attempt(search, "PATH", () => engineOnPath(env, join(cache, "path.json")));
  const engine = onPath ?? (await readEntry(entry));
  if (engine === undefined)
    search.reasons.push(`cache: no complete engine ${search.pins.pulumi} in ${cache}`);
  return { search, entry, engine };
}

/** Everything that the engine is made from, so that a change of any of it makes another cache entry. */
async function ingredients(search: Search): Promise<string[]> {
  const files = ["cli/go.mod", "cli/go.sum", "nodejs/go.mod", "nodejs/go.sum"];
  const texts = files.map((file) => readFile(join(search.root, "engine", "go", file), "utf8"));
  return [...(await Promise.all(texts)), ...search.bundle.values()];
}

async function makeEngine(search: Search, entry: CacheEntry, signal: AbortSignal): Promise<Engine> {
  // Another run may have made it while this one waited for the lock.
  const madeByAnother = await readEntry(entry);
  if (madeByAnother !== undefined) return madeByAnother;
  await removeLeftovers(entry);

  const { env, pins, progress, root } = search;
  const downloaded = await attempt(search, "download", () =>
    inStaging(search, entry, "download", (staging) =>
      progress.step(`Download the official release ${pins.pulumi}`, () =>
        download({ staging, pins, env, signal }),
      ),
    ),
  );
  if (downloaded !== undefined) return downloaded;

  const built = await attempt(search, "Go", () =>
    inStaging(search, entry, "go", async (staging) => {
      await buildWithGo({ root, staging, pins, env, signal, progress });
      await writeBundle(search.bundle, join(staging, "bin"));
    }),
  );
  if (built !== undefined) return built;
  throw new UserError(nothingServes(search));
}

/** Lets one way fill a staging folder and puts the result in place; whatever happens, no staging folder stays. */
async function inStaging(
  search: Search,
  entry: CacheEntry,
  source: "download" | "go",
  fill: (staging: string) => Promise<void>,
): Promise<Engine> {
  const staging = await makeStaging(entry);
  try {
    await fill(staging);
    await publish(entry, staging, search.pins.pulumi);
  } finally {
    await removeTree(staging);
  }
  const engine = await readEntry(entry);
  if (engine === undefined) throw new WayFailed("it gave an incomplete engine");
  return { ...engine, source };
}

/** The result of a way, or undefined where it does not serve; its reason is kept then. */
async function attempt(search: Search, way: string, run: () => Promise<Engine>): Promise<Engine | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    search.reasons.push(`${way}: ${error.message}`);
    return undefined;
  }
}

function nothingServes({ reasons, pins }: Search): string {
  return [
    "No Pulumi engine could be found or made:",
    ...reasons.map((reason) => `  - ${reason}`),
    `${goRemedy(pins)} Or install the Pulumi command line ${oldestPulumi} or newer (pulumi.com/docs/install). Then run the command again.`,
  ].join("\n");
}
