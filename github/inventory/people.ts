/** Who and what has access. */
import type { CollaboratorFacts, DeployKeyFacts } from "./inventory.ts";
import type { Reading } from "./read.ts";

/** Everybody with access: in an organization also its owners, and members by teams and by its base permission. */
export async function readCollaborators({ github, owner, repo }: Reading): Promise<CollaboratorFacts[]> {
  const people = await github.paginate(github.repos.listCollaborators, { owner, repo, per_page: 100 });
  return people.map(({ login, id, role_name }) => ({ login, id, role_name }));
}

export async function readDeployKeys({ github, owner, repo }: Reading): Promise<DeployKeyFacts[]> {
  const keys = await github.paginate(github.repos.listDeployKeys, { owner, repo, per_page: 100 });
  return keys.map(({ id, title, read_only, created_at }) => ({ id, title, read_only, created_at }));
}
