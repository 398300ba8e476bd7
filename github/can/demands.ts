/** What the rules on a ref ask of somebody, before a commit or pull request is there. */
import { type Actor, bypasses } from "../decisions/actor.ts";
import { activeOn, type BoundRule, boundRules, isExempt } from "../decisions/bound.ts";
import { classicRuleOf, type Ruled } from "../decisions/patterns.ts";
import { type Change, type Evidence, RULES } from "../decisions/rules.ts";
import type { Ruleset } from "../documents.ts";
import type { InventoryOf } from "../inventory/inventory.ts";
import type { Origin, Reason } from "./answer.ts";
import { needsText, remedyFor } from "./words.ts";

/** What is known of a repository's rules. */
export type Rules = InventoryOf<"rulesets" | "classicRules">;

/** The rules that can be seen. */
export function ruledOf({ repository, rulesets, classicRules }: Rules): Ruled {
  return {
    repository,
    rulesets: rulesets.seen ? rulesets.value : [],
    branch_protection_rules: classicRules.seen ? classicRules.value : [],
  };
}

/** What of them cannot be seen. @param ref tags have no classic rules */
export function unseenRules({ rulesets, classicRules }: Rules, ref: string): Reason[] {
  const unseen: Reason[] = [];
  if (!rulesets.seen) unseen.push({ verdict: "unseen", text: `Rulesets cannot be seen: ${rulesets.reason}` });
  if (!classicRules.seen && ref.startsWith("refs/heads/")) {
    const remedy = "Ask with an administrator's token.";
    unseen.push({
      verdict: "unseen",
      text: `Classic rules cannot be seen: ${classicRules.reason}`,
      remedy,
    });
  }
  return unseen;
}

/** Everything that can be well is well: what is refused even so is forbidden. */
const ALL_WELL: Evidence = {
  isFastForward: () => true,
  hasMergeCommit: () => false,
  isSigned: () => true,
  outcome: () => "passed",
  isDeployed: () => true,
  standing: () => ({
    approvals: Number.POSITIVE_INFINITY,
    isRejected: false,
    isLastPushApproved: true,
    isApprovedByOwners: true,
  }),
};

/** Nothing is well: what is refused only so is a demand. */
const NOTHING_WELL: Evidence = {
  isFastForward: () => false,
  hasMergeCommit: () => true,
  isSigned: () => false,
  outcome: () => "missing",
  isDeployed: () => false,
  standing: () => ({
    approvals: 0,
    isRejected: true,
    isLastPushApproved: false,
    isApprovedByOwners: false,
  }),
};

/** What the rules make of a change by somebody: prohibitions, demands, and bypasses that lift them. */
export function demandsOf(ruled: Ruled, change: Change, actor: Actor): Reason[] {
  const bound = boundRules(ruled, change.ref, actor, change.kind === "merge");
  return [...bound.flatMap((rule) => demandOf(rule, change, actor)), ...liftedFor(ruled, change, actor)];
}

function demandOf(rule: BoundRule, change: Change, actor: Actor): Reason[] {
  const decide = RULES[rule.type];
  if (!decide) return undecided(rule, change);
  const refusal = decide({ change, evidence: ALL_WELL }, rule.parameters);
  if (refusal !== undefined) return [prohibition(rule, change, refusal, actor)];
  if (decide({ change, evidence: NOTHING_WELL }, rule.parameters) === undefined) return [];
  return [{ verdict: "needs", text: needsText(rule, change), rule: rule.type, origin: originOf(rule) }];
}

/** A rule that forbids the change, whatever it brings. @param refusal GitHub's sentence */
export function prohibition(rule: BoundRule, change: Change, refusal: string, actor: Actor): Reason {
  const base = { rule: rule.type, origin: originOf(rule), remedy: remedyFor(rule, change, actor.login) };
  if (rule.isUncertain) {
    const text = `${refusal} Whether ${actor.login} may bypass that cannot be seen.`;
    return { ...base, verdict: "unseen", text };
  }
  const isDirect = rule.type === "pull_request" && change.kind === "update";
  return {
    ...base,
    verdict: "forbids",
    text: refusal,
    ...(isDirect && { open: "push-of-an-approved-pull-request" as const }),
  };
}

/** A rule that nobody here knows how to decide. */
function undecided(rule: BoundRule, { kind }: Change): Reason[] {
  if (kind === "delete") return [];
  const text = `What the rule "${rule.type}" says to it is not known here.`;
  const origin = originOf(rule);
  return [{ verdict: "unseen", text, rule: rule.type, origin, open: "rules-that-forbid-nothing" }];
}

/** Which rules are in nobody's way because of who it is. */
function liftedFor(ruled: Ruled, { ref, kind }: Change, actor: Actor): Reason[] {
  const isMerge = kind === "merge";
  const lifted: Reason[] = activeOn(ruled, ref)
    .filter((ruleset) => bypasses(ruleset, actor, isMerge) === true)
    .map((ruleset) => ({
      verdict: "allows",
      text: `${actor.login} may bypass ruleset "${ruleset.name}".`,
      origin: rulesetOrigin(ruleset),
      ...(isMerge && ruleset.rules.some(({ type }) => type === "update") && { open: "merge-past-update" }),
    }));
  const classic = ref.startsWith("refs/heads/") && classicRuleOf(ruled, ref.slice("refs/heads/".length));
  if (!classic || !isExempt(classic, actor)) return lifted;
  const exempt: Reason = {
    verdict: "allows",
    text: `The classic rule does not include administrators, and ${actor.login} is one.`,
    origin: { kind: "classic rule", name: classic.pattern },
    ...(kind === "delete" && { open: "exempt-administrators" }),
  };
  return [...lifted, exempt];
}

/** Where a rule can be found. */
export function originOf({ ruleset, pattern = "" }: BoundRule): Origin {
  return ruleset ? rulesetOrigin(ruleset) : { kind: "classic rule", name: pattern };
}

function rulesetOrigin({ name, id, _links }: Ruleset): Origin {
  const url = _links?.html?.href;
  return { kind: "ruleset", name, id, ...(url !== undefined && { url }) };
}
