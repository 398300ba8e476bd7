/** Refs, commits, trees and files as the interface answers them. */

import { activeOn } from "../../../../github/decisions/bound.ts";
import { classicRuleOf } from "../../../../github/decisions/patterns.ts";
import type { GitHub } from "../../client.ts";
import { changesBetween } from "../../git/history.ts";
import { lineCounts } from "../../git/lines.ts";
import type { CommitDocument, TreeEntry } from "../../git/objects.ts";
import { nodeId, type RefDocument, type RepositoryRecord } from "../../store.ts";
import { simpleUser } from "./accounts.ts";
import type { Links } from "./links.ts";

type Body = Record<string, unknown>;

/** Whose repository the objects are in, and who looks. */
export interface Place {
  github: GitHub;
  links: Links;
  record: RepositoryRecord;
}

export function apiOf({ links, record }: Place): string {
  return `${links.api}/repos/${record.repository.full_name}`;
}

function htmlOf({ links, record }: Place): string {
  return `${links.html}/${record.repository.full_name}`;
}

/** `git-ref` */
export function refBody(place: Place, { ref, node_id, object }: RefDocument): Body {
  const api = apiOf(place);
  return {
    ref,
    node_id,
    url: `${api}/git/${ref}`,
    object: { ...object, url: `${api}/git/commits/${object.sha}` },
  };
}

function verification({ verified }: CommitDocument): Body {
  return {
    verified,
    reason: verified ? "valid" : "unsigned",
    signature: verified ? "-----BEGIN PGP SIGNATURE-----" : null,
    payload: verified ? "" : null,
    verified_at: null,
  };
}

/** `git-commit` */
export function gitCommit(place: Place, commit: CommitDocument): Body {
  const [api, html] = [apiOf(place), htmlOf(place)];
  const { sha, author, committer, message } = commit;
  return {
    sha,
    node_id: nodeId("C", Number.parseInt(sha.slice(0, 8), 16)),
    url: `${api}/git/commits/${sha}`,
    html_url: `${html}/commit/${sha}`,
    author,
    committer,
    message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    parents: commit.parents.map((parent) => ({
      sha: parent.sha,
      url: `${api}/git/commits/${parent.sha}`,
      html_url: `${html}/commit/${parent.sha}`,
    })),
    verification: verification(commit),
  };
}

/** `commit`. @param withFiles what the commit changed, in the answer about one commit */
export function commitBody(place: Place, commit: CommitDocument, withFiles = false): Body {
  const { github, links, record } = place;
  const [api, html] = [apiOf(place), htmlOf(place)];
  const { sha } = commit;
  const { parents, verification: signed, author, committer, message, tree } = gitCommit(place, commit);
  const known = (name: string) => (github.account(name) ? simpleUser(github, links, name) : null);
  const before = record.commits[commit.parents[0]?.sha ?? ""]?.tree;
  return {
    url: `${api}/commits/${sha}`,
    sha,
    node_id: nodeId("C", Number.parseInt(sha.slice(0, 8), 16)),
    html_url: `${html}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    commit: {
      url: `${api}/git/commits/${sha}`,
      author,
      committer,
      message,
      tree,
      comment_count: 0,
      verification: signed,
    },
    author: known(commit.author.name),
    committer: known(commit.committer.name),
    parents,
    ...(withFiles && { files: fileChanges(place, before, commit.tree) }),
  };
}

/** `diff-entry` of each file, without the text of the difference. */
export function fileChanges(place: Place, from: string | undefined, to: string): Body[] {
  const [api, html] = [apiOf(place), htmlOf(place)];
  return changesBetween(place.record, from, to).map(({ path, status, before, after }) => {
    const { additions, deletions } = lineCounts(place.record, before, after);
    return {
      sha: (after ?? before)?.sha,
      filename: path,
      status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${html}/blob/${to}/${path}`,
      raw_url: `${html}/raw/${to}/${path}`,
      contents_url: `${api}/contents/${path}?ref=${to}`,
    };
  });
}

/** `content-file`, or an entry of a folder. */
export function contentBody(
  place: Place,
  path: string,
  entry: TreeEntry,
  ref: string,
  isListed = false,
): Body {
  const [api, html] = [apiOf(place), htmlOf(place)];
  const base64 = place.record.blobs[entry.sha] ?? "";
  const isFolder = entry.mode === "040000";
  const url = `${api}/contents/${path}?ref=${ref}`;
  const git = `${api}/git/${isFolder ? "trees" : "blobs"}/${entry.sha}`;
  const page = `${html}/${isFolder ? "tree" : "blob"}/${ref}/${path}`;
  return {
    type: isFolder ? "dir" : "file",
    size: Buffer.from(base64, "base64").length,
    name: path.split("/").at(-1),
    path,
    sha: entry.sha,
    url,
    git_url: git,
    html_url: page,
    download_url: isFolder
      ? null
      : `https://raw.githubusercontent.com/${place.record.repository.full_name}/${ref}/${path}`,
    _links: { self: url, git, html: page },
    // GitHub breaks the text after 60 characters.
    ...(!isListed && { encoding: "base64", content: base64.replaceAll(/.{60}/g, "$&\n") }),
  };
}

/** `git-tree` */
export function treeBody(place: Place, sha: string, recursive = false): Body {
  const walk = (tree: string, folder: string): Body[] =>
    (place.record.trees[tree] ?? []).flatMap((entry) => {
      const isFolder = entry.mode === "040000";
      const path = folder + entry.name;
      const body = {
        path,
        mode: entry.mode,
        type: isFolder ? "tree" : "blob",
        sha: entry.sha,
        url: `${apiOf(place)}/git/${isFolder ? "trees" : "blobs"}/${entry.sha}`,
        ...(!isFolder && { size: Buffer.from(place.record.blobs[entry.sha] ?? "", "base64").length }),
      };
      return isFolder && recursive ? [body, ...walk(entry.sha, `${path}/`)] : [body];
    });
  return { sha, url: `${apiOf(place)}/git/trees/${sha}`, tree: walk(sha, ""), truncated: false };
}

/** Whether any rule covers the branch. */
export function isProtected(record: RepositoryRecord, branch: string): boolean {
  const ref = `refs/heads/${branch}`;
  return activeOn(record, ref).length > 0 || classicRuleOf(record, branch) !== undefined;
}

/** `short-branch` */
export function shortBranch(place: Place, branch: string, sha: string): Body {
  const commit = { sha, url: `${apiOf(place)}/commits/${sha}` };
  return { name: branch, commit, protected: isProtected(place.record, branch) };
}

/** `branch-with-protection`; the summary tells of the classic rule alone. */
export function branchBody(place: Place, branch: string, commit: CommitDocument): Body {
  const api = `${apiOf(place)}/branches/${branch}`;
  const rule = classicRuleOf(place.record, branch);
  const contexts = rule?.requiresStatusChecks ? rule.requiredStatusCheckContexts : [];
  const level = contexts.length === 0 ? "off" : rule?.isAdminEnforced ? "everyone" : "non_admins";
  return {
    name: branch,
    commit: commitBody(place, commit),
    _links: { self: api, html: `${htmlOf(place)}/tree/${branch}` },
    protected: isProtected(place.record, branch),
    protection: {
      enabled: rule !== undefined,
      required_status_checks: {
        enforcement_level: level,
        contexts,
        checks: contexts.map((context) => ({ context, app_id: null })),
      },
    },
    protection_url: `${api}/protection`,
  };
}
