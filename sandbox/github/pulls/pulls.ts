/** Pull requests of the simulated GitHub (docs.github.com/rest/pulls/pulls); both branches lie in one repository. */
import { type GitHub, refuse } from "../client.ts";
import { isFastForward } from "../git/history.ts";
import { nextNumber } from "../issues.ts";
import { now, type RepositoryRecord } from "../store.ts";
import { ACTIONS_APP, type PullDocument } from "../work.ts";

/** What `POST …/pulls` takes. */
export interface PullRequest {
  title?: string;
  /** `branch` or `owner:branch`. */
  head: string;
  base: string;
  body?: string | null;
  draft?: boolean;
}

/** A pull request by its number. */
export function findPull(record: RepositoryRecord, number: number, request: string): PullDocument {
  return record.pulls.find((pull) => pull.number === number) ?? refuse(request, 404, "Not Found");
}

/**
 * `POST /repos/{owner}/{repo}/pulls`: by whoever may write the head branch (OpenAPI, pulls/create), which lies in the same
 * repository here.
 */
export function createPull(github: GitHub, name: string, wanted: PullRequest): PullDocument {
  const request = `POST ${github.path(name)}/pulls`;
  const record = github.writable(name, request, "pull_requests");
  refuseActions(github, record, request);
  const headRef = wanted.head.replace(/^[^:]*:/, "");
  const [head, base] = [headRef, wanted.base].map(
    (branch) => record.refs[`refs/heads/${branch}`]?.object.sha,
  );
  const invalid = (errors: string[]) => refuse(request, 422, "Validation Failed", errors);
  if (!head) return invalid([`PullRequest head ${wanted.head} is invalid`]);
  if (!base) return invalid([`PullRequest base ${wanted.base} is invalid`]);
  // Sentences: renovatebot/renovate and cli/cli show both.
  if (isFastForward(record, head, base)) return invalid([`No commits between ${wanted.base} and ${headRef}`]);
  if (
    record.pulls.some(
      (one) => one.state === "open" && one.head.ref === headRef && one.base.ref === wanted.base,
    )
  ) {
    return invalid([`A pull request already exists for ${record.repository.owner.login}:${headRef}.`]);
  }
  const created = now();
  const pull: PullDocument = {
    number: nextNumber(record),
    id: github.nextId(),
    title: wanted.title ?? headRef,
    body: wanted.body ?? null,
    state: "open",
    draft: wanted.draft ?? false,
    user: github.login,
    head: { ref: headRef, sha: head },
    base: { ref: wanted.base, sha: base },
    requested_reviewers: [],
    reviews: [],
    last_pusher: github.login,
    created_at: created,
    updated_at: created,
    closed_at: null,
    merged_at: null,
    merged_by: null,
    merge_commit_sha: null,
  };
  record.pulls.push(pull);
  github.changed(record);
  return pull;
}

/**
 * The setting "Allow GitHub Actions to create and approve pull requests" (docs.github.com, managing-github-actions-
 * settings-for-a-repository).
 */
export function refuseActions(github: GitHub, record: RepositoryRecord, request: string): void {
  const { can_approve_pull_request_reviews: isAllowed } = record.workflow_permissions;
  if (github.grant?.app?.id !== ACTIONS_APP.id || isAllowed) return;
  refuse(request, 403, "GitHub Actions is not permitted to create or approve pull requests.");
}

/** `PATCH …/pulls/{number}`: its author and whoever may write. */
export function editPull(
  github: GitHub,
  name: string,
  number: number,
  wanted: Partial<Pick<PullDocument, "title" | "body" | "state">> & { base?: string },
): PullDocument {
  const request = `PATCH ${github.path(name)}/pulls/${number}`;
  const record = github.repository(name, request);
  const pull = findPull(record, number, request);
  if (pull.user === github.login) github.need(request, "pull_requests");
  else github.writable(name, request, "pull_requests");
  const { base, state, ...rest } = wanted;
  if (state === "open" && pull.merged_at)
    refuse(request, 422, "Validation Failed", ["state cannot be changed."]);
  if (base !== undefined) {
    const sha = record.refs[`refs/heads/${base}`]?.object.sha;
    pull.base = {
      ref: base,
      sha: sha ?? refuse(request, 422, "Validation Failed", [`Proposed base branch '${base}' was not found`]),
    };
  }
  if (state !== undefined && state !== pull.state) {
    pull.state = state;
    pull.closed_at = state === "closed" ? now() : null;
  }
  Object.assign(pull, rest, { updated_at: now() });
  github.changed(record);
  return pull;
}
