import type { Settings } from "../settings.ts";
import { ref } from "./branches.ts";
import { requiredChecks } from "./jobs.ts";

/**
 * The protection of one branch in words that belong to neither of GitHub's two mechanisms. The specification's three
 * sections are written down once, in `describeProtection`; `toRulesets` and `toClassic` translate.
 */
export interface BranchProtection {
  /** Branch name in short form. */
  branch: string;
  role: "production" | "staging" | "development";
  /** The only login that may push; undefined: everybody with write access. */
  onlyPusher?: string;
  /** Whether that login may push past a pull request. */
  pusherSkipsPullRequest: boolean;
  /** Approvals that a pull request needs; undefined: no pull request is required. */
  reviews?: number;
  /** Names of the checks that must be green. */
  checks: string[];
  /** Whether the branch must contain its base before it is merged. */
  upToDate: boolean;
  /** Whether merge commits are refused. */
  linear: boolean;
  /** Whether administrators may bypass. */
  administratorsBypass: boolean;
}

/** The specification's "Branch Protection Rules", branch by branch and line by line. */
export function describeProtection(settings: Pick<Settings, "branches" | "rules">): BranchProtection[] {
  const { branches, rules } = settings;
  const checks = requiredChecks();
  return [
    {
      branch: branches.production,
      role: "production",
      // Only user "Basilakis" can push directly to `main`
      onlyPusher: rules.mainOwner,
      pusherSkipsPullRequest: rules.mainPushMode === "direct",
      // Require pull request reviews before merging
      reviews: rules.requiredReviews,
      // Require status checks to pass before merging
      checks,
      // A promotion moves a commit that staging has tested; merging the branch back first would change it.
      upToDate: false,
      // Require linear history (no merge commits)
      linear: true,
      // Do not allow bypassing the above settings
      administratorsBypass: false,
    },
    {
      branch: branches.staging,
      role: "staging",
      pusherSkipsPullRequest: false,
      // Require pull request reviews before merging
      reviews: rules.requiredReviews,
      // Require status checks to pass before merging
      checks,
      upToDate: false,
      // The repository offers no merge commits (see MERGE_SETTINGS), so what comes by pull request is linear anyway.
      linear: false,
      // Allow administrators to bypass
      administratorsBypass: true,
    },
    {
      branch: branches.development,
      role: "development",
      // No restrictions on who can push
      pusherSkipsPullRequest: false,
      // Require status checks to pass before merging
      checks,
      upToDate: false,
      linear: false,
      administratorsBypass: false,
    },
  ];
}

/** The GitHub App of Actions: a check is accepted from it alone, not from anybody who may set a status. */
export const ACTIONS_APP_ID = 15368;

/** The repository role `admin` as a bypass actor (docs.github.com, REST rulesets: actor_id). */
export const ADMIN_ROLE_ID = 5;

/** Who may bypass a ruleset. The id of a user is looked up by the component; the other ids are constants. */
export type BypassActor = { mode: "always" | "pull_request" } & (
  | { actorType: "RepositoryRole"; actorId: number }
  | { actorType: "User"; login: string }
);

/** One ruleset, near the arguments of the provider's RepositoryRuleset. */
export interface Ruleset {
  name: string;
  target: "branch";
  enforcement: "active";
  /** Refs in full form. The provider accepts `main`, and such a ruleset protects nothing. */
  includes: string[];
  bypassActors: BypassActor[];
  rules: {
    /** Only bypass actors may move the branch. */
    update?: true;
    deletion?: true;
    nonFastForward?: true;
    requiredLinearHistory?: true;
    pullRequest?: {
      requiredApprovingReviewCount: number;
      dismissStaleReviewsOnPush: boolean;
      requireLastPushApproval: boolean;
      /** Stated even where all are allowed: GitHub fills the list in when it is absent, which looks like a change. */
      allowedMergeMethods: ("merge" | "squash" | "rebase")[];
    };
    requiredStatusChecks?: {
      strictRequiredStatusChecksPolicy: boolean;
      requiredChecks: { context: string; integrationId: number }[];
    };
  };
}

/**
 * Rulesets, for users and organizations. "Who may push" is a ruleset of its own: a bypass actor bypasses every rule of
 * its ruleset, and the owner of the production branch shall not bypass its quality rules.
 */
export function toRulesets(protections: readonly BranchProtection[]): Ruleset[] {
  return protections.flatMap((protection) => {
    const { branch, onlyPusher } = protection;
    const quality: Ruleset = {
      ...rulesetOn(onlyPusher === undefined ? branch : `${branch}-quality`, branch),
      bypassActors: qualityBypass(protection),
      rules: qualityRules(protection),
    };
    if (onlyPusher === undefined) return [quality];
    const lock: Ruleset = {
      ...rulesetOn(`${branch}-owner-lock`, branch),
      bypassActors: [{ actorType: "User", login: onlyPusher, mode: "always" }],
      rules: { update: true },
    };
    return [lock, quality];
  });
}

function rulesetOn(
  name: string,
  branch: string,
): Pick<Ruleset, "name" | "target" | "enforcement" | "includes"> {
  return { name, target: "branch", enforcement: "active", includes: [ref(branch)] };
}

function qualityBypass({
  administratorsBypass,
  onlyPusher,
  pusherSkipsPullRequest,
}: BranchProtection): BypassActor[] {
  if (administratorsBypass) return [{ actorType: "RepositoryRole", actorId: ADMIN_ROLE_ID, mode: "always" }];
  if (onlyPusher === undefined || !pusherSkipsPullRequest) return [];
  return [{ actorType: "User", login: onlyPusher, mode: "always" }];
}

function qualityRules({ reviews, checks, upToDate, linear }: BranchProtection): Ruleset["rules"] {
  return {
    // Classic protection forbids both by itself, rulesets only when told.
    deletion: true,
    nonFastForward: true,
    ...(linear && { requiredLinearHistory: true }),
    ...(reviews !== undefined && {
      pullRequest: {
        requiredApprovingReviewCount: reviews,
        dismissStaleReviewsOnPush: true,
        requireLastPushApproval: false,
        allowedMergeMethods: linear ? ["squash", "rebase"] : ["merge", "squash", "rebase"],
      },
    }),
    // An empty list of checks is refused by the provider.
    ...(checks.length > 0 && {
      requiredStatusChecks: {
        strictRequiredStatusChecksPolicy: upToDate,
        requiredChecks: checks.map((context) => ({ context, integrationId: ACTIONS_APP_ID })),
      },
    }),
  };
}

/** Classic protection of one branch, near the arguments of the provider's BranchProtection. */
export interface ClassicProtection {
  pattern: string;
  enforceAdmins: boolean;
  requiredLinearHistory: boolean;
  allowsDeletions: boolean;
  allowsForcePushes: boolean;
  requiredStatusChecks?: { strict: boolean; contexts: string[] };
  requiredPullRequestReviews?: {
    requiredApprovingReviewCount: number;
    dismissStaleReviews: boolean;
    requireLastPushApproval: boolean;
    /** `/login`; pushes past the pull request, not past the checks. */
    pullRequestBypassers: string[];
  };
  restrictPushes?: {
    /** `/login`: the provider tells users from teams and apps by the slash. */
    pushAllowances: string[];
    blocksCreations: boolean;
  };
}

/** Classic protection with push restrictions; organizations only, which the settings make sure of. */
export function toClassic(protections: readonly BranchProtection[]): ClassicProtection[] {
  return protections.map(({ branch, onlyPusher, pusherSkipsPullRequest, reviews, ...protection }) => {
    const pusher = onlyPusher === undefined ? [] : [`/${onlyPusher}`];
    return {
      pattern: branch,
      enforceAdmins: !protection.administratorsBypass,
      requiredLinearHistory: protection.linear,
      allowsDeletions: false,
      allowsForcePushes: false,
      ...(protection.checks.length > 0 && {
        requiredStatusChecks: { strict: protection.upToDate, contexts: protection.checks },
      }),
      ...(reviews !== undefined && {
        requiredPullRequestReviews: {
          requiredApprovingReviewCount: reviews,
          dismissStaleReviews: true,
          requireLastPushApproval: false,
          pullRequestBypassers: pusherSkipsPullRequest ? pusher : [],
        },
      }),
      ...(onlyPusher !== undefined && { restrictPushes: { pushAllowances: pusher, blocksCreations: true } }),
    };
  });
}
