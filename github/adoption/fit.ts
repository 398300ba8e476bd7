/** Which settings fit a repository that is there: what it has already is kept wherever a setting can say it. */
import { isDeepStrictEqual } from "node:util";
import { canWrite } from "../decisions/actor.ts";
import { carriedDemands } from "./carried.ts";
import { reviewOf } from "./objects.ts";
import type { Present } from "./present.ts";

/** The configuration of one stack, keys without `kai:`, as its files say it. */
export interface StackConfig {
  stack: string;
  config: Record<string, unknown>;
}

/** One field of the configuration that is to be another. */
export interface Edit {
  stack: string;
  /** Key without `kai:`. */
  section: "repository" | "branches" | "rules" | "environment";
  field: string;
  from: unknown;
  to: unknown;
}

type Group = Record<string, unknown>;

/** What to change in the configuration of a stack before it adopts the repository. */
export function fittingSettings(present: Present, { stack, config }: StackConfig): Edit[] {
  const group = (name: Edit["section"]) => (config[name] ?? {}) as Group;
  const branches = fittingBranches(present, group("branches"));
  const rules = fittingRules(present, group("rules"), branches);
  const wanted: Record<Edit["section"], Group> = {
    repository: fittingRepository(present, group("repository")),
    branches,
    rules,
    environment: fittingEnvironment(present, group("environment"), {
      former: { ...NAMES, ...group("branches") },
      branches,
      mainOwner: String(rules.mainOwner ?? ""),
    }),
  };
  return Object.entries(wanted).flatMap(([section, fields]) => {
    const present = group(section as Edit["section"]);
    return Object.entries(fields)
      .filter(([field, to]) => !isDeepStrictEqual(present[field] ?? DEFAULTS[field], to))
      .map(([field, to]) => ({
        stack,
        section: section as Edit["section"],
        field,
        from: present[field],
        to,
      }));
  });
}

/** Defaults of the schema, which need not be written down. */
const NAMES = { production: "main", staging: "staging", development: "development" };
const DEFAULTS: Group = {
  ...NAMES,
  kind: "rulesets",
  reviewers: [],
  preventSelfReview: false,
  waitMinutes: 0,
};

function fittingRepository({ repository }: Present, configured: Group): Group {
  return {
    owner: repository.owner.login,
    ownerType: repository.owner.type === "Organization" ? "organization" : "user",
    name: repository.name,
    existing: true,
    visibility: repository.visibility,
    // Left out, it is left alone.
    ...(configured.description !== undefined && { description: repository.description ?? "" }),
  };
}

type Branches = typeof NAMES;

/** What the three branches are usually called; the first that is there is taken. */
const USUAL: Record<keyof Branches, string[]> = {
  production: ["main", "master", "production", "prod"],
  staging: ["staging", "stage", "preprod", "pre-production", "uat"],
  development: ["development", "develop", "dev"],
};

/** The configured name where there is such a branch, else a usual one; what is missing is made by `up`. */
function fittingBranches({ branches, repository }: Present, configured: Group): Branches {
  const names = new Set(branches.map(({ name }) => name));
  const found = { ...NAMES, ...configured } as Branches;
  const taken = new Set<string>();
  for (const role of Object.keys(USUAL) as (keyof Branches)[]) {
    const last = role === "production" ? [repository.default_branch] : [];
    const usual = [found[role], ...USUAL[role], ...last].find((name) => names.has(name) && !taken.has(name));
    found[role] = usual ?? found[role];
    taken.add(found[role]);
  }
  return found;
}

function fittingRules(present: Present, configured: Group, branches: Branches): Group {
  const { owner } = present.repository;
  const mainOwner = String(configured.mainOwner ?? "");
  const isUsers = owner.type === "User";
  return {
    // Push restrictions are organizations' alone.
    ...(isUsers && { kind: "rulesets" }),
    mainOwner: isUsers && !mayPush(present, mainOwner) ? owner.login : mainOwner,
    ...carriedDemands(present, configured, branches),
  };
}

/** Whether somebody may write to the repository. */
function mayPush({ collaborators, repository }: Present, login: string): boolean {
  const isOne = (other: string) => other.toLowerCase() === login.toLowerCase();
  const person = collaborators.find((one) => isOne(one.login));
  return canWrite(person?.role_name) || (repository.owner.type === "User" && isOne(repository.owner.login));
}

interface Surroundings {
  /** The names of the branches in the configuration as it was. */
  former: Branches;
  branches: Branches;
  mainOwner: string;
}

/** Its branch under its present name, and whoever must approve already. */
function fittingEnvironment(
  { environments }: Present,
  configured: Group,
  { former, branches, mainOwner }: Surroundings,
): Group {
  const role = (Object.keys(former) as (keyof Branches)[]).find((one) => former[one] === configured.branch);
  const environment = environments.find(({ name }) => name === configured.name);
  const branch = role ? { branch: branches[role] } : {};
  if (!environment) return branch;
  const { logins, preventSelfReview } = reviewOf(environment);
  const wait = environment.protection_rules.find((rule) => rule.type === "wait_timer");
  // Whoever is alone could never approve, which the settings refuse.
  const isAlone = logins.length === 1 && logins[0]?.toLowerCase() === mainOwner.toLowerCase();
  return {
    ...branch,
    ...(wait && { waitMinutes: wait.wait_timer }),
    ...(logins.length > 0 && { reviewers: logins, preventSelfReview: preventSelfReview && !isAlone }),
  };
}
