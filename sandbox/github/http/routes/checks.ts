/** Check runs, statuses, deployments. */

import { createCheckRun, createStatus, updateCheckRun } from "../../checks.ts";
import { refuse } from "../../client.ts";
import {
  createDeployment,
  createDeploymentStatus,
  deleteDeployment,
  findDeployment,
} from "../../deployments.ts";
import { resolveCommit } from "../../git/data.ts";
import type { CheckRunDocument } from "../../work.ts";
import {
  checkRunBody,
  combinedStatus,
  deploymentBody,
  deploymentStatusBody,
  statusBody,
} from "../bodies/checks.ts";
import { type Call, changes, counted, created, list, nothing, ok, R, type Routes, shows } from "../route.ts";

const DEPLOYMENT = `${R}/deployments/{deployment_id}`;

function shaOf(call: Call): string {
  const { ref = "" } = call.params;
  return (
    resolveCommit(call.record(), ref) ??
    refuse(`GET ${call.github.path("")}`, 422, `No commit found for SHA: ${ref}`)
  );
}

/** OpenAPI, checks/list-for-ref: `filter=latest`, the default, shows the newest of each name and app. */
function runsOf(call: Call): CheckRunDocument[] {
  const sha = shaOf(call);
  const { filter = "latest", check_name, status, app_id } = call.query;
  const runs = call
    .record()
    .check_runs.filter(
      (run) =>
        run.head_sha === sha &&
        (check_name === undefined || run.name === check_name) &&
        (status === undefined || run.status === status) &&
        (app_id === undefined || run.app.id === app_id),
    );
  const key = (run: CheckRunDocument) => `${run.app.id}/${run.name}`;
  const newest = new Map(runs.map((run) => [key(run), run]));
  return (filter === "all" ? runs : [...newest.values()]).toReversed();
}

function deploymentOf(call: Call) {
  return findDeployment(
    call.record(),
    call.number("deployment_id"),
    `GET ${call.github.path("")}/deployments`,
  );
}

export const checkRoutes: Routes = {
  [`POST ${R}/check-runs`]: changes("checks", (call) =>
    created(checkRunBody(call.place(), createCheckRun(call.github, call.params.repo ?? "", call.body))),
  ),
  [`GET ${R}/check-runs/{check_run_id}`]: shows("checks", (call) => {
    const run = call.record().check_runs.find(({ id }) => id === call.number("check_run_id"));
    return ok(checkRunBody(call.place(), run ?? refuse(`GET ${call.github.path("")}`, 404, "Not Found")));
  }),
  [`PATCH ${R}/check-runs/{check_run_id}`]: changes("checks", (call) =>
    ok(
      checkRunBody(
        call.place(),
        updateCheckRun(call.github, call.params.repo ?? "", call.number("check_run_id"), call.body),
      ),
    ),
  ),
  [`GET ${R}/commits/{ref}/check-runs`]: shows("checks", (call) =>
    counted(
      "check_runs",
      runsOf(call).map((run) => checkRunBody(call.place(), run)),
    ),
  ),
  [`POST ${R}/statuses/{sha}`]: changes("statuses", (call) =>
    created(
      statusBody(
        call.place(),
        createStatus(call.github, call.params.repo ?? "", call.params.sha ?? "", call.body),
      ),
    ),
  ),
  [`GET ${R}/commits/{ref}/status`]: shows("statuses", (call) =>
    ok(combinedStatus(call.place(), shaOf(call))),
  ),
  [`GET ${R}/commits/{ref}/statuses`]: shows("statuses", (call) => {
    const sha = shaOf(call);
    const found = call
      .record()
      .statuses.filter((status) => status.sha === sha)
      .toReversed();
    return list(found.map((status) => statusBody(call.place(), status)));
  }),
  [`GET ${R}/deployments`]: shows("deployments", (call) => {
    const { sha, ref, task, environment } = call.query;
    const wanted = Object.entries({ sha, ref, task, environment }).filter(
      ([, value]) => value !== undefined && value !== "none",
    );
    const found = call
      .record()
      .deployments.filter((one) => wanted.every(([key, value]) => one[key as "sha"] === value));
    return list(found.toReversed().map((one) => deploymentBody(call.place(), one)));
  }),
  [`POST ${R}/deployments`]: changes("deployments", (call) => {
    const result = createDeployment(call.github, call.params.repo ?? "", call.body);
    if ("merged" in result) return { status: 202, body: { message: result.merged } };
    return created(deploymentBody(call.place(), result));
  }),
  [`GET ${DEPLOYMENT}`]: shows("deployments", (call) => ok(deploymentBody(call.place(), deploymentOf(call)))),
  [`DELETE ${DEPLOYMENT}`]: changes("deployments", (call) => {
    deleteDeployment(call.github, call.params.repo ?? "", call.number("deployment_id"));
    return nothing;
  }),
  [`GET ${DEPLOYMENT}/statuses`]: shows("deployments", (call) => {
    const deployment = deploymentOf(call);
    return list(
      deployment.statuses
        .toReversed()
        .map((status) => deploymentStatusBody(call.place(), deployment, status)),
    );
  }),
  [`POST ${DEPLOYMENT}/statuses`]: changes("deployments", (call) => {
    const status = createDeploymentStatus(
      call.github,
      call.params.repo ?? "",
      call.number("deployment_id"),
      call.body,
    );
    return created(deploymentStatusBody(call.place(), deploymentOf(call), status));
  }),
};
