/** Deployments made through the interface (docs.github.com/rest/deployments/deployments). */
import { PASSING } from "../../github/decisions/checks.ts";
import { type GitHub, refuse } from "./client.ts";
import { resolveCommit } from "./git/data.ts";
import { isFastForward } from "./git/history.ts";
import { mergeBranches } from "./pulls/merge.ts";
import { now, type RepositoryRecord } from "./store.ts";
import type { DeploymentDocument, DeploymentStatusDocument } from "./work.ts";

/** What `POST …/deployments` takes. */
export interface DeploymentRequest {
  ref: string;
  task?: string;
  auto_merge?: boolean;
  /** Absent: every status of the commit must be green; empty: none. */
  required_contexts?: string[] | null;
  payload?: Record<string, unknown> | string;
  environment?: string;
  description?: string | null;
  transient_environment?: boolean;
  production_environment?: boolean;
}

/** @returns the deployment, or what was merged instead: 202 and nothing deployed (OpenAPI, repos/create-deployment) */
export function createDeployment(
  github: GitHub,
  name: string,
  wanted: DeploymentRequest,
): DeploymentDocument | { merged: string } {
  const request = `POST ${github.path(name)}/deployments`;
  const record = github.writable(name, request, "deployments");
  const sha = resolveCommit(record, wanted.ref) ?? refuse(request, 422, `No ref found for: ${wanted.ref}`);
  const merged =
    wanted.auto_merge === false ? undefined : mergeDefaultBranch(github, record, wanted.ref, sha);
  if (merged) return { merged };
  refuseUnchecked(record, sha, wanted.required_contexts, wanted.ref, request);
  const environment = wanted.environment ?? "production";
  const deployment: DeploymentDocument = {
    id: github.nextId(),
    sha,
    ref: wanted.ref,
    task: wanted.task ?? "deploy",
    environment,
    description: wanted.description ?? null,
    payload: wanted.payload ?? {},
    creator: github.login,
    transient_environment: wanted.transient_environment ?? false,
    // OpenAPI: "default: true when environment is production".
    production_environment: wanted.production_environment ?? environment === "production",
    created_at: now(),
    updated_at: now(),
    statuses: [],
  };
  record.deployments.push(deployment);
  github.changed(record);
  return deployment;
}

/** OpenAPI, `auto_merge`: the default branch goes into a branch that lacks some of it. */
function mergeDefaultBranch(
  github: GitHub,
  record: RepositoryRecord,
  ref: string,
  sha: string,
): string | undefined {
  const { default_branch, name } = record.repository;
  const head = record.refs[`refs/heads/${default_branch}`]?.object.sha ?? sha;
  if (!record.refs[`refs/heads/${ref}`] || isFastForward(record, head, sha)) return undefined;
  mergeBranches(github, name, { base: ref, head: default_branch });
  return `Auto-merged ${default_branch} into ${ref} on deployment.`;
}

function refuseUnchecked(
  record: RepositoryRecord,
  sha: string,
  required: string[] | null | undefined,
  ref: string,
  request: string,
): void {
  const states = new Map<string, string>();
  for (const status of record.statuses) if (status.sha === sha) states.set(status.context, status.state);
  for (const run of record.check_runs)
    if (run.head_sha === sha) states.set(run.name, run.conclusion ?? "pending");
  const wanted = required ?? [...states.keys()];
  if (wanted.every((context) => PASSING.includes(states.get(context) ?? "missing"))) return;
  refuse(request, 409, `Conflict: Commit status checks failed for ${ref}.`);
}

/** A deployment by its id. */
export function findDeployment(record: RepositoryRecord, id: number, request: string): DeploymentDocument {
  return record.deployments.find((one) => one.id === id) ?? refuse(request, 404, "Not Found");
}

/** `POST …/deployments/{id}/statuses` */
export function createDeploymentStatus(
  github: GitHub,
  name: string,
  id: number,
  wanted: Partial<DeploymentStatusDocument> & {
    state: DeploymentStatusDocument["state"];
    auto_inactive?: boolean;
    target_url?: string;
  },
): DeploymentStatusDocument {
  const request = `POST ${github.path(name)}/deployments/${id}/statuses`;
  const record = github.writable(name, request, "deployments");
  const deployment = findDeployment(record, id, request);
  const status: DeploymentStatusDocument = {
    id: github.nextId(),
    state: wanted.state,
    description: wanted.description ?? "",
    environment: wanted.environment ?? deployment.environment,
    environment_url: wanted.environment_url ?? "",
    log_url: wanted.log_url ?? wanted.target_url ?? "",
    creator: github.login,
    created_at: now(),
  };
  if (status.state === "success" && wanted.auto_inactive !== false) retire(github, record, deployment);
  deployment.statuses.push(status);
  deployment.updated_at = status.created_at;
  github.changed(record);
  return status;
}

/** OpenAPI, `auto_inactive`: earlier ones of the environment, neither transient nor of production, become inactive. */
function retire(github: GitHub, record: RepositoryRecord, present: DeploymentDocument): void {
  for (const other of record.deployments) {
    const last = other.statuses.at(-1);
    if (other === present || other.environment !== present.environment || last?.state !== "success") continue;
    if (other.transient_environment || other.production_environment) continue;
    other.statuses.push({ ...last, id: github.nextId(), state: "inactive", created_at: now() });
  }
}

/** `DELETE …/deployments/{id}`: an active one only where it is the only one (OpenAPI). */
export function deleteDeployment(github: GitHub, name: string, id: number): void {
  const request = `DELETE ${github.path(name)}/deployments/${id}`;
  const record = github.writable(name, request, "deployments");
  const deployment = findDeployment(record, id, request);
  if (deployment.statuses.at(-1)?.state === "success" && record.deployments.length > 1) {
    refuse(
      request,
      422,
      "We cannot delete an active deployment unless it is the only deployment in a given environment.",
    );
  }
  record.deployments = record.deployments.filter((one) => one !== deployment);
  github.changed(record);
}
