/** Runs one script, and ends it as GitHub's runner does. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Milliseconds from one signal to the next. */
export interface Grace {
  /** After SIGINT, which only the script itself gets. */
  interrupt: number;
  /** After SIGTERM; then everything that it started is killed. */
  terminate: number;
}

/** docs.github.com, "Canceling a workflow": 7,500 ms, then 2,500 ms. */
const GITHUBS_GRACE: Grace = { interrupt: 7_500, terminate: 2_500 };

export interface ScriptOptions {
  cwd: string;
  env: Record<string, string>;
  signal: AbortSignal;
  onLine: (line: string) => void;
  grace?: Grace;
}

/** Runs a program in a group of processes of its own, with both outputs in one stream of lines. */
export async function runScript(
  program: string,
  args: string[],
  { cwd, env, signal, onLine, grace = GITHUBS_GRACE }: ScriptOptions,
): Promise<{ code: number; cancelled: boolean }> {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on("line", onLine);
    return new Promise((resolved) => reader.on("close", resolved));
  });
  const timers: NodeJS.Timeout[] = [];
  let cancelled = false;
  const killAll = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Everything has ended already.
    }
  };
  const end = () => {
    cancelled = true;
    child.kill("SIGINT");
    timers.push(setTimeout(() => child.kill("SIGTERM"), grace.interrupt));
    timers.push(setTimeout(killAll, grace.interrupt + grace.terminate));
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  const code = await new Promise<number>((resolved) => {
    child.on("error", () => resolved(127));
    child.on("exit", (status) => resolved(status ?? 1));
  });
  signal.removeEventListener("abort", end);
  for (const timer of timers) clearTimeout(timer);
  // What the script left running holds its outputs open, and is killed at the latest when its job ends.
  killAll();
  await Promise.all(lines);
  return { code, cancelled };
}
