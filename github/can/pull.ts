/** Whether a certain pull request can be merged now. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import type { Actor } from "../decisions/actor.ts";
import { type BoundRule, boundRules } from "../decisions/bound.ts";
import type { Ruled } from "../decisions/patterns.ts";
import { UNKNOWN_OWNERS } from "../decisions/reviews.ts";
import { type Change, type Evidence, RULES } from "../decisions/rules.ts";
import { type PullFacts, readEvidence, readPull, readStanding } from "../evidence.ts";
import type { Target } from "../inventory/read.ts";
import type { Reason } from "./answer.ts";
import { type Branches, offeredMethods } from "./branches.ts";
import { demandsOf, originOf, prohibition, ruledOf, unseenRules } from "./demands.ts";
import { type People, roleOf } from "./people.ts";
import { CONVERSATIONS } from "./words.ts";

/** Each condition by itself, for the method that has the fewest against it. */
export async function canMergePull(
  github: Octokit,
  target: Target,
  repository: Branches & People,
  number: number,
  actor: Actor,
): Promise<Reason[]> {
  const pull = await readPull(github, target, number);
  if (!pull) throw new UserError(`${target.owner}/${target.repo} has no pull request #${number}.`);
  const reviews = await readStanding(github, target, pull, (login) => roleOf(repository, login));
  const evidence = await readEvidence(github, target, { base: pull.base.ref, sha: pull.head.sha }, reviews);
  const ref = `refs/heads/${pull.base.ref}`;
  const ruled = ruledOf(repository);
  const ways = offeredMethods(repository.repository).map((method) => ({
    method,
    reasons: conditions(ruled, { kind: "merge", ref, method }, actor, evidence),
  }));
  const [best] = ways.toSorted((one, other) => against(one.reasons) - against(other.reasons));
  const isFree = best && against(best.reasons) === 0;
  const how: Reason[] = isFree ? [{ verdict: "note", text: `It can be merged by ${best.method}.` }] : [];
  return [...stateReasons(pull), ...(best?.reasons ?? []), ...how, ...unseenRules(repository, ref)];
}

function against(reasons: readonly Reason[]): number {
  return reasons.filter(({ verdict }) => verdict === "forbids").length;
}

/** What the rules ask for in general, each with whether this pull request has it. */
function conditions(ruled: Ruled, change: Change, actor: Actor, evidence: Evidence): Reason[] {
  const general = demandsOf(ruled, change, actor).filter(({ verdict }) => verdict !== "needs");
  const judged = boundRules(ruled, change.ref, actor, true).flatMap((rule): Reason[] => {
    const refusal = RULES[rule.type]?.({ change, evidence }, rule.parameters);
    const isGeneral = general.some(
      (one) => one.rule === rule.type && one.origin?.name === originOf(rule).name,
    );
    if (isGeneral) return [];
    if (refusal === UNKNOWN_OWNERS) return [hiddenOwners(rule)];
    if (refusal !== undefined) return [prohibition(rule, change, refusal, actor)];
    return MET[rule.type]
      ? [{ verdict: "allows", text: MET[rule.type] ?? "", rule: rule.type, origin: originOf(rule) }]
      : [];
  });
  return [...general, ...judged, ...conversations(boundRules(ruled, change.ref, actor, true))];
}

function hiddenOwners(rule: BoundRule): Reason {
  const text =
    "A team, or an address, owns files of it, and whether who approved is meant by that cannot be seen.";
  return { verdict: "unseen", text, rule: rule.type, origin: originOf(rule) };
}

/** What is not looked up. */
function conversations(rules: readonly BoundRule[]): Reason[] {
  const [rule] = rules.filter(({ parameters }) => parameters.required_review_thread_resolution === true);
  if (!rule) return [];
  return [{ verdict: "needs", text: CONVERSATIONS, rule: rule.type, origin: originOf(rule) }];
}

/** What is said of a rule that this pull request meets; rules that say nothing to merges are left out. */
const MET: Readonly<Record<string, string>> = {
  pull_request: "Its reviews suffice.",
  required_status_checks: "Its checks are green.",
  required_linear_history: "It brings no merge commit.",
  required_signatures: "Its signatures are verified.",
  required_deployments: "Its head was deployed with success.",
};

function stateReasons({ number, state, merged, draft, mergeable, url }: PullFacts): Reason[] {
  const origin = { kind: "pull request", name: `#${number}`, url } as const;
  const no = (text: string, remedy: string): Reason[] => [{ verdict: "forbids", text, origin, remedy }];
  if (merged) return no(`#${number} is merged already.`, "There is nothing left to do.");
  if (state === "closed")
    return no(`#${number} is closed.`, "Its author, or whoever may write, can reopen it.");
  if (draft) return no(`#${number} is a draft.`, "Its author can mark it as ready for review.");
  if (mergeable === false) {
    return no(
      `#${number} conflicts with its base.`,
      "Merge the base branch into it and resolve the conflict.",
    );
  }
  if (mergeable === true) return [];
  const text = "GitHub has not worked out yet whether it conflicts with its base.";
  return [{ verdict: "unseen", text, origin, remedy: "Ask again in a moment." }];
}
