import type { z } from "zod";
import type { Problem } from "./problems.ts";
import type { sections } from "./schema.ts";
import { secretProblems } from "./secret-rules.ts";
import type { SecretKey } from "./secrets.ts";

type Sections = typeof sections;

/** The sections that could be read so far; a rule that needs one that is missing says nothing. */
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

/** The problems that show only when several settings, or several stacks, are seen together. */
export function ruleProblems(
  draft: Draft,
  config: Record<string, unknown>,
  context: StackContext,
): Problem[] {
  return [...secretProblems(draft, config, context)];
}
