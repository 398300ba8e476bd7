/** Timing of whole commands, as ratios: two commands in turn, so that a machine that changes its speed changes both. */
import { spawn } from "node:child_process";

/** A command with the environment that it runs in. */
export interface Timed {
  /** Default: the engine. */
  program?: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

/** One run of the engine. */
export interface Run {
  /** Wall-clock time. */
  seconds: number;
  /** Resources that it dealt with, changed or not. */
  resources: number;
}

/** Wall-clock seconds of one run. @throws Error with its output when it fails */
export async function seconds(timed: Timed): Promise<number> {
  return (await engineRun(timed)).seconds;
}

/** Runs the engine, or the program that is named. @throws Error with its output when it fails */
export function engineRun({ program = "pulumi", args, env }: Timed): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const all = program === "pulumi" ? [...args, "--non-interactive"] : args;
    const child = spawn(program, all, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0)
        resolve({ seconds: (performance.now() - start) / 1000, resources: resourcesIn(output) });
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`));
    });
  });
}

/** The sum of the engine's own count at the end: "3 to create", "140 unchanged". */
function resourcesIn(output: string): number {
  const counts = output.slice(output.lastIndexOf("Resources:")).matchAll(/(\d+) (?:to \w+|unchanged)/g);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Median of a/b over `pairs` runs in turn, after one run of each that does not count. */
export async function ratio(
  a: Timed,
  b: Timed,
  pairs: number,
  say: (detail: string) => void,
): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const [first, second] = [await seconds(a), await seconds(b)];
    if (pair > 0) ratios.push(first / second);
    say(`${first.toFixed(1)} s against ${second.toFixed(1)} s`);
  }
  return median(ratios);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
