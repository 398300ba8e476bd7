/** What reviews amount to where a team owns files. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { missingReview, standing, UNKNOWN_OWNERS } from "../../../github/decisions/reviews.ts";

/** @param owners of the one changed file @param approver undefined: nobody approved */
function missing(owners: string[], approver: string | undefined): string | undefined {
  const reviews = approver ? [{ user: approver, state: "APPROVED", commit_id: "a" }] : [];
  const pull = { head: { sha: "a" }, last_pusher: "eleni-dev", reviews, owners: () => [owners] };
  return missingReview(
    standing(pull, () => "write"),
    { require_code_owner_review: true },
  );
}

it("an owner's approval counts, however the login is written", () => {
  assert.equal(missing(["@kai-platform/web", "@Nikos-Ops"], "nikos-ops"), undefined);
});

it("another's does not, where people own the file", () => {
  assert.equal(missing(["@nikos-ops"], "octocat"), "Waiting on code owner review.");
});

it("nobody can say whether another is of the team, or has the address, that owns the file", () => {
  assert.equal(missing(["@kai-platform/web"], "octocat"), UNKNOWN_OWNERS);
  assert.equal(missing(["nikos@example.org"], "octocat"), UNKNOWN_OWNERS);
});

it("without any approval, no team has approved", () => {
  assert.equal(missing(["@kai-platform/web"], undefined), "Waiting on code owner review.");
});
