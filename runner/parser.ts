/** GitHub's own parser of workflow files (`@actions/workflow-parser`): its schema, contexts and expressions. */
import { registerHooks } from "node:module";
import type { WorkflowTemplate } from "@actions/workflow-parser";
import type {
  MappingToken,
  SequenceToken,
  TemplateToken,
} from "@actions/workflow-parser/templates/tokens/index";
import { UserError } from "../errors.ts";

/** The text of a workflow file. */
export interface WorkflowText {
  /** Path from the repository's root. */
  path: string;
  content: string;
}

/** A workflow file as GitHub reads it. */
export interface Workflow {
  path: string;
  /** `name:`, or the path where there is none. */
  name: string;
  events: WorkflowTemplate["events"];
  fields: MappingToken;
  /** In the file's order. */
  jobs: Job[];
}

export interface Job {
  id: string;
  /** Ids of the jobs that it waits for itself. */
  needs: string[];
  /** Its condition, with the status function that GitHub adds where there is none. */
  condition: string;
  /** Everything that stands below its id. */
  fields: MappingToken;
  /** None for a job that calls another workflow. */
  steps: Step[];
}

export interface Step {
  /** As in the file; one that begins with `__` is GitHub's own and cannot be referred to. */
  id: string;
  condition: string;
  fields: MappingToken;
}

/** What GitHub would refuse in a file, in its parser's words; none if it loads it. */
export async function problemsOf(text: WorkflowText): Promise<string[]> {
  return (await parse(text)).problems;
}

/** @throws UserError for a file that GitHub would not load. */
export async function loadWorkflow(text: WorkflowText): Promise<Workflow> {
  const { problems, template, root } = await parse(text);
  if (problems.length > 0 || !template || !root) {
    throw new UserError(`GitHub would refuse ${text.path}: ${problems.join("; ")}`);
  }
  const definitions = mapping(root.find("jobs"));
  const jobs = template.jobs.map((job) => {
    const fields = mapping(definitions?.find(job.id.value)) as MappingToken;
    const found = fields.find("steps");
    const steps = found && "get" in found ? [...(found as SequenceToken)] : [];
    return {
      id: job.id.value,
      needs: (job.needs ?? []).map(({ value }) => value),
      condition: job.if.expression,
      fields,
      steps: job.type === "job" ? job.steps.map((step, index) => stepOf(step, steps[index])) : [],
    };
  });
  const name = root.find("name");
  return {
    path: text.path,
    name: name?.isLiteral ? name.toString() : text.path,
    events: template.events,
    fields: root,
    jobs,
  };
}

function stepOf(step: { id: string; if?: { expression: string } }, fields: TemplateToken | undefined): Step {
  return {
    id: step.id,
    condition: step.if?.expression ?? "success()",
    fields: fields as MappingToken,
  };
}

function mapping(token: TemplateToken | undefined): MappingToken | undefined {
  return token && "find" in token ? (token as MappingToken) : undefined;
}

async function parse({ path, content }: WorkflowText): Promise<{
  problems: string[];
  template?: WorkflowTemplate;
  root?: MappingToken;
}> {
  const { parseWorkflow, NoOperationTraceWriter, convertWorkflowTemplate } = await loadParser();
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  const problems = context.errors.getErrors().map(({ message }) => message);
  if (!value || problems.length > 0) return { problems };
  const template = await convertWorkflowTemplate(context, value);
  return {
    problems: (template.errors ?? []).map(({ Message }) => Message),
    template,
    root: value.assertMapping("a workflow"),
  };
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
