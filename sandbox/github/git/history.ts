/** How commits of the simulated GitHub hang together: ancestry, differences, merges. */
import { mergedFile } from "./lines.ts";
import { type CommitDocument, filesOf, type GitObjects, type TreeEntry, treeOf } from "./objects.ts";

/** A commit and all that it builds on, nearest first. */
export function ancestors({ commits }: GitObjects, sha: string): Set<string> {
  const seen = new Set<string>();
  const open = [sha];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const commit = commits[next];
    if (seen.has(next) || !commit) continue;
    seen.add(next);
    open.push(...commit.parents.map((parent) => parent.sha));
  }
  return seen;
}

/** Whether moving a branch from one commit to the other loses nothing. */
export function isFastForward(objects: GitObjects, from: string, to: string): boolean {
  return ancestors(objects, to).has(from);
}

/** Commits that `to` has and `from` lacks, oldest first. */
export function commitsBetween(objects: GitObjects, from: string | undefined, to: string): CommitDocument[] {
  const known = from === undefined ? new Set<string>() : ancestors(objects, from);
  const added = [...ancestors(objects, to)].filter((sha) => !known.has(sha));
  return added.reverse().flatMap((sha) => objects.commits[sha] ?? []);
}

/** The nearest commit that both build on. */
export function mergeBase(objects: GitObjects, one: string, other: string): string | undefined {
  const known = ancestors(objects, one);
  return [...ancestors(objects, other)].find((sha) => known.has(sha));
}

/** A file that differs between two trees. */
export interface FileChange {
  path: string;
  status: "added" | "removed" | "modified";
  before?: TreeEntry;
  after?: TreeEntry;
}

/** What changed from one tree to the other; without the first, every file is new. */
export function changesBetween(objects: GitObjects, from: string | undefined, to: string): FileChange[] {
  const before = from === undefined ? new Map<string, TreeEntry>() : filesOf(objects, from);
  const after = filesOf(objects, to);
  const changes: FileChange[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, present] = [before.get(path), after.get(path)];
    if (old?.sha === present?.sha && old?.mode === present?.mode) continue;
    const status = old ? (present ? "modified" : "removed") : "added";
    changes.push({ path, status, ...(old && { before: old }), ...(present && { after: present }) });
  }
  return changes;
}

/** The tree of a merge; undefined where both sides changed the same lines. Renames are not followed. */
export function mergedTree(
  objects: GitObjects,
  base: string | undefined,
  ours: string,
  theirs: string,
): string | undefined {
  const files = filesOf(objects, ours);
  const mine = new Map(changesBetween(objects, base, ours).map((change) => [change.path, change]));
  for (const change of changesBetween(objects, base, theirs)) {
    const other = mine.get(change.path);
    if (other && other.after?.sha !== change.after?.sha) {
      const merged = mergedFile(objects, change.before, other.after, change.after);
      if (!merged) return undefined;
      files.set(change.path, merged);
    } else if (change.after) files.set(change.path, change.after);
    else files.delete(change.path);
  }
  return treeOf(objects, files);
}
