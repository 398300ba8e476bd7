/** Worlds for tests on the real engine. Reconciling both stacks takes long, so it is done once a run and copied. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import lockfile from "proper-lockfile";
import { findEngine } from "../../engine/find-engine.ts";
import { prepareStacks, startWorld, type World } from "../../sandbox/world.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A world that lives as long as one test. */
export interface TestWorld extends World {
  directory: string;
  /** Runs a command in the world; never rejects because of its exit code. */
  run(command: string, ...args: string[]): Promise<{ code: number; output: string }>;
}

/** A world in which nothing exists yet but the stacks and their secrets. */
export async function freshWorld(t: TestContext): Promise<TestWorld> {
  return openWorld(t, mkdtempSync(join(tmpdir(), "kai-world-")));
}

/** A world of its own in which both stacks are up. */
export async function reconciledWorld(t: TestContext): Promise<TestWorld> {
  const directory = mkdtempSync(join(tmpdir(), "kai-world-"));
  cpSync(await template(), directory, { recursive: true, verbatimSymlinks: true });
  return openWorld(t, directory);
}

async function openWorld(t: TestContext, directory: string): Promise<TestWorld> {
  const world = await start(directory);
  t.after(async () => {
    await world.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { ...world, directory, run: (command, ...args) => run(world, command, args) };
}

async function start(directory: string): Promise<World> {
  const world = await startWorld({ directory, program: root, engine: await findEngine({ root }) });
  await prepareStacks(world, directory);
  return world;
}

/** The folder with the reconciled world; the first test that needs it makes it, others wait. */
async function template(): Promise<string> {
  const shared = process.env.KAI_TEST_DIRECTORY;
  if (!shared) throw new Error("Run the tests with `npm test`, which prepares what they share.");
  const finished = join(shared, "template");
  const release = await lockfile.lock(shared, { retries: { retries: 300, minTimeout: 1000, maxTimeout: 1000 } });
  try {
    if (!existsSync(finished)) {
      const unfinished = join(shared, "unfinished");
      mkdirSync(unfinished);
      await reconcile(unfinished);
      renameSync(unfinished, finished);
    }
  } finally {
    await release();
  }
  return finished;
}

async function reconcile(directory: string): Promise<void> {
  const world = await start(directory);
  try {
    for (const stack of ["production", "staging"]) {
      const { code, output } = await run(world, "pulumi", ["up", "--yes", "--skip-preview", "--stack", stack]);
      if (code !== 0) throw new Error(`pulumi up of ${stack} ended with ${code}:\n${output}`);
    }
  } finally {
    await world.stop();
  }
}

function run(world: World, command: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...world.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve({ code: code ?? (signal === "SIGKILL" ? 137 : 1), output }));
  });
}
