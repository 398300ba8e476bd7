/** Reads objects that somebody's git wrote. */
import {
  addBlob,
  addCommit,
  addTree,
  commitContent,
  type GitObjects,
  type Signature,
  type TreeEntry,
} from "./objects.ts";

/** Keeps an object. @param type blob, tree or commit; a tag with a text of its own is not kept */
export function addRaw(objects: GitObjects, type: string, content: Buffer): void {
  if (type === "blob") addBlob(objects, content);
  if (type === "tree") addTree(objects, treeEntries(content));
  if (type === "commit") addRawCommit(objects, content);
}

function treeEntries(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const [mode = "", ...name] = content.subarray(at, end).toString("utf8").split(" ");
    const sha = content.subarray(end + 1, end + 21).toString("hex");
    entries.push({ name: name.join(" "), mode: mode.padStart(6, "0") as TreeEntry["mode"], sha });
    at = end + 21;
  }
  return entries;
}

function addRawCommit(objects: GitObjects, content: Buffer): void {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const headers = text.slice(0, end).split("\n");
  const all = (name: string) =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const commit = {
    message: text.slice(end + 2),
    tree: all("tree")[0] ?? "",
    parents: all("parent").map((sha) => ({ sha })),
    author: signature(all("author")[0] ?? ""),
    committer: signature(all("committer")[0] ?? ""),
    // The simulation knows nobody's keys.
    verified: false,
  };
  const isPlain = commitContent(commit).equals(content);
  addCommit(objects, { ...commit, ...(!isPlain && { raw: content.toString("base64") }) });
}

function signature(line: string): Signature {
  const [, name = "", email = "", seconds = "0"] = /^(.*) <(.*)> (\d+)/.exec(line) ?? [];
  return { name, email, date: `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z` };
}
