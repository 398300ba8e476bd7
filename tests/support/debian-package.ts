/** Programs that Debian packages: from PATH, or unpacked into the user's cache folder, without root. */
import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "./cache.ts";

/** A program, and what its environment needs beside it. */
export interface Program {
  path: string;
  env: NodeJS.ProcessEnv;
}

/** Folders of system programs are not on the PATH of every user. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

/**
 * Finds a program, or fetches it with apt-get.
 * @param name Name of the program.
 * @param packages The package that holds it, and the libraries that a bare Debian or Ubuntu does not have.
 * @returns Why there is none, as a string, on a system without apt-get or without a network.
 */
export function findProgram(name: string, packages: readonly string[]): Program | string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS].filter(Boolean);
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found) return { path: found, env: process.env };
  try {
    return unpacked(name, packages);
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    return `${name} is not installed, and apt-get cannot fetch it: ${said.split("\n").at(-1)}`;
  }
}

function unpacked(name: string, packages: readonly string[]): Program {
  const root = join(cacheFolder(), name);
  if (!existsSync(root)) {
    // Several test files may fetch at once: the folder appears complete or not at all.
    const work = mkdtempSync(`${root}-`);
    chmodSync(work, 0o755);
    execFileSync("apt-get", ["download", ...packages], { cwd: work, stdio: "pipe" });
    for (const file of readdirSync(work)) execFileSync("dpkg", ["-x", join(work, file), join(work, "root")]);
    if (!existsSync(root)) renameSync(join(work, "root"), root);
    rmSync(work, { recursive: true });
  }
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).map((file) => join(root, file));
  const path = files.find((file) => file.endsWith(`bin/${name}`));
  if (!path) throw new Error(`${packages.join(", ")}: no program ${name} inside`);
  const libraries = new Set(files.filter((file) => /\.so[.\d]*$/.test(file)).map((file) => join(file, "..")));
  return { path, env: { ...process.env, LD_LIBRARY_PATH: [...libraries].join(delimiter) } };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
