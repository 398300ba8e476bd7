/** What reviews of a pull request count for (docs.github.com, about-pull-request-reviews, about-protected-branches). */
import { matchesGlob } from "node:path/posix";
import { canWrite } from "../client.ts";
import { changesBetween, mergeBase } from "../git/history.ts";
import { entryAt } from "../git/objects.ts";
import type { RepositoryRecord, RoleName } from "../store.ts";
import type { Login, PullDocument, ReviewDocument } from "../work.ts";

/** Role of somebody in the repository at hand. */
export type RoleOf = (login: Login) => RoleName | undefined;

/** The last opinion of each reviewer; comments are none. */
export function opinions({ reviews }: PullDocument): ReviewDocument[] {
  const last = new Map<Login, ReviewDocument>();
  for (const review of reviews) {
    if (review.state !== "COMMENTED" && review.state !== "PENDING") last.set(review.user, review);
  }
  return [...last.values()];
}

/** Approvals of people who may push; nobody approves their own pull request (the API refuses it). */
function approvals(pull: PullDocument, roleOf: RoleOf): ReviewDocument[] {
  return opinions(pull).filter(({ state, user }) => state === "APPROVED" && canWrite(roleOf(user)));
}

/** Why the reviews do not suffice; undefined where they do. */
export function missingReview(
  record: RepositoryRecord,
  pull: PullDocument,
  parameters: Record<string, unknown>,
  roleOf: RoleOf,
): string | undefined {
  const wanted = Number(parameters.required_approving_review_count ?? 0);
  const given = approvals(pull, roleOf);
  const rejected = opinions(pull).some(
    ({ state, user }) => state === "CHANGES_REQUESTED" && canWrite(roleOf(user)),
  );
  if (wanted > 0 && rejected) return "Changes were requested by reviewers with write access.";
  if (given.length < wanted) {
    // Reviewable/Reviewable#561 quotes the sentence.
    const reviews = wanted === 1 ? "1 approving review is" : `${wanted} approving reviews are`;
    return `At least ${reviews} required by reviewers with write access.`;
  }
  if (parameters.require_last_push_approval && !lastPushIsApproved(pull, given)) {
    return "New changes require approval from someone other than the last pusher.";
  }
  if (parameters.require_code_owner_review && !ownersApproved(record, pull, given)) {
    return "Waiting on code owner review.";
  }
  return undefined;
}

/** docs.github.com, about-protected-branches: the most recent reviewable push is approved by another than its pusher. */
function lastPushIsApproved(pull: PullDocument, given: readonly ReviewDocument[]): boolean {
  return given.some(({ user, commit_id }) => commit_id === pull.head.sha && user !== pull.last_pusher);
}

/** Where CODEOWNERS may lie, in the order in which GitHub looks (docs.github.com, about-code-owners). */
const PLACES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

function ownersApproved(
  record: RepositoryRecord,
  pull: PullDocument,
  given: readonly ReviewDocument[],
): boolean {
  const lines = codeOwners(record, pull.base.ref);
  const approvers = new Set(given.map(({ user }) => `@${user.toLowerCase()}`));
  return changedPaths(record, pull).every((path) => {
    const owners = lines.findLast(({ pattern }) => owns(pattern, path))?.owners ?? [];
    return owners.length === 0 || owners.some((owner) => approvers.has(owner.toLowerCase()));
  });
}

/** The file of the base branch counts (about-code-owners#codeowners-and-branches). */
function codeOwners(record: RepositoryRecord, branch: string): { pattern: string; owners: string[] }[] {
  const head = record.commits[record.refs[`refs/heads/${branch}`]?.object.sha ?? ""];
  const blobs = PLACES.map((place) => head && entryAt(record, head.tree, place)?.sha);
  const text = Buffer.from(record.blobs[blobs.find(Boolean) ?? ""] ?? "", "base64").toString("utf8");
  return text
    .split("\n")
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter(Boolean)
    .map((line) => {
      const [pattern = "", ...owners] = line.split(/\s+/);
      return { pattern, owners };
    });
}

/** Patterns as in .gitignore files, without its exceptions (about-code-owners#codeowners-syntax). */
function owns(pattern: string, path: string): boolean {
  const rooted =
    pattern.startsWith("/") || /\/./.test(pattern) ? pattern.replace(/^\//, "") : `**/${pattern}`;
  const bare = rooted.replace(/\/$/, "");
  return [bare, `${bare}/**`].some((glob) => matchesGlob(path, glob));
}

/** Paths that a pull request changes. */
export function changedPaths(record: RepositoryRecord, { base, head }: PullDocument): string[] {
  const from = mergeBase(record, record.refs[`refs/heads/${base.ref}`]?.object.sha ?? base.sha, head.sha);
  const tree = (sha: string | undefined) => record.commits[sha ?? ""]?.tree;
  return changesBetween(record, tree(from), tree(head.sha) ?? "").map(({ path }) => path);
}
