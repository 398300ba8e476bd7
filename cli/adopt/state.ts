/** Which resources a stack's state has. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { runInGroup } from "../../engine/process.ts";
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
  const folder = await mkdtemp(join(tmpdir(), "kai-state-"));
  const file = join(folder, "state.json");
  const args = ["stack", "export", "--file", file, "--stack", stack, "--cwd", directory, "--non-interactive"];
  try {
    const env = engineEnvironment(engine, process.env, root);
    const { code } = await runInGroup(engine.pulumi, args, { cwd: directory, env, signal });
    if (code !== 0) return undefined;
    const { urns } = summaryOf(JSON.parse(await readFile(file, "utf8")));
    return new Set([...urns].map((urn) => urn.split("::").at(-1) ?? urn));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
