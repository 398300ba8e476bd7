/** Rulesets, classic rules and environments as the interface answers them. */
import { bypasses } from "../../../../github/decisions/actor.ts";
import type { Reviewer } from "../../../../github/documents.ts";
import { actorOf } from "../../decisions.ts";
import {
  type EnvironmentDocument,
  nodeId,
  type ProtectionRuleDocument,
  type RulesetDocument,
} from "../../store.ts";
import { simpleUser } from "./accounts.ts";
import { apiOf, type Place } from "./git.ts";
import { teamBody } from "./teams.ts";

type Body = Record<string, unknown>;

/** An entry of the list: neither conditions nor rules (docs.github.com/rest/repos/rules#get-all-repository-rulesets). */
export function rulesetSummary(place: Place, ruleset: RulesetDocument): Body {
  const { rules: _, conditions: __, bypass_actors: ___, ...summary } = ruleset;
  const html = `${place.links.html}/${place.record.repository.full_name}/rules/${ruleset.id}`;
  const self = `${apiOf(place)}/rulesets/${ruleset.id}`;
  return { ...summary, _links: { self: { href: self }, html: { href: html } } };
}

/** `repository-ruleset`: who may bypass is shown to whoever may change it (github-ci.md 1.1, "Visibility"). */
export function rulesetBody(place: Place, ruleset: RulesetDocument): Body {
  const { github, record } = place;
  const { grant } = github;
  const level = grant?.permissions.administration ?? "none";
  const mayWrite = grant?.scopes ? grant.scopes.includes("repo") : level === "write";
  const isAdmin = github.roleIn(record) === "admin" && mayWrite;
  return {
    ...rulesetSummary(place, ruleset),
    conditions: ruleset.conditions,
    rules: ruleset.rules,
    ...(isAdmin && { bypass_actors: ruleset.bypass_actors }),
    current_user_can_bypass: ownBypass(place, ruleset),
  };
}

function ownBypass({ github, record }: Place, ruleset: RulesetDocument): string {
  const actor = actorOf(github, record);
  if (bypasses(ruleset, actor, false) === true) return "always";
  return bypasses(ruleset, actor, true) === true ? "pull_requests_only" : "never";
}

/** Of `branch-protection`, and what its own requests answer. */
export function signaturesBody(place: Place, branch: string, rule: ProtectionRuleDocument): Body {
  const url = `${apiOf(place)}/branches/${branch}/protection/required_signatures`;
  return { url, enabled: rule.requiresCommitSignatures };
}

/** `branch-protection` */
export function protectionBody(place: Place, branch: string, rule: ProtectionRuleDocument): Body {
  const { github, links } = place;
  const url = `${apiOf(place)}/branches/${branch}/protection`;
  const actors = (logins: string[]) => ({
    users: logins.map((login) => simpleUser(github, links, login)),
    teams: [],
    apps: [],
  });
  const enabled = (value: boolean) => ({ enabled: value });
  return {
    url,
    ...(rule.requiresStatusChecks && { required_status_checks: requiredChecks(url, rule) }),
    ...(rule.requiresApprovingReviews && {
      required_pull_request_reviews: {
        url: `${url}/required_pull_request_reviews`,
        dismiss_stale_reviews: rule.dismissesStaleReviews,
        require_code_owner_reviews: rule.requiresCodeOwnerReviews,
        require_last_push_approval: rule.requireLastPushApproval,
        required_approving_review_count: rule.requiredApprovingReviewCount,
        ...(rule.restrictsReviewDismissals && {
          dismissal_restrictions: {
            url: `${url}/dismissal_restrictions`,
            users_url: `${url}/dismissal_restrictions/users`,
            teams_url: `${url}/dismissal_restrictions/teams`,
            ...actors(rule.reviewDismissalAllowances),
          },
        }),
        ...(rule.bypassPullRequestAllowances.length > 0 && {
          bypass_pull_request_allowances: actors(rule.bypassPullRequestAllowances),
        }),
      },
    }),
    ...(rule.restrictsPushes && {
      restrictions: {
        url: `${url}/restrictions`,
        users_url: `${url}/restrictions/users`,
        teams_url: `${url}/restrictions/teams`,
        apps_url: `${url}/restrictions/apps`,
        ...actors(rule.pushAllowances),
      },
    }),
    required_signatures: signaturesBody(place, branch, rule),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rule.isAdminEnforced },
    required_linear_history: enabled(rule.requiresLinearHistory),
    allow_force_pushes: enabled(rule.allowsForcePushes),
    allow_deletions: enabled(rule.allowsDeletions),
    block_creations: enabled(rule.blocksCreations),
    required_conversation_resolution: enabled(rule.requiresConversationResolution),
    lock_branch: enabled(rule.lockBranch),
    allow_fork_syncing: enabled(false),
  };
}

function requiredChecks(url: string, rule: ProtectionRuleDocument): Body {
  const below = `${url}/required_status_checks`;
  return {
    url: below,
    strict: rule.requiresStrictStatusChecks,
    contexts: rule.requiredStatusCheckContexts,
    contexts_url: `${below}/contexts`,
    checks: rule.requiredStatusCheckContexts.map((context) => ({ context, app_id: null })),
  };
}

/** `environment` */
export function environmentBody(place: Place, environment: EnvironmentDocument): Body {
  const { links, record } = place;
  const { branch_policies: _, secrets: __, variables: ___, protection_rules, ...rest } = environment;
  return {
    ...rest,
    url: `${apiOf(place)}/environments/${encodeURIComponent(environment.name)}`,
    html_url: `${links.html}/${record.repository.full_name}/deployments/activity_log?environments_filter=${encodeURIComponent(environment.name)}`,
    protection_rules: protection_rules.map((rule) => ({
      ...rule,
      node_id: nodeId("GA", rule.id),
      ...(rule.type === "required_reviewers" && {
        reviewers: rule.reviewers.map((one) => reviewerBody(place, one)),
      }),
    })),
  };
}

/** A person or a team that lets jobs into an environment. */
export function reviewerBody({ github, links, record }: Place, { type, reviewer }: Reviewer): Body {
  const owner = github.account(record.repository.owner.login);
  const team = type === "Team" ? owner?.teams?.find(({ id }) => id === reviewer.id) : undefined;
  if (owner && team) return { type, reviewer: teamBody(links, owner, team) };
  return {
    type,
    reviewer: simpleUser(github, links, github.accountById(reviewer.id)?.login ?? reviewer.login ?? ""),
  };
}
