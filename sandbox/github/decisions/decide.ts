/** The one place that decides whether a ref may be changed. */
import { type GitHub, hasPlan, RULES_PLANS, refuse, roleOf } from "../client.ts";
import type { RepositoryRecord } from "../store.ts";
import { type Actor, type BoundRule, boundRules } from "./bound.ts";
import { type Change, RULES, type Situation } from "./rules.ts";

/** A rule that forbids a change, and GitHub's sentence for it. */
export interface Violation {
  rule: BoundRule;
  reason: string;
}

/** Somebody as rules see them. */
export function actorOf(github: GitHub, record: RepositoryRecord): Actor {
  const { login, grant } = github;
  const owner = github.account(record.repository.owner.login);
  return {
    login,
    role: github.roleIn(record),
    ...(grant?.app && { app: grant.app }),
    ...(owner?.members?.[login] === "admin" && { ownsOrganization: true }),
  };
}

/** Every rule that forbids the change; none: it is allowed. Whether somebody may write at all is asked before. */
export function violations(
  github: GitHub,
  record: RepositoryRecord,
  change: Change,
  actor: Actor = actorOf(github, record),
): Violation[] {
  // "Won't be enforced on this private repository until you upgrade" (PMeV-EFUL/ucri2#2 quotes the page).
  if (!hasPlan(github, record, RULES_PLANS)) return [];
  const situation: Situation = {
    record,
    change,
    roleOf: (login) => roleOf(github.data, record, login),
  };
  const found: Violation[] = [];
  for (const rule of boundRules(record, change.ref, actor, change.kind === "merge")) {
    const reason = RULES[rule.type]?.(situation, rule.parameters);
    if (reason !== undefined) found.push({ rule, reason });
  }
  return found;
}

/**
 * Refuses a change that a rule forbids, in the words of the interface: rulesets with a heading
 * (satisfactory-factories/application#67), classic rules with their reasons alone (googleapis/repo-automation-bots#5255).
 * @param status 422 for refs, 409 for contents, 405 for merges
 */
export function refuseViolations(
  github: GitHub,
  record: RepositoryRecord,
  change: Change,
  request: string,
  status = 422,
): void {
  const found = violations(github, record, change);
  if (found.length > 0) refuse(request, status, refusalText(found));
}

/** What the API says when several rules forbid a change. */
export function refusalText(found: readonly Violation[]): string {
  const reasons = [...new Set(found.map(({ reason }) => reason))];
  if (found.every(({ rule }) => rule.origin === "classic")) return reasons.join(" ");
  return `Repository rule violations found\n\n${reasons.join("\n\n")}\n\n`;
}
