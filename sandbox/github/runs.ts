/**
 * Runs before environments: which jobs are let in, which wait for a reviewer, which fail at once (docs.github.com/actions/
 * how-tos/deploy/configure-and-manage-deployments/review-deployments). Nothing executes what is let in.
 */
import { decideDeployment, mayApprove } from "../../github/decisions/deployment.ts";
import { type GitHub, refuse } from "./client.ts";
import { type EnvironmentDocument, nodeId, now, type RepositoryRecord } from "./store.ts";
import type { DeploymentDocument, DeploymentState, RunDocument } from "./work.ts";

/** Environments that a workflow's jobs name; names that are expressions are left out. */
export function environmentsOf(workflow: unknown): string[] {
  const { jobs = {} } = (workflow ?? {}) as { jobs?: Record<string, { environment?: unknown } | null> };
  const names = Object.values(jobs).map((job) => {
    const { environment } = job ?? {};
    return typeof environment === "object" && environment !== null
      ? (environment as { name?: unknown }).name
      : environment;
  });
  return [...new Set(names.filter((name) => typeof name === "string"))].filter(
    (name) => !name.includes("${{"),
  );
}

/** A job of the run reaches an environment. */
export function stopAt(github: GitHub, record: RepositoryRecord, run: RunDocument, name: string): void {
  const environment = environmentNamed(github, record, name);
  const isTag = record.refs[`refs/heads/${run.head_branch}`] === undefined;
  const decision = decideDeployment(
    record,
    environment,
    `refs/${isTag ? "tags" : "heads"}/${run.head_branch}`,
  );
  const deployment = deploymentFor(github, run, environment.name);
  record.deployments.push(deployment);
  const state = decision.refused ? "refused" : decision.waitsFor ? "waiting" : "let in";
  run.deployments.push({ environment_id: environment.id, state, deployment_id: deployment.id });
  if (decision.refused) report(github, deployment, "failure", decision.refused);
  else report(github, deployment, decision.waitsFor ? "pending" : "queued");
}

/** "Running a workflow that references an environment that does not exist will create" it, without rules (same pages). */
function environmentNamed(github: GitHub, record: RepositoryRecord, name: string): EnvironmentDocument {
  const known = record.environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (known) return known;
  const id = github.nextId();
  const made: EnvironmentDocument = {
    id,
    node_id: nodeId("EN", id),
    name,
    can_admins_bypass: true,
    protection_rules: [],
    deployment_branch_policy: null,
    branch_policies: [],
    secrets: [],
    variables: [],
    created_at: now(),
    updated_at: now(),
  };
  record.environments.push(made);
  return made;
}

function deploymentFor(github: GitHub, run: RunDocument, environment: string): DeploymentDocument {
  return {
    id: github.nextId(),
    sha: run.head_sha,
    ref: run.head_branch,
    task: "deploy",
    environment,
    description: null,
    payload: {},
    creator: "github-actions[bot]",
    transient_environment: false,
    production_environment: environment === "production",
    created_at: now(),
    updated_at: now(),
    statuses: [],
  };
}

function report(
  github: GitHub,
  deployment: DeploymentDocument,
  state: DeploymentState,
  description = "",
): void {
  const { environment } = deployment;
  const more = { environment_url: "", log_url: "", creator: "github-actions[bot]", created_at: now() };
  deployment.statuses.push({ id: github.nextId(), state, description, environment, ...more });
}

/** Status and conclusion of a run. */
export function runState(
  record: RepositoryRecord,
  run: RunDocument,
): { status: string; conclusion: string | null } {
  const hasEnded = run.deployments.some(({ state }) => state === "refused" || state === "rejected");
  if (hasEnded) return { status: "completed", conclusion: "failure" };
  return { status: waitingFor(record, run).length > 0 ? "waiting" : "queued", conclusion: null };
}

/** Environments that a run waits for: a reviewer, or the end of the timer. */
export function waitingFor(record: RepositoryRecord, run: RunDocument): EnvironmentDocument[] {
  return record.environments.filter((environment) => {
    const state = run.deployments.find(({ environment_id }) => environment_id === environment.id)?.state;
    if (state !== "waiting" && state !== "let in") return false;
    const rules = environment.protection_rules;
    const timer = rules.find((rule) => rule.type === "wait_timer")?.wait_timer ?? 0;
    const isReviewed = state === "let in" || !rules.some((rule) => rule.type === "required_reviewers");
    return !isReviewed || Date.now() < Date.parse(run.created_at) + timer * 60_000;
  });
}

/** `POST …/runs/{id}/pending_deployments`: by a reviewer of each environment. @returns the deployments */
export function review(
  github: GitHub,
  name: string,
  run: RunDocument,
  wanted: { environment_ids: number[]; state: "approved" | "rejected"; comment: string },
): DeploymentDocument[] {
  const request = `POST ${github.path(name)}/actions/runs/${run.id}/pending_deployments`;
  const record = github.repository(name, request);
  github.need(request, "deployments");
  const waiting = waitingFor(record, run).filter(({ id }) => wanted.environment_ids.includes(id));
  if (waiting.length < wanted.environment_ids.length)
    refuse(request, 422, "No pending deployment requests to approve or reject");
  for (const environment of waiting) {
    if (mayApprove(environment, github.login, run.actor)) continue;
    refuse(request, 422, `${github.login} is not allowed to review deployments to ${environment.name}`);
  }
  run.approvals.push({
    environments: wanted.environment_ids,
    state: wanted.state,
    user: github.login,
    comment: wanted.comment,
  });
  const ids = waiting.map(({ id }) => id);
  const reviewed = run.deployments.filter(({ environment_id }) => ids.includes(environment_id));
  const isApproved = wanted.state === "approved";
  for (const one of reviewed) one.state = isApproved ? "let in" : "rejected";
  const deployments = record.deployments.filter((one) =>
    reviewed.some(({ deployment_id }) => deployment_id === one.id),
  );
  for (const deployment of deployments)
    report(github, deployment, isApproved ? "queued" : "failure", isApproved ? "" : "Rejected by a reviewer");
  github.changed(record);
  return deployments;
}
