/** Check runs, statuses and deployments as the interface answers them. */
import { nodeId } from "../../store.ts";
import type {
  AppReference,
  CheckRunDocument,
  DeploymentDocument,
  DeploymentStatusDocument,
  StatusDocument,
} from "../../work.ts";
import { simpleUser } from "./accounts.ts";
import { apiOf, type Place } from "./git.ts";
import { minimalRepository } from "./repositories.ts";

type Body = Record<string, unknown>;

/** `integration` */
function appBody({ github, links }: Place, { id, slug, name }: AppReference): Body {
  const since = "2018-07-30T09:30:17Z";
  return {
    id,
    slug,
    node_id: nodeId("A", id),
    owner: simpleUser(github, links, "github"),
    name,
    description: null,
    external_url: `https://${slug}.example`,
    html_url: `${links.html}/apps/${slug}`,
    created_at: since,
    updated_at: since,
    permissions: { checks: "write", metadata: "read" },
    events: [],
  };
}

/** `check-run` */
export function checkRunBody(place: Place, run: CheckRunDocument): Body {
  const { output, app, ...rest } = run;
  const url = `${apiOf(place)}/check-runs/${run.id}`;
  return {
    ...rest,
    node_id: nodeId("CR", run.id),
    url,
    html_url: `${place.links.html}/${place.record.repository.full_name}/runs/${run.id}`,
    output: { ...output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.id },
    app: appBody(place, app),
    pull_requests: [],
  };
}

/** `status` */
export function statusBody(place: Place, status: StatusDocument): Body {
  const { sha, creator, ...rest } = status;
  return {
    ...rest,
    updated_at: status.created_at,
    url: `${apiOf(place)}/statuses/${sha}`,
    avatar_url: null,
    node_id: nodeId("SC", status.id),
    creator: simpleUser(place.github, place.links, creator),
  };
}

/** `combined-commit-status`: the newest of each context. */
export function combinedStatus(place: Place, sha: string): Body {
  const last = new Map<string, StatusDocument>();
  for (const status of place.record.statuses) if (status.sha === sha) last.set(status.context, status);
  const states = [...last.values()].map(({ state }) => state);
  const failed = states.includes("failure") || states.includes("error");
  const passed = states.length > 0 && states.every((state) => state === "success");
  return {
    state: failed ? "failure" : passed ? "success" : "pending",
    statuses: [...last.values()].map((status) => {
      const { creator: _, ...simple } = statusBody(place, status);
      return simple;
    }),
    sha,
    total_count: last.size,
    repository: minimalRepository(place.github, place.links, place.record),
    commit_url: `${apiOf(place)}/commits/${sha}`,
    url: `${apiOf(place)}/commits/${sha}/status`,
  };
}

/** `deployment` */
export function deploymentBody(place: Place, deployment: DeploymentDocument): Body {
  const { statuses: _, creator, ...rest } = deployment;
  const url = `${apiOf(place)}/deployments/${deployment.id}`;
  return {
    ...rest,
    original_environment: deployment.environment,
    url,
    node_id: nodeId("DE", deployment.id),
    creator: simpleUser(place.github, place.links, creator),
    statuses_url: `${url}/statuses`,
    repository_url: apiOf(place),
  };
}

/** `deployment-status` */
export function deploymentStatusBody(
  place: Place,
  deployment: DeploymentDocument,
  status: DeploymentStatusDocument,
): Body {
  const { creator, log_url, ...rest } = status;
  const deploymentUrl = `${apiOf(place)}/deployments/${deployment.id}`;
  return {
    ...rest,
    url: `${deploymentUrl}/statuses/${status.id}`,
    node_id: nodeId("DES", status.id),
    creator: simpleUser(place.github, place.links, creator),
    updated_at: status.created_at,
    log_url,
    target_url: log_url,
    deployment_url: deploymentUrl,
    repository_url: apiOf(place),
  };
}
