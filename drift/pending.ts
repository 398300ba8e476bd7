/** The program's own changes that wait for an `up`: no drift, and told apart from it. */
import { runInGroup } from "../engine/process.ts";
import { readPreview } from "../preview/changes.ts";
import type { CheckOptions } from "./check.ts";

/**
 * How many objects the next `up` would change by itself, whatever somebody did by hand: a preview against the state, which
 * a preview-only refresh does not write to.
 * @returns undefined where the preview fails
 */
export async function pendingIn(
  stack: string,
  { directory, pulumi, env, signal }: CheckOptions,
): Promise<number | undefined> {
  const lines: string[] = [];
  const { code } = await runInGroup(
    pulumi,
    ["preview", "--json", "--non-interactive", "--color", "never", "--cwd", directory, "--stack", stack],
    { cwd: directory, env, ...(signal && { signal }), onLine: (line) => lines.push(line) },
  );
  const preview = code === 0 ? readPreview(lines.join("\n")) : undefined;
  return preview?.errors.length === 0 ? preview.changes.length : undefined;
}
