/** Who and what has access. */
import type { CollaboratorFacts, DeployKeyFacts } from "./inventory.ts";
import type { Reading } from "./read.ts";

/** Everybody with access: in an organization also its owners, and members by teams and by its base permission. */
export async function readCollaborators({
  github,
  owner,
  repo,
  repository,
}: Reading): Promise<CollaboratorFacts[]> {
  const list = (affiliation: "all" | "outside") =>
    github.paginate(github.repos.listCollaborators, { owner, repo, per_page: 100, affiliation });
  const isOrganization = repository.owner.type === "Organization";
  const [people, strangers] = await Promise.all([list("all"), isOrganization ? list("outside") : []]);
  const outside = new Set(strangers.map(({ id }) => id));
  return people.map(({ login, id, role_name, permissions }) => ({
    login,
    id,
    role_name,
    ...(permissions && { permissions }),
    outside: outside.has(id),
  }));
}

export async function readDeployKeys({ github, owner, repo }: Reading): Promise<DeployKeyFacts[]> {
  const keys = await github.paginate(github.repos.listDeployKeys, { owner, repo, per_page: 100 });
  return keys.map(({ id, title, read_only, created_at }) => ({ id, title, read_only, created_at }));
}
