/**
 * GitHub's real provider plugin in a world: it speaks to the simulated GitHub's interface instead of the stand-in's
 * place. The other simulated clouds have no interface that a plugin could speak to.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { homeFolder } from "../engine/cache.ts";
import type { Engine } from "../engine/engine.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { runInGroup } from "../engine/process.ts";
import { UserError } from "../errors.ts";

/** `simulated`: stand-ins for every cloud. `real`: GitHub's own plugin, and stand-ins for the others. */
export type Providers = "simulated" | "real";

/** The plugin that the installed package of the program asks for. */
export const pluginVersion: string = createRequire(import.meta.url)("@pulumi/github/package.json").version;

const FOLDER = `resource-github-v${pluginVersion}`;

/** What brings the plugin. */
export interface PluginOptions {
  /** The world's folder. */
  directory: string;
  /** The user's project. */
  program: string;
  engine: Engine;
  /** The user's own environment: their plugins, their way through a proxy. */
  env: NodeJS.ProcessEnv;
  say: (detail: string) => void;
}

/**
 * Puts the plugin into the world's PULUMI_HOME: the user's own where the engine has it already, otherwise the engine
 * downloads it.
 * @throws UserError when it cannot be downloaded
 */
export async function bringPlugin({ directory, program, engine, env, say }: PluginOptions): Promise<void> {
  const home = join(directory, "home");
  if (isInstalled(home)) return;
  const own = env.PULUMI_HOME || join(homeFolder(env), ".pulumi");
  if (isInstalled(own)) {
    cpSync(join(own, "plugins", FOLDER), join(home, "plugins", FOLDER), { recursive: true });
    return;
  }
  const args = ["plugin", "install", "resource", "github", pluginVersion, "--non-interactive"];
  const { code, lastLines } = await runInGroup(engine.pulumi, args, {
    env: { ...engineEnvironment(engine, env, program), PULUMI_HOME: home },
    onLine: say,
  });
  if (code !== 0) throw noPlugin(lastLines);
}

/** Beside the folder of a half-made installation the engine keeps a file `.partial`. */
function isInstalled(home: string): boolean {
  const folder = join(home, "plugins", FOLDER);
  return existsSync(folder) && !existsSync(`${folder}.partial`);
}

function noPlugin(lines: string[]): UserError {
  const reason = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1) ?? "it said nothing";
  return new UserError(
    `Pulumi could not download GitHub's plugin ${pluginVersion} (${reason.trim()}). Try again with a network, install it from a file (\`pulumi plugin install resource github ${pluginVersion} --file PATH\`), or leave out --providers real.`,
  );
}

/** Variables that the plugin reads itself, so that the program needs no change. */
export function pluginVariables({ url }: { url: string }): NodeJS.ProcessEnv {
  return { GITHUB_BASE_URL: `${url}/` };
}

/** Whether a world with these variables was started with the plugin. */
export function usesPlugin(variables: NodeJS.ProcessEnv): boolean {
  return variables.GITHUB_BASE_URL !== undefined;
}

/**
 * The port at which the world's GitHub was last, 0 at first. The engine keeps the plugin's address in the state, and
 * `pulumi refresh` and `destroy` take it from there.
 */
export function lastPort(directory: string): number {
  const file = portFile(directory);
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

/** Remembers the port for the next time. */
export function keepPort(directory: string, { url }: { url: string }): void {
  writeFileSync(portFile(directory), new URL(url).port);
}

function portFile(directory: string): string {
  return join(directory, "clouds/github-port");
}
