/** What reviews of a pull request count for (docs.github.com, about-pull-request-reviews, about-protected-branches). */
import type { RoleName } from "../documents.ts";
import { canWrite, type Login } from "./actor.ts";

/** Role of somebody in the repository at hand. */
export type RoleOf = (login: Login) => RoleName | undefined;

export interface Review {
  user: Login;
  state: string;
  /** The commit that was looked at. */
  commit_id: string;
}

/** The last opinion of each reviewer; comments are none. @param reviews oldest first */
function opinions<Opinion extends Review>(reviews: readonly Opinion[]): Opinion[] {
  const last = new Map<Login, Opinion>();
  for (const review of reviews) {
    if (review.state !== "COMMENTED" && review.state !== "PENDING") last.set(review.user, review);
  }
  return [...last.values()];
}

/** What the reviews of a pull request amount to. */
export interface Standing {
  /** How many people who may push approve it; nobody approves their own (the API refuses it). */
  approvals: number;
  /** Whether one of them asks for changes. */
  isRejected: boolean;
  /** Whether the last push is approved by another than its pusher. */
  isLastPushApproved: boolean;
  /** Whether the owners of every changed file approve; "unknown" where a team owns one, whose members are not known here. */
  isApprovedByOwners: boolean | "unknown";
}

/** A pull request with what the owners of its files are asked for. */
export interface Reviewed {
  head: { sha: string };
  last_pusher: Login;
  reviews: readonly Review[];
  /** Owners of each changed path; a path without any is left out. */
  owners(): readonly (readonly string[])[];
}

/** What the reviews amount to. */
export function standing(pull: Reviewed, roleOf: RoleOf): Standing {
  const counted = opinions(pull.reviews).filter(({ user }) => canWrite(roleOf(user)));
  const given = counted.filter(({ state }) => state === "APPROVED");
  const approvers = new Set(given.map(({ user }) => `@${user.toLowerCase()}`));
  return {
    approvals: given.length,
    isRejected: counted.some(({ state }) => state === "CHANGES_REQUESTED"),
    // docs.github.com, about-protected-branches: the most recent reviewable push is approved by another than its pusher.
    isLastPushApproved: given.some(
      ({ user, commit_id }) => commit_id === pull.head.sha && user !== pull.last_pusher,
    ),
    get isApprovedByOwners() {
      const waiting = pull
        .owners()
        .filter((owners) => !owners.some((owner) => approvers.has(owner.toLowerCase())));
      if (waiting.length === 0) return true;
      // A person may stand there by an e-mail address, too.
      const mayBe = (owner: string) => owner.includes("/") || !owner.startsWith("@");
      return given.length > 0 && waiting.every((owners) => owners.some(mayBe)) && "unknown";
    },
  };
}

/** What is missing where nobody can say whether who approved is of the team that owns the files. */
export const UNKNOWN_OWNERS = "Waiting on code owner review by a team.";

/** Why the reviews do not suffice; undefined where they do. */
export function missingReview(reviews: Standing, parameters: Record<string, unknown>): string | undefined {
  const wanted = Number(parameters.required_approving_review_count ?? 0);
  if (wanted > 0 && reviews.isRejected) return "Changes were requested by reviewers with write access.";
  if (reviews.approvals < wanted) {
    // Reviewable/Reviewable#561 quotes the sentence.
    const needed = wanted === 1 ? "1 approving review is" : `${wanted} approving reviews are`;
    return `At least ${needed} required by reviewers with write access.`;
  }
  if (parameters.require_last_push_approval && !reviews.isLastPushApproved) {
    return "New changes require approval from someone other than the last pusher.";
  }
  if (parameters.require_code_owner_review && reviews.isApprovedByOwners !== true) {
    return reviews.isApprovedByOwners ? UNKNOWN_OWNERS : "Waiting on code owner review.";
  }
  return undefined;
}
