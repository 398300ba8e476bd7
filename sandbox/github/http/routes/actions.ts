/** Secrets, variables, workflows and their runs. */
import { refuse } from "../../client.ts";
import { review, waitingFor } from "../../runs.ts";
import { deleteSecret, getSecret, listSecrets, putSecret, type SecretPlace } from "../../secrets.ts";
import { createVariable, deleteVariable, getVariable, updateVariable, variablesAt } from "../../variables.ts";
import { dispatchWorkflow, findWorkflow, listWorkflows, setWorkflowState } from "../../workflows.ts";
import { approvalBodies, pendingBody, runBody, workflowBody } from "../bodies/actions.ts";
import { deploymentBody } from "../bodies/checks.ts";
import {
  type Call,
  changes,
  counted,
  created,
  guards,
  nothing,
  ok,
  R,
  type Routes,
  shows,
} from "../route.ts";

function placeOf({ params }: Call): SecretPlace {
  const { repo = "", environment_name: environment } = params;
  return { repository: repo, ...(environment !== undefined && { environment }) };
}

/** Keys belong to a place: an environment's is another than the repository's. */
function keyPlace(call: Call): string {
  return [call.record().repository.id, call.params.environment_name]
    .filter((part) => part !== undefined)
    .join("/");
}

function seal(call: Call) {
  const { encrypted_value, key_id } = call.body;
  const request = `PUT ${call.github.path(call.params.repo ?? "")}/secrets/${call.params.secret_name}`;
  const value = call.box.open(keyPlace(call), key_id, encrypted_value);
  // The API's own sentences: an old key's id, and a box that this key does not open.
  if (value === undefined) refuse(request, 422, "Bad request - failed to decrypt secret");
  const place = placeOf(call);
  const isNew = !listSecrets(call.github, place).some(
    ({ name }) => name === call.params.secret_name?.toUpperCase(),
  );
  putSecret(call.github, place, call.params.secret_name ?? "", value);
  return isNew ? created({}) : nothing;
}

/** The same requests below a repository and below an environment. */
function stored(
  base: string,
  permissions: { secrets: "secrets" | "environments"; variables: "variables" | "environments" },
): Routes {
  const { secrets, variables } = permissions;
  return {
    [`GET ${base}/secrets`]: guards(secrets, (call) =>
      counted("secrets", listSecrets(call.github, placeOf(call))),
    ),
    [`GET ${base}/secrets/public-key`]: guards(secrets, (call) => {
      listSecrets(call.github, placeOf(call));
      return ok(call.box.publicKey(keyPlace(call)));
    }),
    [`GET ${base}/secrets/{secret_name}`]: guards(secrets, (call) =>
      ok(getSecret(call.github, placeOf(call), call.params.secret_name ?? "")),
    ),
    [`PUT ${base}/secrets/{secret_name}`]: changes(secrets, seal),
    [`DELETE ${base}/secrets/{secret_name}`]: changes(secrets, (call) => {
      deleteSecret(call.github, placeOf(call), call.params.secret_name ?? "");
      return nothing;
    }),
    [`GET ${base}/variables`]: guards(variables, (call) =>
      counted("variables", variablesAt(call.github, "GET", placeOf(call)).variables),
    ),
    [`POST ${base}/variables`]: changes(variables, (call) => {
      createVariable(call.github, placeOf(call), call.body.name, call.body.value);
      return created({});
    }),
    [`GET ${base}/variables/{name}`]: guards(variables, (call) =>
      ok(getVariable(call.github, placeOf(call), call.params.name ?? "")),
    ),
    [`PATCH ${base}/variables/{name}`]: changes(variables, (call) => {
      updateVariable(call.github, placeOf(call), call.params.name ?? "", call.body);
      return nothing;
    }),
    [`DELETE ${base}/variables/{name}`]: changes(variables, (call) => {
      deleteVariable(call.github, placeOf(call), call.params.name ?? "");
      return nothing;
    }),
  };
}

const RUN = `${R}/actions/runs/{run_id}`;

function runOf(call: Call) {
  const found = call.record().runs.find(({ id }) => id === call.number("run_id"));
  return found ?? refuse(`GET ${call.github.path(call.params.repo ?? "")}/actions/runs`, 404, "Not Found");
}

const WORKFLOW = `${R}/actions/workflows/{workflow_id}`;

function workflowOf(call: Call) {
  const request = `GET ${call.github.path(call.params.repo ?? "")}/actions/workflows`;
  return findWorkflow(call.github, call.record(), call.params.workflow_id ?? "", request);
}

function runBodies(call: Call, path?: string) {
  const known = listWorkflows(call.github, call.record());
  const runs = call.record().runs.filter((run) => path === undefined || run.path === path);
  return runs
    .toReversed()
    .map((run) => runBody(call.place(), run, known.find((one) => one.path === run.path)?.id ?? 0));
}

export const actionRoutes: Routes = {
  ...stored(`${R}/actions`, { secrets: "secrets", variables: "variables" }),
  ...stored(`${R}/environments/{environment_name}`, { secrets: "environments", variables: "environments" }),
  [`GET ${R}/actions/workflows`]: shows("actions", (call) =>
    counted(
      "workflows",
      listWorkflows(call.github, call.record()).map((one) => workflowBody(call.place(), one)),
    ),
  ),
  [`GET ${WORKFLOW}`]: shows("actions", (call) => ok(workflowBody(call.place(), workflowOf(call)))),
  [`PUT ${WORKFLOW}/enable`]: changes("actions", ({ github, params }) => {
    setWorkflowState(github, params.repo ?? "", params.workflow_id ?? "", "active");
    return nothing;
  }),
  [`PUT ${WORKFLOW}/disable`]: changes("actions", ({ github, params }) => {
    setWorkflowState(github, params.repo ?? "", params.workflow_id ?? "", "disabled_manually");
    return nothing;
  }),
  [`POST ${WORKFLOW}/dispatches`]: changes("actions", (call) => {
    const run = dispatchWorkflow(
      call.github,
      call.params.repo ?? "",
      call.params.workflow_id ?? "",
      call.body,
    );
    if (!call.body.return_run_details) return nothing;
    const { url, html_url } = runBody(call.place(), run, 0);
    return ok({ workflow_run_id: run.id, run_url: url, html_url });
  }),
  [`GET ${WORKFLOW}/runs`]: shows("actions", (call) =>
    counted("workflow_runs", runBodies(call, workflowOf(call).path)),
  ),
  [`GET ${R}/actions/runs`]: shows("actions", (call) => counted("workflow_runs", runBodies(call))),
  [`GET ${R}/actions/runs/{run_id}`]: shows("actions", (call) =>
    ok(
      runBodies(call).find(({ id }) => id === call.number("run_id")) ??
        refuse(`GET ${call.github.path("")}`, 404, "Not Found"),
    ),
  ),
  [`GET ${RUN}/pending_deployments`]: shows("actions", (call) =>
    ok(waitingFor(call.record(), runOf(call)).map((one) => pendingBody(call.place(), runOf(call), one))),
  ),
  [`POST ${RUN}/pending_deployments`]: changes("deployments", (call) => {
    const reviewed = review(call.github, call.params.repo ?? "", runOf(call), call.body);
    return ok(reviewed.map((one) => deploymentBody(call.place(), one)));
  }),
  [`GET ${RUN}/approvals`]: shows("actions", (call) => ok(approvalBodies(call.place(), runOf(call)))),
};
