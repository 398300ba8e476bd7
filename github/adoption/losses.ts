/** What an `up` would weaken. */
import type { Loss } from "./demands.ts";
import { reviewOf } from "./objects.ts";
import type { Present, PresentEnvironment } from "./present.ts";

/** What stands between a job and what it wants now, and would not any more. */
export function lostProtection(before: Present, after: Present): Loss[] {
  const [old, next] = [before.actions.allowed_actions ?? "all", after.actions.allowed_actions ?? "all"];
  const actions =
    old !== next && next === "all"
      ? [{ object: "settings of Actions", what: `every action may run (now: ${old})` }]
      : [];
  return [...actions, ...lostOfEnvironments(before, after)];
}

function lostOfEnvironments(before: Present, after: Present): Loss[] {
  return before.environments.flatMap((environment) => {
    const next = after.environments.find(({ name }) => name === environment.name);
    const object = `environment ${environment.name}`;
    return next ? weakened(environment, next).map((what) => ({ object, what })) : [];
  });
}

function weakened(before: PresentEnvironment, after: PresentEnvironment): string[] {
  const [old, next] = [reviewOf(before), reviewOf(after)];
  const others = next.names.filter((name) => !old.names.includes(name));
  const waits = [before, after].map(waitOf);
  const losses: [boolean, string][] = [
    [
      old.names.length > 0 && next.names.length === 0,
      `nobody has to approve any more (now: ${old.names.join(", ")})`,
    ],
    [
      old.names.length > 0 && others.length > 0,
      `${others.join(", ")} may approve as well (now: ${old.names.join(", ")})`,
    ],
    [old.preventSelfReview && !next.preventSelfReview, "who started a deployment may approve it"],
    [Number(waits[0]) > Number(waits[1]), `jobs wait ${waits[1]} minute(s) instead of ${waits[0]}`],
    [!before.can_admins_bypass && after.can_admins_bypass, "administrators may bypass its rules"],
  ];
  return losses.flatMap(([isLost, what]) => (isLost ? [what] : []));
}

function waitOf({ protection_rules }: PresentEnvironment): number {
  return protection_rules.find((rule) => rule.type === "wait_timer")?.wait_timer ?? 0;
}
