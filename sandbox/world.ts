/**
 * One world: simulated clouds, real databases, and a Pulumi backend of its own below one folder.
 * Whatever runs with its environment meets this world instead of the real one.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { databaseUrl } from "../pipeline/names.ts";
import { type Clouds, openClouds, serveClouds } from "./clouds.ts";
import { type Credentials, openCredentials } from "./credentials.ts";
import { type SandboxDatabase, startDatabase } from "./database/database.ts";
import { Faults } from "./faults.ts";
import { syncProject } from "./project.ts";
import { claim, publish, release, requireWorldFolder } from "./running.ts";

/** How to open a world. */
export interface WorldOptions {
  /** The world's folder, for example `.sandbox` in the project. Created when absent. */
  directory: string;
  /** The user's project: Pulumi.yaml, stack files, index.ts. */
  program: string;
  engine: Engine;
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

/** Variables of the user's own accounts that must not reach anything in the sandbox. */
const FOREIGN =
  /^(AWS_|GITHUB_|GH_|DIGITALOCEAN_|VERCEL_|PULUMI_|DATABASE_URL|KUBECONFIG$|PG[A-Z]+$|HTTPS?_PROXY$)/i;

/** Starts the world: databases, clouds, project folder. Stacks are made by `prepareStacks`. */
export async function startWorld({ directory, program, engine }: WorldOptions): Promise<World> {
  requireWorldFolder(directory);
  // The vaults first: by them a world is known.
  for (const folder of ["vaults", "state", "home", "clouds", "bin"])
    mkdirSync(join(directory, folder), { recursive: true });
  claim(directory);
  const stacks = await syncProject({
    program,
    project: join(directory, "project"),
    base: join(directory, "base"),
  });
  const credentials = openCredentials(join(directory, "vaults/credentials.json"), stacks);
  const faults = new Faults(join(directory, "faults.json"));
  const clouds = openClouds(directory, credentials);
  const served = await serveClouds(clouds, faults);
  const running = await startDatabases(directory, stacks);
  const databases = Object.fromEntries(Object.entries(running).map(([stack, { url }]) => [stack, url]));
  const env = environment({ directory, program, engine }, credentials, databases, served.attach);
  publish(directory, env);
  return {
    stacks,
    env,
    clouds,
    faults,
    credentials,
    databases,
    async stop() {
      served.stop();
      for (const database of Object.values(running)) await database.stop();
      release(directory);
    },
  };
}

async function startDatabases(directory: string, stacks: string[]): Promise<Record<string, SandboxDatabase>> {
  const running: Record<string, SandboxDatabase> = {};
  for (const stack of stacks) running[stack] = await startDatabase(join(directory, "databases", stack));
  return running;
}

function environment(
  { directory, program, engine }: WorldOptions,
  credentials: Credentials,
  databases: Record<string, string>,
  attach: string,
): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const bin = join(directory, "bin");
  if (!existsSync(join(bin, "kai"))) symlinkSync(join(program, "cli/kai.cjs"), join(bin, "kai"));
  const project = join(directory, "project");
  const base = engineEnvironment(engine, own, program);
  return {
    ...base,
    PATH: `${bin}:${base.PATH}`,
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: credentials.passphrase,
    PULUMI_OPTION_CWD: project,
    // The language host of the Go build does not tell the program where its project is.
    PULUMI_NODEJS_ROOT_DIRECTORY: project,
    PULUMI_DEBUG_PROVIDERS: attach,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NODE_COMPILE_CACHE: join(directory, "home/compile-cache"),
    GITHUB_TOKEN: credentials.githubToken,
    DIGITALOCEAN_TOKEN: credentials.digitaloceanToken,
    AWS_ACCESS_KEY_ID: credentials.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.awsSecretAccessKey,
    VERCEL_API_TOKEN: credentials.vercelToken,
    ...Object.fromEntries(Object.entries(databases).map(([stack, url]) => [databaseUrl(stack), url])),
    ...databaseVariables(databases.staging ?? Object.values(databases)[0]),
  };
}

/** What `psql` and `kai migrate` without arguments connect to. */
function databaseVariables(url: string | undefined): NodeJS.ProcessEnv {
  if (url === undefined) return {};
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    DATABASE_URL: url,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: "disable",
  };
}

/** Makes the stacks that do not exist yet, with their secrets: through standard input, never as an argument. */
export async function prepareStacks(world: World, directory: string): Promise<void> {
  const missing = world.stacks.filter(
    (stack) => !existsSync(join(directory, `state/.pulumi/stacks/kai/${stack}.json`)),
  );
  await Promise.all(
    missing.map(async (stack) => {
      await pulumi(world, ["stack", "init", stack, "--no-select"]);
      for (const [key, value] of Object.entries(world.credentials.configuration[stack] ?? {})) {
        await pulumi(world, ["config", "set", "--secret", `kai:${key}`, "--stack", stack], value);
      }
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
