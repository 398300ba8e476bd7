/** Which refs a rule is for. */
import type { ClassicRule, Ruleset } from "../documents.ts";

/** The rules of a repository. */
export interface Ruled {
  repository: { default_branch: string };
  rulesets: readonly Ruleset[];
  branch_protection_rules: readonly ClassicRule[];
}

/**
 * Ruby's fnmatch with FNM_PATHNAME, as GitHub uses it: `*` stops at a slash, and so does `**` unless a slash follows it;
 * braces and backslashes mean nothing (docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/
 * managing-rulesets/creating-rulesets-for-a-repository#using-fnmatch-syntax).
 */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern === name || new RegExp(`^${expressionOf(pattern)}$`, "u").test(name);
}

/** The regular expression, without its ends, of a pattern whose wildcards know slashes. */
export function expressionOf(pattern: string): string {
  return pattern.replaceAll(/(?<=^|\/)\*\*\/|\*+|\?|\[!?[^\]/]+\]|[^\w/]/gu, (part) => {
    if (part.endsWith("*/")) return "(?:[^/]+/)*";
    if (part.startsWith("*")) return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length < 3) return /[\^$\\.*+?()[\]{}|]/.test(part) ? `\\${part}` : part;
    const [, not = "", set = ""] = /^\[(!?)(.+)\]$/u.exec(part) ?? [];
    return `[${not && "^"}${set.replaceAll(/[\\^[&]/g, "\\$&")}]`;
  });
}

/** Whether a ruleset is for a ref. Names in short form match nothing (real-plugins.md, "Accepted in preview though wrong"). */
export function covers(
  ruleset: Pick<Ruleset, "target" | "conditions">,
  ref: string,
  repository: Ruled["repository"],
): boolean {
  const kind = ref.startsWith("refs/tags/") ? "tag" : "branch";
  if (ruleset.target !== kind) return false;
  const matches = (pattern: string) =>
    pattern === "~ALL" ||
    (pattern === "~DEFAULT_BRANCH" && ref === `refs/heads/${repository.default_branch}`) ||
    (pattern.startsWith("refs/") && matchesPattern(pattern, ref));
  const { include, exclude } = ruleset.conditions.ref_name;
  return include.some(matches) && !exclude.some(matches);
}

/**
 * The classic rule of a branch: one alone applies, an exact name before a pattern, of patterns the oldest
 * (docs.github.com, managing-a-branch-protection-rule#about-branch-protection-rules).
 */
export function classicRuleOf<Rule extends ClassicRule>(
  { branch_protection_rules: rules }: { branch_protection_rules: readonly Rule[] },
  branch: string,
): Rule | undefined {
  return (
    rules.find(({ pattern }) => pattern === branch) ??
    rules.find(({ pattern }) => matchesPattern(pattern, branch))
  );
}
