/** GitHub Actions: secrets, variables, workflows and what may run. */
import type { SecretFacts } from "../documents.ts";
import type { ActionsFacts, VariableFacts, WorkflowFacts, WorkflowFileFacts } from "./inventory.ts";
import type { Reading } from "./read.ts";

export async function readSecrets({ github, owner, repo }: Reading): Promise<SecretFacts[]> {
  return github.paginate(github.actions.listRepoSecrets, { owner, repo, per_page: 100 });
}

export async function readVariables({ github, owner, repo }: Reading): Promise<VariableFacts[]> {
  return github.paginate(github.actions.listRepoVariables, { owner, repo, per_page: 100 });
}

export async function readWorkflows({ github, owner, repo }: Reading): Promise<WorkflowFacts[]> {
  const workflows = await github.paginate(github.actions.listRepoWorkflows, { owner, repo, per_page: 100 });
  return workflows.map(({ id, name, path, state }) => ({ id, name, path, state }));
}

export async function readActions({ github, owner, repo }: Reading): Promise<ActionsFacts> {
  const place = { owner, repo };
  const [permissions, workflow] = await Promise.all([
    github.actions.getGithubActionsPermissionsRepository(place),
    github.actions.getGithubActionsDefaultWorkflowPermissionsRepository(place),
  ]);
  const { enabled, allowed_actions, sha_pinning_required } = permissions.data;
  return {
    enabled,
    ...(allowed_actions !== undefined && { allowed_actions }),
    ...(sha_pinning_required !== undefined && { sha_pinning_required }),
    default_workflow_permissions: workflow.data.default_workflow_permissions,
    can_approve_pull_request_reviews: workflow.data.can_approve_pull_request_reviews,
  };
}

const FOLDER = ".github/workflows";

const FILES = `query($owner: String!, $repo: String!, $folder: String!) {
  repository(owner: $owner, name: $repo) {
    object(expression: $folder) {
      ... on Tree { entries { path object { ... on Blob { text } } } }
    }
  }
}`;

interface Answer {
  repository: {
    object: { entries?: { path: string; object: { text?: string | null } | null }[] } | null;
  };
}

/** In GraphQL, which answers the folder with its files at once. */
export async function readWorkflowFiles({ github, owner, repo }: Reading): Promise<WorkflowFileFacts[]> {
  const answer = await github.graphql<Answer>(FILES, { owner, repo, folder: `HEAD:${FOLDER}` });
  return (answer.repository.object?.entries ?? [])
    .filter(({ path }) => /\.ya?ml$/.test(path))
    .map(({ path, object }) => ({ path, content: object?.text ?? "" }));
}
