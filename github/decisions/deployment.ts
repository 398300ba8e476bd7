/** Whether a job may deploy to an environment (docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments). */
import type { BranchPolicy, Protection } from "../documents.ts";
import { activeOn } from "./bound.ts";
import { classicRuleOf, matchesPattern, type Ruled } from "./patterns.ts";

/** What decides who may deploy to an environment. */
export interface EnvironmentRules {
  name: string;
  protection_rules: readonly Protection[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  branch_policies: readonly BranchPolicy[];
}

/** What stands between a job and an environment. */
export interface DeploymentDecision {
  /** The job fails at once, with this sentence. */
  refused?: string;
  /** The job waits: for an approval, for minutes. */
  waitsFor?: { reviewers?: string[]; minutes?: number };
}

/** @param ref in full: `refs/heads/main` */
export function decideDeployment(
  ruled: Ruled,
  environment: EnvironmentRules,
  ref: string,
): DeploymentDecision {
  if (!mayDeployFrom(ruled, environment, ref)) {
    const [, kind, name] = /^refs\/(head|tag)s\/(.*)$/.exec(ref) ?? [];
    const what = kind === "tag" ? "Tag" : "Branch";
    return {
      refused: `${what} "${name}" is not allowed to deploy to ${environment.name} due to environment protection rules.`,
    };
  }
  const timer = environment.protection_rules.find((rule) => rule.type === "wait_timer");
  const review = environment.protection_rules.find((rule) => rule.type === "required_reviewers");
  if (!timer && !review) return {};
  return {
    waitsFor: {
      ...(review && {
        reviewers: review.reviewers.map(
          ({ reviewer }) => reviewer.login ?? reviewer.slug ?? String(reviewer.id),
        ),
      }),
      ...(timer && { minutes: timer.wait_timer }),
    },
  };
}

function mayDeployFrom(ruled: Ruled, environment: EnvironmentRules, ref: string): boolean {
  const policy = environment.deployment_branch_policy;
  if (!policy) return true;
  if (policy.protected_branches) {
    // "If no branch protection rules are defined for any branch …, then all branches can deploy" (same page, which does
    // not speak of rulesets: open.ts).
    const ofBranches = ruled.rulesets.filter(
      ({ target, enforcement }) => target === "branch" && enforcement === "active",
    );
    const hasRules = ruled.branch_protection_rules.length + ofBranches.length > 0;
    return !hasRules || (ref.startsWith("refs/heads/") && isProtected(ruled, ref));
  }
  // A job of a pull request runs on a ref that is named in full (same page: "refs/pull/*/merge").
  const [, kind, name] = /^refs\/(head|tag)s\/(.*)$/.exec(ref) ?? [undefined, "head", ref];
  return environment.branch_policies.some(
    (one) => one.type === (kind === "tag" ? "tag" : "branch") && matchesPattern(one.name, name ?? ""),
  );
}

function isProtected(ruled: Ruled, ref: string): boolean {
  return (
    classicRuleOf(ruled, ref.slice("refs/heads/".length)) !== undefined || activeOn(ruled, ref).length > 0
  );
}

/** Whether somebody may approve a waiting job: a reviewer, and with `prevent_self_review` not who started it. */
export function mayApprove(environment: EnvironmentRules, login: string, startedBy: string): boolean {
  const review = environment.protection_rules.find((rule) => rule.type === "required_reviewers");
  if (!review?.reviewers.some(({ reviewer }) => reviewer.login === login)) return false;
  return !review.prevent_self_review || login !== startedBy;
}
