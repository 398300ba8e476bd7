/** Pull requests and their reviews. */
import { refuse } from "../../client.ts";
import { commitsBetween, mergeBase } from "../../git/history.ts";
import { mergeBranches, mergePull } from "../../pulls/merge.ts";
import { createPull, editPull, findPull } from "../../pulls/pulls.ts";
import { createReview, dismissReview, findReview, requestReviewers } from "../../pulls/reviews.ts";
import type { PullDocument } from "../../work.ts";
import { simpleUser } from "../bodies/accounts.ts";
import { commitBody } from "../bodies/git.ts";
import { pullBody, pullFiles, reviewBody, simplePull } from "../bodies/pulls.ts";
import { type Call, changes, created, list, nothing, ok, R, type Routes, shows } from "../route.ts";

const PULL = `${R}/pulls/{pull_number}`;

function pullOf(call: Call): PullDocument {
  return findPull(
    call.record(),
    call.number("pull_number"),
    `GET ${call.github.path(call.params.repo ?? "")}/pulls`,
  );
}

/** The parameters of the list (docs.github.com/rest/pulls/pulls#list-pull-requests); newest first. */
function matching(call: Call): PullDocument[] {
  const { state = "open", head, base, direction } = call.query;
  const found = call
    .record()
    .pulls.filter((pull) => state === "all" || pull.state === state)
    .filter((pull) => head === undefined || String(head).replace(/^[^:]*:/, "") === pull.head.ref)
    .filter((pull) => base === undefined || base === pull.base.ref);
  return direction === "asc" ? found : found.toReversed();
}

export const pullRoutes: Routes = {
  [`GET ${R}/pulls`]: shows("pull_requests", (call) =>
    list(matching(call).map((pull) => simplePull(call.place(), pull))),
  ),
  [`POST ${R}/pulls`]: changes("pull_requests", (call) =>
    created(pullBody(call.place(), createPull(call.github, call.params.repo ?? "", call.body))),
  ),
  [`GET ${PULL}`]: shows("pull_requests", (call) => ok(pullBody(call.place(), pullOf(call)))),
  [`PATCH ${PULL}`]: changes("pull_requests", (call) => {
    const { title, body, state, base } = call.body;
    const wanted = {
      ...(title !== undefined && { title }),
      ...(body !== undefined && { body }),
      ...(state && { state }),
      ...(base && { base }),
    };
    return ok(
      pullBody(
        call.place(),
        editPull(call.github, call.params.repo ?? "", call.number("pull_number"), wanted),
      ),
    );
  }),
  [`GET ${PULL}/commits`]: shows("pull_requests", (call) => {
    const { base, head } = pullOf(call);
    return list(
      commitsBetween(call.record(), mergeBase(call.record(), base.sha, head.sha), head.sha).map((commit) =>
        commitBody(call.place(), commit),
      ),
    );
  }),
  [`GET ${PULL}/files`]: shows("pull_requests", (call) => list(pullFiles(call.place(), pullOf(call)))),
  [`GET ${PULL}/merge`]: shows("pull_requests", (call) =>
    pullOf(call).merged_at ? nothing : refuse(`GET ${call.github.path("")}`, 404, "Not Found"),
  ),
  [`PUT ${PULL}/merge`]: changes("contents", (call) => {
    const sha = mergePull(call.github, call.params.repo ?? "", call.number("pull_number"), call.body ?? {});
    return ok({ sha, merged: true, message: "Pull Request successfully merged" });
  }),
  [`PUT ${PULL}/update-branch`]: changes("pull_requests", (call) => {
    const { head, base } = pullOf(call);
    const { expected_head_sha: expected } = call.body ?? {};
    const request = `PUT ${call.github.path(call.params.repo ?? "")}/pulls/update-branch`;
    if (expected && expected !== head.sha)
      refuse(request, 422, "expected head sha didn't match current head ref.");
    const merged = mergeBranches(call.github, call.params.repo ?? "", {
      base: head.ref,
      head: base.ref,
      commit_message: `Merge branch '${base.ref}' into ${head.ref}`,
    });
    if (!merged) refuse(request, 422, "There are no new commits on the base branch.");
    return { status: 202, body: { message: "Updating pull request branch.", url: call.links.api } };
  }),
  [`GET ${PULL}/requested_reviewers`]: shows("pull_requests", (call) =>
    ok({
      users: pullOf(call).requested_reviewers.map((login) => simpleUser(call.github, call.links, login)),
      teams: [],
    }),
  ),
  [`POST ${PULL}/requested_reviewers`]: changes("pull_requests", (call) => {
    requestReviewers(
      call.github,
      call.params.repo ?? "",
      call.number("pull_number"),
      call.body?.reviewers ?? [],
    );
    return created(simplePull(call.place(), pullOf(call)));
  }),
  [`GET ${PULL}/reviews`]: shows("pull_requests", (call) => {
    const pull = pullOf(call);
    return list(pull.reviews.map((review) => reviewBody(call.place(), pull, review)));
  }),
  [`POST ${PULL}/reviews`]: changes("pull_requests", (call) => {
    const review = createReview(
      call.github,
      call.params.repo ?? "",
      call.number("pull_number"),
      call.body ?? {},
    );
    return ok(reviewBody(call.place(), pullOf(call), review));
  }),
  [`GET ${PULL}/reviews/{review_id}`]: shows("pull_requests", (call) => {
    const request = `GET ${call.github.path(call.params.repo ?? "")}/pulls/reviews`;
    const review = findReview(call.record(), call.number("pull_number"), call.number("review_id"), request);
    return ok(reviewBody(call.place(), pullOf(call), review));
  }),
  [`PUT ${PULL}/reviews/{review_id}/dismissals`]: changes("pull_requests", (call) => {
    const review = dismissReview(
      call.github,
      call.params.repo ?? "",
      call.number("pull_number"),
      call.number("review_id"),
    );
    return ok(reviewBody(call.place(), pullOf(call), review));
  }),
};
