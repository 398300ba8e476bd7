import { delimiter, join } from "node:path";
import type { Engine } from "./engine.ts";

/**
 * The environment that a program of the checkout at `root` is run in with this engine: a copy of `env` whose PATH
 * starts with the Node that npm brought, then the engine (so that a `pulumi` in a user's shell is this one), and
 * without the engine's question to its maker's servers whether there is a newer one.
 */
export function engineEnvironment(engine: Engine, env: NodeJS.ProcessEnv, root: string): NodeJS.ProcessEnv {
  const path = [join(root, "node_modules", ".bin"), engine.directory, env.PATH ?? ""];
  return {
    ...env,
    PATH: path.filter((folder) => folder !== "").join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
