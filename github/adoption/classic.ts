/** Classic rules, once rulesets stand beside them: which of them can go without anything being lost. */
import { isDeepStrictEqual } from "node:util";
import { branches } from "../../pipeline/branches.ts";
import { wantedRules } from "../../pipeline/rules.ts";
import type { Settings } from "../../settings.ts";
import type { ClassicRule } from "../documents.ts";
import { afterUp, type Known } from "./after-up.ts";
import { type Loss, lostDemands } from "./demands.ts";
import { objectsOf } from "./objects.ts";
import type { Present } from "./present.ts";

/** A classic rule and what would be lost with it. */
export interface ClassicRemoval {
  rule: ClassicRule;
  losses: Loss[];
  /** Why it cannot go at all; absent where it can, perhaps at the price of the losses. */
  obstacle?: string;
}

/**
 * Judges every classic rule by the live rulesets, which must be the model's: while both stand the stricter one wins, so
 * the branch is never less protected than by either.
 */
export function judgeClassic(present: Present, settings: Settings, ids: Known["ids"]): ClassicRemoval[] {
  const own = branches(settings).map(({ name }) => name);
  const missing = missingRulesets(present, settings, ids);
  return present.classicRules.map((rule): ClassicRemoval => {
    const classicRules = present.classicRules.filter((one) => one !== rule);
    const losses = lostDemands(present, { ...present, classicRules });
    if (!own.includes(rule.pattern)) {
      return { rule, losses, obstacle: "it is not for one of the pipeline's branches alone" };
    }
    if (missing.length === 0) return { rule, losses };
    return {
      rule,
      losses,
      obstacle: `the ruleset ${missing.join(", ")} is not there as the configuration says; run \`pulumi up --stack ${settings.stack}\` first`,
    };
  });
}

/** Names of the model's rulesets that GitHub does not have as they should be. */
function missingRulesets(present: Present, settings: Settings, ids: Known["ids"]): string[] {
  const [live, wanted] = [present, afterUp(present, settings, { ids, inState: new Set() })].map(objectsOf);
  return wantedRules(settings)
    .rulesets.map(({ name }) => name)
    .filter((name) => !isDeepStrictEqual(live?.get(`ruleset ${name}`), wanted?.get(`ruleset ${name}`)));
}
