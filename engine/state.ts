/** What the state of a stack has. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunResult, runInGroup } from "./process.ts";

/** How the engine is asked for a state. */
export interface StateOptions {
  /** The `pulumi` executable. */
  pulumi: string;
  /** The folder of Pulumi.yaml. */
  directory: string;
  /** The environment of the engine. */
  env: NodeJS.ProcessEnv;
  /** Ends the engine; the call then throws the signal's reason. */
  signal?: AbortSignal;
}

/** How the engine's run ended, and the state where it could be read; the caller knows which of its fields it needs. */
export type StateAnswer<State> = RunResult & { state?: State };

/** Runs `pulumi stack export`; secrets in what it answers are encrypted. */
export async function readState<State>(
  stack: string,
  { pulumi, directory, env, signal }: StateOptions,
): Promise<StateAnswer<State>> {
  const folder = await mkdtemp(join(tmpdir(), "kai-state-"));
  const file = join(folder, "state.json");
  const where = ["--stack", stack, "--cwd", directory, "--non-interactive", "--color", "never"];
  try {
    const options = { cwd: directory, env, ...(signal && { signal }) };
    // A file, since warnings of the command line may stand around the document.
    const result = await runInGroup(pulumi, ["stack", "export", "--file", file, ...where], options);
    if (result.code !== 0) return result;
    return { ...result, state: JSON.parse(await readFile(file, "utf8")) as State };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
