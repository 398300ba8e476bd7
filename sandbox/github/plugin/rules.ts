/** Rulesets and classic protection as the github plugin 6.15.0 shows them. */
import type { RulesetRule } from "../../../github/documents.ts";
import type { CheckFailure, ResourceType } from "../../provider/declaration.ts";
import { isObject, type Properties, UNKNOWN } from "../../provider/values.ts";
import type { GitHub } from "../client.ts";
import {
  createProtection,
  deleteProtection,
  findProtection,
  type ProtectionRequest,
  repositoryByNode,
  updateProtection,
} from "../protection.ts";
import {
  createRuleset,
  deleteRuleset,
  findRuleset,
  type RulesetRequest,
  updateRuleset,
} from "../rulesets.ts";
import type { ProtectionRuleDocument, RulesetDocument } from "../store.ts";

/** Rules without parameters: input of the plugin → type of GitHub. */
const FLAGS = {
  creation: "creation",
  update: "update",
  deletion: "deletion",
  requiredLinearHistory: "required_linear_history",
  requiredSignatures: "required_signatures",
  nonFastForward: "non_fast_forward",
} as const;

/** Rules with parameters; inner names differ by case of letters only, except where a table says so. */
const PARAMETERS = {
  pullRequest: "pull_request",
  requiredStatusChecks: "required_status_checks",
  requiredDeployments: "required_deployments",
  branchNamePattern: "branch_name_pattern",
  commitMessagePattern: "commit_message_pattern",
  commitAuthorEmailPattern: "commit_author_email_pattern",
} as const;

const RENAMED: Record<string, string> = {
  requiredChecks: "required_status_checks",
};

function snake(name: string): string {
  return RENAMED[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camel(name: string): string {
  const renamed = Object.entries(RENAMED).find(([, member]) => member === name);
  return renamed?.[0] ?? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function rename(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), rename(item, change)]));
}

/** What GitHub adds to the parameters of a rule where the request leaves them out (OpenAPI, repository-rule). */
const DEFAULTS: Record<string, Properties> = {
  pull_request: {
    required_approving_review_count: 0,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
    allowed_merge_methods: ["merge", "squash", "rebase"],
  },
  required_status_checks: { strict_required_status_checks_policy: false, do_not_enforce_on_create: false },
};

function toRules(rules: Properties): RulesetRule[] {
  const flags = Object.entries(FLAGS)
    .filter(([input]) => rules[input] === true)
    .map(([, type]) => ({ type }));
  const others = Object.entries(PARAMETERS)
    .filter(([input]) => isObject(rules[input]))
    .map(([input, type]) => ({
      type,
      parameters: { ...DEFAULTS[type], ...(rename(rules[input], snake) as Properties) },
    }));
  return [...flags, ...others];
}

function fromRules(rules: RulesetRule[]): Properties {
  const flags = Object.entries(FLAGS).map(([input, type]) => [
    input,
    rules.some((rule) => rule.type === type),
  ]);
  const others = Object.entries(PARAMETERS).flatMap(([input, type]) => {
    const rule = rules.find((candidate) => candidate.type === type);
    return rule ? [[input, rename(rule.parameters ?? {}, camel)]] : [];
  });
  return Object.fromEntries([...flags, ...others]);
}

interface RefName {
  includes?: string[];
  excludes?: string[];
}

function rulesetRequest(inputs: Properties): RulesetRequest {
  const { refName = {} } = (inputs.conditions ?? {}) as { refName?: RefName };
  return {
    name: String(inputs.name),
    target: inputs.target as RulesetDocument["target"],
    enforcement: inputs.enforcement as RulesetDocument["enforcement"],
    bypass_actors: ((inputs.bypassActors ?? []) as Properties[]).map((actor) => ({
      actor_id: (actor.actorId as number | undefined) ?? null,
      actor_type: String(actor.actorType),
      bypass_mode: actor.bypassMode as "always",
    })),
    conditions: { ref_name: { include: refName.includes ?? [], exclude: refName.excludes ?? [] } },
    rules: toRules((inputs.rules ?? {}) as Properties),
  };
}

const ruleset: ResourceType<GitHub> = {
  failsWhenGone: ["delete"],
  replaceOn: ["repository"],
  optionalComputed: ["etag", "rules.pullRequest.allowedMergeMethods"],
  sets: ["bypassActors", "rules.requiredStatusChecks.requiredChecks"],
  defaults: (inputs, { name, suffix }) =>
    inputs.name === undefined && suffix ? { name: `${name}-${suffix}` } : {},
  check: checkRuleset,
  create(github, inputs) {
    return String(createRuleset(github, String(inputs.repository), rulesetRequest(inputs)).id);
  },
  read(github, id) {
    const found = findRuleset(github, Number(id));
    if (!found) return undefined;
    const { record, ruleset: document } = found;
    const { include, exclude } = document.conditions.ref_name;
    return {
      repository: record.repository.name,
      name: document.name,
      target: document.target,
      enforcement: document.enforcement,
      bypassActors: document.bypass_actors.map(({ actor_id, actor_type, bypass_mode }) => ({
        ...(actor_id !== null && { actorId: actor_id }),
        actorType: actor_type,
        bypassMode: bypass_mode,
      })),
      conditions: { refName: { includes: include, excludes: exclude } },
      rules: fromRules(document.rules),
      rulesetId: document.id,
      nodeId: document.node_id,
      etag: `W/"${document.updated_at}"`,
    };
  },
  importedId: (_, id) => id.split(":").at(-1) ?? id,
  update(github, id, inputs) {
    updateRuleset(github, String(inputs.repository), Number(id), rulesetRequest(inputs));
  },
  delete: (github, id) => deleteRuleset(github, Number(id)),
};

/** What the plugin refuses in a preview (real-plugins.md); wrong ref names and missing ids it accepts. */
function checkRuleset(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const oneOf = (property: string, value: unknown, allowed: string[]) => {
    if (typeof value === "string" && value !== UNKNOWN && !allowed.includes(value)) {
      failures.push({
        property,
        reason: `expected ${property} to be one of ${JSON.stringify(allowed)}, got ${value}`,
      });
    }
  };
  oneOf("enforcement", inputs.enforcement, ["disabled", "active", "evaluate"]);
  oneOf("target", inputs.target, ["branch", "tag", "push"]);
  for (const actor of (Array.isArray(inputs.bypassActors) ? inputs.bypassActors : []) as Properties[]) {
    const types = ["RepositoryRole", "Team", "Integration", "OrganizationAdmin", "DeployKey", "User"];
    oneOf("actorType", actor.actorType, types);
    oneOf("bypassMode", actor.bypassMode, ["always", "pull_request", "exempt"]);
  }
  const { pullRequest, requiredStatusChecks } = (inputs.rules ?? {}) as Record<
    string,
    Properties | undefined
  >;
  if (Number(pullRequest?.requiredApprovingReviewCount ?? 0) > 10) {
    failures.push({
      property: "rules.pullRequest.requiredApprovingReviewCount",
      reason: "expected required_approving_review_count to be in the range (0 - 10)",
    });
  }
  for (const method of (pullRequest?.allowedMergeMethods ?? []) as string[]) {
    oneOf("allowedMergeMethods", method, ["merge", "squash", "rebase"]);
  }
  if (
    Array.isArray(requiredStatusChecks?.requiredChecks) &&
    requiredStatusChecks.requiredChecks.length === 0
  ) {
    failures.push({
      property: "rules.requiredStatusChecks.requiredChecks",
      reason: "requires 1 item minimum, but config has only 0 declared",
    });
  }
  return failures;
}

/** Plain flags of a classic rule: input of the plugin → member of GitHub's type. */
const CLASSIC_FLAGS = {
  enforceAdmins: "isAdminEnforced",
  allowsDeletions: "allowsDeletions",
  allowsForcePushes: "allowsForcePushes",
  lockBranch: "lockBranch",
  requireSignedCommits: "requiresCommitSignatures",
  requireConversationResolution: "requiresConversationResolution",
  requiredLinearHistory: "requiresLinearHistory",
} as const;

/** `/login` names a user; the plugin takes anything else for a team or a node id (github-ci.md 2.2). */
function logins(names: unknown): string[] {
  return ((names ?? []) as string[]).map((name) => name.replace(/^\//, ""));
}

function slashed(names: string[]): string[] {
  return names.map((name) => `/${name}`);
}

function protectionRequest(inputs: Properties): ProtectionRequest {
  const [reviews] = (inputs.requiredPullRequestReviews ?? []) as Properties[];
  const [checks] = (inputs.requiredStatusChecks ?? []) as Properties[];
  const [pushes] = (inputs.restrictPushes ?? []) as Properties[];
  const flags = Object.entries(CLASSIC_FLAGS).map(([input, member]) => [member, inputs[input] === true]);
  return {
    ...(Object.fromEntries(flags) as Record<(typeof CLASSIC_FLAGS)[keyof typeof CLASSIC_FLAGS], boolean>),
    pattern: String(inputs.pattern),
    requiresApprovingReviews: reviews !== undefined,
    requiredApprovingReviewCount: reviews ? Number(reviews.requiredApprovingReviewCount ?? 1) : 0,
    dismissesStaleReviews: reviews?.dismissStaleReviews === true,
    requiresCodeOwnerReviews: reviews?.requireCodeOwnerReviews === true,
    requireLastPushApproval: reviews?.requireLastPushApproval === true,
    restrictsReviewDismissals: reviews?.restrictDismissals === true,
    reviewDismissalAllowances: logins(reviews?.dismissalRestrictions),
    bypassPullRequestAllowances: logins(reviews?.pullRequestBypassers),
    // The resource has no words for required deployments (github-ci.md 2.1).
    requiresDeployments: false,
    requiredDeploymentEnvironments: [],
    requiresStatusChecks: checks !== undefined,
    requiresStrictStatusChecks: checks?.strict === true,
    requiredStatusCheckContexts: ((checks?.contexts ?? []) as string[]).slice(),
    restrictsPushes: pushes !== undefined,
    blocksCreations: pushes ? pushes.blocksCreations !== false : false,
    pushAllowances: logins(pushes?.pushAllowances),
    bypassForcePushAllowances: logins(inputs.forcePushBypassers),
  };
}

function protectionOutputs(rule: ProtectionRuleDocument): Properties {
  return {
    ...Object.fromEntries(Object.entries(CLASSIC_FLAGS).map(([input, member]) => [input, rule[member]])),
    pattern: rule.pattern,
    forcePushBypassers: slashed(rule.bypassForcePushAllowances),
    requiredPullRequestReviews: rule.requiresApprovingReviews
      ? [
          {
            requiredApprovingReviewCount: rule.requiredApprovingReviewCount,
            dismissStaleReviews: rule.dismissesStaleReviews,
            requireCodeOwnerReviews: rule.requiresCodeOwnerReviews,
            requireLastPushApproval: rule.requireLastPushApproval,
            restrictDismissals: rule.restrictsReviewDismissals,
            dismissalRestrictions: slashed(rule.reviewDismissalAllowances),
            pullRequestBypassers: slashed(rule.bypassPullRequestAllowances),
          },
        ]
      : [],
    requiredStatusChecks: rule.requiresStatusChecks
      ? [{ strict: rule.requiresStrictStatusChecks, contexts: rule.requiredStatusCheckContexts }]
      : [],
    restrictPushes: rule.restrictsPushes
      ? [{ blocksCreations: rule.blocksCreations, pushAllowances: slashed(rule.pushAllowances) }]
      : [],
  };
}

const protection: ResourceType<GitHub> = {
  failsWhenGone: ["delete"],
  replaceOn: ["repositoryId"],
  sets: [
    "forcePushBypassers",
    "requiredPullRequestReviews.dismissalRestrictions",
    "requiredPullRequestReviews.pullRequestBypassers",
    "requiredStatusChecks.contexts",
    "restrictPushes.pushAllowances",
  ],
  nestedDefaults: {
    "requiredPullRequestReviews.requiredApprovingReviewCount": 1,
    "restrictPushes.blocksCreations": true,
  },
  check({ requiredPullRequestReviews }) {
    const [reviews] = (
      Array.isArray(requiredPullRequestReviews) ? requiredPullRequestReviews : []
    ) as Properties[];
    return Number(reviews?.requiredApprovingReviewCount ?? 0) > 6
      ? [
          {
            property: "requiredPullRequestReviews",
            reason: "expected required_approving_review_count to be in the range (0 - 6)",
          },
        ]
      : [];
  },
  create(github, inputs) {
    return createProtection(github, String(inputs.repositoryId), protectionRequest(inputs)).id;
  },
  read(github, id, known) {
    const found = findProtection(github, id);
    if (!found) return undefined;
    const { node_id, name } = found.record.repository;
    // The state keeps the form that the program uses: node id or name.
    return { ...protectionOutputs(found.rule), repositoryId: known.repositoryId === name ? name : node_id };
  },
  importedId(github, id) {
    const [name = "", pattern] = id.split(":");
    if (!pattern) return id;
    const rules = repositoryByNode(github, name).branch_protection_rules;
    return rules.find((rule) => rule.pattern === pattern)?.id ?? id;
  },
  update: (github, id, inputs) => updateProtection(github, id, protectionRequest(inputs)),
  delete: (github, id) => deleteProtection(github, id),
};

export const ruleTypes: Record<string, ResourceType<GitHub>> = {
  "github:index/repositoryRuleset:RepositoryRuleset": ruleset,
  "github:index/branchProtection:BranchProtection": protection,
};
