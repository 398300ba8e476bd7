/** Variables of GitHub Actions (docs.github.com/rest/actions/variables). */
import { type GitHub, refuse } from "./client.ts";
import type { SecretPlace } from "./secrets.ts";
import { now, type RepositoryRecord } from "./store.ts";
import type { VariableDocument } from "./work.ts";

/** Most variables of a repository, of an environment, and most bytes of one (docs.github.com, variables reference). */
const MOST = { repository: 500, environment: 100, bytes: 48 * 1024 };

/** The variables of a place. @param method GET reads, anything else writes */
export function variablesAt(
  github: GitHub,
  method: string,
  { repository, environment }: SecretPlace,
): { record: RepositoryRecord; variables: VariableDocument[]; request: string } {
  const below = environment === undefined ? "actions/variables" : `environments/${environment}/variables`;
  const request = `${method} ${github.path(repository)}/${below}`;
  const permission = environment === undefined ? "variables" : "environments";
  if (method === "GET") github.need(request, permission, "read");
  const record =
    method === "GET"
      ? github.repository(repository, request)
      : github.writable(repository, request, permission);
  if (environment === undefined) return { record, variables: record.variables, request };
  const found = record.environments.find((one) => one.name.toLowerCase() === environment.toLowerCase());
  return { record, variables: (found ?? refuse(request, 404, "Not Found")).variables, request };
}

/** `GET …/variables/{name}` */
export function getVariable(github: GitHub, place: SecretPlace, name: string): VariableDocument {
  const { variables, request } = variablesAt(github, "GET", place);
  return variables.find((one) => one.name === name.toUpperCase()) ?? refuse(request, 404, "Not Found");
}

/** `POST …/variables` */
export function createVariable(github: GitHub, place: SecretPlace, name: string, value: string): void {
  const { record, variables, request } = variablesAt(github, "POST", place);
  refuseWrong(name, value, request);
  if (variables.some((one) => one.name === name.toUpperCase()))
    refuse(request, 409, "Already exists - Variable already exists");
  const most = place.environment === undefined ? MOST.repository : MOST.environment;
  if (variables.length >= most) refuse(request, 422, `Variables are limited to ${most}`);
  variables.push({ name: name.toUpperCase(), value, created_at: now(), updated_at: now() });
  github.changed(record);
}

/** `PATCH …/variables/{name}` */
export function updateVariable(
  github: GitHub,
  place: SecretPlace,
  name: string,
  wanted: { name?: string; value?: string },
): void {
  const { record, variables, request } = variablesAt(github, "PATCH", place);
  const variable =
    variables.find((one) => one.name === name.toUpperCase()) ?? refuse(request, 404, "Not Found");
  refuseWrong(wanted.name ?? name, wanted.value ?? "", request);
  Object.assign(variable, wanted.value !== undefined && { value: wanted.value }, { updated_at: now() });
  if (wanted.name !== undefined) variable.name = wanted.name.toUpperCase();
  github.changed(record);
}

/** `DELETE …/variables/{name}` */
export function deleteVariable(github: GitHub, place: SecretPlace, name: string): void {
  const { record, variables, request } = variablesAt(github, "DELETE", place);
  const index = variables.findIndex((one) => one.name === name.toUpperCase());
  if (index < 0) refuse(request, 404, "Not Found");
  variables.splice(index, 1);
  github.changed(record);
}

/** The same names as secrets' (docs.github.com, variables reference#naming-conventions). */
function refuseWrong(name: string, value: string, request: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^GITHUB_/i.test(name))
    refuse(request, 422, "Variable name is invalid");
  if (Buffer.byteLength(value) > MOST.bytes) refuse(request, 422, "Variable value is too large");
}
