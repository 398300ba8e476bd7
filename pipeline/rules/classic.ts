import type { BranchProtection } from "./protection.ts";

/** Classic protection of one branch, near the arguments of the provider's BranchProtection. */
export interface ClassicProtection {
  pattern: string;
  enforceAdmins: boolean;
  requiredLinearHistory: boolean;
  allowsDeletions: boolean;
  /** Never true, and no `forcePushBypassers` with it: the two together change in every run (terraform-provider-github#2054). */
  allowsForcePushes: boolean;
  requireSignedCommits?: true;
  requireConversationResolution?: true;
  lockBranch?: true;
  /** By name alone: the provider cannot say which app must report a check. */
  requiredStatusChecks?: { strict: boolean; contexts: string[] };
  requiredPullRequestReviews?: {
    requiredApprovingReviewCount: number;
    dismissStaleReviews: boolean;
    requireLastPushApproval: boolean;
    requireCodeOwnerReviews?: true;
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
  return protections.map((protection) => ({
    pattern: protection.branch,
    enforceAdmins: !protection.administratorsBypass,
    requiredLinearHistory: protection.linear,
    allowsDeletions: false,
    allowsForcePushes: false,
    ...(protection.signed && { requireSignedCommits: true }),
    ...(protection.pullRequest?.conversations && { requireConversationResolution: true }),
    ...(protection.frozen && { lockBranch: true }),
    ...parts(protection),
  }));
}

function parts(protection: BranchProtection): Partial<ClassicProtection> {
  const { onlyPusher, pusherSkipsPullRequest, pullRequest, checks, upToDate } = protection;
  const pusher = onlyPusher === undefined ? [] : [`/${onlyPusher}`];
  return {
    ...(checks.length > 0 && {
      requiredStatusChecks: { strict: upToDate, contexts: checks.map(({ context }) => context) },
    }),
    ...(pullRequest && {
      requiredPullRequestReviews: {
        requiredApprovingReviewCount: pullRequest.approvals,
        dismissStaleReviews: pullRequest.dismissStale,
        requireLastPushApproval: pullRequest.lastPush,
        ...(pullRequest.codeOwners && { requireCodeOwnerReviews: true }),
        pullRequestBypassers: pusherSkipsPullRequest ? pusher : [],
      },
    }),
    ...(onlyPusher !== undefined && { restrictPushes: { pushAllowances: pusher, blocksCreations: true } }),
  };
}
