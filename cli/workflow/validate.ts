import { registerHooks } from "node:module";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";

/** One thing that GitHub would refuse. */
export interface WorkflowProblem {
  path: string;
  /** What and where, in the parser's words. */
  message: string;
}

/**
 * Reads workflow files with the parser that GitHub publishes (`@actions/workflow-parser`): its schema, contexts and
 * expressions, and the jobs that `needs` names. What it accepts, GitHub loads.
 */
export async function validateWorkflows(files: readonly WorkflowFile[]): Promise<WorkflowProblem[]> {
  const { parseWorkflow, NoOperationTraceWriter, convertWorkflowTemplate } = await loadParser();
  const problems: WorkflowProblem[] = [];
  for (const { path, content } of files) {
    const parsed = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
    const messages = parsed.context.errors.getErrors().map(({ message }) => message);
    if (parsed.value && messages.length === 0) {
      const template = await convertWorkflowTemplate(parsed.context, parsed.value);
      messages.push(...(template.errors ?? []).map(({ Message }) => Message));
    }
    problems.push(...messages.map((message) => ({ path, message })));
  }
  return problems;
}

/** The package imports its JSON files without saying that they are JSON, as bundlers like it; Node wants it said. */
async function loadParser(): Promise<typeof import("@actions/workflow-parser")> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const isSchema = /\/@actions\/workflow-parser\/dist\/[\w.-]+\.json$/.test(url);
      return nextLoad(url, isSchema ? { ...context, importAttributes: { type: "json" } } : context);
    },
  });
  try {
    return await import("@actions/workflow-parser");
  } finally {
    hooks.deregister();
  }
}
