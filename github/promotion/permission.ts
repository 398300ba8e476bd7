/** Whether the token's user may move the branch to the commit. */

import { demandsOf, type Rules, unseenRules } from "../can/demands.ts";
import type { Person } from "../can/people.ts";
import { remedyFor } from "../can/words.ts";
import { violations } from "../decisions/decide.ts";
import type { Ruled } from "../decisions/patterns.ts";
import type { Evidence } from "../decisions/rules.ts";
import type { Condition, Wish } from "./condition.ts";

interface Asked {
  rules: Rules;
  ruled: Ruled;
  person: Person;
  evidence: Evidence;
  wish: Wish;
  /** Whether a pull request of that very commit is approved. */
  isApproved: boolean;
}

/** By the live rules. What cannot be seen is left to GitHub, which refuses without changing anything. */
export function rulesCondition({ rules, ruled, person, evidence, wish, isApproved }: Asked): Condition {
  const { branch } = wish.to;
  const change = { kind: "update", ref: `refs/heads/${branch}` } as const;
  const { actor, standing } = person;
  if (standing.verdict === "forbids") return fails(standing.text, standing.remedy ?? "");
  const found = violations(ruled, change, actor, evidence);
  const certain = found.filter(({ rule }) => !rule.isUncertain);
  const other = certain.find(({ rule }) => rule.type !== "pull_request");
  if (other)
    return fails(`${sourceOf(other.rule)}: ${other.reason}`, remedyFor(other.rule, change, actor.login));
  const review = certain[0];
  if (review && !isApproved) {
    return fails(`${sourceOf(review.rule)}: ${branch} changes through pull requests alone.`, wayOut(wish));
  }
  if (review) {
    const text = `${sourceOf(review.rule)} asks for a pull request. That commit's is approved, and GitHub's documentation leaves open whether it may be pushed then; it is tried.`;
    return { id: "rules", state: "unknown", text };
  }
  const hidden = [
    ...unseenRules(rules, change.ref),
    ...(standing.verdict === "unseen" ? [standing] : []),
    ...demandsOf(ruled, change, actor).filter(({ open }) => open === "rules-that-forbid-nothing"),
  ];
  if (found.length > 0 || hidden.length > 0) {
    const why = hidden[0]?.text ?? "Who may bypass the rules is not shown to this token.";
    return { id: "rules", state: "unknown", text: `${why} GitHub decides when ${branch} is moved.` };
  }
  return { id: "rules", state: "holds", text: `The rules let ${actor.login} move ${branch} to that commit.` };
}

/** Merging is no way out: squash and rebase make new commits. */
export function wayOut({ to, from, stack }: Wish): string {
  return (
    `Merging a pull request would give ${to.branch} another commit than ${from.environment} ran, since squash and rebase ` +
    `write new ones. To move ${to.branch} to the very commit, let its owner push past the pull request: ` +
    `pulumi config set --path kai:rules.mainPushMode direct --stack ${stack}, then pulumi up --stack ${stack}.`
  );
}

function sourceOf({
  origin,
  ruleset,
  pattern,
}: {
  origin: string;
  ruleset?: { name: string };
  pattern?: string;
}): string {
  return origin === "ruleset" ? `Ruleset "${ruleset?.name}"` : `The classic rule "${pattern}"`;
}

function fails(text: string, remedy: string): Condition {
  return { id: "rules", state: "fails", text, remedy };
}
