import { type ClassicProtection, toClassic } from "./rules/classic.ts";
import { describeProtection, type RulesOf } from "./rules/protection.ts";
import { type Ruleset, rulesetsBesideClassic, rulesetsOfRepository, toRulesets } from "./rules/rulesets.ts";

export { type ClassicProtection, toClassic } from "./rules/classic.ts";
export {
  ACTIONS_APP_ID,
  type BranchProtection,
  describeProtection,
  type RulesOf,
} from "./rules/protection.ts";
export { ADMIN_ROLE_ID, type BypassActor, type Ruleset, toRulesets } from "./rules/rulesets.ts";

/** Everything that protects the repository, by the mechanism of `kai:rules.kind`. */
export interface WantedRules {
  rulesets: Ruleset[];
  classic: ClassicProtection[];
}

/** What the settings ask for. Tags, patterns and required deployments are rulesets beside classic protection too. */
export function wantedRules(settings: RulesOf): WantedRules {
  const protections = describeProtection(settings);
  const isClassic = settings.rules.kind === "classic";
  return {
    rulesets: [
      ...(isClassic ? rulesetsBesideClassic(protections) : toRulesets(protections)),
      ...rulesetsOfRepository(settings),
    ],
    classic: isClassic ? toClassic(protections) : [],
  };
}
