/** Labels, milestones, issues, comments. */
import { refuse } from "../../client.ts";
import {
  createComment,
  createIssue,
  editIssue,
  findIssue,
  findLabel,
  isIssue,
  ownComment,
} from "../../issues.ts";
import type { CommentDocument, IssueDocument, LabelDocument, MilestoneDocument } from "../../kept.ts";
import { now } from "../../store.ts";
import { commentBody, issueBody, labelBody, milestoneBody, pullAsIssue } from "../bodies/issues.ts";
import { type Call, changes, created, list, nothing, ok, R, type Routes, shows } from "../route.ts";
import { shelf } from "../shelf.ts";

const labels = shelf<LabelDocument>({
  path: `${R}/labels`,
  key: "name",
  permission: "issues",
  isPublic: true,
  all: (record) => record.labels,
  is: (label, name) => label.name.toLowerCase() === name.toLowerCase(),
  make({ github, record, body }, request) {
    if (findLabel(record(), body.name)) refuse(request, 422, "Validation Failed", ["already_exists"]);
    const { name, color = "ededed", description = null } = body;
    return { id: github.nextId(), name, color, description, default: false };
  },
  change(label, { record, body }, request) {
    const { new_name: name = label.name, color = label.color, description = label.description } = body;
    if (findLabel(record(), name) !== label && findLabel(record(), name))
      refuse(request, 422, "Validation Failed", ["already_exists"]);
    for (const issue of record().issues)
      issue.labels = issue.labels.map((one) => (one === label.name ? name : one));
    Object.assign(label, { name, color, description });
  },
  body: (call, label) => labelBody(call.place(), label),
});

const milestones = shelf<MilestoneDocument>({
  path: `${R}/milestones`,
  key: "milestone_number",
  permission: "issues",
  isPublic: true,
  all: (record) => record.milestones,
  is: (milestone, number) => milestone.number === Number(number),
  make({ github, record, body }, request) {
    if (record().milestones.some(({ title }) => title === body.title))
      refuse(request, 422, "Validation Failed", ["already_exists"]);
    const { title, description = null, due_on = null, state = "open" } = body;
    const [id, at] = [github.nextId(), now()];
    const number = Math.max(0, ...record().milestones.map((one) => one.number)) + 1;
    const times = { created_at: at, updated_at: at, closed_at: state === "closed" ? at : null };
    return { id, number, title, description, state, creator: github.login, due_on: day(due_on), ...times };
  },
  change(milestone, { body }) {
    const { title, description, due_on, state } = { ...milestone, ...body };
    const closed_at = state === "closed" ? (milestone.closed_at ?? now()) : null;
    Object.assign(milestone, {
      title,
      description,
      due_on: day(due_on),
      state,
      closed_at,
      updated_at: now(),
    });
  },
  body: (call, milestone) => milestoneBody(call.place(), milestone),
});

/** GitHub keeps the day of a milestone without its hour. */
function day(time: string | null): string | null {
  return time && `${time.slice(0, 10)}T00:00:00Z`;
}

/** The parameters of the list (docs.github.com/rest/issues/issues#list-repository-issues), newest first. */
function matching(call: Call): unknown[] {
  const { state = "open", labels: names, creator, assignee, direction } = call.query;
  const wanted = names === undefined ? [] : String(names).split(",");
  const record = call.record();
  const found = [...record.issues, ...record.pulls]
    .filter((one) => state === "all" || one.state === state)
    .filter((one) => wanted.every((name) => isIssue(one) && one.labels.includes(name)))
    .filter((one) => creator === undefined || one.user === creator)
    .filter((one) => assignee === undefined || (isIssue(one) && isAssigned(one, String(assignee))))
    .sort((a, b) => b.number - a.number)
    .map((one) => (isIssue(one) ? issueBody(call.place(), one) : pullAsIssue(call.place(), one)));
  return direction === "asc" ? found.reverse() : found;
}

function isAssigned({ assignees }: IssueDocument, who: string): boolean {
  if (who === "none") return assignees.length === 0;
  return who === "*" ? assignees.length > 0 : assignees.includes(who);
}

const ISSUE = `${R}/issues/{issue_number}`;
const COMMENT = `${R}/issues/comments/{comment_id}`;

function issueOf(call: Call) {
  const { github, params } = call;
  const number = call.number("issue_number");
  return findIssue(call.record(), number, `GET ${github.path(params.repo ?? "")}/issues/${number}`);
}

function commentOf(call: Call): CommentDocument {
  const id = call.number("comment_id");
  const found = call.record().comments.find((one) => one.id === id);
  return found ?? refuse(`GET ${call.github.path(call.params.repo ?? "")}/issues/comments`, 404, "Not Found");
}

/** The labels of an issue after a change. */
function relabelled(call: Call, next: (present: string[]) => string[]) {
  const issue = issueOf(call);
  const wanted = next(isIssue(issue) ? issue.labels : []);
  editIssue(call.github, call.params.repo ?? "", issue.number, { labels: wanted });
  return labelsOf(call);
}

function labelsOf(call: Call) {
  const issue = issueOf(call);
  return list(isIssue(issue) ? (issueBody(call.place(), issue).labels as unknown[]) : []);
}

function names({ body }: Call): string[] {
  const given = Array.isArray(body) ? body : (body?.labels ?? []);
  return given.map((one: string | { name: string }) => (typeof one === "string" ? one : one.name));
}

export const issueRoutes: Routes = {
  ...labels,
  ...milestones,
  [`GET ${R}/issues`]: shows("issues", (call) => list(matching(call))),
  [`POST ${R}/issues`]: changes("issues", (call) =>
    created(issueBody(call.place(), createIssue(call.github, call.params.repo ?? "", call.body))),
  ),
  [`GET ${ISSUE}`]: shows("issues", (call) => {
    const one = issueOf(call);
    return ok(isIssue(one) ? issueBody(call.place(), one) : pullAsIssue(call.place(), one));
  }),
  [`PATCH ${ISSUE}`]: changes("issues", (call) => {
    const number = call.number("issue_number");
    return ok(issueBody(call.place(), editIssue(call.github, call.params.repo ?? "", number, call.body)));
  }),
  [`GET ${ISSUE}/labels`]: shows("issues", labelsOf),
  [`POST ${ISSUE}/labels`]: changes("issues", (call) =>
    relabelled(call, (present) => [...new Set([...present, ...names(call)])]),
  ),
  [`PUT ${ISSUE}/labels`]: changes("issues", (call) => relabelled(call, () => names(call))),
  [`DELETE ${ISSUE}/labels/{name}`]: changes("issues", (call) =>
    relabelled(call, (present) => present.filter((one) => one !== call.params.name)),
  ),
  [`GET ${ISSUE}/comments`]: shows("issues", (call) => {
    const { number } = issueOf(call);
    const below = call.record().comments.filter((comment) => comment.number === number);
    return list(below.map((comment) => commentBody(call.place(), comment)));
  }),
  [`POST ${ISSUE}/comments`]: changes("issues", (call) => {
    const { github, params, body } = call;
    const comment = createComment(github, params.repo ?? "", call.number("issue_number"), body.body);
    return created(commentBody(call.place(), comment));
  }),
  [`GET ${COMMENT}`]: shows("issues", (call) => ok(commentBody(call.place(), commentOf(call)))),
  [`PATCH ${COMMENT}`]: changes("issues", (call) => {
    const { github, params, body } = call;
    const comment = ownComment(github, params.repo ?? "", call.number("comment_id"), "PATCH");
    Object.assign(comment, { body: body.body, updated_at: now() });
    github.changed(call.record());
    return ok(commentBody(call.place(), comment));
  }),
  [`DELETE ${COMMENT}`]: changes("issues", (call) => {
    const { github, params } = call;
    const gone = ownComment(github, params.repo ?? "", call.number("comment_id"), "DELETE");
    const record = call.record();
    record.comments = record.comments.filter((comment) => comment !== gone);
    github.changed(record);
    return nothing;
  }),
};
