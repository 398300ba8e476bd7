import type { z } from "zod";
import { clusterProblems } from "./cluster-rules.ts";
import type { Problem } from "./problems.ts";
import { repositoryProblems } from "./repository-rules.ts";
import type { sections } from "./schema.ts";
import { secretProblems } from "./secret-rules.ts";
import type { SecretKey } from "./secrets.ts";
import { serviceProblems } from "./service-rules.ts";
import { siteProblems } from "./site-rules.ts";
import { stackProblems } from "./stack-rules.ts";

type Sections = typeof sections;

/** The sections as far as they could be read; a rule that needs one that is missing says nothing. */
export type Draft = { stack: string; secrets: ReadonlySet<SecretKey> } & {
  [Name in keyof Sections]?: z.infer<Sections[Name]>;
};

/** What is known besides the stack's own values. */
export interface StackContext {
  /** Configuration of the other stacks of the project, by stack name, keys without `kai:`. */
  siblings?: Record<string, Record<string, unknown>>;
  /** Whether the engine or the stack file holds a key encrypted; absent when that is not known. */
  isEncrypted?: (key: string) => boolean;
}

/** A problem of several settings together. */
export interface RuleProblem extends Problem {
  /** Keys of the other settings that the rule looked at. */
  reads?: string[];
}

/**
 * The problems that show only when several settings, or several stacks, are seen together.
 * @param replaced keys of values that were wrong by themselves: what a rule says about them means nothing.
 */
export function ruleProblems(
  draft: Draft,
  config: Record<string, unknown>,
  context: StackContext,
  replaced: readonly string[],
): Problem[] {
  const problems: RuleProblem[] = [
    ...repositoryProblems(draft),
    ...clusterProblems(draft),
    ...serviceProblems(draft),
    ...siteProblems(draft),
    ...stackProblems(draft, context),
    ...secretProblems(draft, config, context),
  ];
  return problems
    .filter(
      ({ key, reads = [] }) =>
        ![key, ...reads].some((read) => replaced.some((wrong) => touches(read, wrong))),
    )
    .map(({ key, problem, remedy }) => ({ key, problem, remedy }));
}

/** Whether one key is the other or lies inside it. */
function touches(one: string, other: string): boolean {
  const [outer, inner] = one.length < other.length ? [one, other] : [other, one];
  return (
    inner.startsWith(outer) && (inner.length === outer.length || ".[".includes(inner.charAt(outer.length)))
  );
}
