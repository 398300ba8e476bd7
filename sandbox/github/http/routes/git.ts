/** Refs, commits, trees, blobs, branches, files. */
import { refuse } from "../../client.ts";
import { changeContent } from "../../contents.ts";
import { createBlob, createCommit, createTree, resolveCommit, treeSha } from "../../git/data.ts";
import { ancestors, commitsBetween, isFastForward, mergeBase } from "../../git/history.ts";
import { entryAt } from "../../git/objects.ts";
import { mergeBranches } from "../../pulls/merge.ts";
import { createRef, deleteRef, getRef, updateRef } from "../../refs.ts";
import { nodeId } from "../../store.ts";
import {
  apiOf,
  branchBody,
  commitBody,
  contentBody,
  fileChanges,
  gitCommit,
  isProtected,
  refBody,
  shortBranch,
  treeBody,
} from "../bodies/git.ts";
import {
  type Answer,
  type Call,
  changes,
  created,
  list,
  nothing,
  ok,
  R,
  type Routes,
  shows,
} from "../route.ts";

function name({ params }: Call): string {
  return params.repo ?? "";
}

function missing({ github }: Call, what = "Not Found"): never {
  return refuse(`GET ${github.path("")}`, 404, what);
}

/** OpenAPI, repos/get-commit: 422 for what is no commit. */
function commitAt(call: Call, ref: string) {
  const record = call.record();
  const sha = resolveCommit(record, ref);
  return (
    record.commits[sha ?? ""] ?? refuse(`GET ${call.github.path("")}`, 422, `No commit found for SHA: ${ref}`)
  );
}

export const gitRoutes: Routes = {
  [`GET ${R}/git/ref/{ref}`]: shows("contents", (call) =>
    ok(refBody(call.place(), getRef(call.github, name(call), call.params.ref ?? ""))),
  ),
  [`GET ${R}/git/matching-refs/{ref}`]: shows("contents", (call) =>
    list(
      Object.values(call.record().refs)
        .filter(({ ref }) => ref.startsWith(`refs/${call.params.ref}`))
        .map((ref) => refBody(call.place(), ref)),
    ),
  ),
  [`POST ${R}/git/refs`]: changes("contents", (call) =>
    created(refBody(call.place(), createRef(call.github, name(call), call.body.ref, call.body.sha))),
  ),
  [`PATCH ${R}/git/refs/{ref}`]: changes("contents", (call) => {
    const { ref = "" } = call.params;
    return ok(
      refBody(call.place(), updateRef(call.github, name(call), ref, call.body.sha, call.body.force === true)),
    );
  }),
  [`DELETE ${R}/git/refs/{ref}`]: changes("contents", (call) => {
    deleteRef(call.github, name(call), call.params.ref ?? "");
    return nothing;
  }),
  [`GET ${R}/git/commits/{commit_sha}`]: shows("contents", (call) => {
    const commit = call.record().commits[call.params.commit_sha ?? ""] ?? missing(call);
    return ok(gitCommit(call.place(), commit));
  }),
  [`POST ${R}/git/commits`]: changes("contents", (call) =>
    created(gitCommit(call.place(), createCommit(call.github, name(call), call.body))),
  ),
  [`GET ${R}/git/trees/{tree_sha}`]: shows("contents", (call) => {
    const sha = treeSha(call.record(), call.params.tree_sha ?? "") ?? missing(call);
    // OpenAPI: any value of `recursive` counts.
    return ok(treeBody(call.place(), sha, call.query.recursive !== undefined));
  }),
  [`POST ${R}/git/trees`]: changes("contents", (call) => {
    const sha = createTree(call.github, name(call), call.body.tree, call.body.base_tree);
    return created(treeBody(call.place(), sha));
  }),
  [`GET ${R}/git/blobs/{file_sha}`]: shows("contents", (call) => {
    const { file_sha: sha = "" } = call.params;
    const content = call.record().blobs[sha] ?? missing(call);
    const size = Buffer.from(content, "base64").length;
    const url = `${apiOf(call.place())}/git/blobs/${sha}`;
    return ok({
      sha,
      node_id: nodeId("B", Number.parseInt(sha.slice(0, 8), 16)),
      size,
      url,
      content,
      encoding: "base64",
    });
  }),
  [`POST ${R}/git/blobs`]: changes("contents", (call) => {
    const sha = createBlob(call.github, name(call), call.body.content, call.body.encoding);
    return created({ sha, url: `${apiOf(call.place())}/git/blobs/${sha}` });
  }),
  [`GET ${R}/branches`]: shows("contents", (call) => {
    const branches = Object.values(call.record().refs)
      .filter(({ ref }) => ref.startsWith("refs/heads/"))
      .map(({ ref, object }) => [ref.slice("refs/heads/".length), object.sha] as const)
      .filter(
        ([branch]) =>
          call.query.protected === undefined || isProtected(call.record(), branch) === call.query.protected,
      );
    return list(branches.map(([branch, sha]) => shortBranch(call.place(), branch, sha)));
  }),
  [`GET ${R}/branches/{branch}`]: shows("contents", (call) => {
    const { branch = "" } = call.params;
    const sha = call.record().refs[`refs/heads/${branch}`]?.object.sha ?? missing(call, "Branch not found");
    return ok(branchBody(call.place(), branch, commitAt(call, sha)));
  }),
  [`GET ${R}/commits`]: shows("contents", (call) => {
    const { sha, path } = call.query;
    const start = commitAt(call, String(sha ?? call.record().repository.default_branch));
    const commits = [...ancestors(call.record(), start.sha)].flatMap(
      (one) => call.record().commits[one] ?? [],
    );
    const touching = commits.filter((commit) => path === undefined || touches(call, commit, String(path)));
    return list(touching.map((commit) => commitBody(call.place(), commit)));
  }),
  [`GET ${R}/commits/{ref}`]: shows("contents", (call) =>
    ok(commitBody(call.place(), commitAt(call, call.params.ref ?? ""), true)),
  ),
  [`GET ${R}/compare/{basehead}`]: shows("contents", compare),
  [`POST ${R}/merges`]: changes("contents", (call) => {
    const commit = mergeBranches(call.github, name(call), call.body);
    return commit ? created(commitBody(call.place(), commit)) : nothing;
  }),
  [`GET ${R}/contents/{path}`]: shows("contents", content),
  [`PUT ${R}/contents/{path}`]: changes("contents", change),
  [`DELETE ${R}/contents/{path}`]: changes("contents", change),
};

function touches(call: Call, commit: { tree: string; parents: { sha: string }[] }, path: string): boolean {
  const before = call.record().commits[commit.parents[0]?.sha ?? ""]?.tree ?? "";
  const at = (tree: string) => entryAt(call.record(), tree, path)?.sha;
  return at(before) !== at(commit.tree);
}

function compare(call: Call): Answer {
  const [base, head] = (call.params.basehead ?? "")
    .split("...")
    .map((ref) => commitAt(call, ref.replace(/^.*:/, "")));
  if (!base || !head) return missing(call);
  const record = call.record();
  const merged =
    record.commits[mergeBase(record, base.sha, head.sha) ?? ""] ??
    missing(call, "No common ancestor between both.");
  const ahead = commitsBetween(record, base.sha, head.sha);
  const behind = commitsBetween(record, head.sha, base.sha);
  const status = isFastForward(record, base.sha, head.sha)
    ? "ahead"
    : behind.length && ahead.length
      ? "diverged"
      : "behind";
  const url = `${apiOf(call.place())}/compare/${call.params.basehead}`;
  const html = `${call.links.html}/${record.repository.full_name}/compare/${call.params.basehead}`;
  const show = (commit: typeof base) => commitBody(call.place(), commit);
  return ok({
    url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: show(base),
    merge_base_commit: show(merged),
    status: base.sha === head.sha ? "identical" : status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.map(show),
    files: fileChanges(call.place(), merged.tree, head.tree),
  });
}

function content(call: Call): Answer {
  const path = (call.params.path ?? "").replace(/\/$/, "");
  const record = call.record();
  const ref = String(call.query.ref ?? record.repository.default_branch);
  const sha = resolveCommit(record, ref);
  if (sha === undefined)
    return missing(
      call,
      Object.keys(record.refs).length > 0
        ? `No commit found for the ref ${ref}`
        : "This repository is empty.",
    );
  const entry = entryAt(record, record.commits[sha]?.tree ?? "", path);
  if (!entry) return missing(call);
  if (entry.mode === "040000") {
    const below = record.trees[entry.sha] ?? [];
    const at = (file: string) => (path ? `${path}/${file}` : file);
    return ok(below.map((one) => contentBody(call.place(), at(one.name), one, ref, true)));
  }
  if (/\.raw(\+json)?$/.test(call.accept)) {
    return {
      status: 200,
      raw: { type: call.accept, content: Buffer.from(record.blobs[entry.sha] ?? "", "base64") },
    };
  }
  return ok(contentBody(call.place(), path, entry, ref));
}

function change(call: Call): Answer {
  const { path = "" } = call.params;
  const { commit, existed } = changeContent(call.github, name(call), path, call.body);
  const record = call.record();
  const entry = entryAt(record, commit.tree, path);
  const {
    content: _,
    encoding: __,
    ...file
  } = entry
    ? contentBody(call.place(), path, entry, call.body.branch ?? record.repository.default_branch)
    : {};
  return {
    status: existed ? 200 : 201,
    body: { content: entry ? file : null, commit: gitCommit(call.place(), commit) },
  };
}
