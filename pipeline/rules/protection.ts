import type { Settings } from "../../settings.ts";
import { requiredChecks } from "../jobs.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

/** What a pull request needs before it may be merged. */
export interface PullRequestDemands {
  /** Approvals of people with write access. */
  approvals: number;
  /** Whether a push takes back the approvals before it. */
  dismissStale: boolean;
  /** Whether the owner of a changed file, by CODEOWNERS, must be among those who approve. */
  codeOwners: boolean;
  /** Whether somebody else than the last one who pushed must have approved. */
  lastPush: boolean;
  /** Whether all conversations must be resolved. */
  conversations: boolean;
  /** How it may be merged. */
  methods: MergeMethod[];
}

/** A check that must be green. */
export interface RequiredCheck {
  context: string;
  /** Id of the GitHub App that must report it; undefined: whoever may set a status. */
  app?: number;
}

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
  /** Whether only that login may create the branch. */
  onlyPusherCreates: boolean;
  /** Undefined: no pull request is required. */
  pullRequest?: PullRequestDemands;
  checks: RequiredCheck[];
  /**
   * Whether the branch may be made of a commit without these checks. The program makes it from the production branch,
   * also again after somebody deleted it, and shall not wait there for a job.
   */
  createdUnchecked: boolean;
  /** Whether the branch must contain its base before it is merged. */
  upToDate: boolean;
  /** Whether merge commits are refused. */
  linear: boolean;
  /** Whether every commit must carry a verified signature. */
  signed: boolean;
  /** Environments to which a commit must have been deployed before it may come. */
  deployments: string[];
  /** Whether administrators may bypass. */
  administratorsBypass: boolean;
  /** Whether nobody may change the branch for the time being. */
  frozen: boolean;
}

/** The settings that decide on rules. */
export type RulesOf = Pick<Settings, "branches" | "rules">;

/** The GitHub App of Actions: a check is accepted from it alone, not from anybody who may set a status. */
export const ACTIONS_APP_ID = 15368;

/** The specification's "Branch Protection Rules", branch by branch and line by line, with what the settings add. */
export function describeProtection({ branches, rules }: RulesOf): BranchProtection[] {
  const own = requiredChecks().map((context) => ({ context, app: ACTIONS_APP_ID }));
  const others = rules.otherChecks.map(({ name, app = ACTIONS_APP_ID }) => ({
    context: name,
    ...(app !== "any" && { app }),
  }));
  return [
    {
      branch: branches.production,
      role: "production",
      // Only user "Basilakis" can push directly to `main`
      onlyPusher: rules.mainOwner,
      pusherSkipsPullRequest: rules.mainPushMode === "direct",
      onlyPusherCreates: rules.profile === "hardened",
      // Require pull request reviews before merging
      pullRequest: demands(rules, true),
      // Require status checks to pass before merging
      checks: [...own, ...others],
      createdUnchecked: false,
      // A promotion moves a commit that staging has tested; merging the branch back first would change it.
      upToDate: rules.upToDate,
      // Require linear history (no merge commits)
      linear: true,
      signed: rules.signedCommits,
      deployments: rules.requiredDeployments,
      // Do not allow bypassing the above settings
      administratorsBypass: false,
      frozen: rules.frozen.includes("production"),
    },
    {
      branch: branches.staging,
      role: "staging",
      pusherSkipsPullRequest: false,
      onlyPusherCreates: false,
      // Require pull request reviews before merging
      pullRequest: demands(rules, false),
      // Require status checks to pass before merging
      checks: [...own, ...others],
      createdUnchecked: true,
      upToDate: rules.upToDate,
      // The repository offers no merge commits (see MERGE_SETTINGS), so what comes by pull request is linear anyway.
      linear: false,
      signed: rules.signedCommits,
      deployments: [],
      // Allow administrators to bypass
      administratorsBypass: rules.stagingBypass,
      frozen: rules.frozen.includes("staging"),
    },
    {
      branch: branches.development,
      role: "development",
      // No restrictions on who can push
      pusherSkipsPullRequest: false,
      onlyPusherCreates: false,
      // Require status checks to pass before merging
      checks: own,
      createdUnchecked: true,
      upToDate: false,
      linear: false,
      signed: false,
      deployments: [],
      administratorsBypass: false,
      frozen: rules.frozen.includes("development"),
    },
  ];
}

function demands(rules: Settings["rules"], linear: boolean): PullRequestDemands {
  // GitHub signs what it merges and squashes; what it rebases it cannot sign, and refuses
  // (docs.github.com, about-protected-branches#require-signed-commits).
  const methods: MergeMethod[] = rules.signedCommits ? ["squash"] : ["squash", "rebase"];
  return {
    approvals: rules.requiredReviews,
    dismissStale: true,
    codeOwners: rules.codeOwners,
    lastPush: rules.lastPushApproval,
    conversations: rules.resolvedConversations,
    methods: linear ? methods : ["merge", ...methods],
  };
}
