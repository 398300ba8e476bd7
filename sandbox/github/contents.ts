/** Files of a branch, changed one at a time (docs.github.com/rest/repos/contents). */
import { type GitHub, refuse } from "./client.ts";
import { type ContentRequest, changedContent, createCommit } from "./git/data.ts";
import type { CommitDocument } from "./git/objects.ts";
import { startHistory } from "./initial.ts";
import { moveRef } from "./refs.ts";
import type { RepositoryRecord } from "./store.ts";

/** `PUT` and `DELETE …/contents/{path}`: a commit on the branch, where the rules allow a push; 409 where they do not. */
export function changeContent(
  github: GitHub,
  name: string,
  path: string,
  wanted: ContentRequest,
): { commit: CommitDocument; existed: boolean } {
  const request = `${wanted.content === undefined ? "DELETE" : "PUT"} ${github.path(name)}/contents/${path}`;
  const record = github.writable(name, request, "contents");
  if (Object.keys(record.refs).length === 0) startEmpty(github, record);
  const { tree, existed } = changedContent(github, record, path, wanted, request);
  const ref = record.refs[`refs/heads/${wanted.branch ?? record.repository.default_branch}`];
  if (!ref) refuse(request, 404, "Not Found");
  const commit = createCommit(github, name, {
    message: wanted.message,
    tree,
    parents: [ref.object.sha],
    ...(wanted.author && { author: wanted.author }),
    ...(wanted.committer && { committer: wanted.committer }),
  });
  moveRef(github, record, ref, commit.sha, { request, status: 409 });
  return { commit, existed };
}

/** A file is the way to begin an empty repository (docs.github.com/rest/git: "use the contents API"). */
function startEmpty(github: GitHub, record: RepositoryRecord): void {
  startHistory(record, github.login, github.nextId());
}
