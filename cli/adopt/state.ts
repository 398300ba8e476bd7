/** Which resources a stack's state has. */

import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { readState } from "../../engine/state.ts";
import { nameOf } from "../../engine/urn.ts";
import { summaryOf } from "../../recovery/candidates.ts";

/** The logical names in a stack's state; undefined where it cannot be read, for example because there is no such stack. */
export async function namesInState(
  stack: string,
  {
    directory,
    engine,
    root,
    signal,
  }: { directory: string; engine: Engine; root: string; signal: AbortSignal },
): Promise<ReadonlySet<string> | undefined> {
  const env = engineEnvironment(engine, process.env, root);
  const options = { pulumi: engine.pulumi, directory, env, signal };
  const { state } = await readState<Parameters<typeof summaryOf>[0]>(stack, options);
  return state && new Set([...summaryOf(state).urns].map(nameOf));
}
