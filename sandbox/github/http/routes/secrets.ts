/** Secrets and variables: of a repository, of its environments, and those that Dependabot and Codespaces read. */
import { refuse } from "../../client.ts";
import {
  deleteSecret,
  getSecret,
  listSecrets,
  permissionOf,
  putSecret,
  type SecretPlace,
} from "../../secrets.ts";
import type { SecretApp } from "../../store.ts";
import { createVariable, deleteVariable, getVariable, updateVariable, variablesAt } from "../../variables.ts";
import { type Call, changes, counted, created, guards, nothing, ok, R, type Routes } from "../route.ts";

function placeOf({ params }: Call, app?: SecretApp): SecretPlace {
  const { repo = "", environment_name: environment } = params;
  return { repository: repo, ...(environment !== undefined && { environment }), ...(app && { app }) };
}

/** Keys belong to a place: an environment's is another than the repository's. */
function keyPlace(call: Call, app?: SecretApp): string {
  return [call.record().repository.id, call.params.environment_name ?? app]
    .filter((part) => part !== undefined)
    .join("/");
}

function seal(call: Call, app?: SecretApp) {
  const { encrypted_value, key_id } = call.body;
  const request = `PUT ${call.github.path(call.params.repo ?? "")}/secrets/${call.params.secret_name}`;
  const value = call.box.open(keyPlace(call, app), key_id, encrypted_value);
  // The API's own sentences: an old key's id, and a box that this key does not open.
  if (value === undefined) refuse(request, 422, "Bad request - failed to decrypt secret");
  const place = placeOf(call, app);
  const isNew = !listSecrets(call.github, place).some(
    ({ name }) => name === call.params.secret_name?.toUpperCase(),
  );
  putSecret(call.github, place, call.params.secret_name ?? "", value);
  return isNew ? created({}) : nothing;
}

/** The same requests at each place. @param app who reads them, where it is not GitHub Actions */
function secrets(base: string, app?: SecretApp): Routes {
  const isOfEnvironment = base.includes("{environment_name}");
  const permission = permissionOf({
    ...(isOfEnvironment && { environment: "" }),
    ...(app && { app }),
  });
  return {
    [`GET ${base}/secrets`]: guards(permission, (call) =>
      counted("secrets", listSecrets(call.github, placeOf(call, app))),
    ),
    [`GET ${base}/secrets/public-key`]: guards(permission, (call) => {
      listSecrets(call.github, placeOf(call, app));
      return ok(call.box.publicKey(keyPlace(call, app)));
    }),
    [`GET ${base}/secrets/{secret_name}`]: guards(permission, (call) =>
      ok(getSecret(call.github, placeOf(call, app), call.params.secret_name ?? "")),
    ),
    [`PUT ${base}/secrets/{secret_name}`]: changes(permission, (call) => seal(call, app)),
    [`DELETE ${base}/secrets/{secret_name}`]: changes(permission, (call) => {
      deleteSecret(call.github, placeOf(call, app), call.params.secret_name ?? "");
      return nothing;
    }),
  };
}

function variables(base: string, permission: "variables" | "environments"): Routes {
  return {
    [`GET ${base}/variables`]: guards(permission, (call) =>
      counted("variables", variablesAt(call.github, "GET", placeOf(call)).variables),
    ),
    [`POST ${base}/variables`]: changes(permission, (call) => {
      createVariable(call.github, placeOf(call), call.body.name, call.body.value);
      return created({});
    }),
    [`GET ${base}/variables/{name}`]: guards(permission, (call) =>
      ok(getVariable(call.github, placeOf(call), call.params.name ?? "")),
    ),
    [`PATCH ${base}/variables/{name}`]: changes(permission, (call) => {
      updateVariable(call.github, placeOf(call), call.params.name ?? "", call.body);
      return nothing;
    }),
    [`DELETE ${base}/variables/{name}`]: changes(permission, (call) => {
      deleteVariable(call.github, placeOf(call), call.params.name ?? "");
      return nothing;
    }),
  };
}

const ENVIRONMENT = `${R}/environments/{environment_name}`;

export const secretRoutes: Routes = {
  ...secrets(`${R}/actions`),
  ...variables(`${R}/actions`, "variables"),
  ...secrets(ENVIRONMENT),
  ...variables(ENVIRONMENT, "environments"),
  ...secrets(`${R}/dependabot`, "dependabot"),
  ...secrets(`${R}/codespaces`, "codespaces"),
};
