/** Git objects made and read through the interface (docs.github.com/rest/git). */
import { type GitHub, refuse } from "../client.ts";
import { emailOf, now, type RepositoryRecord } from "../store.ts";
import {
  addBlob,
  addCommit,
  type CommitDocument,
  entryAt,
  filesOf,
  type Signature,
  type TreeEntry,
  treeOf,
} from "./objects.ts";

/** One entry of `POST …/git/trees`. */
export interface TreeRequest {
  path: string;
  mode: TreeEntry["mode"];
  /** null removes the file. */
  sha?: string | null;
  content?: string;
}

/** Files that start workflows need a permission of their own (scopes-for-oauth-apps, `workflow`). */
export function needForPath(github: GitHub, request: string, path: string): void {
  if (path.startsWith(".github/workflows/")) github.need(request, "workflows");
}

/** `POST …/git/blobs` */
export function createBlob(github: GitHub, name: string, content: string, encoding = "utf-8"): string {
  const request = `POST ${github.path(name)}/git/blobs`;
  const record = github.writable(name, request, "contents");
  refuseEmpty(record, request);
  const sha = addBlob(record, Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
  github.changed(record);
  return sha;
}

function refuseEmpty(record: RepositoryRecord, request: string): void {
  if (Object.keys(record.refs).length === 0) refuse(request, 409, "Git Repository is empty.");
}

/** `POST …/git/trees`. @param base hash of the tree that the entries are laid over; without it they are all there is */
export function createTree(
  github: GitHub,
  name: string,
  entries: readonly TreeRequest[],
  base?: string,
): string {
  const request = `POST ${github.path(name)}/git/trees`;
  const record = github.writable(name, request, "contents");
  refuseEmpty(record, request);
  const start = base === undefined ? undefined : treeSha(record, base);
  if (base !== undefined && start === undefined) refuse(request, 404, "Not Found");
  const files = start === undefined ? new Map<string, TreeEntry>() : filesOf(record, start);
  for (const { path, mode, sha, content } of entries) {
    needForPath(github, request, path);
    if (sha === null) files.delete(path);
    else {
      const blob = content === undefined ? sha : addBlob(record, Buffer.from(content));
      if (blob === undefined) refuse(request, 422, "Must supply either tree.sha or tree.content");
      if (mode === "040000")
        for (const [below, file] of filesOf(record, blob, `${path}/`)) files.set(below, file);
      else if (!(blob in record.blobs)) refuse(request, 422, `tree.sha ${blob} is not a valid blob`);
      else files.set(path, { name: path, mode, sha: blob });
    }
  }
  const tree = treeOf(record, files);
  github.changed(record);
  return tree;
}

/** The tree that a hash of a tree, of a commit, or a branch leads to. */
export function treeSha(record: RepositoryRecord, name: string): string | undefined {
  if (record.trees[name]) return name;
  return record.commits[resolveCommit(record, name) ?? ""]?.tree;
}

/** The commit that a branch, a tag, a ref in full, a hash or the beginning of one leads to. */
export function resolveCommit(record: RepositoryRecord, name: string): string | undefined {
  const bare = name.replace(/^refs\//, "");
  for (const ref of [`refs/${bare}`, `refs/heads/${bare}`, `refs/tags/${bare}`]) {
    if (record.refs[ref]) return record.refs[ref].object.sha;
  }
  if (record.commits[name]) return name;
  return name.length >= 7 ? Object.keys(record.commits).find((sha) => sha.startsWith(name)) : undefined;
}

/** `POST …/git/commits`: unsigned, unless an app makes it (docs.github.com, about-commit-signature-verification). */
export function createCommit(
  github: GitHub,
  name: string,
  wanted: {
    message: string;
    tree: string;
    parents?: string[];
    author?: Partial<Signature>;
    committer?: Partial<Signature>;
  },
): CommitDocument {
  const request = `POST ${github.path(name)}/git/commits`;
  const record = github.writable(name, request, "contents");
  refuseEmpty(record, request);
  if (!record.trees[wanted.tree]) refuse(request, 422, "Tree SHA does not exist");
  const parents = wanted.parents ?? [];
  if (parents.some((sha) => !record.commits[sha]))
    refuse(request, 422, "Parent SHA does not exist or is not a commit object");
  const author = signature(github, wanted.author);
  const commit = addCommit(record, {
    message: wanted.message,
    tree: wanted.tree,
    parents: parents.map((sha) => ({ sha })),
    author,
    committer: wanted.committer ? signature(github, wanted.committer) : author,
    verified: github.grant?.app !== undefined && !wanted.author && !wanted.committer,
  });
  github.changed(record);
  return commit;
}

function signature(github: GitHub, given: Partial<Signature> = {}): Signature {
  const date = given.date === undefined ? now() : `${new Date(given.date).toISOString().slice(0, 19)}Z`;
  return { name: given.name ?? github.login, email: given.email ?? emailOf(github.login), date };
}

/** What `PUT` and `DELETE …/contents/{path}` take. */
export interface ContentRequest {
  message: string;
  /** Base64; absent: the file is deleted. */
  content?: string;
  /** Hash of the file that is replaced. */
  sha?: string;
  branch?: string;
  author?: Partial<Signature>;
  committer?: Partial<Signature>;
}

/** The tree with the file changed, and the commit's parent. */
export function changedContent(
  github: GitHub,
  record: RepositoryRecord,
  path: string,
  wanted: ContentRequest,
  request: string,
): { tree: string; existed: boolean } {
  needForPath(github, request, path);
  const branch = wanted.branch ?? record.repository.default_branch;
  const head = record.refs[`refs/heads/${branch}`]?.object.sha;
  const tree = record.commits[head ?? ""]?.tree ?? refuse(request, 404, `Branch ${branch} not found`);
  const present = entryAt(record, tree, path);
  if (wanted.content === undefined && !present) refuse(request, 404, "Not Found");
  // The API's own sentences: the hash must be given, and be the present one.
  if (present && wanted.sha === undefined) refuse(request, 422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (present && wanted.sha !== present.sha) refuse(request, 409, `${path} does not match ${wanted.sha}`);
  const files = filesOf(record, tree);
  if (wanted.content === undefined) files.delete(path);
  else {
    const sha = addBlob(record, Buffer.from(wanted.content, "base64"));
    files.set(path, { name: path, mode: present?.mode ?? "100644", sha });
  }
  return { tree: treeOf(record, files), existed: present !== undefined };
}
