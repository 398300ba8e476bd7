import { constants } from "node:fs";
import { access, mkdir, open, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import semver from "semver";
import { type Engine, executable, oldestPulumi, WayFailed } from "./engine.ts";
import { runInGroup } from "./process.ts";

/** What a Pulumi command line needs beside it, or on PATH, to run a Node.js program with dynamic resources. */
const helpers = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
/** How long `pulumi version` may take, in milliseconds. */
const versionLimit = 10_000;

/**
 * Takes the `pulumi` of PATH if it is new enough and complete.
 * The version is asked for once and remembered in `memory` until the file changes, since starting the command
 * line takes longer than everything else here.
 * Throws WayFailed where there is none or it does not fit.
 */
export async function engineOnPath(env: NodeJS.ProcessEnv, memory: string): Promise<Engine> {
  const pulumi = await findOnPath("pulumi", env);
  if (pulumi === undefined) throw new WayFailed("no `pulumi` on PATH");
  const real = await realpath(pulumi);
  const version = await rememberedVersion(pulumi, real, env, memory);
  if (semver.lt(version, oldestPulumi)) {
    throw new WayFailed(`${pulumi} is version ${version}, and ${oldestPulumi} is the oldest that serves`);
  }
  if (semver.major(version) !== semver.major(oldestPulumi)) {
    throw new WayFailed(`${pulumi} is version ${version}, and this program is written for version 3`);
  }
  for (const helper of helpers) {
    const beside = [dirname(pulumi), dirname(real)].map((folder) => join(folder, executable(helper)));
    const found = (await firstExecutable(beside)) ?? (await findOnPath(helper, env));
    if (found === undefined) throw new WayFailed(`${pulumi} has no ${helper} beside it or on PATH`);
  }
  return { pulumi, version, source: "path", directory: dirname(pulumi) };
}

/** The absolute path of the first executable of that name on PATH. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return firstExecutable(folders.map((folder) => join(folder, executable(name))));
}

async function firstExecutable(files: string[]): Promise<string | undefined> {
  for (const file of files) {
    try {
      await access(file, constants.X_OK);
      if ((await stat(file)).isFile()) return file;
    } catch {
      // Not there, or not for us: the next folder may have it.
    }
  }
  return undefined;
}

async function rememberedVersion(
  pulumi: string,
  real: string,
  env: NodeJS.ProcessEnv,
  memory: string,
): Promise<string> {
  const { size, mtimeMs } = await stat(real);
  const identity = JSON.stringify([pulumi, real, size, mtimeMs]);
  // A script stands for a version manager, which may start another version tomorrow: it is always asked.
  const isFixed = real.endsWith(executable("pulumi")) && !(await isScript(real));
  if (isFixed) {
    const known = await recall(memory);
    if (known?.identity === identity) return known.version;
  }
  const version = await askVersion(pulumi, env);
  if (isFixed) await remember(memory, { identity, version });
  return version;
}

async function isScript(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString("latin1", 0, bytesRead) === "#!";
  } finally {
    await handle.close();
  }
}

interface Memory {
  identity: string;
  version: string;
}

async function recall(memory: string): Promise<Memory | undefined> {
  try {
    return JSON.parse(await readFile(memory, "utf8")) as Memory;
  } catch {
    return undefined;
  }
}

async function remember(memory: string, entry: Memory): Promise<void> {
  try {
    await mkdir(dirname(memory), { recursive: true });
    await writeFile(memory, JSON.stringify(entry));
  } catch {
    // Without the memory the next run asks again; an engine on PATH needs no cache folder.
  }
}

async function askVersion(pulumi: string, env: NodeJS.ProcessEnv): Promise<string> {
  const limit = AbortSignal.timeout(versionLimit);
  const result = await runInGroup(pulumi, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    signal: limit,
  }).catch((error: unknown) => {
    throw new WayFailed(`${pulumi} could not be asked for its version (${(error as Error).message})`);
  });
  const version = result.lastLines.map((line) => semver.parse(line.trim())).find((parsed) => parsed !== null);
  if (result.code !== 0 || version === undefined) {
    throw new WayFailed(`${pulumi} does not answer \`pulumi version\` with a version`);
  }
  return version.version;
}
