/** Checks that a rule waits for and nothing ever reports: no pull request can be merged then. */
import { requiredChecks } from "../../pipeline/jobs.ts";
import type { DoctorFacts } from "./facts.ts";
import { type Found, unchecked, warning } from "./finding.ts";

/** A rule that waits for a check. */
interface Wait {
  check: string;
  rule: string;
}

export function checkReported({ owner, inventory, reported }: DoctorFacts): Found[] {
  if (!reported.seen) return [unchecked(`Which checks were reported: ${reported.reason}`)];
  const waits = Map.groupBy(waitsOf(inventory), ({ check }) => check);
  return [...waits].flatMap(([check, rules]) => {
    if (reported.value.has(check)) return [];
    const names = [...new Set(rules.map(({ rule }) => rule))].join(", ");
    const remedy = requiredChecks().includes(check)
      ? `kai workflow propose --base ${owner.branches.production}`
      : `Rename the job that should report it, or take the check out of ${names} in the repository's settings.`;
    return [
      warning(
        `The check "${check}", which ${names} requires, was not reported on the newest commit of any of the three branches: what waits for it is never merged.`,
        remedy,
      ),
    ];
  });
}

function waitsOf({ rulesets, classicRules }: DoctorFacts["inventory"]): Wait[] {
  const ofRulesets = (rulesets.seen ? rulesets.value : [])
    .filter(({ enforcement }) => enforcement === "active")
    .flatMap(({ name, rules }) =>
      rules.flatMap(({ type, parameters }) => {
        if (type !== "required_status_checks") return [];
        const checks = (parameters?.required_status_checks ?? []) as { context: string }[];
        return checks.map(({ context }) => ({ check: context, rule: `the ruleset ${name}` }));
      }),
    );
  const ofClassic = (classicRules.seen ? classicRules.value : []).flatMap(
    ({ pattern, requiresStatusChecks, requiredStatusCheckContexts }) =>
      (requiresStatusChecks ? requiredStatusCheckContexts : []).map((check) => ({
        check,
        rule: `the classic rule for ${pattern}`,
      })),
  );
  return [...ofRulesets, ...ofClassic];
}
