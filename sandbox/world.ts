/**
 * One world: simulated clouds, real databases, and a Pulumi backend of its own below one folder.
 * Whatever runs with its environment meets this world instead of the real one.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { UserError, writeProblem } from "../errors.ts";
import { type Clouds, openClouds, serveClouds } from "./clouds.ts";
import { type Credentials, openCredentials } from "./credentials.ts";
import { startDatabase } from "./database/database.ts";
import { environmentIn, worldVariables } from "./environment.ts";
import { Faults } from "./faults.ts";
import { ghSettings } from "./github/http/gh.ts";
import { serveGitHub } from "./github/http/server.ts";
import { keepPort, lastPort, type Providers } from "./plugin.ts";
import { syncProject } from "./project.ts";
import { claim, publish, release, requireWorldFolder } from "./running.ts";

/** How to open a world. */
export interface WorldOptions {
  /** The world's folder, for example `.sandbox` in the project. Created when absent. */
  directory: string;
  /** The user's project: Pulumi.yaml, stack files, index.ts. */
  program: string;
  engine: Engine;
  /** Which provider plugins the engine uses; default: simulated. */
  providers?: Providers;
}

/** A running world. */
export interface World {
  stacks: string[];
  /** The environment in which a command meets this world. */
  env: NodeJS.ProcessEnv;
  clouds: Clouds;
  faults: Faults;
  credentials: Credentials;
  /** Connection strings by stack. */
  databases: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts the world: databases, clouds, project folder. Stacks are made by `prepareStacks`. */
export async function startWorld({
  directory,
  program,
  engine,
  providers = "simulated",
}: WorldOptions): Promise<World> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    makeFolders(directory, program);
    stops.push(() => release(directory));
    const stacks = await syncProject({
      program,
      project: join(directory, "project"),
      base: join(directory, "base"),
    });
    const credentials = openCredentials(join(directory, "vaults/credentials.json"), stacks);
    const faults = new Faults(join(directory, "faults.json"));
    const clouds = openClouds(directory, credentials);
    const served = await serveClouds(clouds, faults, providers);
    stops.push(served.stop);
    const gh = ghSettings(join(directory, "home/gh"));
    stops.push(gh.remove);
    const github = await serveGitHub({
      world: clouds.github,
      token: credentials.githubToken,
      faults,
      port: lastPort(directory),
      ...(gh.socket !== undefined && { socket: gh.socket }),
    });
    stops.push(github.stop);
    keepPort(directory, github);
    const databases: Record<string, string> = {};
    for (const stack of stacks) {
      const database = await startDatabase(join(directory, "databases", stack));
      stops.push(database.stop);
      databases[stack] = database.url;
    }
    const { attach } = served;
    const variables = worldVariables({
      directory,
      program,
      engine,
      credentials,
      databases,
      attach,
      github,
      providers,
    });
    publish(directory, variables);
    const env = environmentIn(variables, process.env);
    return { stacks, env, clouds, faults, credentials, databases, stop };
  } catch (error) {
    // What runs already would keep this process alive.
    await stop();
    throw startProblem(directory, error);
  }
}

/** @throws UserError where the folder holds something else, or another process keeps the world */
function makeFolders(directory: string, program: string): void {
  requireWorldFolder(directory);
  // The vaults first: by them a world is known.
  for (const folder of ["vaults", "state", "home", "clouds", "bin"])
    mkdirSync(join(directory, folder), { recursive: true });
  claim(directory);
  const kai = join(directory, "bin/kai");
  // Made anew, since it leads nowhere when the project has been moved.
  rmSync(kai, { force: true });
  symlinkSync(join(program, "cli/kai.cjs"), kai);
}

function startProblem(directory: string, error: unknown): unknown {
  const problem = writeProblem(error);
  if (problem === undefined) return error;
  return new UserError(
    `The sandbox cannot be kept in ${directory}: ${problem}. Change that, or give --directory another folder.`,
    { cause: error },
  );
}

/**
 * Makes the stacks that do not exist yet, with their secrets: through standard input, never as an argument.
 * An interrupted run is taken up where it ended; what was set in the sandbox later stays.
 */
export async function prepareStacks(world: World, directory: string): Promise<void> {
  await Promise.all(
    world.stacks.map(async (stack) => {
      if (!existsSync(join(directory, `state/.pulumi/stacks/kai/${stack}.json`)))
        await pulumi(world, ["stack", "init", stack, "--no-select"]);
      // Beside the stack file that holds the secrets, so that it goes where that goes.
      const isSet = join(directory, `project/.${stack}-secrets-are-set`);
      if (existsSync(isSet)) return;
      for (const [key, value] of Object.entries(world.credentials.configuration[stack] ?? {})) {
        await pulumi(world, ["config", "set", "--secret", `kai:${key}`, "--stack", stack], value);
      }
      writeFileSync(isSet, "");
    }),
  );
}

/** Runs the engine in the world and answers what it printed. @throws Error with that, when it fails */
export function pulumi(world: World, args: string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args, "--non-interactive"], { env: world.env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.stdin.end(input);
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`)),
    );
  });
}
