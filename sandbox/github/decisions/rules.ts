/**
 * What each rule forbids, and how GitHub says so. Rules: docs.github.com/repositories/configuring-branches-and-merges-
 * in-your-repository/managing-rulesets/available-rules-for-rulesets; sentences as git and the API show them
 * (JRedrupp/bison#136, keithamus/css-minify-tests#198, az-digital/arizona-bootstrap#1524).
 */
import { commitsBetween, isFastForward } from "../git/history.ts";
import type { RepositoryRecord } from "../store.ts";
import type { PullDocument } from "../work.ts";
import { missingCheck, type RequiredCheck } from "./checks.ts";
import { missingReview, type RoleOf } from "./reviews.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

/** What somebody wants to do to a ref. */
export type Change =
  | { kind: "create"; ref: string; after: string }
  | { kind: "update"; ref: string; before: string; after: string }
  | { kind: "delete"; ref: string; before: string }
  | { kind: "merge"; ref: string; before: string; pull: PullDocument; method: MergeMethod };

/** What a rule may look at. */
export interface Situation {
  record: RepositoryRecord;
  change: Change;
  roleOf: RoleOf;
}

type Parameters = Record<string, unknown>;
/** Why the rule forbids the change; undefined where it does not. */
type Rule = (situation: Situation, parameters: Parameters) => string | undefined;

const on =
  (kinds: readonly Change["kind"][], reason: string): Rule =>
  ({ change }) =>
    kinds.includes(change.kind) ? reason : undefined;

/** The commit that is to be on the branch, or the pull request's head; undefined for a deletion. */
function head(change: Change): string | undefined {
  if (change.kind === "delete") return undefined;
  return change.kind === "merge" ? change.pull.head.sha : change.after;
}

/** "Only merge methods that keep history linear"; merge commits that a push brings along count too. */
const requiredLinearHistory: Rule = ({ record, change }) => {
  const reason = "This branch must not contain merge commits.";
  if (change.kind === "merge") return change.method === "merge" ? reason : undefined;
  if (change.kind !== "update") return undefined;
  const added = commitsBetween(record, change.before, change.after);
  return added.some(({ parents }) => parents.length > 1) ? reason : undefined;
};

const nonFastForward: Rule = ({ record, change }) =>
  change.kind === "update" && !isFastForward(record, change.before, change.after)
    ? "Cannot force-push to this branch"
    : undefined;

/** A branch is made without one (decisions/open.ts). */
const pullRequest: Rule = ({ record, change, roleOf }, parameters) => {
  if (change.kind === "update") return "Changes must be made through a pull request.";
  if (change.kind !== "merge") return undefined;
  const methods = parameters.allowed_merge_methods as string[] | undefined;
  if (methods && !methods.includes(change.method)) {
    return `${NAMES[change.method]} are not allowed on this branch.`;
  }
  return missingReview(record, change.pull, parameters, roleOf);
};

const NAMES = { merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" } as const;

const requiredStatusChecks: Rule = ({ record, change }, parameters) => {
  const sha = head(change);
  if (sha === undefined || (change.kind === "create" && parameters.do_not_enforce_on_create))
    return undefined;
  const missing = missingCheck(record, sha, parameters.required_status_checks as RequiredCheck[]);
  const isStrict = parameters.strict_required_status_checks_policy === true;
  if (change.kind === "merge" && isStrict && !isFastForward(record, change.before, sha)) {
    return "Head branch is not up to date with the base branch";
  }
  return missing;
};

/** About-protected-branches#require-signed-commits; GitHub signs merges and squashes, never rebases. */
const requiredSignatures: Rule = ({ record, change }) => {
  const reason = "Commits must have verified signatures.";
  if (change.kind === "delete") return undefined;
  if (change.kind === "merge" && change.method === "squash") return undefined;
  if (change.kind === "merge" && change.method === "rebase") return reason;
  const before = change.kind === "create" ? undefined : change.before;
  const added = commitsBetween(record, before, head(change) ?? "");
  return added.every(({ verified }) => verified) ? undefined : reason;
};

/** Each environment's newest deployment of that very commit must have succeeded. */
const requiredDeployments: Rule = ({ record, change }, parameters) => {
  const sha = head(change);
  if (sha === undefined || change.kind === "create") return undefined;
  const wanted = (parameters.required_deployment_environments as string[] | undefined) ?? [];
  const missing = wanted.find((environment) => {
    const latest = record.deployments.findLast((one) => one.environment === environment && one.sha === sha);
    return latest?.statuses.at(-1)?.state !== "success";
  });
  return missing && `Missing successful active ${missing} deployment.`;
};

/** By type; what is not here binds nobody in the simulation (decisions/open.ts). */
export const RULES: Readonly<Record<string, Rule>> = {
  creation: on(["create"], "Cannot create ref due to creations being restricted."),
  update: on(["update", "merge"], "Cannot update this protected ref."),
  deletion: on(["delete"], "Cannot delete this branch"),
  non_fast_forward: nonFastForward,
  required_linear_history: requiredLinearHistory,
  required_signatures: requiredSignatures,
  required_deployments: requiredDeployments,
  pull_request: pullRequest,
  required_status_checks: requiredStatusChecks,
  // The two that only classic rules have (about-protected-branches#restrict-who-can-push, #lock-branch).
  push_restriction: on(
    ["update", "merge"],
    "You're not authorized to push to this branch. Visit https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches for more information.",
  ),
  lock: on(["update", "merge", "create"], "Cannot change this locked branch"),
};
