/** Workflows and their runs as the interface answers them. */
import { mayApprove } from "../../../../github/decisions/deployment.ts";
import { runState } from "../../runs.ts";
import { type EnvironmentDocument, nodeId } from "../../store.ts";
import type { RunDocument, WorkflowDocument } from "../../work.ts";
import { simpleUser } from "./accounts.ts";
import { apiOf, type Place } from "./git.ts";
import { minimalRepository } from "./repositories.ts";
import { reviewerBody } from "./rules.ts";

type Body = Record<string, unknown>;

/** `workflow` */
export function workflowBody(place: Place, workflow: WorkflowDocument & { name: string }): Body {
  const html = `${place.links.html}/${place.record.repository.full_name}`;
  return {
    ...workflow,
    node_id: nodeId("W", workflow.id),
    url: `${apiOf(place)}/actions/workflows/${workflow.id}`,
    html_url: `${html}/blob/${place.record.repository.default_branch}/${workflow.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}

/** `workflow-run`: what is let in stays queued, since nothing executes it. */
export function runBody(place: Place, run: RunDocument, workflowId: number): Body {
  const { github, links, record } = place;
  const url = `${apiOf(place)}/actions/runs/${run.id}`;
  const commit = record.commits[run.head_sha];
  const repository = minimalRepository(github, links, record);
  const { actor, inputs: _, deployments: __, approvals: ___, ...rest } = run;
  return {
    ...rest,
    name: run.path,
    node_id: nodeId("WFR", run.id),
    ...runState(record, run),
    workflow_id: workflowId,
    url,
    html_url: `${links.html}/${record.repository.full_name}/actions/runs/${run.id}`,
    pull_requests: [],
    updated_at: run.created_at,
    run_started_at: run.created_at,
    run_attempt: 1,
    actor: simpleUser(github, links, actor),
    triggering_actor: simpleUser(github, links, actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${apiOf(place)}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${apiOf(place)}/actions/workflows/${workflowId}`,
    head_commit: commit
      ? {
          id: commit.sha,
          tree_id: commit.tree,
          message: commit.message,
          timestamp: commit.author.date,
          author: { name: commit.author.name, email: commit.author.email },
          committer: { name: commit.committer.name, email: commit.committer.email },
        }
      : null,
    repository,
    head_repository: repository,
    display_title: run.path,
  };
}

/** The few members of an environment that runs name it by. */
function environmentName(
  { links, record }: Place,
  { id, name, node_id, created_at, updated_at }: EnvironmentDocument,
): Body {
  const url = `${links.api}/repos/${record.repository.full_name}/environments/${encodeURIComponent(name)}`;
  const html_url = `${links.html}/${record.repository.full_name}/deployments/${encodeURIComponent(name)}`;
  return { id, node_id, name, url, html_url, created_at, updated_at };
}

/** `pending-deployment` */
export function pendingBody(place: Place, run: RunDocument, environment: EnvironmentDocument): Body {
  const { github } = place;
  const timer = environment.protection_rules.find((rule) => rule.type === "wait_timer");
  const review = environment.protection_rules.find((rule) => rule.type === "required_reviewers");
  return {
    environment: environmentName(place, environment),
    wait_timer: timer?.wait_timer ?? 0,
    wait_timer_started_at: timer ? run.created_at : null,
    current_user_can_approve: mayApprove(environment, github.login, run.actor),
    reviewers: (review?.reviewers ?? []).map((one) => reviewerBody(place, one)),
  };
}

/** `environment-approvals` */
export function approvalBodies(place: Place, run: RunDocument): Body[] {
  return run.approvals.map(({ environments, state, user, comment }) => ({
    environments: place.record.environments
      .filter(({ id }) => environments.includes(id))
      .map((one) => environmentName(place, one)),
    state,
    user: simpleUser(place.github, place.links, user),
    comment,
  }));
}
