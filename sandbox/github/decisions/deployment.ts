/** Whether a job may deploy to an environment (docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments). */
import type { EnvironmentDocument, RepositoryRecord } from "../store.ts";
import { classicRuleOf, covers, matchesPattern } from "./patterns.ts";

/** What stands between a job and an environment. */
export interface DeploymentDecision {
  /** The job fails at once, with this sentence. */
  refused?: string;
  /** The job waits: for an approval, for minutes. */
  waitsFor?: { reviewers?: string[]; minutes?: number };
}

/** @param ref in full: `refs/heads/main` */
export function decideDeployment(
  record: RepositoryRecord,
  environment: EnvironmentDocument,
  ref: string,
): DeploymentDecision {
  if (!mayDeployFrom(record, environment, ref)) {
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
        reviewers: review.reviewers.map(({ reviewer }) => reviewer.login ?? String(reviewer.id)),
      }),
      ...(timer && { minutes: timer.wait_timer }),
    },
  };
}

function mayDeployFrom(record: RepositoryRecord, environment: EnvironmentDocument, ref: string): boolean {
  const policy = environment.deployment_branch_policy;
  if (!policy) return true;
  if (policy.protected_branches) {
    const branch = ref.replace(/^refs\/heads\//, "");
    // "If the repository has no branch protection rules, all branches can deploy" (same page); rulesets count too.
    const isProtected = (name: string) =>
      classicRuleOf(record, name) !== undefined ||
      record.rulesets.some(
        (ruleset) => ruleset.enforcement === "active" && covers(ruleset, `refs/heads/${name}`, record),
      );
    const hasRules = record.branch_protection_rules.length + record.rulesets.length > 0;
    return !hasRules || isProtected(branch);
  }
  const [, kind, name = ""] = /^refs\/(head|tag)s\/(.*)$/.exec(ref) ?? [];
  return environment.branch_policies.some(
    (one) => one.type === (kind === "tag" ? "tag" : "branch") && matchesPattern(one.name, name),
  );
}

/** Whether somebody may approve a waiting job: a reviewer, and with `prevent_self_review` not who started it. */
export function mayApprove(environment: EnvironmentDocument, login: string, startedBy: string): boolean {
  const review = environment.protection_rules.find((rule) => rule.type === "required_reviewers");
  if (!review?.reviewers.some(({ reviewer }) => reviewer.login === login)) return false;
  return !review.prevent_self_review || login !== startedBy;
}
