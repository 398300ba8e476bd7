/** The engine's runs that listing and rotating need. */
import { spawn } from "node:child_process";
import { reasonOf } from "../../drift/reason.ts";
import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { runInGroup } from "../../engine/process.ts";
import { readState } from "../../engine/state.ts";
import { UserError } from "../../errors.ts";
import type { StateResource, Targets } from "./plan.ts";

/** What `pulumi stack export` answers, as far as it is read here; values in it are encrypted. */
export interface ExportedState {
  deployment?: { resources?: StateResource[] };
}

export class StackEngine {
  readonly #engine: Engine;
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param root the checkout of this program */
  constructor(engine: Engine, directory: string, root: string) {
    this.#engine = engine;
    this.#directory = directory;
    this.#env = engineEnvironment(engine, process.env, root);
  }

  /** @throws UserError where the state cannot be read */
  async state(stack: string, signal: AbortSignal): Promise<ExportedState> {
    const options = { pulumi: this.#engine.pulumi, directory: this.#directory, env: this.#env, signal };
    const { state, code, lastLines } = await readState<ExportedState>(stack, options);
    if (!state) throw engineProblem(stack, code, lastLines);
    return state;
  }

  /** Writes a secret of the configuration, encrypted; the value reaches the engine through a pipe. */
  async setSecret(stack: string, key: string, value: string): Promise<void> {
    const args = this.#arguments(stack, ["config", "set", "--secret", `kai:${key}`]);
    const child = spawn(this.#engine.pulumi, args, { env: this.#env, stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stdin.end(value);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw engineProblem(stack, code ?? undefined, said.split("\n"));
  }

  /** One `up` of these targets and what depends on them. */
  up(stack: string, targets: Targets, signal: AbortSignal, say: (detail: string) => void): Promise<void> {
    return this.#run(stack, ["up", "--yes", "--skip-preview", ...upArguments(targets)], signal, (line) => {
      const step = /^\s*\S+\s+\S+:\S+ (\S+) .*\b(creat|updat|delet|replac)/.exec(line);
      if (step?.[1]) say(step[1]);
    });
  }

  async #run(
    stack: string,
    args: readonly string[],
    signal: AbortSignal,
    onLine?: (line: string) => void,
  ): Promise<void> {
    const { code, lastLines } = await runInGroup(this.#engine.pulumi, this.#arguments(stack, args), {
      cwd: this.#directory,
      env: this.#env,
      signal,
      ...(onLine && { onLine }),
    });
    if (code !== 0) throw engineProblem(stack, code, lastLines);
  }

  #arguments(stack: string, args: readonly string[]): string[] {
    return [...args, "--stack", stack, "--cwd", this.#directory, "--non-interactive", "--color", "never"];
  }
}

/** Pods and GitHub's secrets depend on what is renewed, so they follow. */
export function upArguments({ replace, targets }: Targets): string[] {
  return [
    ...(replace === undefined ? [] : ["--replace", replace]),
    ...targets.flatMap((urn) => ["--target", urn]),
    "--target-dependents",
  ];
}

function engineProblem(stack: string, exitCode: number | undefined, lines: string[]): UserError {
  return new UserError(reasonOf({ stack, exitCode, errors: [], lines }));
}
