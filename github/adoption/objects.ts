/** A repository as a list of objects with properties, and how two such lists differ: what is announced, and what is real. */
import { isDeepStrictEqual } from "node:util";
import type { BypassActor, ClassicRule, Ruleset } from "../documents.ts";
import type { Present, PresentEnvironment } from "./present.ts";

export interface PropertyChange {
  property: string;
  /** Absent: there was none, or GitHub shows none. */
  from?: unknown;
  to?: unknown;
}

/** What happens to one object. */
export interface Change {
  /** `overwrite`: of a secret, whose value nobody can read again. */
  action: "create" | "change" | "overwrite" | "remove";
  /** `ruleset main-quality`, `secret MONGODB_URI of environment staging`. */
  object: string;
  properties: PropertyChange[];
}

type Properties = Record<string, unknown>;

/** Property of a secret that changes whenever it is written. */
const LAST_WRITTEN = "last written";

/** Every object, by its name. Ids and times that change by themselves are left out. */
export function objectsOf(present: Present): Map<string, Properties> {
  const { repository, actions } = present;
  const { default_branch, visibility, description } = repository;
  const merges = Object.entries(repository).filter(([key]) => /^allow_|^delete_branch_on_merge$/.test(key));
  const secrets = (list: PresentEnvironment["secrets"], where = "") =>
    list.map(({ name, updated_at }) => [`secret ${name}${where}`, { [LAST_WRITTEN]: updated_at }] as const);
  return new Map<string, Properties>([
    [
      `repository ${repository.full_name}`,
      { default_branch, visibility, description: description ?? "", ...Object.fromEntries(merges) },
    ],
    ["settings of Actions", { ...actions }],
    ...present.branches.map(({ name, sha }) => [`branch ${name}`, { commit: sha }] as const),
    ...present.rulesets.map((one) => [rulesetName(one), rulesetProperties(one)] as const),
    ...present.classicRules.map((one) => [`classic rule ${one.pattern}`, classicProperties(one)] as const),
    ...present.environments.flatMap((one) => [
      [`environment ${one.name}`, environmentProperties(one)] as const,
      ...one.branch_policies.map(
        ({ type, name }) => [`${type} policy ${name} of environment ${one.name}`, {}] as const,
      ),
      ...secrets(one.secrets, ` of environment ${one.name}`),
    ]),
    ...secrets(present.secrets),
    ...present.collaborators.map(({ login, role_name }) => [`person ${login}`, { role: role_name }] as const),
    ...present.workflowFiles.map(({ path, content }) => [`workflow file ${path}`, { content }] as const),
  ]);
}

/** Of an organization's ruleset the name may be one of the repository's as well. */
function rulesetName({ name, source_type }: Ruleset): string {
  return source_type === "Repository" ? `ruleset ${name}` : `the organization's ruleset ${name}`;
}

function rulesetProperties({
  enforcement,
  target,
  conditions,
  bypass_actors = [],
  rules,
}: Ruleset): Properties {
  const { include, exclude } = conditions.ref_name;
  return {
    enforcement,
    target,
    for: include.toSorted(),
    ...(exclude.length > 0 && { "not for": exclude.toSorted() }),
    "who may bypass": bypass_actors.map(actorName).sort(),
    ...Object.fromEntries(
      rules
        .toSorted((one, other) => (one.type < other.type ? -1 : 1))
        .map(({ type, parameters }) => [type.replaceAll("_", " "), stated(parameters ?? {})]),
    ),
  };
}

function actorName({ actor_type, actor_id, bypass_mode }: BypassActor): string {
  const who =
    actor_type === "RepositoryRole" && actor_id === 5 ? "administrators" : `${actor_type} ${actor_id}`;
  return `${who} (${bypass_mode})`;
}

/** What is false, zero or empty is the same as what is left out: GitHub fills in what nobody states. */
function stated(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(stated).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, item]) => item && !(Array.isArray(item) && item.length === 0))
    .map(([key, item]) => [key, stated(item)] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function classicProperties({ id: _, pattern: __, ...rule }: ClassicRule): Properties {
  return stated(rule) as Properties;
}

function environmentProperties(environment: PresentEnvironment): Properties {
  const { can_admins_bypass, protection_rules, deployment_branch_policy: policy } = environment;
  const wait = protection_rules.find(({ type }) => type === "wait_timer");
  const review = reviewOf(environment);
  return {
    "who must approve": review.names,
    "nobody approves their own": review.preventSelfReview,
    "minutes to wait": wait && "wait_timer" in wait ? wait.wait_timer : 0,
    "administrators may bypass": can_admins_bypass,
    "may be deployed from": !policy
      ? "every branch"
      : policy.protected_branches
        ? "protected branches"
        : "the branches of its policies",
  };
}

/** Who must approve a deployment: logins, and teams as `team NAME`. */
export function reviewOf({ protection_rules }: Pick<PresentEnvironment, "protection_rules">) {
  const review = protection_rules.find((rule) => rule.type === "required_reviewers");
  const reviewers = review?.reviewers ?? [];
  const name = ({ type, reviewer }: (typeof reviewers)[number]) =>
    type === "Team" ? `team ${reviewer.slug ?? reviewer.id}` : (reviewer.login ?? String(reviewer.id));
  return {
    names: reviewers.map(name).sort(),
    logins: reviewers.flatMap(({ type, reviewer }) =>
      type === "User" && reviewer.login ? [reviewer.login] : [],
    ),
    preventSelfReview: review?.prevent_self_review ?? false,
  };
}

/** How the second repository differs from the first. */
export function changesBetween(before: Present, after: Present): Change[] {
  const [old, next] = [objectsOf(before), objectsOf(after)];
  const changes: Change[] = [];
  for (const object of new Set([...old.keys(), ...next.keys()])) {
    const [from, to] = [old.get(object), next.get(object)];
    if (from && to && isDeepStrictEqual(from, to)) continue;
    const isSecret = from !== undefined && to !== undefined && LAST_WRITTEN in from;
    const action = !from ? "create" : !to ? "remove" : isSecret ? "overwrite" : "change";
    changes.push({ action, object, properties: propertyChanges(from, to) });
  }
  return changes;
}

function propertyChanges(from: Properties = {}, to: Properties = {}): PropertyChange[] {
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(from[name], to[name]))
    .map((property) => ({
      property,
      ...(from[property] !== undefined && { from: from[property] }),
      // When a secret is written next nobody knows.
      ...(to[property] !== undefined && property !== LAST_WRITTEN && { to: to[property] }),
    }))
    .filter((change) => "from" in change || "to" in change);
}
