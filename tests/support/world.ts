/** Worlds for tests on the real engine. Making and reconciling one takes long, so each is done once a run and copied. */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { findEngine } from "../../engine/find-engine.ts";
import { prepareStacks, startWorld, type World } from "../../sandbox/world.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a command ended, and what it printed on both streams. */
export interface Ended {
  code: number;
  output: string;
}

/** A world that lives as long as one test. */
export interface TestWorld extends World {
  directory: string;
  /** Runs a command in the world; never rejects because of its exit code. */
  run(command: string, ...args: string[]): Promise<Ended>;
  /** The same; throws what was printed when it fails. Answers the output. */
  succeed(command: string, ...args: string[]): Promise<string>;
  /**
   * Writes configuration, keys without `kai:`, into the stack file of the world; undefined removes a key.
   * Answers what puts the file back.
   */
  configure(stack: string, config: Record<string, unknown>): () => void;
}

/** A world in which nothing exists yet but the stacks and their secrets. */
export async function freshWorld(t: TestContext): Promise<TestWorld> {
  return openWorld(t, await copyOf(t, preparedFolder()));
}

/** A world of its own in which both stacks are up. */
export async function reconciledWorld(t: TestContext): Promise<TestWorld> {
  return openWorld(t, await copyOf(t, reconciledFolder()));
}

/** A copy of a world's folder that lives as long as the test; nothing runs in it yet. */
export async function copyOf(t: TestContext, folder: Promise<string>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "kai-world-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(await folder, directory, { recursive: true, verbatimSymlinks: true });
  return directory;
}

async function openWorld(t: TestContext, directory: string): Promise<TestWorld> {
  const world = await start(directory);
  t.after(() => world.stop());
  return testWorld(world, directory);
}

/** What a test does with a world that runs. */
export function testWorld(world: World, directory: string): TestWorld {
  return {
    ...world,
    directory,
    run: (command, ...args) => run(command, args, world.env),
    async succeed(command, ...args) {
      const { code, output } = await run(command, args, world.env);
      if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}:\n${output}`);
      return output;
    },
    configure: (stack, config) => configure(join(directory, `project/Pulumi.${stack}.yaml`), config),
  };
}

function configure(file: string, config: Record<string, unknown>): () => void {
  const before = readFileSync(file, "utf8");
  const document = parseDocument(before);
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined) document.deleteIn(["config", `kai:${key}`]);
    else document.setIn(["config", `kai:${key}`], value);
  }
  writeFileSync(file, document.toString());
  return () => writeFileSync(file, before);
}

async function start(directory: string): Promise<World> {
  const world = await startWorld({ directory, program: root, engine: await findEngine({ root }) });
  await prepareStacks(world, directory);
  return world;
}

/** The folder of a world whose stacks and secrets are made. Shared by all tests: copy it. */
export function preparedFolder(): Promise<string> {
  return shared("prepared", async (directory) => {
    await (await start(directory)).stop();
  });
}

/** The folder of a world in which production is up, and nothing of staging exists. Shared: read it, or copy it. */
export async function productionFolder(): Promise<string> {
  const prepared = await preparedFolder();
  return shared("production", (directory) => upIn(prepared, directory, "production"));
}

/** The folder of a world in which both stacks are up. Shared by all tests: read it, or copy it. */
export async function reconciledFolder(): Promise<string> {
  const production = await productionFolder();
  return shared("template", (directory) => upIn(production, directory, "staging"));
}

async function upIn(template: string, directory: string, stack: string): Promise<void> {
  cpSync(template, directory, { recursive: true, verbatimSymlinks: true });
  const world = testWorld(await start(directory), directory);
  try {
    await world.succeed("pulumi", "up", "--yes", "--skip-preview", "--stack", stack);
  } finally {
    await world.stop();
  }
}

/**
 * A folder below the run's shared one. The first test that needs it makes it; the others wait, and fail with it. No lock
 * with a deadline: on a busy machine whoever holds it may be unable to say so in time.
 */
async function shared(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const parent = process.env.KAI_TEST_DIRECTORY;
  if (!parent) throw new Error("Run the tests with `npm test`, which prepares what they share.");
  const finished = join(parent, name);
  const [unfinished, failed] = [`${finished}.new`, `${finished}.failed`];
  if (existsSync(finished)) return finished;
  if (isFirst(unfinished)) {
    try {
      await make(unfinished);
      renameSync(unfinished, finished);
    } catch (error) {
      writeFileSync(failed, String(error));
      throw error;
    }
  }
  while (!existsSync(finished)) {
    if (existsSync(failed))
      throw new Error(`The world "${name}" of this test run failed: ${readFileSync(failed)}`);
    await sleep(250);
  }
  return finished;
}

/** Makes the folder, which only one process can. */
function isFirst(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Runs a command; never rejects because of its exit code. Colours are off. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGKILL" ? 137 : 1), output }));
  });
}
