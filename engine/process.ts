import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { InterruptedError } from "../errors.ts";

/** How a program is run. */
export interface RunOptions {
  /** Its whole environment. */
  env: NodeJS.ProcessEnv;
  /** Its working directory; this process's by default. */
  cwd?: string;
  /** Ends the program and all that it started; the call then throws the signal's reason. */
  signal?: AbortSignal;
  /** Called with each line of its output and of its errors. */
  onLine?: (line: string) => void;
}

/** What a program answered. */
export interface RunResult {
  /** Exit code; undefined where a signal ended it. */
  code: number | undefined;
  /** The lines it wrote last (at most 40), for a message. */
  lastLines: string[];
}

/** How long a program may clean up after SIGINT before it is killed, in milliseconds. */
const patience = 3_000;
const keptLines = 40;

/**
 * Runs a program as the head of a process group of its own, so that it and everything it started can be ended
 * together, and returns only when the last of them is gone.
 * Throws the error of the system where it cannot be started (`ENOENT`: not there).
 */
export async function runInGroup(command: string, args: string[], options: RunOptions): Promise<RunResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > keptLines) lastLines.shift();
      options.onLine?.(line);
    });
  }
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    endGroup(child.pid, "SIGINT");
    killer = setTimeout(() => killTree(child.pid), patience);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number | undefined>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => resolve(exitCode ?? undefined));
    });
    signal?.throwIfAborted();
    return { code, lastLines };
  } finally {
    clearTimeout(killer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Kills the group, and what left it: the engine starts each of its plugins in a group of its own. */
function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  const left = descendants(pid);
  endGroup(pid, "SIGKILL");
  for (const each of left) end(each, "SIGKILL");
}

/** Everything that a process started, by the system's table of processes; nothing where there is no `ps`. */
function descendants(pid: number): number[] {
  const table = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).stdout ?? "";
  const processes = table.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) {
    found.push(...processes.flatMap(([child, of]) => (child !== undefined && of === parent ? [child] : [])));
  }
  return found.slice(1);
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined) end(process.platform === "win32" ? pid : -pid, signal);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Runs work that must clean up when somebody stops the process: a signal aborts it, and the call throws
 * InterruptedError once the work has ended.
 */
export async function untilInterrupted<T>(work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => stop.abort(new InterruptedError(signal));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(stop);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
