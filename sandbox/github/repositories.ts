/** Repositories of the simulated GitHub and their settings (docs.github.com/rest/repos/repos). */
import { type GitHub, refuse } from "./client.ts";
import { startHistory } from "./initial.ts";
import { type RepositoryDocument, type RepositoryRecord, repositoryRecord } from "./store.ts";

/** Settings that `POST /user/repos` and `PATCH /repos/o/r` take. */
export type RepositorySettings = Partial<
  Omit<RepositoryDocument, "id" | "node_id" | "full_name" | "owner" | "created_at" | "updated_at">
>;

/** `POST /orgs/{org}/repos` for an organization, else `POST /user/repos`, which works for the token's own user. */
export function createRepository(
  github: GitHub,
  settings: RepositorySettings & { name: string; auto_init?: boolean },
): RepositoryRecord {
  const organization = github.account(github.owner)?.type === "Organization";
  const request = `POST ${organization ? `/orgs/${github.owner}` : "/user"}/repos`;
  github.need(request, "administration");
  const owner =
    github.account(organization ? github.owner : github.login) ?? refuse(request, 404, "Not Found");
  const { auto_init, ...rest } = settings;
  const key = `${owner.login}/${settings.name}`.toLowerCase();
  // Names are unique for an account, in any case of letters (docs.github.com/rest/repos/repos, 422).
  if (github.data.repositories[key]) {
    refuse(request, 422, "Repository creation failed.", [
      "{Resource:Repository Field:name Code:custom Message:name already exists on this account}",
    ]);
  }
  const record = repositoryRecord(owner, settings.name, github.nextId());
  Object.assign(record.repository, rest);
  refuseWithoutMergeMethod(record.repository, request);
  record.repository.private = record.repository.visibility !== "public";
  // Who creates a repository in an organization administers it
  // (docs.github.com, repository-roles-for-an-organization).
  const creator = github.account(github.login);
  const isOwner = creator && github.account(github.owner)?.members?.[creator.login] === "admin";
  // An owner of the organization administers it anyway.
  if (organization && creator && !isOwner) {
    record.collaborators.push({ login: creator.login, id: creator.id, role_name: "admin" });
  }
  if (auto_init) startHistory(record, github.login, github.nextId());
  github.data.repositories[key] = record;
  // A new repository takes the name over from one that was renamed away from it.
  delete github.data.renamed[key];
  github.save();
  return record;
}

/** `PATCH /repos/{owner}/{repo}` */
export function editRepository(github: GitHub, name: string, settings: RepositorySettings): RepositoryRecord {
  const request = `PATCH ${github.path(name)}`;
  const record =
    settings.archived === false
      ? github.repository(name, request)
      : github.writable(name, request, "administration");
  github.need(request, "administration");
  const { name: newName, ...rest } = settings;
  const next = { ...record.repository, ...rest };
  refuseWithoutMergeMethod(next, request);
  if (next.default_branch !== record.repository.default_branch) {
    // docs.github.com/rest/repos/repos: the default branch must exist.
    if (!record.refs[`refs/heads/${next.default_branch}`]) {
      refuse(request, 422, "Validation Failed", [
        `The branch ${next.default_branch} was not found. Please push that ref first or create it via the Git Data API.`,
      ]);
    }
  }
  Object.assign(record.repository, rest);
  record.repository.private = record.repository.visibility !== "public";
  if (newName && newName !== record.repository.name) rename(github, record, newName, request);
  github.changed(record);
  return record;
}

/** docs.github.com/repositories/configuring-branches-and-merges: at least one merge method stays on. */
function refuseWithoutMergeMethod(settings: RepositoryDocument, request: string): void {
  if (settings.allow_merge_commit || settings.allow_squash_merge || settings.allow_rebase_merge) return;
  refuse(request, 422, "Validation Failed", [
    "Sorry, you need to allow at least one merge strategy. (no_merge_method)",
  ]);
}

/** docs.github.com/repositories/creating-and-managing-repositories/renaming-a-repository: old addresses redirect. */
function rename(github: GitHub, record: RepositoryRecord, name: string, request: string): void {
  const login = record.repository.owner.login;
  const [before, after] = [record.repository.full_name.toLowerCase(), `${login}/${name}`.toLowerCase()];
  if (after !== before && github.data.repositories[after]) {
    refuse(request, 422, "Validation Failed", ["name already exists on this account"]);
  }
  delete github.data.repositories[before];
  record.repository.name = name;
  record.repository.full_name = `${login}/${name}`;
  github.data.repositories[after] = record;
  for (const [old, target] of Object.entries(github.data.renamed)) {
    if (target === before) github.data.renamed[old] = after;
  }
  github.data.renamed[before] = after;
}

/** `DELETE /repos/{owner}/{repo}` */
export function deleteRepository(github: GitHub, name: string): void {
  const request = `DELETE ${github.path(name)}`;
  const record = github.repository(name, request);
  github.need(request, "administration");
  const key = record.repository.full_name.toLowerCase();
  delete github.data.repositories[key];
  for (const path of Object.keys(github.vault)) {
    if (path.toLowerCase().startsWith(`${key}/`)) delete github.vault[path];
  }
  github.saveVault();
  github.save();
}

/** `PUT /repos/{owner}/{repo}/actions/permissions/workflow` */
export function setWorkflowPermissions(
  github: GitHub,
  name: string,
  permissions: Partial<RepositoryRecord["workflow_permissions"]>,
): void {
  const request = `PUT ${github.path(name)}/actions/permissions/workflow`;
  const record = github.writable(name, request, "administration");
  record.workflow_permissions = { ...record.workflow_permissions, ...permissions };
  github.changed(record);
}

/** `PUT …/actions/permissions` */
export function setActionsPermissions(
  github: GitHub,
  name: string,
  permissions: Partial<RepositoryRecord["actions_permissions"]>,
): void {
  const record = github.writable(name, `PUT ${github.path(name)}/actions/permissions`, "administration");
  record.actions_permissions = { ...record.actions_permissions, ...permissions };
  github.changed(record);
}
