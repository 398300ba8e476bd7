/** Workflows and their runs. */
import { refuse } from "../../client.ts";
import { review, waitingFor } from "../../runs.ts";
import { dispatchWorkflow, findWorkflow, listWorkflows, setWorkflowState } from "../../workflows.ts";
import { approvalBodies, pendingBody, runBody, workflowBody } from "../bodies/actions.ts";
import { deploymentBody } from "../bodies/checks.ts";
import { type Call, changes, counted, nothing, ok, R, type Routes, shows } from "../route.ts";

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
