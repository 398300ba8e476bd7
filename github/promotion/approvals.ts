/** Whether people have agreed to a promotion. */
import type { Octokit } from "@octokit/rest";
import type { People } from "../can/people.ts";
import { roleOf } from "../can/people.ts";
import type { Actor } from "../decisions/actor.ts";
import { allRules, type BoundRule, boundRules } from "../decisions/bound.ts";
import type { Ruled } from "../decisions/patterns.ts";
import { missingReview, UNKNOWN_OWNERS } from "../decisions/reviews.ts";
import { readPull, readStanding } from "../evidence.ts";
import type { Target } from "../inventory/read.ts";
import { type Condition, short, type Wish } from "./condition.ts";

/** An open pull request whose head is the commit and whose base the branch. */
export async function findProposal(
  github: Octokit,
  target: Target,
  { to }: Wish,
  sha: string,
): Promise<number | undefined> {
  const question = { ...target, state: "open" as const, base: to.branch, per_page: 100 };
  const open = await github.paginate(github.pulls.list, question);
  return open.find(({ head }) => head.sha === sha)?.number;
}

interface Asked {
  ruled: Ruled;
  people: People;
  actor: Actor;
  wish: Wish;
  sha: string;
  /** Number of the pull request, where there is one. */
  proposal: number | undefined;
}

/** A pull request of that very commit counts where there is one; without one, whoever may push past reviews needs none. */
export async function approvalsCondition(github: Octokit, target: Target, asked: Asked): Promise<Condition> {
  const { ruled, actor, wish, proposal, people } = asked;
  const ref = `refs/heads/${wish.to.branch}`;
  const rules = allRules(ruled, ref).filter(({ type }) => type === "pull_request");
  if (rules.length === 0) return holds(`No rule of ${wish.to.branch} asks for a review.`);
  const pull = proposal === undefined ? undefined : await readPull(github, target, proposal);
  if (!pull) return withoutProposal(asked, boundRules(ruled, ref, actor));
  const reviews = await readStanding(github, target, pull, (login) => roleOf(people, login));
  const missing = rules.map(({ parameters }) => missingReview(reviews, parameters)).find(Boolean);
  const name = `Pull request #${pull.number}`;
  if (!missing) return holds(`${name} of ${short(pull.head.sha)} is approved.`);
  if (missing === UNKNOWN_OWNERS) {
    const text = `${name} is approved, and whether by the team that owns its files is not shown; GitHub decides.`;
    return { id: "approvals", state: "unknown", text };
  }
  const remedy = `Have it approved: ${pull.url}. Where ${actor.login} may push past reviews, closing it helps as well.`;
  return { id: "approvals", state: "fails", text: `${name} is not approved: ${missing}`, remedy };
}

function withoutProposal({ actor, wish, sha }: Asked, bound: readonly BoundRule[]): Condition {
  const reviewed = bound.filter(({ type }) => type === "pull_request");
  if (reviewed.length === 0)
    return holds(`The rules let ${actor.login} move ${wish.to.branch} without a review.`);
  if (reviewed.every(({ isUncertain }) => isUncertain)) {
    const text = `Whether ${actor.login} may push past reviews is not shown to this token; GitHub decides.`;
    return { id: "approvals", state: "unknown", text };
  }
  return {
    id: "approvals",
    state: "fails",
    text: `No open pull request to ${wish.to.branch} has ${short(sha)} as its head.`,
    remedy: `Open one from ${wish.from.branch} to ${wish.to.branch} and have it approved: gh pr create --base ${wish.to.branch} --head ${wish.from.branch}`,
  };
}

function holds(text: string): Condition {
  return { id: "approvals", state: "holds", text };
}
