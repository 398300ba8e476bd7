/** What a world holds, to compare before and after. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** One entry of a stack's state. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  protect?: boolean;
  /** When it was last written. */
  modified?: string;
}

/** The files of the simulated clouds and their vaults, byte for byte, by path below the world's folder. */
export function cloudFiles(directory: string): Record<string, string> {
  const paths = ["clouds", "vaults"].flatMap((folder) =>
    readdirSync(join(directory, folder)).map((name) => `${folder}/${name}`),
  );
  // Which process runs the world is not what the world holds.
  const kept = paths.filter((path) => path !== "vaults/running.json");
  return Object.fromEntries(kept.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

/** Counters and the time of the last change, which a cloud does not turn back. */
const NEVER_BACK = new Set(["serial", "nextId", "updated_at", "revision"]);

/** The simulated clouds' documents and vaults, without counters and times of changes. */
export function cloudDocuments(directory: string): Record<string, unknown> {
  const files = Object.entries(cloudFiles(directory));
  return Object.fromEntries(
    files.map(([path, text]) => [
      path,
      JSON.parse(text, (key, value) => (NEVER_BACK.has(key) ? undefined : value)),
    ]),
  );
}

/** The resources in a stack's state. */
export function stateOf(directory: string, stack: string): StateResource[] {
  const file = join(directory, `state/.pulumi/stacks/kai/${stack}.json`);
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint: { latest?: { resources?: StateResource[] } };
  };
  return checkpoint.latest?.resources ?? [];
}

/** Names whose values differ between two records, those that only one has among them. */
export function changes(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}
