import { COLUMN_RULES } from "./columns.ts";
import { CONSTRAINT_RULES } from "./constraints.ts";
import { EXPOSED_RULES } from "./exposed.ts";
import { REMOVAL_RULES } from "./removal.ts";
import type { Rule } from "./rule.ts";
import { RUNNING_RULES } from "./running.ts";

/**
 * Every rule, in the order of the documentation. What is not among them does not help here: style (`text` rather than
 * `varchar`, identity rather than `serial`, IF NOT EXISTS everywhere), missing timeouts (the engine sets them), and
 * statements without a better way (EXCLUDE constraints).
 */
export const RULES: readonly Rule[] = [
  ...CONSTRAINT_RULES,
  ...COLUMN_RULES,
  ...REMOVAL_RULES,
  ...EXPOSED_RULES,
  ...RUNNING_RULES,
];
