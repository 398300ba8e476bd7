/** Which rules bind somebody on a ref: those of the rulesets, and those of the one classic rule. */
import type { ClassicRule, Ruleset } from "../documents.ts";
import { type Actor, bypasses, canWrite } from "./actor.ts";
import { classicRuleOf, covers, type Ruled } from "./patterns.ts";

/** A rule that binds, with what it comes from. */
export interface BoundRule {
  /** `ruleset` or `classic`: refusals are worded differently. */
  origin: "ruleset" | "classic";
  type: string;
  parameters: Record<string, unknown>;
  /** The ruleset; undefined for the classic rule. */
  ruleset?: Ruleset;
  /** The pattern of the classic rule; undefined for a ruleset. */
  pattern?: string;
  /** Whether the actor may be one who bypasses it: that cannot be seen. */
  isUncertain?: true;
}

/** @param isMerge a bypass for pull requests alone lifts the rules from merges, not from pushes */
export function boundRules(ruled: Ruled, ref: string, actor: Actor, isMerge = false): BoundRule[] {
  return [...rulesetRules(ruled, ref, actor, isMerge), ...classicRules(ruled, ref, actor)];
}

/** Every rule on a ref, as it binds somebody who may bypass none. */
export function allRules(ruled: Ruled, ref: string): BoundRule[] {
  return boundRules(ruled, ref, { login: "", role: undefined });
}

/** All aggregate (docs.github.com, about-rulesets#about-rule-layering); `evaluate` and `disabled` bind nobody. */
export function rulesetRules(ruled: Ruled, ref: string, actor: Actor, isMerge: boolean): BoundRule[] {
  return activeOn(ruled, ref)
    .map((ruleset) => ({ ruleset, bypass: bypasses(ruleset, actor, isMerge) }))
    .filter(({ bypass }) => bypass !== true)
    .flatMap(({ ruleset, bypass }) =>
      ruleset.rules.map(({ type, parameters = {} }) => ({
        origin: "ruleset" as const,
        type,
        parameters,
        ruleset,
        ...(bypass === "unknown" && { isUncertain: true as const }),
      })),
    );
}

/** The rulesets that hold for a ref, whoever may bypass them. */
export function activeOn<One extends Ruleset>(
  ruled: Pick<Ruled, "repository"> & { rulesets: readonly One[] },
  ref: string,
): One[] {
  return ruled.rulesets.filter(
    (ruleset) => ruleset.enforcement === "active" && covers(ruleset, ref, ruled.repository),
  );
}

/**
 * A classic rule as rules of the new kind. Administrators are exempt unless it is enforced for them (github-ci.md 1.1
 * "Administrators"; docs.github.com, about-protected-branches#do-not-allow-bypassing-the-above-settings).
 */
function classicRules(ruled: Ruled, ref: string, actor: Actor): BoundRule[] {
  if (!ref.startsWith("refs/heads/")) return [];
  const rule = classicRuleOf(ruled, ref.slice("refs/heads/".length));
  if (!rule || isExempt(rule, actor)) return [];
  return classicParts(rule, actor).map(({ type, parameters = {}, isUncertain }) => ({
    origin: "classic",
    type,
    parameters,
    pattern: rule.pattern,
    ...(isUncertain && { isUncertain }),
  }));
}

/** Whether a classic rule leaves somebody out because they administer the repository. */
export function isExempt({ isAdminEnforced }: ClassicRule, { role }: Actor): boolean {
  return role === "admin" && !isAdminEnforced;
}

type Part = Pick<BoundRule, "type" | "isUncertain"> & Partial<Pick<BoundRule, "parameters">>;

function classicParts(rule: ClassicRule, actor: Actor): Part[] {
  const { requiredDeploymentEnvironments: environments } = rule;
  const part = (isThere: boolean, type: string, parameters?: Part["parameters"]): Part[] =>
    isThere ? [{ type, ...(parameters && { parameters }) }] : [];
  const unless = (listed: boolean | "unknown", parts: Part[]): Part[] =>
    listed === true ? [] : listed ? parts.map((one) => ({ ...one, isUncertain: true })) : parts;
  return [
    ...unless(mayPushRestricted(rule, actor), [
      ...part(rule.restrictsPushes, "push_restriction"),
      ...part(rule.restrictsPushes && rule.blocksCreations, "creation"),
    ]),
    ...part(rule.lockBranch, "lock"),
    ...unless(
      lists(rule.bypassForcePushAllowances, actor),
      part(!rule.allowsForcePushes, "non_fast_forward"),
    ),
    ...part(!rule.allowsDeletions, "deletion"),
    ...part(rule.requiresLinearHistory, "required_linear_history"),
    ...part(rule.requiresCommitSignatures, "required_signatures"),
    // "Does not lift required checks" (github-ci.md 1.1, PR bypass list).
    ...unless(
      lists(rule.bypassPullRequestAllowances, actor),
      part(rule.requiresApprovingReviews, "pull_request", {
        ...reviewParameters(rule),
        required_review_thread_resolution: rule.requiresConversationResolution,
      }),
    ),
    ...part(rule.requiresDeployments, "required_deployments", {
      required_deployment_environments: environments,
    }),
    ...part(rule.requiresStatusChecks, "required_status_checks", checkParameters(rule)),
  ];
}

/** Whether a list of a classic rule names somebody; "unknown" where a team of it may, whose members are not known here. */
function lists(names: readonly string[], { login, role, app }: Actor): boolean | "unknown" {
  if (names.some((name) => name.toLowerCase() === login.toLowerCase())) return true;
  return !app && canWrite(role) && names.some((name) => name.includes("/")) && "unknown";
}

/** People who administer or maintain may always push (github-ci.md 1.1, "Who may push"). */
function mayPushRestricted({ pushAllowances }: ClassicRule, actor: Actor): boolean | "unknown" {
  if (actor.role === "admin" || actor.role === "maintain") return true;
  return canWrite(actor.role) && lists(pushAllowances, actor);
}

/** The reviews that a classic rule asks for, as a rule `pull_request` says it. */
export function reviewParameters(rule: ClassicRule): Record<string, unknown> {
  return {
    required_approving_review_count: rule.requiredApprovingReviewCount,
    dismiss_stale_reviews_on_push: rule.dismissesStaleReviews,
    require_code_owner_review: rule.requiresCodeOwnerReviews,
    require_last_push_approval: rule.requireLastPushApproval,
  };
}

/** The checks that a classic rule asks for, as a rule `required_status_checks` says it. */
export function checkParameters(rule: ClassicRule): Record<string, unknown> {
  return {
    strict_required_status_checks_policy: rule.requiresStrictStatusChecks,
    required_status_checks: rule.requiredStatusCheckContexts.map((context) => ({ context })),
  };
}
