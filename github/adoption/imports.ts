/** Import ids by logical name: what exists and would be refused if the program made it a second time. */
import { environments } from "../../pipeline/branches.ts";
import { describeProtection, toClassic, toRulesets } from "../../pipeline/rules.ts";
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
  const protections = describeProtection(settings);
  const found: [string, string][] =
    settings.rules.kind === "rulesets"
      ? toRulesets(protections).flatMap(({ name }) =>
          rulesets
            .filter((one) => one.name === name && one.source_type === "Repository")
            .map(({ id }): [string, string] => [`rules-${name}`, `${repository.name}:${id}`]),
        )
      : toClassic(protections)
          .filter(({ pattern }) => classicRules.some((one) => one.pattern === pattern))
          .map(({ pattern }): [string, string] => [`rules-${pattern}`, `${repository.name}:${pattern}`]);
  return Object.fromEntries(found);
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
