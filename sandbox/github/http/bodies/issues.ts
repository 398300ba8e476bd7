/** Labels, milestones, issues and comments as the interface answers them. */
import type { CommentDocument, IssueDocument, LabelDocument, MilestoneDocument } from "../../kept.ts";
import { nodeId } from "../../store.ts";
import type { PullDocument } from "../../work.ts";
import { simpleUser } from "./accounts.ts";
import { apiOf, type Place } from "./git.ts";
import { association } from "./pulls.ts";

type Body = Record<string, unknown>;

/** `label` */
export function labelBody(place: Place, label: LabelDocument): Body {
  const url = `${apiOf(place)}/labels/${encodeURIComponent(label.name)}`;
  return { ...label, node_id: nodeId("LA", label.id), url };
}

/** `milestone` */
export function milestoneBody(place: Place, milestone: MilestoneDocument): Body {
  const { github, links, record } = place;
  const url = `${apiOf(place)}/milestones/${milestone.number}`;
  const inIt = record.issues.filter((issue) => issue.milestone === milestone.number);
  const open = inIt.filter(({ state }) => state === "open").length;
  return {
    ...milestone,
    node_id: nodeId("MI", milestone.id),
    url,
    html_url: `${links.html}/${record.repository.full_name}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    creator: simpleUser(github, links, milestone.creator),
    open_issues: open,
    closed_issues: inIt.length - open,
  };
}

/** `issue` */
export function issueBody(place: Place, issue: IssueDocument): Body {
  const { github, links, record } = place;
  const milestone = record.milestones.find(({ number }) => number === issue.milestone);
  const people = issue.assignees.map((login) => simpleUser(github, links, login));
  return {
    ...shared(place, issue),
    id: issue.id,
    node_id: nodeId("I", issue.id),
    html_url: `${links.html}/${record.repository.full_name}/issues/${issue.number}`,
    state_reason: issue.state_reason,
    // A label that is deleted is taken from the issues.
    labels: record.labels
      .filter(({ name }) => issue.labels.includes(name))
      .map((label) => labelBody(place, label)),
    assignee: people[0] ?? null,
    assignees: people,
    milestone: milestone ? milestoneBody(place, milestone) : null,
    closed_by: issue.closed_by && simpleUser(github, links, issue.closed_by),
  };
}

/** `issue`, which a pull request is as well (docs.github.com/rest/issues). */
export function pullAsIssue(place: Place, pull: PullDocument): Body {
  const { links, record } = place;
  const html = `${links.html}/${record.repository.full_name}/pull/${pull.number}`;
  return {
    ...shared(place, pull),
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    html_url: html,
    state_reason: null,
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    draft: pull.draft,
    pull_request: {
      url: `${apiOf(place)}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.merged_at,
    },
  };
}

function shared(place: Place, one: IssueDocument | PullDocument): Body {
  const { github, links, record } = place;
  const url = `${apiOf(place)}/issues/${one.number}`;
  const { number, title, body, state, created_at, updated_at, closed_at } = one;
  return {
    number,
    title,
    body,
    state,
    created_at,
    updated_at,
    closed_at,
    url,
    repository_url: apiOf(place),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    user: simpleUser(github, links, one.user),
    author_association: association(place, one.user),
    locked: false,
    active_lock_reason: null,
    comments: record.comments.filter((comment) => comment.number === number).length,
  };
}

/** `issue-comment` */
export function commentBody(place: Place, comment: CommentDocument): Body {
  const { github, links, record } = place;
  const { id, number, user, body, created_at, updated_at } = comment;
  return {
    id,
    node_id: nodeId("IC", id),
    url: `${apiOf(place)}/issues/comments/${id}`,
    html_url: `${links.html}/${record.repository.full_name}/issues/${number}#issuecomment-${id}`,
    issue_url: `${apiOf(place)}/issues/${number}`,
    body,
    user: simpleUser(github, links, user),
    author_association: association(place, user),
    created_at,
    updated_at,
  };
}
