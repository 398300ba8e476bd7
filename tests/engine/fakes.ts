import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { findOnPath } from "../../engine/path.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A machine of its own for one test: an empty home, an empty cache, and only the programs that the test puts there. */
export interface Machine {
  folder: string;
  /** What runs on it; ended with the test, also where that fails. */
  started: ChildProcess[];
  bin: string;
  /** The folder of the engines. */
  cache: string;
  env: NodeJS.ProcessEnv;
  /** Puts an executable on PATH. `#!/bin/sh` is added. */
  put(name: string, script: string): Promise<void>;
  /** The lines that the fakes wrote to `$CALLS`. */
  calls(): Promise<string[]>;
}

export async function makeMachine(t: TestContext): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "kai engine "));
  const started: ChildProcess[] = [];
  t.after(async () => {
    for (const child of started) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  const bin = join(folder, "bin");
  const home = join(folder, "home");
  await mkdir(bin);
  await mkdir(home);
  for (const tool of ["chmod", "env", "mkdir", "sleep"]) {
    const real = await findOnPath(tool, process.env);
    if (real === undefined) throw new Error(`the tests need ${tool} on PATH`);
    await symlink(real, join(bin, tool));
  }
  const calls = join(folder, "calls");
  return {
    folder,
    started,
    bin,
    cache: join(home, ".cache", "kai", "engine"),
    env: {
      // Not the machine's own: it may have a Go or a Pulumi.
      PATH: bin,
      HOME: home,
      CALLS: calls,
      // Nothing listens there: the official download is refused at once, on every machine.
      HTTPS_PROXY: "http://127.0.0.1:9",
    },
    put: (name, script) => putExecutable(join(bin, name), script),
    calls: async () =>
      (await readFile(calls, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
  };
}

async function putExecutable(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** A `pulumi` that answers this version. */
export const fakePulumi = (version: string) => `echo "pulumi $*" >> "$CALLS"\necho "v${version}"`;

/** A `go` of this version that "builds" by writing a script to the file after `-o`. `first` runs before that. */
export const fakeGo = (first = "", version = "1.26.6") => `
if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit 0; fi
echo "go $*" >> "$CALLS"
${first}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho "built $*" >> "$CALLS"\\n' > "$2"
chmod +x "$2"`;

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  pid: number;
  /** Resolves once standard error holds the text; rejects if the command ends before. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  answer: Promise<Answer>;
}

/** Starts `kai …` on that machine. */
export function start(machine: Machine, args: string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [join(root, "cli", "kai.cjs"), ...args], {
    env: { ...machine.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  machine.started.push(child);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    answer,
    kill: (signal) => void child.kill(signal),
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stderr.includes(text) && resolve();
        child.stderr.on("data", look);
        look();
        answer.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)), reject);
      }),
  };
}

/** Runs `kai …` on that machine to its end. */
export function kai(machine: Machine, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> {
  return start(machine, args, env).answer;
}

/** What `kai engine --json` answers; fails the test with its messages where it fails. */
export async function findOn(
  machine: Machine,
  env: NodeJS.ProcessEnv = {},
): Promise<{ pulumi: string; version: string; source: string; directory: string }> {
  const { code, stdout, stderr } = await kai(machine, ["engine", "--json"], env);
  if (code !== 0) throw new Error(`kai engine exited with ${code}:\n${stderr}`);
  return JSON.parse(stdout);
}
