import type { RepositoryFacts } from "./contradictions.ts";
import { type RulesOf, wantedRules } from "./rules.ts";

/**
 * What OpenSSF Scorecard's check Branch-Protection gives for the rules of the production branch
 * (ossf/scorecard 40c1e35: checks/evaluation/branch_protection.go, clients/githubrepo/branches.go). Scorecard also looks
 * at branches that a release was made from, which nobody can foretell.
 */
export interface BranchProtectionScore {
  /** 0 to 10, rounded down as Scorecard does. */
  score: number;
  /** The highest tier that is complete, 0 to 5. A tier counts only after the one before it. */
  tier: number;
  /** What is not met, in the order of the tiers: a sentence for each. */
  missing: { tier: number; reason: string }[];
}

/** One thing that Scorecard asks. */
interface Demand {
  tier: number;
  /** How much it counts within its tier. */
  weight: number;
  isMet: boolean;
  /** Why it is not met, as a sentence. */
  reason: string;
}

/** Points that a whole tier gives, first tier first. */
const POINTS = [3, 3, 2, 1, 1] as const;

/** Approvals that Scorecard calls thorough. */
const THOROUGH = 2;

/** @param facts without one, a CODEOWNERS file is taken to be there */
export function branchProtectionScore(settings: RulesOf, facts: RepositoryFacts = {}): BranchProtectionScore {
  const demands = demandsOn(settings, facts);
  let score = 0;
  let tier = 0;
  for (const [index, points] of POINTS.entries()) {
    const own = demands.filter((demand) => demand.tier === index + 1);
    const weight = (list: readonly Demand[]) => list.reduce((sum, demand) => sum + demand.weight, 0);
    const met = own.filter(({ isMet }) => isMet);
    score += (points * weight(met)) / weight(own);
    if (met.length < own.length) break;
    tier = index + 1;
  }
  const missing = demands
    .filter(({ isMet }) => !isMet)
    .map((demand) => ({ tier: demand.tier, reason: demand.reason }));
  return { score: Math.floor(score), tier, missing };
}

function demandsOn(settings: RulesOf, { hasCodeOwners = true }: RepositoryFacts): Demand[] {
  const { branches, rules } = settings;
  const seen = asScorecardSees(settings);
  const demand = (tier: number, isMet: boolean, reason: string, weight = 1): Demand => ({
    tier,
    weight,
    isMet,
    reason,
  });
  const main = branches.production;
  return [
    demand(1, seen.noForcePush, `${main} may be pushed to by force`),
    demand(1, seen.noDeletion, `${main} may be deleted`),
    demand(2, seen.approvals > 0, `${main} needs no approval`, 2),
    demand(2, seen.pullRequest, `${main} needs no pull request`),
    demand(2, seen.upToDate, "a pull request need not be up to date: `upToDate: true`"),
    demand(2, seen.lastPush, "who pushed last may approve it: `lastPushApproval: true`"),
    demand(3, seen.checks > 0, `${main} needs no check`),
    demand(
      4,
      seen.approvals >= THOROUGH,
      `fewer than ${THOROUGH} approvals: \`requiredReviews: ${THOROUGH}\``,
    ),
    demand(
      4,
      seen.codeOwners && hasCodeOwners,
      seen.codeOwners ? "there is no file CODEOWNERS" : "code owners need not approve: `codeOwners: true`",
    ),
    demand(5, seen.dismissStale, "a push does not take back approvals"),
    demand(
      5,
      !seen.bypass,
      rules.kind === "classic"
        ? "administrators may bypass the rules"
        : `somebody may bypass a ruleset of ${main}, which counts as "administrators may" whatever the ruleset says: ${rules.mainOwner} passes the lock that keeps others from pushing (ossf/scorecard#3480)`,
    ),
  ];
}

/** Both mechanisms, in the fields that Scorecard reads of either. */
function asScorecardSees(settings: RulesOf) {
  const { rulesets, classic } = wantedRules(settings);
  const main = settings.branches.production;
  const sets = rulesets.filter(
    ({ includes, target }) =>
      target === "branch" && (includes.includes(`refs/heads/${main}`) || includes.includes("~ALL")),
  );
  const rule = classic.find(({ pattern }) => pattern === main);
  const review = rule?.requiredPullRequestReviews;
  const pulls = sets.flatMap(({ rules }) => rules.pullRequest ?? []);
  const checks = sets.flatMap(({ rules }) => rules.requiredStatusChecks ?? []);
  return {
    noForcePush: rule?.allowsForcePushes === false || sets.some(({ rules }) => rules.nonFastForward),
    noDeletion: rule?.allowsDeletions === false || sets.some(({ rules }) => rules.deletion),
    approvals: Math.max(
      review?.requiredApprovingReviewCount ?? 0,
      ...pulls.map(({ requiredApprovingReviewCount }) => requiredApprovingReviewCount),
    ),
    pullRequest: review !== undefined || pulls.length > 0,
    upToDate:
      rule?.requiredStatusChecks?.strict === true ||
      checks.some((check) => check.strictRequiredStatusChecksPolicy),
    lastPush: review?.requireLastPushApproval === true || pulls.some((pull) => pull.requireLastPushApproval),
    checks:
      (rule?.requiredStatusChecks?.contexts.length ?? 0) +
      checks.flatMap(({ requiredChecks }) => requiredChecks).length,
    codeOwners: review?.requireCodeOwnerReviews === true || pulls.some((pull) => pull.requireCodeOwnerReview),
    dismissStale:
      review?.dismissStaleReviews === true || pulls.some((pull) => pull.dismissStaleReviewsOnPush),
    bypass: rule?.enforceAdmins === false || sets.some(({ bypassActors }) => bypassActors.length > 0),
  };
}
