/** Import ids by logical name: what exists and would be refused if the program made it a second time. */
import { environments } from "../../pipeline/branches.ts";
import { wantedRules } from "../../pipeline/rules.ts";
import type { Settings } from "../../settings.ts";
import type { Present } from "./present.ts";

/**
 * `kai:adopt` of one stack. The rest needs no import: the repository's component imports it itself, an existing branch
 * is success to the plugin, and environments, secrets and permissions are written by PUT. An import of an environment
 * without reviewers would even break the next run (terraform-provider-github#3583).
 */
export function importsOf(present: Present, settings: Settings): Record<string, string> {
  const own = settings.ownsRepository ? ruleImports(present, settings) : {};
  return { ...own, ...policyImports(present, settings) };
}

/** GitHub refuses a second ruleset of a name ("Name must be unique") and a second classic rule of a pattern. */
function ruleImports(
  { repository, rulesets, classicRules }: Present,
  settings: Settings,
): Record<string, string> {
  const wanted = wantedRules(settings);
  const own = rulesets.filter(({ source_type }) => source_type === "Repository");
  return Object.fromEntries([
    ...own
      .filter(({ name }) => wanted.rulesets.some((one) => one.name === name))
      .map(({ name, id }) => [`rules-${name}`, `${repository.name}:${id}`]),
    ...classicRules
      .filter(({ pattern }) => wanted.classic.some((one) => one.pattern === pattern))
      .map(({ pattern }) => [`rules-${pattern}`, `${repository.name}:${pattern}`]),
  ]);
}

/** GitHub answers a second policy of a name with 303; what the plugin makes of that is not recorded. */
function policyImports(
  { repository, environments: present }: Present,
  settings: Settings,
): Record<string, string> {
  const entries = environments(settings).flatMap(({ name, branchPatterns }) => {
    const environment = present.find((one) => one.name === name);
    return branchPatterns.flatMap((pattern) =>
      (environment?.branch_policies ?? [])
        .filter((one) => one.name === pattern && one.type === "branch")
        .map(({ id }): [string, string] => [`${name}-branch-${pattern}`, `${repository.name}:${name}:${id}`]),
    );
  });
  return Object.fromEntries(entries);
}
