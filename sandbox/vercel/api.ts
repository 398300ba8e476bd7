/** The rules of Vercel's REST API (vercel.com/docs/rest-api) that the provider's calls meet. */
import { createHash } from "node:crypto";
import { CloudError } from "../provider/declaration.ts";
import type { DomainDocument, ProjectDocument, TeamDocument, VariableDocument, Vercel } from "./store.ts";

/** What Vercel chooses for a project that does not say it (POST /v8/projects). */
const projectSettings = {
  autoAssignCustomDomains: true,
  autoExposeSystemEnvs: true,
  directoryListing: false,
  enableAffectedProjectsDeployments: false,
  gitForkProtection: true,
  gitLFS: false,
  nodeVersion: "22.x",
  oidcTokenConfig: { issuerMode: "team" },
  previewDeploymentsDisabled: false,
  serverlessFunctionRegion: "iad1",
  ssoProtection: { deploymentType: "standard_protection_new" },
};

/** Names that Vercel's runtime sets itself (docs/environment-variables/reserved-environment-variables). */
const reservedKeys =
  /^(AWS_(SECRET_KEY|EXECUTION_ENV|LAMBDA_\w+|REGION|DEFAULT_REGION|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|NOW_REGION|TZ|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

function refusal(status: number, code: string, message: string): CloudError {
  return new CloudError(status, `${code} - ${message}`);
}

function newId(api: Pick<Vercel, "store">, prefix: string): string {
  api.store.data.serial += 1;
  const digest = createHash("sha256").update(`${prefix}${api.store.data.serial}`).digest("base64url");
  return `${prefix}${digest.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 24)}`;
}

/**
 * GET /v2/teams/{slug or id}. The sandbox has one account, and that is a member of every team that is asked for:
 * which teams exist is nothing that a configuration can be checked against without an account.
 */
export function team(api: Pick<Vercel, "store">, slugOrId: string): TeamDocument {
  const { teams } = api.store.data;
  const found = Object.values(teams).find(({ id, slug }) => id === slugOrId || slug === slugOrId);
  if (found) return found;
  const isId = slugOrId.startsWith("team_");
  const id = isId ? slugOrId : newId(api, "team_");
  const slug = isId ? slugOrId.slice(5).toLowerCase() : slugOrId;
  const created = { id, slug, name: slug };
  teams[id] = created;
  api.store.save();
  return created;
}

/** A project by id or name; other teams' projects are not found. */
export function project(api: Vercel, idOrName: string): ProjectDocument {
  const found = ownProjects(api).find(({ id, name }) => id === idOrName || name === idOrName);
  if (!found) throw refusal(404, "not_found", `Project not found: ${idOrName}`);
  return found;
}

function ownProjects(api: Vercel): ProjectDocument[] {
  return Object.values(api.store.data.projects).filter(({ accountId }) => accountId === api.team.id);
}

/** POST /v8/projects: names are unique in the team (409 conflict), and follow docs/projects. */
export function createProject(api: Vercel, name: string, settings: Record<string, unknown>): string {
  refuseName(api, name, undefined);
  const id = newId(api, "prj_");
  api.store.data.projects[id] = {
    ...projectSettings,
    ...settings,
    id,
    name,
    accountId: api.team.id,
    createdAt: Date.now(),
  };
  api.store.save();
  return id;
}

/** PATCH /v9/projects/{id}: what is null goes back to nothing. */
export function updateProject(api: Vercel, id: string, changes: Record<string, unknown>): void {
  const found = project(api, id);
  refuseName(api, String(changes.name ?? found.name), id);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined) delete found[key];
    else found[key] = value;
  }
  api.store.save();
}

function refuseName(api: Vercel, name: string, id: string | undefined): void {
  if (!/^[a-z0-9._-]{1,100}$/.test(name) || name.includes("---"))
    throw refusal(
      400,
      "invalid_project_name",
      "Project names can be up to 100 characters long and must be lowercase. They can include letters, digits, and the following characters: '.', '_', '-'. However, they cannot contain the sequence '---'.",
    );
  if (ownProjects(api).some((other) => other.name === name && other.id !== id))
    throw refusal(409, "conflict", `Project "${name}" already exists, please use a new name.`);
}

/** DELETE /v8/projects/{id}: variables and domains go with it. */
export function deleteProject(api: Vercel, id: string): void {
  const { projects, variables, domains } = api.store.data;
  project(api, id);
  for (const variable of Object.values(variables)) if (variable.projectId === id) forget(api, variable.id);
  for (const domain of Object.values(domains)) if (domain.projectId === id) delete domains[domain.name];
  delete projects[id];
  api.store.save();
}

export function variable(api: Vercel, id: string): VariableDocument {
  const found = api.store.data.variables[id];
  if (!found) throw refusal(404, "not_found", `Environment variable not found: ${id}`);
  return found;
}

/** POST /v10/projects/{id}/env: one value for a key, target and branch (ENV_ALREADY_EXISTS). */
export function createVariable(api: Vercel, wanted: Omit<VariableDocument, "id">): string {
  project(api, wanted.projectId);
  refuseKey(wanted.key);
  refuseTaken(api, wanted, undefined);
  const id = newId(api, "");
  writeVariable(api, { ...wanted, id });
  return id;
}

/** PATCH /v10/projects/{id}/env/{envId}. */
export function updateVariable(api: Vercel, id: string, wanted: Omit<VariableDocument, "id">): void {
  variable(api, id);
  refuseTaken(api, wanted, id);
  writeVariable(api, { ...wanted, id });
}

export function deleteVariable(api: Vercel, id: string): void {
  variable(api, id);
  forget(api, id);
  api.store.save();
}

function forget(api: Vercel, id: string): void {
  delete api.store.data.variables[id];
  delete api.vault.data.sensitiveValues[id];
  api.vault.save();
}

/** Sensitive values go to the vault alone. */
function writeVariable(api: Vercel, document: VariableDocument): void {
  const { value = "", ...rest } = document;
  if (document.type === "sensitive") {
    api.vault.data.sensitiveValues[document.id] = value;
    api.vault.save();
  }
  api.store.data.variables[document.id] = document.type === "sensitive" ? rest : document;
  api.store.save();
}

function refuseKey(key: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    throw refusal(
      400,
      "INVALID_KEY",
      `The name "${key}" contains invalid characters. Only letters, digits, and underscores are allowed. Furthermore, the name should not start with a digit.`,
    );
  if (reservedKeys.test(key))
    throw refusal(
      400,
      "RESERVED_ENV_VARIABLE",
      `The name of your Environment Variable "${key}" is reserved.`,
    );
}

function refuseTaken(api: Vercel, wanted: Omit<VariableDocument, "id">, id: string | undefined): void {
  const taken = Object.values(api.store.data.variables).find(
    (other) =>
      other.id !== id &&
      other.projectId === wanted.projectId &&
      other.key === wanted.key &&
      (other.gitBranch ?? "") === (wanted.gitBranch ?? "") &&
      other.target.some((target) => wanted.target.includes(target)),
  );
  if (taken)
    throw refusal(
      403,
      "ENV_ALREADY_EXISTS",
      `A variable with the name \`${wanted.key}\` already exists for the target ${taken.target.join(", ")} on branch ${wanted.gitBranch}`,
    );
}

/** POST /v10/projects/{id}/domains: a domain belongs to one project (409 domain_already_in_use). */
export function addDomain(api: Vercel, domain: DomainDocument): void {
  project(api, domain.projectId);
  if (!/^(\*\.)?([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/.test(domain.name))
    throw refusal(
      400,
      "invalid_domain",
      `The specified value "${domain.name}" is not a fully qualified domain name.`,
    );
  const holder = api.store.data.domains[domain.name];
  if (holder)
    throw refusal(
      409,
      holder.projectId === domain.projectId ? "domain_already_exists" : "domain_already_in_use",
      `Cannot add ${domain.name} since it's already in use by a project.`,
    );
  api.store.data.domains[domain.name] = domain;
  api.store.save();
}

export function updateDomain(api: Vercel, name: string, changes: Partial<DomainDocument>): void {
  Object.assign(domainOf(api, name), changes);
  api.store.save();
}

export function removeDomain(api: Vercel, name: string): void {
  domainOf(api, name);
  delete api.store.data.domains[name];
  api.store.save();
}

export function domainOf(api: Vercel, name: string): DomainDocument {
  const found = api.store.data.domains[name];
  if (!found) throw refusal(404, "not_found", `The domain ${name} is not assigned to the project.`);
  return found;
}
