/** Check runs and commit statuses (docs.github.com/rest/checks/runs, /rest/commits/statuses). */
import { type GitHub, refuse } from "./client.ts";
import { now } from "./store.ts";
import type { CheckRunDocument, StatusDocument } from "./work.ts";

/** What `POST` and `PATCH …/check-runs` take. */
export type CheckRequest = Partial<
  Pick<
    CheckRunDocument,
    | "name"
    | "head_sha"
    | "status"
    | "conclusion"
    | "started_at"
    | "completed_at"
    | "external_id"
    | "details_url"
  >
> & { output?: Partial<CheckRunDocument["output"]> };

/** `POST …/check-runs`: "GitHub Apps with write access to checks" only. */
export function createCheckRun(
  github: GitHub,
  name: string,
  wanted: CheckRequest & { name: string; head_sha: string },
): CheckRunDocument {
  const request = `POST ${github.path(name)}/check-runs`;
  const record = github.repository(name, request);
  const app = needApp(github, request);
  if (!record.commits[wanted.head_sha]) refuse(request, 422, `No commit found for SHA: ${wanted.head_sha}`);
  const run: CheckRunDocument = {
    id: github.nextId(),
    status: "queued",
    conclusion: null,
    started_at: now(),
    completed_at: null,
    external_id: null,
    details_url: null,
    app,
    ...wanted,
    output: { title: null, summary: null, text: null, ...wanted.output },
  };
  complete(run);
  record.check_runs.push(run);
  github.changed(record);
  return run;
}

/** `PATCH …/check-runs/{id}`: the app that made it alone. */
export function updateCheckRun(
  github: GitHub,
  name: string,
  id: number,
  wanted: CheckRequest,
): CheckRunDocument {
  const request = `PATCH ${github.path(name)}/check-runs/${id}`;
  const record = github.repository(name, request);
  const app = needApp(github, request);
  const run = record.check_runs.find((one) => one.id === id) ?? refuse(request, 404, "Not Found");
  if (run.app.id !== app.id)
    refuse(
      request,
      403,
      `Invalid app_id \`${run.app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  Object.assign(run, wanted, { output: { ...run.output, ...wanted.output } });
  complete(run);
  github.changed(record);
  return run;
}

/** OpenAPI, checks/create: a conclusion makes it completed. */
function complete(run: CheckRunDocument): void {
  if (run.conclusion === null) return;
  run.status = "completed";
  run.completed_at ??= now();
}

function needApp(github: GitHub, request: string) {
  if (!github.grant?.app) refuse(request, 403, "You must authenticate via a GitHub App.");
  github.need(request, "checks");
  return github.grant.app;
}

/** `POST …/statuses/{sha}`: whoever may push. */
export function createStatus(
  github: GitHub,
  name: string,
  sha: string,
  wanted: {
    state: StatusDocument["state"];
    context?: string;
    description?: string | null;
    target_url?: string | null;
  },
): StatusDocument {
  const request = `POST ${github.path(name)}/statuses/${sha}`;
  const record = github.writable(name, request, "statuses");
  if (!record.commits[sha]) refuse(request, 422, `No commit found for SHA: ${sha}`);
  const status: StatusDocument = {
    id: github.nextId(),
    sha,
    state: wanted.state,
    context: wanted.context ?? "default",
    description: wanted.description ?? null,
    target_url: wanted.target_url ?? null,
    creator: github.login,
    created_at: now(),
  };
  record.statuses.push(status);
  github.changed(record);
  return status;
}
