/** What a killed engine leaves in a state that is kept in a folder. */
import { glob, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { runInGroup } from "../engine/process.ts";
import type { RecoverOptions } from "./recover.ts";

/** What every command says of a state with such a file. */
export const UNREADABLE = /failed to load checkpoint: EOF/;

/**
 * Beside each file of the state the backend keeps one that ends in `.attrs`, with a checksum, and writes it in place
 * (gocloud.dev, blob/fileblob/attrs.go). An engine that is killed just then leaves it empty, and no later one can read
 * the state, which is whole: the backend needs no such file. Removes the empty ones.
 */
export async function mendFileState(options: RecoverOptions): Promise<void> {
  const folder = await stateFolder(options);
  if (folder === undefined) return;
  for await (const file of glob(".pulumi/stacks/**/*.attrs", { cwd: folder })) {
    if ((await stat(join(folder, file))).size === 0) await rm(join(folder, file));
  }
}

/** The folder of the backend; undefined where the state is elsewhere. `~` and `.` are the engine's to understand. */
async function stateFolder({ engine, directory, env, signal }: RecoverOptions): Promise<string | undefined> {
  const args = ["whoami", "--json", "--cwd", directory, "--non-interactive"];
  const { code, lastLines } = await runInGroup(engine.pulumi, args, {
    cwd: directory,
    env,
    ...(signal && { signal }),
  });
  if (code !== 0) return undefined;
  const { url } = JSON.parse(lastLines.join("\n")) as { url: string };
  const [, path] = /^file:\/\/([^?]*)/.exec(url) ?? [];
  if (path === undefined) return undefined;
  const local = process.platform === "win32" ? path.replace(/^\/(?=[A-Za-z]:)/, "") : path;
  return resolve(directory, local.replace(/^~/, homedir()));
}
