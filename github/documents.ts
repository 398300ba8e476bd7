/** Documents of GitHub's interface that more than one room reads, in the shape in which GitHub answers them. */

/** The built-in roles of a repository (docs.github.com, repository-roles-for-an-organization). */
export type RoleName = "admin" | "maintain" | "write" | "triage" | "read";

/** Who may bypass a ruleset (OpenAPI, repository-ruleset-bypass-actor). */
export interface BypassActor {
  actor_id: number | null;
  actor_type: string;
  bypass_mode: "always" | "pull_request" | "exempt";
}

export interface RulesetRule {
  type: string;
  parameters?: Record<string, unknown>;
}

/** A ruleset of a repository (OpenAPI, repository-ruleset). */
export interface Ruleset {
  id: number;
  name: string;
  target: "branch" | "tag" | "push";
  /** `Repository`, or `Organization` for one that the organization imposes. */
  source_type: string;
  enforcement: "active" | "disabled" | "evaluate";
  /** Absent where the token may not see it: empty and hidden are two things (theam/facility#169). */
  bypass_actors?: BypassActor[];
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: RulesetRule[];
  /** What the token's user may bypass, which GitHub tells also where the list is hidden. */
  current_user_can_bypass?: "always" | "exempt" | "pull_requests_only" | "never";
  _links?: { html?: { href: string } | null };
  created_at: string;
  updated_at: string;
}

/**
 * A classic rule, as GraphQL has it: also for patterns that match no branch. Actors are logins, an app's with `[bot]`, or
 * `organization/team`.
 */
export interface ClassicRule {
  id: string;
  pattern: string;
  isAdminEnforced: boolean;
  allowsDeletions: boolean;
  allowsForcePushes: boolean;
  lockBranch: boolean;
  requiresCommitSignatures: boolean;
  requiresConversationResolution: boolean;
  requiresLinearHistory: boolean;
  requiresApprovingReviews: boolean;
  requiredApprovingReviewCount: number;
  dismissesStaleReviews: boolean;
  requiresCodeOwnerReviews: boolean;
  requireLastPushApproval: boolean;
  /** Whether only those of a list may dismiss reviews; undefined where nobody asked. */
  restrictsReviewDismissals?: boolean;
  requiresDeployments: boolean;
  requiredDeploymentEnvironments: string[];
  requiresStatusChecks: boolean;
  requiresStrictStatusChecks: boolean;
  requiredStatusCheckContexts: string[];
  restrictsPushes: boolean;
  blocksCreations: boolean;
  pushAllowances: string[];
  bypassPullRequestAllowances: string[];
  bypassForcePushAllowances: string[];
}

/** A reviewer of an environment. */
export interface Reviewer {
  type: "User" | "Team";
  reviewer: { id: number; login?: string; slug?: string };
}

/** What stands between a job and an environment (OpenAPI, environment). */
export type Protection =
  | { id: number; type: "wait_timer"; wait_timer: number }
  | { id: number; type: "required_reviewers"; prevent_self_review: boolean; reviewers: Reviewer[] }
  | { id: number; type: "branch_policy" };

export interface BranchPolicy {
  id: number;
  name: string;
  type: "branch" | "tag";
}

/** What GitHub answers about a secret; never its value. */
export interface SecretFacts {
  name: string;
  created_at: string;
  updated_at: string;
}
