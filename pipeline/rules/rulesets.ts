import { ref } from "../branches.ts";
import type { BranchProtection, MergeMethod, PullRequestDemands, RulesOf } from "./protection.ts";

/** The repository role `admin` as a bypass actor (docs.github.com, REST rulesets: actor_id). */
export const ADMIN_ROLE_ID = 5;

/** Who may bypass a ruleset. The id of a user is looked up by the component; the other ids are constants. */
export type BypassActor = { mode: "always" | "pull_request" } & (
  | { actorType: "RepositoryRole"; actorId: number }
  | { actorType: "User"; login: string }
);

/** What a name or a message must match. */
interface Pattern {
  operator: "regex";
  pattern: string;
}

/** One ruleset, near the arguments of the provider's RepositoryRuleset. */
export interface Ruleset {
  name: string;
  target: "branch" | "tag";
  enforcement: "active";
  /** Refs in full form, or `~ALL`. The provider accepts `main`, and such a ruleset protects nothing. */
  includes: string[];
  bypassActors: BypassActor[];
  rules: {
    /** Only bypass actors may make the ref. */
    creation?: true;
    /** Only bypass actors may move it. */
    update?: true;
    deletion?: true;
    nonFastForward?: true;
    requiredLinearHistory?: true;
    requiredSignatures?: true;
    requiredDeployments?: { requiredDeploymentEnvironments: string[] };
    pullRequest?: {
      requiredApprovingReviewCount: number;
      dismissStaleReviewsOnPush: boolean;
      requireLastPushApproval: boolean;
      requireCodeOwnerReview?: true;
      requiredReviewThreadResolution?: true;
      /** Stated even where all are allowed: GitHub fills the list in when it is absent, which looks like a change. */
      allowedMergeMethods: MergeMethod[];
    };
    requiredStatusChecks?: {
      strictRequiredStatusChecksPolicy: boolean;
      doNotEnforceOnCreate?: true;
      requiredChecks: { context: string; integrationId?: number }[];
    };
    branchNamePattern?: Pattern;
    commitMessagePattern?: Pattern;
    commitAuthorEmailPattern?: Pattern;
  };
}

/**
 * Rulesets, for users and organizations. Whoever may bypass a ruleset bypasses every rule in it, so what differs in who
 * may bypass it is a ruleset of its own: who may move the branch, the pull request that its owner may push past, a
 * freeze.
 */
export function toRulesets(protections: readonly BranchProtection[]): Ruleset[] {
  return protections.flatMap((protection) => [
    ...ownerLock(protection),
    ...ownersReviews(protection),
    quality(protection),
    ...freeze(protection),
  ]);
}

/** What classic protection cannot say of the branches: the deployments that come before. It layers with rulesets. */
export function rulesetsBesideClassic(protections: readonly BranchProtection[]): Ruleset[] {
  return protections
    .filter(({ deployments }) => deployments.length > 0)
    .map((protection) => ({
      ...rulesetOn(protection.branch, "-deployments"),
      bypassActors: [],
      rules: deploymentRule(protection),
    }));
}

/** Tags that stay where they are, and patterns of names: only rulesets have them, and nobody may bypass them. */
export function rulesetsOfRepository({ rules }: Pick<RulesOf, "rules">): Ruleset[] {
  const rulesets: Ruleset[] = [];
  if (rules.protectedTags.length > 0) {
    rulesets.push({
      name: "tags",
      target: "tag",
      enforcement: "active",
      includes: rules.protectedTags.map((pattern) => `refs/tags/${pattern}`),
      bypassActors: [],
      rules: { update: true, deletion: true },
    });
  }
  const { branchName, commitMessage, authorEmail } = rules.patterns;
  if (branchName ?? commitMessage ?? authorEmail) {
    rulesets.push({
      name: "patterns",
      target: "branch",
      enforcement: "active",
      includes: ["~ALL"],
      bypassActors: [],
      rules: {
        ...(branchName && { branchNamePattern: { operator: "regex", pattern: branchName } }),
        ...(commitMessage && { commitMessagePattern: { operator: "regex", pattern: commitMessage } }),
        ...(authorEmail && { commitAuthorEmailPattern: { operator: "regex", pattern: authorEmail } }),
      },
    });
  }
  return rulesets;
}

function rulesetOn(
  branch: string,
  part: string,
): Pick<Ruleset, "name" | "target" | "enforcement" | "includes"> {
  return { name: `${branch}${part}`, target: "branch", enforcement: "active", includes: [ref(branch)] };
}

function userActor(login: string): BypassActor {
  return { actorType: "User", login, mode: "always" };
}

function ownerLock({ branch, onlyPusher, onlyPusherCreates }: BranchProtection): Ruleset[] {
  if (onlyPusher === undefined) return [];
  return [
    {
      ...rulesetOn(branch, "-owner-lock"),
      bypassActors: [userActor(onlyPusher)],
      rules: { update: true, ...(onlyPusherCreates && { creation: true }) },
    },
  ];
}

/** The pull request that the owner may push past; where nobody may, it is among the rules of quality. */
function ownersReviews(protection: BranchProtection): Ruleset[] {
  const { branch, onlyPusher, pusherSkipsPullRequest, pullRequest } = protection;
  if (onlyPusher === undefined || !pusherSkipsPullRequest || !pullRequest) return [];
  return [
    {
      ...rulesetOn(branch, "-reviews"),
      bypassActors: [userActor(onlyPusher)],
      rules: { pullRequest: pullRequestRule(pullRequest) },
    },
  ];
}

function quality(protection: BranchProtection): Ruleset {
  const { branch, onlyPusher, pullRequest, linear, signed } = protection;
  return {
    ...rulesetOn(branch, onlyPusher === undefined ? "" : "-quality"),
    bypassActors: protection.administratorsBypass
      ? [{ actorType: "RepositoryRole", actorId: ADMIN_ROLE_ID, mode: "always" }]
      : [],
    rules: {
      // Classic protection forbids both by itself, rulesets only when told.
      deletion: true,
      nonFastForward: true,
      ...(linear && { requiredLinearHistory: true }),
      ...(signed && { requiredSignatures: true }),
      ...(pullRequest && !protection.pusherSkipsPullRequest && { pullRequest: pullRequestRule(pullRequest) }),
      ...checkRule(protection),
      ...deploymentRule(protection),
    },
  };
}

function freeze({ branch, frozen }: BranchProtection): Ruleset[] {
  return frozen ? [{ ...rulesetOn(branch, "-freeze"), bypassActors: [], rules: { update: true } }] : [];
}

function pullRequestRule(demands: PullRequestDemands): NonNullable<Ruleset["rules"]["pullRequest"]> {
  return {
    requiredApprovingReviewCount: demands.approvals,
    dismissStaleReviewsOnPush: demands.dismissStale,
    requireLastPushApproval: demands.lastPush,
    ...(demands.codeOwners && { requireCodeOwnerReview: true }),
    ...(demands.conversations && { requiredReviewThreadResolution: true }),
    allowedMergeMethods: demands.methods,
  };
}

/** An empty list of checks is refused by the provider. */
function checkRule({ checks, upToDate, createdUnchecked }: BranchProtection): Ruleset["rules"] {
  if (checks.length === 0) return {};
  return {
    requiredStatusChecks: {
      strictRequiredStatusChecksPolicy: upToDate,
      ...(createdUnchecked && { doNotEnforceOnCreate: true }),
      requiredChecks: checks.map(({ context, app }) => ({
        context,
        ...(app !== undefined && { integrationId: app }),
      })),
    },
  };
}

function deploymentRule({ deployments }: BranchProtection): Ruleset["rules"] {
  if (deployments.length === 0) return {};
  return { requiredDeployments: { requiredDeploymentEnvironments: deployments } };
}
