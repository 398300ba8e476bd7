/** Which rules bind somebody on a ref: those of the rulesets, and those of the one classic rule. */
import { canWrite } from "../client.ts";
import type { ProtectionRuleDocument, RepositoryRecord, RoleName, RulesetDocument } from "../store.ts";
import type { AppReference, Login } from "../work.ts";
import { classicRuleOf, covers } from "./patterns.ts";

/** Somebody who pushes, merges or deletes. */
export interface Actor {
  login: Login;
  role: RoleName | undefined;
  /** The app, where a token is an app's. */
  app?: AppReference;
  /** Whether they own the organization that owns the repository. */
  ownsOrganization?: boolean;
}

/** A rule that binds, with the name of what it comes from. */
export interface BoundRule {
  /** `ruleset` or `classic`: refusals are worded differently. */
  origin: "ruleset" | "classic";
  type: string;
  parameters: Record<string, unknown>;
  /** The ruleset; undefined for the classic rule. */
  ruleset?: RulesetDocument;
}

/** @param isMerge a bypass for pull requests alone lifts the rules from merges, not from pushes */
export function boundRules(
  record: RepositoryRecord,
  ref: string,
  actor: Actor,
  isMerge = false,
): BoundRule[] {
  return [...rulesetRules(record, ref, actor, isMerge), ...classicRules(record, ref, actor)];
}

/** Types of the rules that bind somebody who pushes to a branch. */
export function rulesetRulesOf(record: RepositoryRecord, ref: string, actor: Actor): string[] {
  return rulesetRules(record, ref, actor, false).map(({ type }) => type);
}

/** All aggregate (docs.github.com, about-rulesets#about-rule-layering); `evaluate` and `disabled` bind nobody. */
function rulesetRules(record: RepositoryRecord, ref: string, actor: Actor, isMerge: boolean): BoundRule[] {
  return record.rulesets
    .filter((ruleset) => ruleset.enforcement === "active" && covers(ruleset, ref, record))
    .filter((ruleset) => !bypasses(ruleset, actor, isMerge, record))
    .flatMap((ruleset) =>
      ruleset.rules.map(({ type, parameters = {} }) => ({
        origin: "ruleset" as const,
        type,
        parameters,
        ruleset,
      })),
    );
}

/** Ids of the built-in roles in bypass lists (OpenAPI, repository-ruleset-bypass-actor). */
const ROLE_IDS: Record<number, RoleName> = { 2: "maintain", 4: "write", 5: "admin" };

/** OpenAPI, repository-ruleset-bypass-actor: `always` and `exempt` lift the rules everywhere, `pull_request` from merges. */
export function bypasses(
  ruleset: RulesetDocument,
  actor: Actor,
  isMerge: boolean,
  record: RepositoryRecord,
): boolean {
  return ruleset.bypass_actors.some(({ actor_type, actor_id, bypass_mode }) => {
    if (bypass_mode === "pull_request" && !isMerge) return false;
    if (actor_type === "Integration") return actor.app?.id === actor_id;
    if (actor.app) return false;
    if (actor_type === "RepositoryRole") return ROLE_IDS[actor_id ?? 0] === actor.role;
    if (actor_type === "OrganizationAdmin") return actor.ownsOrganization === true;
    return actor_type === "User" && idOf(record, actor.login) === actor_id;
  });
}

function idOf({ repository, collaborators }: RepositoryRecord, login: Login): number | undefined {
  const known = [...collaborators, repository.owner];
  return known.find((person) => person.login.toLowerCase() === login.toLowerCase())?.id;
}

/**
 * A classic rule as rules of the new kind. Administrators are exempt unless it is enforced for them (github-ci.md 1.1
 * "Administrators"; docs.github.com, about-protected-branches#do-not-allow-bypassing-the-above-settings).
 */
function classicRules(record: RepositoryRecord, ref: string, actor: Actor): BoundRule[] {
  if (!ref.startsWith("refs/heads/")) return [];
  const rule = classicRuleOf(record, ref.slice("refs/heads/".length));
  if (!rule || (actor.role === "admin" && !rule.isAdminEnforced)) return [];
  return classicParts(rule, actor).map(([type, parameters]) => ({
    origin: "classic",
    type,
    parameters: parameters ?? {},
  }));
}

type Part = [type: string, parameters?: Record<string, unknown>];

function classicParts(rule: ProtectionRuleDocument, actor: Actor): Part[] {
  const lists = (logins: string[]) =>
    logins.some((login) => login.toLowerCase() === actor.login.toLowerCase());
  const parts: Part[] = [];
  if (rule.restrictsPushes && !mayPushRestricted(rule, actor)) {
    parts.push(["push_restriction"]);
    if (rule.blocksCreations) parts.push(["creation"]);
  }
  if (rule.lockBranch) parts.push(["lock"]);
  if (!rule.allowsForcePushes && !lists(rule.bypassForcePushAllowances)) parts.push(["non_fast_forward"]);
  if (!rule.allowsDeletions) parts.push(["deletion"]);
  if (rule.requiresLinearHistory) parts.push(["required_linear_history"]);
  if (rule.requiresCommitSignatures) parts.push(["required_signatures"]);
  // "Does not lift required checks" (github-ci.md 1.1, PR bypass list).
  if (rule.requiresApprovingReviews && !lists(rule.bypassPullRequestAllowances)) parts.push(reviewPart(rule));
  if (rule.requiresStatusChecks) {
    parts.push([
      "required_status_checks",
      {
        strict_required_status_checks_policy: rule.requiresStrictStatusChecks,
        required_status_checks: rule.requiredStatusCheckContexts.map((context) => ({ context })),
      },
    ]);
  }
  return parts;
}

/** People who administer or maintain may always push (github-ci.md 1.1, "Who may push"). */
function mayPushRestricted({ pushAllowances }: ProtectionRuleDocument, actor: Actor): boolean {
  if (actor.role === "admin" || actor.role === "maintain") return true;
  return canWrite(actor.role) && pushAllowances.includes(actor.login);
}

function reviewPart(rule: ProtectionRuleDocument): Part {
  return [
    "pull_request",
    {
      required_approving_review_count: rule.requiredApprovingReviewCount,
      dismiss_stale_reviews_on_push: rule.dismissesStaleReviews,
      require_code_owner_review: rule.requiresCodeOwnerReviews,
      require_last_push_approval: rule.requireLastPushApproval,
    },
  ];
}
