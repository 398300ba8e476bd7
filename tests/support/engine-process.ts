/** The engine in a process of its own, to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A child that has loaded the engine and waits for `start`. */
export interface EngineProcess {
  child: ChildProcess;
  /** Lets it apply the folder. */
  start(): void;
  /** Resolves when it has ended, with what it applied, or undefined when it was killed or failed. */
  ended: Promise<{ applied: string[] | undefined; stderr: string }>;
}

/** Starts a process that loads the engine, and then waits. */
export async function engineProcess(url: string, directory: string): Promise<EngineProcess> {
  const engine = JSON.stringify(new URL("../../database/index.ts", import.meta.url).href);
  const program = `
    const { migrate, parseAll, readMigrations } = await import(${engine});
    const migrations = await readMigrations(process.argv[1]);
    await parseAll([]);
    process.stdout.write("ready\\n");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    process.stdin.unref();
    const { applied } = await migrate({ connectionString: process.env.TEST_URL }, migrations);
    process.stdout.write(JSON.stringify(applied));
    process.exit();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, directory], {
    stdio: "pipe",
    env: { ...process.env, TEST_URL: url },
  });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ready = Promise.withResolvers<void>();
  child.stdout.on("data", (text) => {
    stdout += text;
    if (stdout.startsWith("ready\n")) ready.resolve();
  });
  const ended = once(child, "close").then(([code]) => ({
    applied: code === 0 ? (JSON.parse(stdout.slice("ready\n".length)) as string[]) : undefined,
    stderr,
  }));
  await Promise.race([ready.promise, ended]);
  child.stdin.on("error", () => {});
  return { child, start: () => child.stdin.write("go\n"), ended };
}
