/** Workflow files, and the runs that people ask for; nothing executes them (docs.github.com/rest/actions/workflows). */
import { isMap, parseDocument } from "yaml";
import { type GitHub, refuse } from "./client.ts";
import { resolveCommit } from "./git/data.ts";
import { entryAt, filesOf } from "./git/objects.ts";
import { environmentsOf, stopAt } from "./runs.ts";
import { now, type RepositoryRecord } from "./store.ts";
import type { RunDocument, WorkflowDocument } from "./work.ts";

const FOLDER = ".github/workflows/";

/** Every workflow of the default branch; each gets its id when it is first seen. */
export function listWorkflows(
  github: GitHub,
  record: RepositoryRecord,
): (WorkflowDocument & { name: string })[] {
  const head =
    record.commits[record.refs[`refs/heads/${record.repository.default_branch}`]?.object.sha ?? ""];
  const paths = head ? [...filesOf(record, head.tree).keys()].filter((path) => isWorkflow(path)) : [];
  return paths.map((path) => {
    let known = record.workflows.find((one) => one.path === path);
    if (!known) {
      known = { id: github.nextId(), path, state: "active", created_at: now(), updated_at: now() };
      record.workflows.push(known);
      github.save();
    }
    return { ...known, name: String(fileAt(record, head?.sha ?? "", path)?.get("name") ?? path) };
  });
}

function isWorkflow(path: string): boolean {
  return path.startsWith(FOLDER) && /^[^/]+\.ya?ml$/.test(path.slice(FOLDER.length));
}

function fileAt(record: RepositoryRecord, commit: string, path: string) {
  const entry = entryAt(record, record.commits[commit]?.tree ?? "", path);
  return entry && parseDocument(Buffer.from(record.blobs[entry.sha] ?? "", "base64").toString("utf8"));
}

/** By id or by file name (OpenAPI, workflow-id). */
export function findWorkflow(github: GitHub, record: RepositoryRecord, id: string, request: string) {
  const found = listWorkflows(github, record).find(
    (one) => String(one.id) === id || one.path === FOLDER + id,
  );
  return found ?? refuse(request, 404, "Not Found");
}

/** `PUT …/workflows/{id}/enable` and `…/disable` */
export function setWorkflowState(
  github: GitHub,
  name: string,
  id: string,
  state: WorkflowDocument["state"],
): void {
  const request = `PUT ${github.path(name)}/actions/workflows/${id}/${state === "active" ? "enable" : "disable"}`;
  const record = github.writable(name, request, "actions");
  const { path } = findWorkflow(github, record, id, request);
  const known = record.workflows.find((one) => one.path === path);
  if (known) Object.assign(known, { state, updated_at: now() });
  github.changed(record);
}

/**
 * `POST …/workflows/{id}/dispatches`: the file of that ref must have the trigger; inputs must be its own, and those
 * required must be given (the API's own sentences).
 */
export function dispatchWorkflow(
  github: GitHub,
  name: string,
  id: string,
  wanted: { ref: string; inputs?: Record<string, unknown> },
): RunDocument {
  const request = `POST ${github.path(name)}/actions/workflows/${id}/dispatches`;
  const record = github.writable(name, request, "actions");
  const workflow = findWorkflow(github, record, id, request);
  if (workflow.state !== "active")
    refuse(request, 422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  const sha = resolveCommit(record, wanted.ref) ?? refuse(request, 422, `No ref found for: ${wanted.ref}`);
  const file = fileAt(record, sha, workflow.path);
  const trigger = file?.getIn(["on", "workflow_dispatch"], true);
  const names = file?.get("on");
  const isListed =
    names === "workflow_dispatch" || JSON.stringify(names ?? null).includes('"workflow_dispatch"');
  if (!trigger && !isListed) refuse(request, 422, "Workflow does not have 'workflow_dispatch' trigger");
  const known = isMap(trigger) ? (trigger.toJSON().inputs ?? {}) : {};
  const inputs = givenInputs(known, wanted.inputs ?? {}, request);
  const run: RunDocument = {
    id: github.nextId(),
    path: workflow.path,
    run_number: record.runs.filter(({ path }) => path === workflow.path).length + 1,
    event: "workflow_dispatch",
    head_branch: wanted.ref.replace(/^refs\/(heads|tags)\//, ""),
    head_sha: sha,
    actor: github.login,
    inputs,
    created_at: now(),
    deployments: [],
    approvals: [],
  };
  for (const environment of environmentsOf(file?.toJSON())) stopAt(github, record, run, environment);
  record.runs.push(run);
  github.changed(record);
  return run;
}

type Inputs = Record<
  string,
  { required?: boolean; default?: unknown; type?: string; options?: unknown[] } | null
>;

function givenInputs(known: Inputs, given: Record<string, unknown>, request: string): Record<string, string> {
  const unexpected = Object.keys(given).filter((name) => !(name in known));
  if (unexpected.length > 0)
    refuse(request, 422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const filled: Record<string, string> = {};
  for (const [name, input] of Object.entries(known)) {
    const value = given[name] ?? input?.default;
    if (value === undefined && input?.required) refuse(request, 422, `Required input '${name}' not provided`);
    if (input?.type === "choice" && value !== undefined && !input.options?.includes(value)) {
      refuse(request, 422, `Provided value '${value}' for input '${name}' not in the list of allowed values`);
    }
    if (value !== undefined) filled[name] = String(value);
  }
  return filled;
}
