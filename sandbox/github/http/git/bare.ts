/** The documents of one repository as a folder that git itself can work in. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { commitContent, treeContent } from "../../git/objects.ts";
import { addRaw } from "../../git/parse.ts";
import type { RepositoryRecord } from "../../store.ts";

/** Works with the folder, and removes it. */
export async function inBare<T>(record: RepositoryRecord, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "kai-git-"));
  try {
    write(record, folder);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(record: RepositoryRecord, folder: string): void {
  for (const name of ["objects/info", "objects/pack", "refs/heads", "refs/tags"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "HEAD"), `ref: refs/heads/${record.repository.default_branch}\n`);
  writeFileSync(join(folder, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
  const refs = Object.values(record.refs).map(({ ref, object }) => `${object.sha} ${ref}\n`);
  writeFileSync(join(folder, "packed-refs"), refs.sort().join(""));
  for (const [sha, blob] of Object.entries(record.blobs))
    loose(folder, sha, "blob", Buffer.from(blob, "base64"));
  for (const [sha, tree] of Object.entries(record.trees)) loose(folder, sha, "tree", treeContent(tree));
  for (const [sha, commit] of Object.entries(record.commits))
    loose(folder, sha, "commit", commitContent(commit));
}

function loose(folder: string, sha: string, type: string, content: Buffer): void {
  const at = join(folder, "objects", sha.slice(0, 2));
  mkdirSync(at, { recursive: true });
  const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  writeFileSync(join(at, sha.slice(2)), deflateSync(object));
}

/** Runs git in the folder. @throws Error with what it said */
export function git(
  folder: string,
  args: string[],
  input: Buffer,
  env: NodeJS.ProcessEnv = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Nothing of the user's settings, above all no hooks.
    const own = {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_DIR: folder,
      ...env,
    };
    const child = spawn("git", args, { cwd: folder, env: own });
    const out: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (data) => out.push(data));
    child.stderr.on("data", (data) => (said += data));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(Buffer.concat(out)) : reject(new Error(said.trim()))));
  });
}

/** Unpacks what somebody pushes and keeps the objects that these commits need. @throws Error where something is missing */
export async function takeIn(
  record: RepositoryRecord,
  folder: string,
  pack: Buffer,
  commits: readonly string[],
): Promise<void> {
  if (pack.length > 0) await git(folder, ["unpack-objects", "-q"], pack);
  const known = Object.values(record.refs).map(({ object }) => `^${object.sha}`);
  const list = await git(
    folder,
    ["rev-list", "--objects", "--stdin"],
    Buffer.from([...commits, ...known].join("\n")),
  );
  const names = list
    .toString("utf8")
    .split("\n")
    .filter(Boolean)
    .map((one) => one.slice(0, 40));
  const all = await git(folder, ["cat-file", "--batch"], Buffer.from(names.join("\n")));
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf("\n", at);
    const [, type = "", size = "0"] = all.subarray(at, end).toString("utf8").split(" ");
    addRaw(record, type, all.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
}
