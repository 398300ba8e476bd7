/** Which process keeps a world running, so that a second command joins it instead of starting it twice. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";

interface RunFile {
  pid: number;
  /** When the process began, as the system tells it: its number may go to another one once it has ended. */
  began?: string;
  /** The world's variables; absent while it is being started. */
  variables?: NodeJS.ProcessEnv;
}

function runFile(directory: string): string {
  return join(directory, "vaults/running.json");
}

/** @throws UserError where no world has been started yet */
export function requireWorld(directory: string): void {
  if (!existsSync(join(directory, "vaults")))
    throw new UserError(`There is no sandbox in ${directory} yet. \`npm run sandbox\` makes one.`);
}

/**
 * Refuses a folder that holds something else: a world would be scattered into it, and `reset` would remove it all.
 * @throws UserError unless the folder is a world's, empty, or not there
 */
export function requireWorldFolder(directory: string): void {
  if (!existsSync(directory) || existsSync(join(directory, "vaults"))) return;
  if (readdirSync(directory).length > 0)
    throw new UserError(
      `${directory} is no sandbox, and holds something else. Give --directory an empty folder, or one that does not exist.`,
    );
}

/** The variables of a world that another process keeps running, if one does. */
export function runningWorld(directory: string): NodeJS.ProcessEnv | undefined {
  const run = readRun(directory);
  if (run && !run.variables)
    throw new UserError(
      `The sandbox in ${directory} is being started by process ${run.pid}. Try again in a moment.`,
    );
  return run?.variables;
}

function readRun(directory: string): RunFile | undefined {
  if (!existsSync(runFile(directory))) return undefined;
  let run: RunFile;
  try {
    run = JSON.parse(readFileSync(runFile(directory), "utf8")) as RunFile;
  } catch {
    // Half-written: a full disk, or a process that was killed.
    return undefined;
  }
  return isAlive(run.pid) && run.began === beginOf(run.pid) ? run : undefined;
}

/** Clock ticks from the system's start to the process's, field 22 of proc_pid_stat(5); absent where there is no /proc. */
function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** What the file says of this process. */
function ownEntry(): RunFile {
  const began = beginOf(process.pid);
  return { pid: process.pid, ...(began !== undefined && { began }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Marks the world as being started by this process. @throws UserError when another one keeps it */
export function claim(directory: string): void {
  const run = readRun(directory);
  if (run)
    throw new UserError(
      `The sandbox in ${directory} is in use by process ${run.pid}. Wait for it, or stop it.`,
    );
  rmSync(runFile(directory), { force: true });
  writeFileSync(runFile(directory), JSON.stringify(ownEntry()), { flag: "wx", mode: 0o600 });
}

/** Tells other processes how to join. The file lies among the vaults because the variables hold credentials. */
export function publish(directory: string, variables: NodeJS.ProcessEnv): void {
  const unfinished = `${runFile(directory)}.new`;
  writeFileSync(unfinished, JSON.stringify({ ...ownEntry(), variables }), { mode: 0o600 });
  renameSync(unfinished, runFile(directory));
}

/** The world is stopped. */
export function release(directory: string): void {
  rmSync(runFile(directory), { force: true });
}
