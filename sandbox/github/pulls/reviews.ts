/** Reviews of pull requests (docs.github.com/rest/pulls/reviews). */
import { canWrite } from "../../../github/decisions/actor.ts";
import { classicRuleOf } from "../../../github/decisions/patterns.ts";
import { type GitHub, refuse } from "../client.ts";
import { now, type RepositoryRecord } from "../store.ts";
import type { ReviewDocument } from "../work.ts";
import { findPull, refuseActions } from "./pulls.ts";

/** What `POST …/reviews` takes. */
export interface ReviewRequest {
  event?: "APPROVE" | "REQUEST_CHANGES" | "COMMENT";
  body?: string;
  commit_id?: string;
}

const STATES = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

/** Anybody who may read may review; whose approval counts is another matter. */
export function createReview(
  github: GitHub,
  name: string,
  number: number,
  wanted: ReviewRequest,
): ReviewDocument {
  const request = `POST ${github.path(name)}/pulls/${number}/reviews`;
  const record = github.repository(name, request);
  github.need(request, "pull_requests");
  const pull = findPull(record, number, request);
  const { event, body = "", commit_id = pull.head.sha } = wanted;
  // The API's own sentences (kurone-kito/idd-skill#542 for the first).
  if (github.login === pull.user && event === "APPROVE") {
    refuse(request, 422, "Unprocessable Entity", ["Can not approve your own pull request"]);
  }
  if (github.login === pull.user && event === "REQUEST_CHANGES") {
    refuse(request, 422, "Unprocessable Entity", ["Can not request changes on your own pull request"]);
  }
  if (event === "APPROVE") refuseActions(github, record, request);
  // OpenAPI, pulls/create-review: the body is required for these two.
  if (!body && (event === "REQUEST_CHANGES" || event === "COMMENT")) {
    refuse(request, 422, "Unprocessable Entity", ["Body can't be blank"]);
  }
  const review: ReviewDocument = {
    id: github.nextId(),
    user: github.login,
    state: event ? STATES[event] : "PENDING",
    body,
    commit_id,
    submitted_at: now(),
  };
  pull.reviews.push(review);
  pull.requested_reviewers = pull.requested_reviewers.filter((login) => login !== github.login);
  github.changed(record);
  return review;
}

/** A review by its id. */
export function findReview(
  record: RepositoryRecord,
  number: number,
  id: number,
  request: string,
): ReviewDocument {
  return (
    findPull(record, number, request).reviews.find((one) => one.id === id) ??
    refuse(request, 404, "Not Found")
  );
}

/** `PUT …/reviews/{id}/dismissals`: administrators and whom the rule names; without such a rule, whoever may write. */
export function dismissReview(github: GitHub, name: string, number: number, id: number): ReviewDocument {
  const request = `PUT ${github.path(name)}/pulls/${number}/reviews/${id}/dismissals`;
  const record = github.writable(name, request, "pull_requests");
  const review = findReview(record, number, id, request);
  const rule = classicRuleOf(record, findPull(record, number, request).base.ref);
  const role = github.roleIn(record);
  const isListed = rule?.reviewDismissalAllowances.includes(github.login);
  if (!canWrite(role) || (rule?.restrictsReviewDismissals && role !== "admin" && !isListed)) {
    refuse(request, 403, "Must have permission to dismiss reviews.");
  }
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    refuse(request, 422, "Unprocessable Entity", ["Can not dismiss a commented pull request review"]);
  }
  review.state = "DISMISSED";
  github.changed(record);
  return review;
}

/** `POST …/pulls/{number}/requested_reviewers`: people who may read, not the author. */
export function requestReviewers(
  github: GitHub,
  name: string,
  number: number,
  logins: readonly string[],
): void {
  const request = `POST ${github.path(name)}/pulls/${number}/requested_reviewers`;
  const record = github.writable(name, request, "pull_requests");
  const pull = findPull(record, number, request);
  for (const login of logins) {
    if (login === pull.user) refuse(request, 422, "Review cannot be requested from pull request author.");
    const isKnown = record.collaborators.some((person) => person.login === login);
    // The API's own sentence.
    if (!isKnown) {
      refuse(
        request,
        422,
        `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${record.repository.full_name} repository.`,
      );
    }
    pull.requested_reviewers = [...new Set([...pull.requested_reviewers, login])];
  }
  github.changed(record);
}
