/** Whether the people whom settings and live rules name exist and have the access that their part needs. */
import { baseRole } from "../can/people.ts";
import { canWrite } from "../decisions/actor.ts";
import type { CollaboratorFacts, Seen } from "../inventory/inventory.ts";
import { type DoctorFacts, namedLogins } from "./facts.ts";
import { error, type Found, unchecked, warning } from "./finding.ts";

/** Not who certainly may not: what a role of the organization's own is based on is not always shown. */
function writes(person: CollaboratorFacts): boolean {
  return canWrite(baseRole(person) ?? "write");
}

function isCalled(login: string): (person: { login: string }) => boolean {
  return (person) => person.login.toLowerCase() === login.toLowerCase();
}

/** `kai:rules.mainOwner` must be able to merge, and GitHub drops a reviewer of an environment who has no access. */
export function checkNamedPeople(facts: DoctorFacts): Found[] {
  const { owner, users, inventory } = facts;
  const { collaborators, repository } = inventory;
  const missing = namedLogins(facts).filter((login) => users.get(login) === false);
  const found = missing.map((login) =>
    error(
      `GitHub has no user ${login}, whom ${keysOf(facts, login)} names.`,
      `Correct ${keysOf(facts, login)}.`,
    ),
  );
  if (!collaborators.seen) return [...found, hidden(collaborators)];
  const invite = (login: string) =>
    `gh api --method PUT repos/${repository.full_name}/collaborators/${login} --field permission=push`;
  for (const login of namedLogins(facts).filter((one) => !missing.includes(one))) {
    const person = collaborators.value.find(isCalled(login));
    const isOwner = login === owner.rules.mainOwner;
    if (person && (writes(person) || !isOwner)) continue;
    const lack = person ? `may only ${person.role_name}` : "has no access to the repository";
    found.push(error(`${login}, whom ${keysOf(facts, login)} names, ${lack}.`, invite(login)));
  }
  return found;
}

function hidden(part: Extract<Seen<unknown>, { seen: false }>): Found {
  return unchecked(`Who has access to the repository: ${part.reason}`);
}

/** Where the settings name a login. */
function keysOf({ owner, stacks }: DoctorFacts, login: string): string {
  return [
    ...(owner.rules.mainOwner === login ? ["kai:rules.mainOwner"] : []),
    ...stacks
      .filter(({ environment }) => environment.reviewers.includes(login))
      .map(({ stack }) => `kai:environment.reviewers of ${stack}`),
  ].join(" and ");
}

/** Who may bypass a ruleset without having write access (any more): a dead entry, or a former colleague's. */
export function checkBypassActors({
  inventory: { rulesets, collaborators, repository },
}: DoctorFacts): Found[] {
  if (!rulesets.seen) return [unchecked(`Who may bypass the rulesets: ${rulesets.reason}`)];
  if (!collaborators.seen) return [];
  const writers = new Set(collaborators.value.filter(writes).map(({ id }) => id));
  return rulesets.value.flatMap(({ id, name, source_type, bypass_actors }) => {
    if (bypass_actors === undefined) {
      return [
        unchecked(`Who may bypass the ruleset ${name}: GitHub shows it only to a token that may change it.`),
      ];
    }
    const strangers = bypass_actors.filter(
      ({ actor_type, actor_id }) => actor_type === "User" && actor_id !== null && !writers.has(actor_id),
    );
    const page =
      source_type === "Organization"
        ? "the organization's settings, Repository → Rulesets"
        : `the repository's settings, Rules → Rulesets (rulesets/${id} of ${repository.full_name})`;
    return strangers.map(({ actor_id }) =>
      warning(
        `The ruleset ${name} lets the user with the id ${actor_id} bypass it, who may not write to the repository.`,
        `Take the user out in ${page}; \`gh api user/${actor_id} --jq .login\` says who it is.`,
      ),
    );
  });
}

/** GitHub drops an actor of a classic rule who may not write, and the provider plans to add it for ever (TF #1841). */
export function checkClassicActors({ inventory: { classicRules, collaborators } }: DoctorFacts): Found[] {
  if (!classicRules.seen) return [unchecked(`Who may push past classic rules: ${classicRules.reason}`)];
  if (!collaborators.seen) return [];
  const writers = collaborators.value.filter(writes);
  return classicRules.value.flatMap(({ pattern, pushAllowances, bypassPullRequestAllowances }) => {
    const people = [...new Set([...pushAllowances, ...bypassPullRequestAllowances])];
    // A team is `organization/team`, and an app no collaborator.
    const logins = people.filter((login) => !login.includes("/") && !login.endsWith("[bot]"));
    const strangers = logins.filter((login) => !writers.some(isCalled(login)));
    return strangers.map((login) =>
      warning(
        `The classic rule for ${pattern} names ${login}, who may not write to the repository.`,
        `Take ${login} out in the repository's settings, Branches, or give write access.`,
      ),
    );
  });
}
