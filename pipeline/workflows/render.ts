import { Document, isMap, isScalar, Scalar, visit } from "yaml";
import type { Settings } from "../../settings.ts";
import { isProduction } from "../branches.ts";
import type { WorkflowName } from "../jobs.ts";
import { deployWorkflow } from "./deploy.ts";
import { driftWorkflow } from "./drift.ts";
import { infrastructureWorkflow } from "./infrastructure.ts";
import { ACTIONS } from "./pins.ts";
import type { Permissions, Workflow } from "./types.ts";

/** A workflow file as it stands in the application's repository. */
export interface WorkflowFile {
  /** Path from the repository's root. */
  path: string;
  content: string;
}

/** The workflows of the stacks of one repository, by file name; production comes last, as a release does. */
export function workflowsOf(stacks: readonly Settings[]): Record<WorkflowName, Workflow> {
  const ordered = [
    ...stacks.filter((stack) => !isProduction(stack)),
    ...stacks.filter((stack) => isProduction(stack)),
  ];
  return {
    deploy: deployWorkflow(ordered),
    infrastructure: infrastructureWorkflow(ordered),
    drift: driftWorkflow(ordered),
  };
}

/** The files of the workflows; the same settings give the same bytes on every machine. */
export function renderWorkflows(stacks: readonly Settings[]): WorkflowFile[] {
  return filesOf(workflowsOf(stacks));
}

/** Workflows as files. */
export function filesOf(workflows: Record<WorkflowName, Workflow>): WorkflowFile[] {
  return Object.entries(workflows).map(([name, workflow]) => ({
    path: `.github/workflows/${name}.yml`,
    content: renderWorkflow(workflow),
  }));
}

const HEADER = `# Generated from the pipeline's model by \`kai workflow render\`. Do not edit: change the configuration
# (Pulumi.yaml, Pulumi.<stack>.yaml) and run \`kai workflow propose\`, which opens a pull request with the new text.
# The program is expected in this repository, in the folder that kai:workflow.pipelineDirectory names.
`;

/** A workflow as YAML: no folded lines, scripts as blocks, the release of each action beside its commit. */
export function renderWorkflow(workflow: Workflow): string {
  const document = new Document(workflow, { aliasDuplicateObjects: false });
  const releases = new Map<string, string>(
    Object.values(ACTIONS).map(({ uses, version }) => [uses, version]),
  );
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== "string") return;
      const release = releases.get(node.value);
      if (release) node.comment = ` ${release}`;
      if (node.value.includes("\n")) node.type = Scalar.BLOCK_LITERAL;
    },
  });
  for (const job of Object.keys(workflow.jobs))
    explainPermissions(document.getIn(["jobs", job, "permissions"]));
  return `${HEADER}${document.toString({ lineWidth: 0, nullStr: "" })}`;
}

/** What a job needs each of its rights for. */
const PURPOSES: Record<keyof Permissions, string> = {
  actions: "to see other runs",
  contents: "to get the files",
  deployments: "to see what is deployed",
  "id-token": "to sign in to AWS without a stored key",
  issues: "to keep one issue a stack",
  "pull-requests": "to write one comment",
};

function explainPermissions(permissions: unknown): void {
  if (!isMap<Scalar<keyof Permissions>>(permissions)) return;
  for (const { key, value } of permissions.items) {
    if (isScalar(value)) value.comment = ` ${PURPOSES[key.value]}`;
  }
}
