/** Files line by line: merges as git makes them, and how much a change adds and takes away. */
import { diffIndices, merge } from "node-diff3";
import { addBlob, type GitObjects, type TreeEntry } from "./objects.ts";

function linesOf(objects: GitObjects, entry: TreeEntry | undefined): string[] | undefined {
  const content = Buffer.from(objects.blobs[entry?.sha ?? ""] ?? "", "base64");
  // As git: a zero byte makes a file one that is not merged.
  if (content.includes(0)) return undefined;
  return content.length === 0 ? [] : content.toString("utf8").split(/(?<=\n)/);
}

/** The file with both sides' changes; undefined where they touch the same lines, or one side removed it. */
export function mergedFile(
  objects: GitObjects,
  base: TreeEntry | undefined,
  ours: TreeEntry | undefined,
  theirs: TreeEntry | undefined,
): TreeEntry | undefined {
  const [old, mine, other] = [base, ours, theirs].map((entry) => linesOf(objects, entry));
  if (!base || !ours || !theirs || !old || !mine || !other) return undefined;
  const { conflict, result } = merge(mine, old, other, { excludeFalseConflicts: true });
  if (conflict) return undefined;
  return { ...ours, sha: addBlob(objects, Buffer.from(result.join(""))) };
}

/** Lines that a change adds and takes away; none of a file that is no text. */
export function lineCounts(
  objects: GitObjects,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
): { additions: number; deletions: number } {
  const differences = diffIndices(linesOf(objects, before) ?? [], linesOf(objects, after) ?? []);
  return {
    additions: differences.reduce((sum, { buffer2 }) => sum + buffer2[1], 0),
    deletions: differences.reduce((sum, { buffer1 }) => sum + buffer1[1], 0),
  };
}
