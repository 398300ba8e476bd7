/**
 * What each rule forbids, and how GitHub says so. Rules: docs.github.com/repositories/configuring-branches-and-merges-
 * in-your-repository/managing-rulesets/available-rules-for-rulesets; sentences as git and the API show them
 * (JRedrupp/bison#136, keithamus/css-minify-tests#198, az-digital/arizona-bootstrap#1524).
 */
import { missingCheck, type Outcome, type RequiredCheck } from "./checks.ts";
import { missingReview, type Standing } from "./reviews.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

/** What somebody wants to do to a ref. */
export type Change =
  | { kind: "create" | "update" | "delete"; ref: string }
  | { kind: "merge"; ref: string; method: MergeMethod };

/**
 * What is known of the commit that is to be on the branch, or of the pull request's head. A rule asks for what it needs;
 * a deletion has none.
 */
export interface Evidence {
  /** Whether the branch loses no commit. */
  isFastForward(): boolean;
  /** Whether what the branch gains has a commit with two parents. */
  hasMergeCommit(): boolean;
  /** Whether every commit that the branch gains has a verified signature. */
  isSigned(): boolean;
  outcome(check: RequiredCheck): Outcome;
  /** Whether the newest deployment of that very commit to an environment succeeded and is active. */
  isDeployed(environment: string): boolean;
  /** Of a merge: what its reviews amount to. */
  standing(): Standing;
}

/** What a rule looks at. */
interface Situation {
  change: Change;
  evidence: Evidence;
}

type Parameters = Record<string, unknown>;
/** Why the rule forbids the change; undefined where it does not. */
type Rule = (situation: Situation, parameters: Parameters) => string | undefined;

const on =
  (kinds: readonly Change["kind"][], reason: string): Rule =>
  ({ change }) =>
    kinds.includes(change.kind) ? reason : undefined;

/** "Only merge methods that keep history linear"; merge commits that a push brings along count too. */
const requiredLinearHistory: Rule = ({ change, evidence }) => {
  const reason = "This branch must not contain merge commits.";
  if (change.kind === "merge") return change.method === "merge" ? reason : undefined;
  return change.kind === "update" && evidence.hasMergeCommit() ? reason : undefined;
};

const nonFastForward: Rule = ({ change, evidence }) =>
  change.kind === "update" && !evidence.isFastForward() ? "Cannot force-push to this branch" : undefined;

/** A branch is made without one (open.ts). */
const pullRequest: Rule = ({ change, evidence }, parameters) => {
  if (change.kind === "update") return "Changes must be made through a pull request.";
  if (change.kind !== "merge") return undefined;
  const methods = parameters.allowed_merge_methods as string[] | undefined;
  if (methods && !methods.includes(change.method)) {
    return `${NAMES[change.method]} are not allowed on this branch.`;
  }
  return missingReview(evidence.standing(), parameters);
};

const NAMES = { merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" } as const;

const requiredStatusChecks: Rule = ({ change, evidence }, parameters) => {
  if (change.kind === "delete" || (change.kind === "create" && parameters.do_not_enforce_on_create))
    return undefined;
  const isStrict = parameters.strict_required_status_checks_policy === true;
  if (change.kind === "merge" && isStrict && !evidence.isFastForward()) {
    return "Head branch is not up to date with the base branch";
  }
  return missingCheck(evidence.outcome, parameters.required_status_checks as RequiredCheck[]);
};

/** About-protected-branches#require-signed-commits; GitHub signs merges and squashes, never rebases. */
const requiredSignatures: Rule = ({ change, evidence }) => {
  const reason = "Commits must have verified signatures.";
  if (change.kind === "delete") return undefined;
  if (change.kind === "merge" && change.method === "squash") return undefined;
  if (change.kind === "merge" && change.method === "rebase") return reason;
  return evidence.isSigned() ? undefined : reason;
};

/** Each environment's newest deployment of that very commit must have succeeded. */
const requiredDeployments: Rule = ({ change, evidence }, parameters) => {
  if (change.kind === "delete" || change.kind === "create") return undefined;
  const wanted = (parameters.required_deployment_environments as string[] | undefined) ?? [];
  const missing = wanted.find((environment) => !evidence.isDeployed(environment));
  return missing && `Missing successful active ${missing} deployment.`;
};

/** By type; what is not here forbids nothing, for nobody knows what (open.ts). */
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
