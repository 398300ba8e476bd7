/** A world with the simulated GitHub alone, and a program of the GitHub components, for tests on the real engine. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { engineEnvironment } from "../../engine/environment.ts";
import { findEngine } from "../../engine/find-engine.ts";
import { Faults } from "../../sandbox/faults.ts";
import { githubCloud } from "../../sandbox/github/provider.ts";
import { type GitHubStore, openGitHub } from "../../sandbox/github/store.ts";
import { serveProvider } from "../../sandbox/provider/server.ts";
import type { Settings } from "../../settings.ts";
import { root } from "./world.ts";

const STACKS = ["production", "staging"] as const;
type Stack = (typeof STACKS)[number];

export interface Result {
  code: number;
  stdout: string;
  output: string;
}

export interface GitHubWorld {
  github: GitHubStore;
  /** The settings that the program reads from the next run on. */
  configure(settings: Record<Stack, Settings>): void;
  /** Runs the engine on a stack, without questions. */
  pulumi(stack: Stack, ...args: string[]): Promise<Result>;
  /** The same; throws what was printed when it fails. Answers the standard output. */
  succeed(stack: Stack, ...args: string[]): Promise<string>;
}

/** Starts a world for one test. @param token empty: the program comes without a token */
export async function githubWorld(
  t: TestContext,
  settings: Record<Stack, Settings>,
  token = "plain-text-token",
): Promise<GitHubWorld> {
  const directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  for (const folder of ["state", "home", "project"]) mkdirSync(join(directory, folder));
  const program = join(root, "tests/support/github-program");
  const file = join(directory, "settings.json");
  const github = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  const server = await serveProvider(githubCloud(github), new Faults(join(directory, "faults.json")));
  const env = {
    ...engineEnvironment(await findEngine({ root }), process.env, root),
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DEBUG_PROVIDERS: `github:${server.port}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_OPTION_CONFIG_FILE: join(directory, "stack.yaml"),
    GITHUB_TOKEN: token,
    KAI_TEST_SETTINGS: file,
    NO_COLOR: "1",
  };
  t.after(() => {
    server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const configure = (next: Record<Stack, Settings>) => writeFileSync(file, JSON.stringify(next));
  configure(settings);
  const { pulumi, succeed } = engineOn(program, env);
  for (const stack of STACKS) await run(program, env, ["stack", "init", stack, "--no-select"]);
  return { github, configure, pulumi, succeed };
}

/** Runs the engine on the stacks of a project; `succeed` throws what it printed when it fails, and answers its output. */
export function engineOn(program: string, env: NodeJS.ProcessEnv) {
  const pulumi = (stack: string, ...args: string[]) =>
    run(program, env, [...args, "--stack", stack, "--non-interactive"]);
  const succeed = async (stack: string, ...args: string[]) => {
    const { code, stdout, output } = await pulumi(stack, ...args);
    if (code !== 0)
      throw new Error(`pulumi ${args.join(" ")} --stack ${stack} ended with ${code}:\n${output}`);
    return stdout;
  };
  return { pulumi, succeed };
}

export function run(cwd: string, env: NodeJS.ProcessEnv, args: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const result: Result = { code: 0, stdout: "", output: "" };
    child.stdout.on("data", (data) => {
      result.stdout += data;
      result.output += data;
    });
    child.stderr.on("data", (data) => {
      result.output += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code: code ?? 1 }));
  });
}
