/** Pull requests and reviews as the interface answers them. */
import { violations } from "../../decisions.ts";
import { commitsBetween, mergeBase } from "../../git/history.ts";
import { isMergeable } from "../../pulls/merge.ts";
import { nodeId } from "../../store.ts";
import type { PullDocument, ReviewDocument } from "../../work.ts";
import { simpleUser } from "./accounts.ts";
import { apiOf, fileChanges, type Place } from "./git.ts";
import { fullRepository } from "./repositories.ts";

type Body = Record<string, unknown>;

/** OpenAPI, author-association, as far as the simulation knows it. */
export function association({ record, github }: Place, login: string): string {
  const { owner } = record.repository;
  if (owner.login === login) return "OWNER";
  if (github.account(owner.login)?.members?.[login]) return "MEMBER";
  return record.collaborators.some((person) => person.login === login) ? "COLLABORATOR" : "NONE";
}

function side(place: Place, { ref, sha }: { ref: string; sha: string }): Body {
  const { github, links, record } = place;
  const { owner } = record.repository;
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: simpleUser(github, links, owner.login),
    repo: fullRepository(github, links, record),
  };
}

/** `pull-request-simple` */
export function simplePull(place: Place, pull: PullDocument): Body {
  const { github, links } = place;
  const api = `${apiOf(place)}/pulls/${pull.number}`;
  const issue = `${apiOf(place)}/issues/${pull.number}`;
  const html = `${links.html}/${place.record.repository.full_name}/pull/${pull.number}`;
  const addresses = {
    html_url: html,
    issue_url: issue,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${apiOf(place)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${apiOf(place)}/statuses/${pull.head.sha}`,
  };
  const { number, id, title, body, state, draft, created_at, updated_at, closed_at, merged_at } = pull;
  return {
    url: api,
    id,
    node_id: nodeId("PR", id),
    number,
    title,
    body,
    state,
    draft,
    created_at,
    updated_at,
    closed_at,
    merged_at,
    merge_commit_sha: pull.merge_commit_sha,
    ...addresses,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    locked: false,
    user: simpleUser(github, links, pull.user),
    labels: [],
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requested_reviewers.map((login) => simpleUser(github, links, login)),
    requested_teams: [],
    head: side(place, pull.head),
    base: side(place, pull.base),
    _links: Object.fromEntries(
      Object.entries({ self_url: api, ...addresses }).map(([name, href]) => [
        name.replace(/_url$/, ""),
        { href },
      ]),
    ),
    author_association: association(place, pull.user),
    auto_merge: null,
  };
}

/** `pull-request` */
export function pullBody(place: Place, pull: PullDocument): Body {
  const { github, links, record } = place;
  const commits = commitsBetween(record, pull.base.sha, pull.head.sha);
  const files = pullFiles(place, pull);
  const total = (key: "additions" | "deletions") => files.reduce((sum, file) => sum + Number(file[key]), 0);
  return {
    ...simplePull(place, pull),
    merged: pull.merged_at !== null,
    mergeable: isMergeable(record, pull),
    mergeable_state: mergeableState(place, pull),
    rebaseable: isMergeable(record, pull),
    merged_by: pull.merged_by && simpleUser(github, links, pull.merged_by),
    comments: record.comments.filter(({ number }) => number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: commits.length,
    additions: total("additions"),
    deletions: total("deletions"),
    changed_files: files.length,
  };
}

/** GraphQL, MergeStateStatus, in small letters. */
function mergeableState({ github, record }: Place, pull: PullDocument): string {
  const base = record.refs[`refs/heads/${pull.base.ref}`];
  if (pull.state === "closed" || !base) return "unknown";
  if (pull.draft) return "draft";
  if (!isMergeable(record, pull)) return "dirty";
  const { allow_merge_commit, allow_squash_merge } = record.repository;
  const method = allow_squash_merge ? "squash" : allow_merge_commit ? "merge" : "rebase";
  const found = violations(github, record, {
    kind: "merge",
    ref: base.ref,
    before: base.object.sha,
    pull,
    method,
  });
  if (found.some(({ reason }) => reason.startsWith("Head branch is not up to date"))) return "behind";
  return found.length > 0 ? "blocked" : "clean";
}

/** `diff-entry` of each file that a pull request changes. */
export function pullFiles(place: Place, pull: PullDocument): Body[] {
  const { record } = place;
  const from = mergeBase(record, pull.base.sha, pull.head.sha);
  return fileChanges(place, record.commits[from ?? ""]?.tree, record.commits[pull.head.sha]?.tree ?? "");
}

/** `pull-request-review` */
export function reviewBody(place: Place, pull: PullDocument, review: ReviewDocument): Body {
  const { github, links, record } = place;
  const html = `${links.html}/${record.repository.full_name}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const api = `${apiOf(place)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", review.id),
    user: simpleUser(github, links, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: api,
    _links: { html: { href: html }, pull_request: { href: api } },
    submitted_at: review.submitted_at,
    commit_id: review.commit_id,
    author_association: association(place, review.user),
  };
}
