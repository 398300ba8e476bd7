/** The one place that decides whether a ref may be changed. */
import type { Actor } from "./actor.ts";
import { type BoundRule, boundRules } from "./bound.ts";
import type { Ruled } from "./patterns.ts";
import { type Change, type Evidence, RULES } from "./rules.ts";

/** A rule that forbids a change, and GitHub's sentence for it. */
export interface Violation {
  rule: BoundRule;
  reason: string;
}

/** Every rule that forbids the change; none: it is allowed. Whether somebody may write at all is asked before. */
export function violations(ruled: Ruled, change: Change, actor: Actor, evidence: Evidence): Violation[] {
  const found: Violation[] = [];
  for (const rule of boundRules(ruled, change.ref, actor, change.kind === "merge")) {
    const reason = RULES[rule.type]?.({ change, evidence }, rule.parameters);
    if (reason !== undefined) found.push({ rule, reason });
  }
  return found;
}

/**
 * What the API says when several rules forbid a change: rulesets with a heading (satisfactory-factories/application#67),
 * classic rules with their reasons alone (googleapis/repo-automation-bots#5255).
 */
export function refusalText(found: readonly Violation[]): string {
  const reasons = [...new Set(found.map(({ reason }) => reason))];
  if (found.every(({ rule }) => rule.origin === "classic")) return reasons.join(" ");
  return `Repository rule violations found\n\n${reasons.join("\n\n")}\n\n`;
}
