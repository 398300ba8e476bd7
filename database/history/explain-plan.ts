import type { Migration } from "../folder/files.ts";
import { explain, type FilePlan } from "../sql/explain.ts";
import { parseAll } from "../sql/parse-all.ts";
import type { Script } from "../sql/statements.ts";
import type { Plan } from "./plan.ts";

/**
 * What the pending files of a plan will do; asks no database.
 * @throws MigrationError (kind `syntax`) when a pending file cannot be understood.
 */
export async function explainPlan(plan: Plan): Promise<FilePlan[]> {
  if (plan.pending.length === 0) return [];
  const done = new Map([...plan.partial.values()].map((row) => [row.name, row.statementsApplied]));
  return explain(await parseAll(plan.pending), await understandable(plan.applied), done);
}

/** An applied file may have been edited since; what it says matters little then. */
async function understandable(applied: readonly Migration[]): Promise<Script[]> {
  const scripts = await Promise.all(applied.map((file) => parseAll([file]).catch(() => [])));
  return scripts.flat();
}
