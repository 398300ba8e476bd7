/** Rules that somebody added, and who may bypass those of the pipeline. No I/O. */
import { isDeepStrictEqual } from "node:util";
import { covers, matchesPattern } from "../../github/decisions/patterns.ts";
import type { ClassicRule, Ruleset } from "../../github/documents.ts";
import type { InventoryOf, RepositoryFacts } from "../../github/inventory/inventory.ts";
import { ref } from "../../pipeline/branches.ts";
import { isObject } from "../properties.ts";
import type { Deployed, DeployedGitHub } from "./deployed.ts";
import { member, type Spots } from "./spots.ts";

const BY_HAND =
  "It weakens none of the pipeline's rules, since the strictest holds, but it binds these branches.";

/** Rulesets and classic rules beside the pipeline's. What is about other branches is nobody's business here. */
export function compareRules(
  spots: Spots,
  owned: Deployed,
  github: DeployedGitHub,
  inventory: InventoryOf<"rulesets" | "classicRules">,
): void {
  const branches = github.branches.map(({ inputs }) => String(inputs.branch));
  for (const ruleset of spots.see("rulesets", inventory.rulesets) ?? []) {
    const known = github.rulesets.find((one) => idOf(one) === ruleset.id);
    if (known) compareBypass(spots, known, ruleset);
    else if (binds(ruleset, branches, inventory.repository)) addRuleset(spots, owned, ruleset);
  }
  for (const rule of spots.see("classic rules", inventory.classicRules) ?? []) {
    const isOurs = github.classicRules.some(({ inputs }) => inputs.pattern === rule.pattern);
    if (isOurs || !branches.some((branch) => matchesPattern(rule.pattern, branch))) continue;
    spots.add(owned, member("branchProtections", rule.pattern), {
      found: summaryOf(rule),
      remedy: `${BY_HAND} Delete it in Settings → Branches if nobody needs it.`,
    });
  }
}

function idOf({ id, outputs }: Deployed): number {
  return Number(outputs.rulesetId ?? id);
}

/** A rule for pushes is about the whole repository (docs.github.com, about-rulesets#push-rulesets). */
function binds(ruleset: Ruleset, branches: readonly string[], repository: RepositoryFacts): boolean {
  if (ruleset.enforcement !== "active") return false;
  return ruleset.target === "push" || branches.some((branch) => covers(ruleset, ref(branch), repository));
}

function addRuleset(spots: Spots, owned: Deployed, ruleset: Ruleset): void {
  const { name, source_type, rules } = ruleset;
  const isImposed = source_type !== "Repository";
  spots.add(owned, member("rulesets", name), {
    found: { from: isImposed ? "the organization" : "the repository", rules: rules.map(({ type }) => type) },
    remedy: isImposed
      ? `${BY_HAND} An owner of the organization can exempt the repository.`
      : `${BY_HAND} Delete it in Settings → Rules if nobody needs it.`,
  });
}

interface Actor {
  actorType: string;
  actorId: number | null;
  bypassMode: string;
}

/** A list that is absent is hidden from the token, which the provider takes for empty (theam/facility#169). */
function compareBypass(spots: Spots, known: Deployed, { name, bypass_actors }: Ruleset): void {
  if (!bypass_actors) {
    spots.hide(
      `who may bypass the ruleset ${name}`,
      'GitHub shows it to whoever may change the ruleset: the token needs "Administration: write".',
    );
    spots.blind({ urn: known.urn, property: "bypassActors" });
    return;
  }
  const wanted = inOrder(actorsOf(known.inputs.bypassActors));
  const found = inOrder(
    bypass_actors.map(({ actor_type, actor_id, bypass_mode }) => ({
      actorType: actor_type,
      actorId: actor_id,
      bypassMode: bypass_mode,
    })),
  );
  if (isDeepStrictEqual(wanted, found)) return;
  spots.add(known, "bypassActors", {
    wanted,
    found,
    remedy: "Put the bypass list back in Settings → Rules.",
  });
}

function actorsOf(value: unknown): Actor[] {
  return (Array.isArray(value) ? value : []).filter(isObject).map(({ actorType, actorId, bypassMode }) => ({
    actorType: String(actorType),
    actorId: typeof actorId === "number" ? actorId : null,
    bypassMode: String(bypassMode),
  }));
}

function inOrder(actors: Actor[]): Actor[] {
  const key = ({ actorType, actorId, bypassMode }: Actor) => `${actorType} ${actorId} ${bypassMode}`;
  return actors.toSorted((a, b) => key(a).localeCompare(key(b)));
}

/** What a classic rule asks for: the members that are not off. */
function summaryOf({ id: _, pattern: __, ...rule }: ClassicRule): Partial<ClassicRule> {
  const isOn = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => isOn(value)));
}
