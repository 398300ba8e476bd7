import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";

/**
 * What lies beside a command line that was built here, and is not Go:
 * - the launcher of dynamic providers, from npm's @pulumi/pulumi (beside the executable it counts as bundled);
 * - a wrapper around the language host. The host of sdk 3.68 takes `nodeargs` as a flag only, while the command
 *   line hands it over by RPC, so that Pulumi.yaml's `runtime.options` never arrive; the wrapper gives it the two
 *   that matter: the check of Node's version, and `typescript: false`, without which the SDK loads a TypeScript
 *   compiler that nothing uses (a third of a preview's work). PULUMI_NODEJS_TYPESCRIPT=true asks for it all the same.
 */
const isWindows = process.platform === "win32";
const launcher = isWindows ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
const host = "pulumi-language-nodejs";
const guard = "require-node.cjs";

/** The name that the language host itself is built under. On Windows it goes without the wrapper. */
export const hostName = isWindows ? host : `${host}-unwrapped`;

// $0 is the path that the engine found; the inner quotes are for the host, which splits the flag like a shell.
const wrapper = `#!/bin/sh
here=$(dirname "$0")
exec "$here/${hostName}" "-typescript=\${PULUMI_NODEJS_TYPESCRIPT:-false}" "-nodeargs='--require=$here/${guard}'" "$@"
`;

/** The files that are put beside the executables, by name. Throws UserError where npm's packages are missing. */
export async function readBundle(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  files.set(guard, await readFile(join(root, "engine", guard), "utf8"));
  const launcherFile = join(root, "node_modules", "@pulumi", "pulumi", launcher);
  try {
    files.set(launcher, await readFile(launcherFile, "utf8"));
  } catch (error) {
    throw new UserError(`${dirname(launcherFile)} is missing or incomplete: run \`npm ci\` in ${root}.`, {
      cause: error,
    });
  }
  if (!isWindows) files.set(host, wrapper);
  return files;
}

/** Writes them into the folder of the executables. */
export async function writeBundle(files: Map<string, string>, directory: string): Promise<void> {
  for (const [name, text] of files) await writeFile(join(directory, name), text, { mode: 0o755 });
}
