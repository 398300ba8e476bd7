import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { UserError, writeProblem } from "../errors.ts";
import { type Engine, executable } from "./engine.ts";

/** Where one engine is, or will be, in the user's cache. */
export interface CacheEntry {
  /** The folder of all engines. */
  root: string;
  /** This engine's folder: `bin/` and the manifest, present as a whole or not at all. */
  folder: string;
}

/** Written last, so that its presence tells that everything else is there. */
interface Manifest {
  version: string;
  files: { name: string; size: number }[];
}

const manifestName = "engine.json";

/**
 * The user's home folder, also where HOME is unset or empty (a container, a CI runner).
 * Throws the system's error where the user has none at all.
 */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  return env.HOME || userInfo().homedir || homedir();
}

/** The user's cache folder for this project's engines, by the platform's own convention. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  // The specification of XDG_CACHE_HOME says to ignore a relative path.
  const xdg = env.XDG_CACHE_HOME ?? "";
  const base =
    (isAbsolute(xdg) && xdg) ||
    (process.platform === "darwin" && join(homeFolder(env), "Library", "Caches")) ||
    (process.platform === "win32" && env.LOCALAPPDATA) ||
    join(homeFolder(env), ".cache");
  return join(base, "kai", "engine");
}

/** The cache entry for an engine of that version made from these ingredients (contents of files). */
export function cacheEntry(root: string, version: string, ingredients: string[]): CacheEntry {
  const hash = createHash("sha256");
  for (const ingredient of ingredients) hash.update(ingredient).update("\0");
  const key = `${version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
  return { root, folder: join(root, key) };
}

/** The engine of a cache entry, or undefined where it is missing or damaged. Starts no process. */
export async function readEntry(entry: CacheEntry): Promise<Engine | undefined> {
  const directory = join(entry.folder, "bin");
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(entry.folder, manifestName), "utf8")) as Manifest;
    for (const { name, size } of manifest.files) {
      if ((await stat(join(directory, name))).size !== size) return undefined;
    }
  } catch {
    return undefined;
  }
  return {
    pulumi: join(directory, executable("pulumi")),
    version: manifest.version,
    source: "cache",
    directory,
  };
}

/** A fresh folder beside the entry, on the same disk, so that it can be renamed into place. */
export function makeStaging(entry: CacheEntry): Promise<string> {
  return mkdtemp(`${entry.folder}.staging-`);
}

/** Removes what runs that were killed left behind. Call it only while holding the entry's lock. */
export async function removeLeftovers(entry: CacheEntry): Promise<void> {
  for (const name of await readdir(entry.root)) {
    if (name.startsWith(`${basename(entry.folder)}.staging-`)) await removeTree(join(entry.root, name));
  }
}

/** Removes a folder with all that is in it, also while a dying process still writes there. */
export function removeTree(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Puts the finished `bin/` of a staging folder in place, in one step. */
export async function publish(entry: CacheEntry, staging: string, version: string): Promise<void> {
  const names = await readdir(join(staging, "bin"));
  const files = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(join(staging, "bin", name))).size })),
  );
  await writeFile(
    join(staging, manifestName),
    JSON.stringify({ version, files } satisfies Manifest, null, 2),
  );
  await removeTree(entry.folder);
  await rename(staging, entry.folder);
}

/** Makes the cache folder. Throws UserError where that is not allowed. */
export async function prepareCache(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
  } catch (error) {
    throw cacheProblem(root, error);
  }
}

/** The user's side of a failed write to the cache; other errors are returned as they are. */
export function cacheProblem(root: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const problem = writeProblem(error);
  if (problem === undefined) return error;
  const remedy =
    code === "ENOSPC" || code === "EDQUOT"
      ? "Free about 5 GB, or set XDG_CACHE_HOME to a folder on another disk, and try again."
      : "Set XDG_CACHE_HOME to a folder you can write to, and try again.";
  return new UserError(`The engine cannot be kept in ${root}: ${problem}. ${remedy}`, { cause: error });
}

/** The lock that a run holds while it makes the entry. */
export function lockPath(entry: CacheEntry): string {
  return `${entry.folder}.lock`;
}
