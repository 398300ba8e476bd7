/** What rules demand that give way to the pipeline's own, in the words of `kai:rules`: so that nothing of it is lost. */

import { requiredChecks } from "../../pipeline/jobs.ts";
import { ACTIONS_APP_ID } from "../../pipeline/rules.ts";
import { PROFILES } from "../../settings/branch-rules-schema.ts";
import type { BranchSettings } from "../../settings.ts";
import { type Demand, demandsOn, type Rules } from "./demands.ts";
import type { Present } from "./present.ts";

type Group = Record<string, unknown>;

/** Kinds of demands that a truth value of `kai:rules` makes as well. */
const SWITCHES: Record<string, string> = {
  "require code owner review": "codeOwners",
  "require last push approval": "lastPushApproval",
  "required review thread resolution": "resolvedConversations",
  "a branch that is up to date": "upToDate",
  "signed commits": "signedCommits",
};

/** @returns the fields of `kai:rules` that must be stricter than they are configured */
export function carriedDemands(present: Present, configured: Group, branches: BranchSettings): Group {
  const rules = givingWay(present, branches);
  const production = demandsOn(rules, `refs/heads/${branches.production}`);
  const staging = demandsOn(rules, `refs/heads/${branches.staging}`);
  const all = [...production, ...staging];
  const profile = configured.profile === "hardened" ? PROFILES.hardened : PROFILES.specification;
  const now = (field: string) => configured[field] ?? (profile as Group)[field];
  const switches = Object.entries(SWITCHES)
    .filter(([kind, field]) => now(field) !== true && all.some((demand) => demand.kind === kind))
    .map(([, field]) => [field, true]);
  const approvals = Math.max(0, ...levels(all, "approvals"));
  return {
    ...Object.fromEntries(switches),
    ...(approvals > Number(now("requiredReviews")) && { requiredReviews: approvals }),
    ...(now("stagingBypass") === true && staging.some(bindsAdministrators) && { stagingBypass: false }),
    ...longer("otherChecks", (configured.otherChecks ?? []) as Check[], otherChecks(all), ({ name }) => name),
    ...longer(
      "requiredDeployments",
      now("requiredDeployments") as string[],
      environmentsIn(production),
      String,
    ),
  };
}

/** Classic rules of the branches themselves, and rulesets of names that the pipeline gives to its own. */
function givingWay({ rulesets, classicRules, ...rest }: Present, branches: BranchSettings): Rules {
  const names = Object.values(branches);
  return {
    ...rest,
    rulesets: rulesets.filter(
      ({ name, source_type }) =>
        source_type === "Repository" && names.some((own) => name === own || name.startsWith(`${own}-`)),
    ),
    classicRules: classicRules.filter(({ pattern }) => names.includes(pattern)),
  };
}

function levels(demands: readonly Demand[], kind: string): number[] {
  return demands.filter((demand) => demand.kind === kind).map(({ level }) => level);
}

function bindsAdministrators({ exempt }: Demand): boolean {
  return !exempt.some(({ who, merging }) => who === "role:admin" && !merging);
}

interface Check {
  name: string;
  app?: number | "any";
}

function otherChecks(demands: readonly Demand[]): Check[] {
  const own = requiredChecks();
  return demands
    .filter(({ kind, value }) => kind === "the check" && value !== undefined && !own.includes(value))
    .map(({ value = "", level }) => ({
      name: value,
      ...(level !== ACTIONS_APP_ID && { app: level === 0 ? ("any" as const) : level }),
    }));
}

function environmentsIn(demands: readonly Demand[]): string[] {
  return demands.flatMap(({ kind, value }) => (kind === "a deployment to" && value ? [value] : []));
}

/** The list with what it lacks, where it lacks anything. */
function longer<T>(field: string, list: readonly T[], more: readonly T[], key: (item: T) => string): Group {
  const found = new Map(list.map((item) => [key(item), item]));
  for (const item of more) if (!found.has(key(item))) found.set(key(item), item);
  return found.size > list.length ? { [field]: [...found.values()] } : {};
}
