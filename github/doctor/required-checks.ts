/** Checks that a rule waits for and nothing ever reports: no pull request can be merged then. */
import { branches } from "../../pipeline/branches.ts";
import { requiredChecks } from "../../pipeline/jobs.ts";
import { ruledOf } from "../can/demands.ts";
import { allRules } from "../decisions/bound.ts";
import type { RequiredCheck } from "../decisions/checks.ts";
import type { DoctorFacts } from "./facts.ts";
import { type Found, unchecked, warning } from "./finding.ts";

/** A rule that waits for a check. */
interface Wait {
  check: string;
  rule: string;
}

export function checkReported(facts: DoctorFacts): Found[] {
  const { owner, reported } = facts;
  if (!reported.seen) return [unchecked(`Which checks were reported: ${reported.reason}`)];
  const waits = Map.groupBy(waitsOf(facts), ({ check }) => check);
  return [...waits].flatMap(([check, rules]) => {
    if (reported.value.has(check)) return [];
    const names = [...new Set(rules.map(({ rule }) => rule))].join(", ");
    const remedy = requiredChecks().includes(check)
      ? `kai workflow propose --base ${owner.branches.production}`
      : `Rename the job that should report it, or take the check out of ${names} in the repository's settings.`;
    return [
      warning(
        `The check "${check}", which ${names} requires, was not reported on the newest commits of the three branches, nor on the newest pull requests to them: what waits for it is never merged.`,
        remedy,
      ),
    ];
  });
}

/** Of the rules on the branches of the model: what other branches wait for is not reported on these. */
function waitsOf({ owner, inventory }: DoctorFacts): Wait[] {
  const ruled = ruledOf(inventory);
  return branches(owner)
    .flatMap(({ name }) => allRules(ruled, `refs/heads/${name}`))
    .filter(({ type }) => type === "required_status_checks")
    .flatMap(({ parameters, ruleset, pattern }) => {
      const rule = ruleset ? `the ruleset ${ruleset.name}` : `the classic rule for ${pattern}`;
      const checks = (parameters.required_status_checks ?? []) as RequiredCheck[];
      return checks.map(({ context }) => ({ check: context, rule }));
    });
}
