import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import { problemsOf } from "../../runner/parser.ts";

/** One thing that GitHub would refuse. */
export interface WorkflowProblem {
  path: string;
  /** What and where, in the parser's words. */
  message: string;
}

/**
 * Reads workflow files with the parser that GitHub publishes: its schema, contexts and expressions, and the jobs that
 * `needs` names. What it accepts, GitHub loads.
 */
export async function validateWorkflows(files: readonly WorkflowFile[]): Promise<WorkflowProblem[]> {
  const problems: WorkflowProblem[] = [];
  for (const file of files) {
    for (const message of await problemsOf(file)) problems.push({ path: file.path, message });
  }
  return problems;
}
