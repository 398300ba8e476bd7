/** Merging: pull requests in the three ways that GitHub has, and one branch into another. */
import type { MergeMethod } from "../../../github/decisions/rules.ts";
import { type GitHub, refuse } from "../client.ts";
import { refuseViolations } from "../decisions.ts";
import { commitsBetween, isFastForward, mergeBase, mergedTree } from "../git/history.ts";
import { addCommit, type CommitDocument } from "../git/objects.ts";
import { moveRef } from "../refs.ts";
import { commitOnGitHub, now, type RefDocument, type RepositoryRecord } from "../store.ts";
import type { PullDocument } from "../work.ts";
import { closeMerged, headMoved } from "./heads.ts";
import { findPull } from "./pulls.ts";

/** What `PUT …/pulls/{number}/merge` takes. */
export interface MergeRequest {
  merge_method?: MergeMethod;
  commit_title?: string;
  commit_message?: string;
  /** The head that is to be merged; refused where it has moved. */
  sha?: string;
}

/** The setting of the repository for each method, and how it is called in a refusal. */
const METHODS = {
  merge: ["allow_merge_commit", "Merge commits"],
  squash: ["allow_squash_merge", "Squash merges"],
  rebase: ["allow_rebase_merge", "Rebase merges"],
} as const;

/** `PUT /repos/{owner}/{repo}/pulls/{number}/merge`. @returns the commit that the base branch is at */
export function mergePull(github: GitHub, name: string, number: number, wanted: MergeRequest): string {
  const request = `PUT ${github.path(name)}/pulls/${number}/merge`;
  const record = github.writable(name, request, "contents");
  const pull = findPull(record, number, request);
  const method = wanted.merge_method ?? "merge";
  refuseUnmergeable(record, pull, wanted.sha, request);
  const [setting, called] = METHODS[method];
  if (!record.repository[setting]) refuse(request, 405, `${called} are not allowed on this repository.`);
  const base = baseOf(record, pull, request);
  const before = base.object.sha;
  refuseViolations(github, record, { kind: "merge", ref: base.ref, before, pull, method }, request, 405);
  const sha =
    MERGES[method]({ github, record, pull, before, wanted }) ??
    refuse(request, 405, "Pull Request is not mergeable");
  base.object.sha = sha;
  closeMerged(pull, sha, github.login);
  headMoved(record, base.ref, github.login);
  if (record.repository.delete_branch_on_merge) delete record.refs[`refs/heads/${pull.head.ref}`];
  github.changed(record);
  return sha;
}

function refuseUnmergeable(
  record: RepositoryRecord,
  pull: PullDocument,
  sha: string | undefined,
  request: string,
) {
  if (pull.state === "closed") refuse(request, 405, "Pull Request is not mergeable");
  if (pull.draft) refuse(request, 405, "Pull Request is still a draft");
  // OpenAPI, pulls/merge: 409 "if sha was provided and pull request head did not match".
  if (sha !== undefined && sha !== pull.head.sha) {
    refuse(request, 409, "Head branch was modified. Review and try the merge again.");
  }
  if (isMergeable(record, pull) === false) refuse(request, 405, "Pull Request is not mergeable");
}

function baseOf(record: RepositoryRecord, pull: PullDocument, request: string): RefDocument {
  return record.refs[`refs/heads/${pull.base.ref}`] ?? refuse(request, 405, "Base branch was deleted");
}

/** Whether both sides fit together; whether rules allow it is another matter. null once it is closed. */
export function isMergeable(record: RepositoryRecord, pull: PullDocument): boolean | null {
  const base = record.refs[`refs/heads/${pull.base.ref}`]?.object.sha;
  if (pull.state === "closed" || base === undefined) return null;
  return combined(record, base, pull.head.sha) !== undefined;
}

function combined(record: RepositoryRecord, ours: string, theirs: string): string | undefined {
  const tree = (sha: string | undefined) => record.commits[sha ?? ""]?.tree;
  return mergedTree(record, tree(mergeBase(record, ours, theirs)), tree(ours) ?? "", tree(theirs) ?? "");
}

interface Merging {
  github: GitHub;
  record: RepositoryRecord;
  pull: PullDocument;
  before: string;
  wanted: MergeRequest;
}

/** Each answers the new commit of the base branch; undefined where there is a conflict. */
const MERGES: Record<MergeMethod, (merging: Merging) => string | undefined> = {
  /** Always a commit with two parents (about-pull-request-merges#merge-your-commits: "--no-ff"). */
  merge({ github, record, pull, before, wanted }) {
    const tree = combined(record, before, pull.head.sha);
    if (tree === undefined) return undefined;
    const title =
      wanted.commit_title ??
      `Merge pull request #${pull.number} from ${record.repository.owner.login}/${pull.head.ref}`;
    const message = `${title}\n\n${wanted.commit_message ?? pull.title}`;
    const parents = [{ sha: before }, { sha: pull.head.sha }];
    return commitOnGitHub(record, { message, tree, parents, author: github.login }).sha;
  },
  /** One commit with everything (about-pull-request-merges#squash-and-merge-your-commits). */
  squash({ record, pull, before, wanted }) {
    const tree = combined(record, before, pull.head.sha);
    if (tree === undefined) return undefined;
    const message = [wanted.commit_title ?? squashTitle(record, pull), wanted.commit_message]
      .filter(Boolean)
      .join("\n\n");
    return commitOnGitHub(record, { message, tree, parents: [{ sha: before }], author: pull.user }).sha;
  },
  /** New commits even where the branch could be moved forward (about-merge-methods-on-github#rebasing…); unsigned. */
  rebase({ github, record, pull, before }) {
    let head: string | undefined = before;
    for (const commit of commitsBetween(record, before, pull.head.sha)) {
      if (commit.parents.length > 1) continue;
      head = head === undefined ? undefined : replayed(record, commit, head, github.login)?.sha;
    }
    return head;
  },
};

/** OpenAPI, `squash_merge_commit_title`: COMMIT_OR_PR_TITLE takes a lone commit's own. */
function squashTitle(record: RepositoryRecord, pull: PullDocument): string {
  const commits = commitsBetween(record, pull.base.sha, pull.head.sha);
  const [only] = commits;
  const isLone = record.repository.squash_merge_commit_title === "COMMIT_OR_PR_TITLE" && commits.length === 1;
  const title = isLone && only ? only.message.split("\n")[0] : pull.title;
  return `${title} (#${pull.number})`;
}

function replayed(
  record: RepositoryRecord,
  commit: CommitDocument,
  onto: string,
  login: string,
): CommitDocument | undefined {
  const parent = record.commits[commit.parents[0]?.sha ?? ""]?.tree;
  const tree = mergedTree(record, parent, record.commits[onto]?.tree ?? "", commit.tree);
  if (tree === undefined) return undefined;
  const committer = { name: login, email: "noreply@github.com", date: now() };
  const { message, author } = commit;
  return addCommit(record, { message, author, committer, tree, parents: [{ sha: onto }], verified: false });
}

/** `POST /repos/{owner}/{repo}/merges`. @returns undefined where the base has everything already (204) */
export function mergeBranches(
  github: GitHub,
  name: string,
  wanted: { base: string; head: string; commit_message?: string },
): CommitDocument | undefined {
  const request = `POST ${github.path(name)}/merges`;
  const record = github.writable(name, request, "contents");
  const base = record.refs[`refs/heads/${wanted.base}`] ?? refuse(request, 404, "Base does not exist");
  const head = record.refs[`refs/heads/${wanted.head}`]?.object.sha ?? wanted.head;
  if (!record.commits[head]) refuse(request, 404, "Head does not exist");
  const before = base.object.sha;
  if (isFastForward(record, head, before)) return undefined;
  const tree = combined(record, before, head) ?? refuse(request, 409, "Merge conflict");
  const message = wanted.commit_message ?? `Merge ${wanted.head} into ${wanted.base}`;
  const parents = [{ sha: before }, { sha: head }];
  const commit = commitOnGitHub(record, { message, tree, parents, author: github.login });
  moveRef(github, record, base, commit.sha, { request, status: 409 });
  return commit;
}
