/** Issues of the simulated GitHub, their labels, and comments, which pull requests have as well (docs.github.com/rest/issues). */
import { canWrite } from "../../github/decisions/actor.ts";
import { type GitHub, refuse } from "./client.ts";
import type { CommentDocument, IssueDocument, LabelDocument } from "./kept.ts";
import { now, type RepositoryRecord } from "./store.ts";
import type { PullDocument } from "./work.ts";

/** What `POST …/issues` and `PATCH …/issues/{number}` take. */
export interface IssueRequest {
  title?: string | number;
  body?: string | null;
  state?: "open" | "closed";
  state_reason?: string | null;
  labels?: (string | { name?: string })[];
  assignees?: string[];
  milestone?: number | string | null;
}

/** The next of the numbers that issues and pull requests share. */
export function nextNumber({ issues, pulls }: RepositoryRecord): number {
  return Math.max(0, ...[...issues, ...pulls].map(({ number }) => number)) + 1;
}

/** An issue or a pull request by its number. */
export function findIssue(
  record: RepositoryRecord,
  number: number,
  request: string,
): IssueDocument | PullDocument {
  const found = [...record.issues, ...record.pulls].find((one) => one.number === number);
  return found ?? refuse(request, 404, "Not Found");
}

/** Whether it is an issue of its own and no pull request. */
export function isIssue(one: IssueDocument | PullDocument): one is IssueDocument {
  return "assignees" in one;
}

/**
 * `POST …/issues`: anybody who sees the repository. Labels, people and a milestone are dropped from what comes from
 * somebody who may not push (OpenAPI, issues/create).
 */
export function createIssue(github: GitHub, name: string, wanted: IssueRequest): IssueDocument {
  const request = `POST ${github.path(name)}/issues`;
  const record = github.repository(name, request);
  github.need(request, "issues");
  // OpenAPI, issues/create: 410 where issues are off.
  if (!record.repository.has_issues) refuse(request, 410, "Issues has been disabled in this repository.");
  const created = now();
  const issue: IssueDocument = {
    id: github.nextId(),
    number: nextNumber(record),
    title: String(wanted.title ?? ""),
    body: wanted.body ?? null,
    state: "open",
    state_reason: null,
    user: github.login,
    labels: [],
    assignees: [],
    milestone: null,
    created_at: created,
    updated_at: created,
    closed_at: null,
    closed_by: null,
  };
  const { labels, assignees, milestone } = wanted;
  if (canWrite(github.roleIn(record))) sort(github, record, issue, { labels, assignees, milestone }, request);
  record.issues.push(issue);
  github.changed(record);
  return issue;
}

/** `PATCH …/issues/{number}`: its author and whoever may write. */
export function editIssue(github: GitHub, name: string, number: number, wanted: IssueRequest): IssueDocument {
  const request = `PATCH ${github.path(name)}/issues/${number}`;
  const record = github.repository(name, request);
  const issue = record.issues.find((one) => one.number === number) ?? refuse(request, 404, "Not Found");
  if (issue.user === github.login) github.need(request, "issues");
  else github.writable(name, request, "issues");
  if (wanted.title !== undefined) issue.title = String(wanted.title);
  if (wanted.body !== undefined) issue.body = wanted.body;
  if (wanted.state !== undefined && wanted.state !== issue.state) {
    const closes = wanted.state === "closed";
    issue.state = wanted.state;
    issue.closed_at = closes ? now() : null;
    issue.closed_by = closes ? github.login : null;
    issue.state_reason = closes ? (wanted.state_reason ?? "completed") : "reopened";
  }
  sort(github, record, issue, wanted, request);
  issue.updated_at = now();
  github.changed(record);
  return issue;
}

/** Labels, people and milestone. A label that does not exist is made, in the colour that GitHub gives. */
function sort(
  github: GitHub,
  record: RepositoryRecord,
  issue: IssueDocument,
  { labels, assignees, milestone }: IssueRequest,
  request: string,
): void {
  if (labels) {
    const names = labels.map((one) => (typeof one === "string" ? one : (one.name ?? "")));
    issue.labels = names.map((one) => labelNamed(github, record, one).name);
  }
  if (assignees) issue.assignees = assignees.filter((login) => github.account(login));
  if (milestone === undefined) return;
  const number = milestone === null ? null : Number(milestone);
  if (number !== null && !record.milestones.some((one) => one.number === number))
    refuse(request, 422, "Validation Failed", ["milestone is invalid"]);
  issue.milestone = number;
}

function labelNamed(github: GitHub, record: RepositoryRecord, name: string): LabelDocument {
  const known = findLabel(record, name);
  if (known) return known;
  const made = { id: github.nextId(), name, color: "ededed", description: null, default: false };
  record.labels.push(made);
  return made;
}

/** Names of labels differ by more than case. */
export function findLabel(record: RepositoryRecord, name: string): LabelDocument | undefined {
  return record.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

/** `POST …/issues/{number}/comments`: anybody who sees the repository. */
export function createComment(github: GitHub, name: string, number: number, body: string): CommentDocument {
  const request = `POST ${github.path(name)}/issues/${number}/comments`;
  const record = github.repository(name, request);
  const below = findIssue(record, number, request);
  github.need(request, isIssue(below) ? "issues" : "pull_requests");
  const created = now();
  const comment = {
    id: github.nextId(),
    number,
    user: github.login,
    body,
    created_at: created,
    updated_at: created,
  };
  record.comments.push(comment);
  github.changed(record);
  return comment;
}

/** A comment for a change: its author's, and that of whoever may write. */
export function ownComment(github: GitHub, name: string, id: number, method: string): CommentDocument {
  const request = `${method} ${github.path(name)}/issues/comments/${id}`;
  const record = github.repository(name, request);
  const comment = record.comments.find((one) => one.id === id) ?? refuse(request, 404, "Not Found");
  const permission = isIssue(findIssue(record, comment.number, request)) ? "issues" : "pull_requests";
  if (comment.user === github.login) github.need(request, permission);
  else github.writable(name, request, permission);
  return comment;
}
