/** Git objects of the simulated GitHub: hashed as git does it, so that their names are what git would give them. */
import { createHash } from "node:crypto";

/** Who made a commit, and when. */
export interface Signature {
  name: string;
  email: string;
  /** ISO 8601, in UTC. */
  date: string;
}

export interface CommitDocument {
  sha: string;
  message: string;
  /** The tree's hash. */
  tree: string;
  author: Signature;
  committer: Signature;
  parents: { sha: string }[];
  /** Whether GitHub shows the commit as verified: it signs what it writes in the browser's or an app's name. */
  verified: boolean;
  /** What somebody's git wrote, in base64, where it says more than the members above: a time zone, a signature. */
  raw?: string;
}

/** One entry of a tree. */
export interface TreeEntry {
  /** File name within its folder. */
  name: string;
  mode: "100644" | "100755" | "040000" | "120000" | "160000";
  sha: string;
}

/** Objects of one repository by hash. */
export interface GitObjects {
  commits: Record<string, CommitDocument>;
  trees: Record<string, TreeEntry[]>;
  /** Content in base64. */
  blobs: Record<string, string>;
}

/** The tree without any entry, which every repository has. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

function hash(type: string, content: Buffer): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

/** Keeps a file's content and answers its hash. */
export function addBlob(objects: GitObjects, content: Buffer): string {
  const sha = hash("blob", content);
  objects.blobs[sha] = content.toString("base64");
  return sha;
}

/** A folder sorts as if its name ended in a slash (git-scm.com/book, Git Internals: Git Objects). */
function sortKey({ name, mode }: TreeEntry): string {
  return mode === "040000" ? `${name}/` : name;
}

/** A tree as git writes it. */
export function treeContent(entries: readonly TreeEntry[]): Buffer {
  const parts = entries.flatMap(({ name, mode, sha }) => [
    Buffer.from(`${mode.replace(/^0/, "")} ${name}\0`),
    Buffer.from(sha, "hex"),
  ]);
  return Buffer.concat(parts);
}

/** Keeps a tree and answers its hash. */
export function addTree(objects: GitObjects, entries: readonly TreeEntry[]): string {
  const sorted = [...entries].sort((a, b) =>
    Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))),
  );
  const sha = hash("tree", treeContent(sorted));
  objects.trees[sha] = sorted;
  return sha;
}

/** A commit as git writes it. */
export function commitContent(commit: Omit<CommitDocument, "sha">): Buffer {
  if (commit.raw !== undefined) return Buffer.from(commit.raw, "base64");
  const who = ({ name, email, date }: Signature) =>
    `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
  const text = [
    `tree ${commit.tree}`,
    ...commit.parents.map(({ sha }) => `parent ${sha}`),
    `author ${who(commit.author)}`,
    `committer ${who(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
  return Buffer.from(text);
}

/** Keeps a commit and answers it with its hash. */
export function addCommit(objects: GitObjects, commit: Omit<CommitDocument, "sha">): CommitDocument {
  const sha = hash("commit", commitContent(commit));
  objects.commits[sha] ??= { sha, ...commit };
  return objects.commits[sha];
}

/** Every file of a tree: path → entry. */
export function filesOf(objects: GitObjects, tree: string, folder = ""): Map<string, TreeEntry> {
  const files = new Map<string, TreeEntry>();
  for (const entry of objects.trees[tree] ?? []) {
    const path = folder + entry.name;
    if (entry.mode !== "040000") files.set(path, entry);
    else for (const [below, file] of filesOf(objects, entry.sha, `${path}/`)) files.set(below, file);
  }
  return files;
}

/** Keeps the trees that hold these files, and answers the hash of the outermost. */
export function treeOf(objects: GitObjects, files: ReadonlyMap<string, TreeEntry>): string {
  const folders = new Map<string, Map<string, TreeEntry>>();
  const entries: TreeEntry[] = [];
  for (const [path, entry] of files) {
    const [first = "", ...rest] = path.split("/");
    if (rest.length === 0) entries.push({ ...entry, name: first });
    else folders.set(first, (folders.get(first) ?? new Map()).set(rest.join("/"), entry));
  }
  for (const [name, below] of folders) entries.push({ name, mode: "040000", sha: treeOf(objects, below) });
  return addTree(objects, entries);
}

/** The entry at a path, a folder as well; undefined where there is none. */
export function entryAt(objects: GitObjects, tree: string, path: string): TreeEntry | undefined {
  let entry: TreeEntry | undefined = { name: "", mode: "040000", sha: tree };
  for (const name of path.split("/").filter(Boolean)) {
    if (entry?.mode !== "040000") return undefined;
    entry = objects.trees[entry.sha]?.find((candidate) => candidate.name === name);
  }
  return entry;
}
