/** Deployment environments of the simulated GitHub (docs.github.com/rest/deployments/environments). */
import type { Protection } from "../../github/documents.ts";
import { type GitHub, hasPlan, refuse, roleOf } from "./client.ts";
import { removeValues } from "./secrets.ts";
import {
  type BranchPolicyDocument,
  type EnvironmentDocument,
  nodeId,
  now,
  type RepositoryRecord,
} from "./store.ts";

/** What `PUT …/environments/{name}` takes. */
export interface EnvironmentRequest {
  wait_timer: number;
  prevent_self_review: boolean;
  can_admins_bypass: boolean;
  /** null removes them all. */
  reviewers: { type: "User" | "Team"; id: number }[] | null;
  deployment_branch_policy: EnvironmentDocument["deployment_branch_policy"];
}

/** `GET …/environments/{name}` */
export function getEnvironment(github: GitHub, repository: string, name: string): EnvironmentDocument {
  const request = `GET ${github.path(repository)}/environments/${name}`;
  return find(github.repository(repository, request), name) ?? refuse(request, 404, "Not Found");
}

/** Names are not case sensitive (docs.github.com/rest/deployments/environments). */
function find(record: RepositoryRecord, name: string): EnvironmentDocument | undefined {
  return record.environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
}

/** `PUT …/environments/{name}`: creates it, or changes the one that exists. */
export function putEnvironment(
  github: GitHub,
  repository: string,
  name: string,
  wanted: EnvironmentRequest,
): EnvironmentDocument {
  const request = `PUT ${github.path(repository)}/environments/${name}`;
  const record = github.writable(repository, request, "administration");
  refuseWrong(github, record, wanted, request);
  const existing = find(record, name);
  const id = existing?.id ?? github.nextId();
  const environment: EnvironmentDocument = {
    branch_policies: [],
    secrets: [],
    variables: [],
    created_at: now(),
    ...existing,
    id,
    node_id: nodeId("EN", id),
    name: existing?.name ?? name,
    can_admins_bypass: wanted.can_admins_bypass,
    deployment_branch_policy: wanted.deployment_branch_policy,
    protection_rules: protectionRules(github, wanted),
    updated_at: now(),
  };
  record.environments = [...record.environments.filter((one) => one !== existing), environment];
  github.changed(record);
  return environment;
}

/** A rule is absent once it says nothing: that is why the github plugin cannot see reviewers go. */
function protectionRules(github: GitHub, wanted: EnvironmentRequest): Protection[] {
  const rules: Protection[] = [];
  if (wanted.wait_timer > 0) {
    rules.push({ id: github.nextId(), type: "wait_timer", wait_timer: wanted.wait_timer });
  }
  if (wanted.reviewers?.length) {
    const reviewers = wanted.reviewers.map(({ type, id }) => ({
      type,
      reviewer: { id, ...(type === "User" && { login: github.accountById(id)?.login ?? "" }) },
    }));
    rules.push({
      id: github.nextId(),
      type: "required_reviewers",
      prevent_self_review: wanted.prevent_self_review,
      reviewers,
    });
  }
  if (wanted.deployment_branch_policy) rules.push({ id: github.nextId(), type: "branch_policy" });
  return rules;
}

function refuseWrong(
  github: GitHub,
  record: RepositoryRecord,
  wanted: EnvironmentRequest,
  request: string,
): void {
  const { reviewers, wait_timer, deployment_branch_policy: policy } = wanted;
  // OpenAPI, environments: 0 to 43,200 minutes; up to six users or teams.
  if (wait_timer < 0 || wait_timer > 43_200) refuse(request, 422, "Wait timer must be between 0 and 43200");
  if (reviewers && reviewers.length > 6)
    refuse(request, 422, "At most 6 reviewers may be set for an environment.");
  // OpenAPI, deployment-branch-policy-settings: the two flags cannot have the same value.
  if (policy && policy.protected_branches === policy.custom_branch_policies) {
    refuse(
      request,
      422,
      "Protected branches and custom branch policies cannot have the same value. If all branches can deploy to this environment, set the deployment branch policy to null.",
    );
  }
  // Reviewers and wait timers on private repositories are Enterprise's (docs.github.com, deployments-and-environments;
  // the sentence: backstage/backstage#28977).
  if (reviewers?.length && !hasPlan(github, record, ["enterprise"])) {
    refusePlan(request, "required reviewers");
  }
  if (wait_timer > 0 && !hasPlan(github, record, ["enterprise"])) refusePlan(request, "wait timer");
  const isOpen = !record.repository.private;
  for (const { type, id } of reviewers ?? []) {
    // OpenAPI, environments: a reviewer must have at least read access.
    const login = type === "User" ? github.accountById(id)?.login : undefined;
    if (type === "User" && (!login || !(isOpen || roleOf(github.data, record, login)))) {
      refuse(
        request,
        422,
        "Failed to create the environment protection rule. Please ensure the reviewer exists.",
      );
    }
  }
}

function refusePlan(request: string, rule: string): never {
  refuse(
    request,
    422,
    `Failed to create the environment protection rule. Please ensure the billing plan supports the ${rule} protection rule.`,
  );
}

/** `DELETE …/environments/{name}`: with its secrets. */
export function deleteEnvironment(github: GitHub, repository: string, name: string): void {
  const request = `DELETE ${github.path(repository)}/environments/${name}`;
  const record = github.writable(repository, request, "administration");
  const environment = find(record, name) ?? refuse(request, 404, "Not Found");
  record.environments = record.environments.filter((one) => one !== environment);
  removeValues(github, `${record.repository.full_name}/${environment.name}/`);
  github.changed(record);
}

/** `POST …/environments/{name}/deployment-branch-policies` */
export function createBranchPolicy(
  github: GitHub,
  repository: string,
  name: string,
  policy: Pick<BranchPolicyDocument, "name" | "type">,
): BranchPolicyDocument {
  const request = `POST ${github.path(repository)}/environments/${name}/deployment-branch-policies`;
  const record = github.writable(repository, request, "administration");
  const environment = find(record, name);
  // OpenAPI: 404 "Not Found or `custom_branch_policies` property for the environment is set to false".
  if (!environment?.deployment_branch_policy?.custom_branch_policies) refuse(request, 404, "Not Found");
  // OpenAPI: 303 where the same policy exists; clients follow it and get that one.
  const same = environment.branch_policies.find(
    (one) => one.name === policy.name && one.type === policy.type,
  );
  if (same) return same;
  const id = github.nextId();
  const created = { id, node_id: nodeId("DBP", id), ...policy };
  environment.branch_policies.push(created);
  github.changed(record);
  return created;
}

/** `PUT …/deployment-branch-policies/{id}` */
export function renameBranchPolicy(
  github: GitHub,
  repository: string,
  name: string,
  id: number,
  pattern: string,
): void {
  const request = `PUT ${github.path(repository)}/environments/${name}/deployment-branch-policies/${id}`;
  const record = github.writable(repository, request, "administration");
  const policy = find(record, name)?.branch_policies.find((one) => one.id === id);
  if (!policy) refuse(request, 404, "Not Found");
  policy.name = pattern;
  github.changed(record);
}

/** `DELETE …/deployment-branch-policies/{id}` */
export function deleteBranchPolicy(github: GitHub, repository: string, name: string, id: number): void {
  const request = `DELETE ${github.path(repository)}/environments/${name}/deployment-branch-policies/${id}`;
  const record = github.writable(repository, request, "administration");
  const environment = find(record, name);
  if (!environment?.branch_policies.some((one) => one.id === id)) refuse(request, 404, "Not Found");
  environment.branch_policies = environment.branch_policies.filter((one) => one.id !== id);
  github.changed(record);
}
