/** What the last `up` left in the state of a stack, as far as the drift check looks at it. */
import { runInGroup } from "../engine/process.ts";
import type { CheckOptions } from "./check.ts";
import type { Properties } from "./properties.ts";

/** A resource in `pulumi stack export` (pulumi/pulumi, sdk/go/common/apitype/core.go, ResourceV3). */
export interface Exported {
  urn: string;
  type: string;
  id?: string;
  /** Whether a provider made it; false for components. */
  custom?: boolean;
  inputs?: Properties;
  outputs?: Properties;
  modified?: string;
  /** Replaced already, and about to be deleted. */
  delete?: boolean;
}

/** A state as the engine exports it, secrets encrypted. */
export interface ExportedState {
  deployment?: { resources?: Exported[] };
}

/** Nothing where the state cannot be read: the engine says why elsewhere. */
export async function exportState(
  stack: string,
  { directory, pulumi, env, signal }: CheckOptions,
): Promise<ExportedState | undefined> {
  const lines: string[] = [];
  const { code } = await runInGroup(pulumi, ["stack", "export", "--stack", stack, "--cwd", directory], {
    cwd: directory,
    env,
    ...(signal && { signal }),
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) return undefined;
  // Warnings of the command line may stand around the document.
  return JSON.parse(lines.slice(lines.indexOf("{"), lines.lastIndexOf("}") + 1).join("\n")) as ExportedState;
}
