/** What happens to open pull requests when a branch moves. */
import { activeOn } from "../../../github/decisions/bound.ts";
import { classicRuleOf } from "../../../github/decisions/patterns.ts";
import { ancestors, changesBetween } from "../git/history.ts";
import { now, type RepositoryRecord } from "../store.ts";
import type { Login, PullDocument } from "../work.ts";

/** A branch has moved: pull requests from it have new commits, pull requests to it may be merged by that. */
export function headMoved(record: RepositoryRecord, ref: string, pusher: Login): void {
  const branch = ref.replace(/^refs\/heads\//, "");
  const sha = record.refs[ref]?.object.sha ?? "";
  for (const pull of record.pulls.filter(({ state }) => state === "open")) {
    if (pull.head.ref === branch) pushed(record, pull, sha, pusher);
    if (pull.base.ref === branch) mergedIndirectly(record, pull, sha, pusher);
  }
}

function pushed(record: RepositoryRecord, pull: PullDocument, sha: string, pusher: Login): void {
  const before = record.commits[pull.head.sha]?.tree;
  const isReviewable = changesBetween(record, before, record.commits[sha]?.tree ?? "").length > 0;
  pull.head.sha = sha;
  pull.last_pusher = pusher;
  pull.updated_at = now();
  // about-protected-branches#require-pull-request-reviews-before-merging: "code-modifying commits" dismiss approvals.
  if (!isReviewable || !dismissesStale(record, pull.base.ref)) return;
  for (const review of pull.reviews) if (review.state === "APPROVED") review.state = "DISMISSED";
}

function dismissesStale(record: RepositoryRecord, branch: string): boolean {
  const byRuleset = activeOn(record, `refs/heads/${branch}`).some(({ rules }) =>
    rules.some(
      ({ type, parameters }) => type === "pull_request" && parameters?.dismiss_stale_reviews_on_push,
    ),
  );
  return byRuleset || classicRuleOf(record, branch)?.dismissesStaleReviews === true;
}

/** docs.github.com, about-pull-request-merges#indirect-merges: commits that reach the base branch merge the request. */
function mergedIndirectly(record: RepositoryRecord, pull: PullDocument, sha: string, pusher: Login): void {
  if (pull.head.sha === pull.base.sha || !ancestors(record, sha).has(pull.head.sha)) return;
  closeMerged(pull, sha, pusher);
}

/** The pull request is merged. */
export function closeMerged(pull: PullDocument, sha: string, by: Login): void {
  const merged = now();
  Object.assign(pull, {
    state: "closed",
    merged_at: merged,
    closed_at: merged,
    updated_at: merged,
    merged_by: by,
    merge_commit_sha: sha,
  });
}
