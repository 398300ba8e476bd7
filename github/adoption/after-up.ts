/** The repository as `pulumi up` of one stack will leave it: what the components declare, laid over what is there. */
import {
  branches,
  environments,
  MERGE_SETTINGS,
  type Environment as WantedEnvironment,
} from "../../pipeline/branches.ts";
import { type ClassicProtection, type Ruleset as WantedRuleset, wantedRules } from "../../pipeline/rules.ts";
import { secretsIn } from "../../pipeline/secrets.ts";
import type { Settings } from "../../settings.ts";
import type { ClassicRule, Protection, Ruleset, RulesetRule, SecretFacts } from "../documents.ts";
import type { Present, PresentEnvironment } from "./present.ts";

/** What is known beside the repository and the settings. */
export interface Known {
  /** Login in lower case → GitHub's numeric id. */
  ids: ReadonlyMap<string, number>;
  /** Logical names in the stack's state: what is there is written again only where it changed. */
  inState: ReadonlySet<string>;
}

/** What the stack's next `up` makes of the repository. */
export function afterUp(present: Present, settings: Settings, known: Known): Present {
  const owned = settings.ownsRepository ? withRepository(present, settings, known) : present;
  const wanted = environments(settings);
  const others = owned.environments.filter(({ name }) => !wanted.some((one) => one.name === name));
  return {
    ...owned,
    environments: [...wanted.map((one) => environmentAfter(owned, settings, one, known)), ...others],
  };
}

function withRepository(present: Present, settings: Settings, known: Known): Present {
  const { repository, branches: names } = settings;
  const { description = present.repository.description } = repository;
  const { rulesets, classic } = wantedRules(settings);
  return {
    ...present,
    repository: {
      ...present.repository,
      ...(snakeKeys(MERGE_SETTINGS) as object),
      default_branch: names.production,
      description,
    },
    actions: {
      ...present.actions,
      default_workflow_permissions: "read",
      can_approve_pull_request_reviews: false,
      ...(settings.rules.shaPinning && {
        enabled: true,
        allowed_actions: "all",
        sha_pinning_required: true,
      }),
    },
    branches: branchesAfter(present, settings),
    rulesets: rulesetsAfter(present, rulesets, known),
    classicRules: classicAfter(present, classic),
    secrets: secretsAfter(
      present.secrets,
      secretsIn(settings).map(({ name }) => name),
      (name) => known.inState.has(`repository-${name}`),
    ),
  };
}

/** A branch that is there stays where it is; one that is not starts from the production branch's commit. */
function branchesAfter({ branches: present, repository }: Present, settings: Settings): Present["branches"] {
  const found = [...present];
  for (const { name, startsFrom } of branches(settings)) {
    if (found.some((one) => one.name === name)) continue;
    const source = found.find((one) => one.name === (startsFrom ?? repository.default_branch));
    found.push({ name, sha: source?.sha ?? "" });
  }
  return found;
}

/** One of the same name is taken over: GitHub keeps one ruleset of a name in a repository. */
function rulesetsAfter({ rulesets }: Present, wanted: readonly WantedRuleset[], { ids }: Known): Ruleset[] {
  const documents = wanted.map((one): Ruleset => {
    const same = rulesets.find(({ name, source_type }) => name === one.name && source_type === "Repository");
    return { ...rulesetDocument(one, ids), id: same?.id ?? 0 };
  });
  const taken = new Set(documents.map(({ id }) => id));
  return [...rulesets.filter(({ id }) => !taken.has(id)), ...documents];
}

function rulesetDocument(wanted: WantedRuleset, ids: Known["ids"]): Ruleset {
  return {
    id: 0,
    name: wanted.name,
    target: wanted.target,
    source_type: "Repository",
    enforcement: wanted.enforcement,
    bypass_actors: wanted.bypassActors.map((actor) => ({
      actor_type: actor.actorType,
      actor_id: actor.actorType === "User" ? (ids.get(actor.login.toLowerCase()) ?? null) : actor.actorId,
      bypass_mode: actor.mode,
    })),
    conditions: { ref_name: { include: wanted.includes, exclude: [] } },
    rules: ruleDocuments(wanted.rules),
    created_at: "",
    updated_at: "",
  };
}

/** The provider's words for GitHub's, which differ by their case, and in this one. */
const RENAMED: Record<string, string> = { required_checks: "required_status_checks" };

function ruleDocuments(rules: WantedRuleset["rules"]): RulesetRule[] {
  return Object.entries(rules).map(([name, value]) => ({
    type: snake(name),
    ...(value !== true && { parameters: snakeKeys(value) as Record<string, unknown> }),
  }));
}

function snake(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return RENAMED[words] ?? words;
}

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), snakeKeys(item)]));
}

function classicAfter({ classicRules }: Present, wanted: readonly ClassicProtection[]): ClassicRule[] {
  const others = classicRules.filter(({ pattern }) => !wanted.some((one) => one.pattern === pattern));
  const documents = wanted.map((one) =>
    classicDocument(
      one,
      classicRules.find(({ pattern }) => pattern === one.pattern),
    ),
  );
  return [...others, ...documents];
}

/** The plugin sends "no" for what the program leaves out, except for deployments, which it cannot set (github-ci.md 1.1). */
function classicDocument(wanted: ClassicProtection, present: ClassicRule | undefined): ClassicRule {
  const {
    requiredStatusChecks: checks,
    requiredPullRequestReviews: reviews,
    restrictPushes: pushes,
  } = wanted;
  const logins = (list: readonly string[] = []) => list.map((login) => login.replace(/^\//, ""));
  return {
    id: present?.id ?? "",
    pattern: wanted.pattern,
    isAdminEnforced: wanted.enforceAdmins,
    allowsDeletions: wanted.allowsDeletions,
    allowsForcePushes: wanted.allowsForcePushes,
    lockBranch: wanted.lockBranch ?? false,
    requiresCommitSignatures: wanted.requireSignedCommits ?? false,
    requiresConversationResolution: wanted.requireConversationResolution ?? false,
    requiresLinearHistory: wanted.requiredLinearHistory,
    requiresApprovingReviews: reviews !== undefined,
    requiredApprovingReviewCount: reviews?.requiredApprovingReviewCount ?? 0,
    dismissesStaleReviews: reviews?.dismissStaleReviews ?? false,
    requiresCodeOwnerReviews: reviews?.requireCodeOwnerReviews ?? false,
    restrictsReviewDismissals: false,
    requireLastPushApproval: reviews?.requireLastPushApproval ?? false,
    requiresDeployments: present?.requiresDeployments ?? false,
    requiredDeploymentEnvironments: present?.requiredDeploymentEnvironments ?? [],
    requiresStatusChecks: checks !== undefined,
    requiresStrictStatusChecks: checks?.strict ?? false,
    requiredStatusCheckContexts: checks?.contexts ?? [],
    restrictsPushes: pushes !== undefined,
    blocksCreations: pushes?.blocksCreations ?? false,
    pushAllowances: logins(pushes?.pushAllowances),
    bypassPullRequestAllowances: logins(reviews?.pullRequestBypassers),
    bypassForcePushAllowances: [],
  };
}

/** The PUT of an environment keeps the branch policies that it has, and its secrets. */
function environmentAfter(
  { environments: all }: Present,
  settings: Settings,
  wanted: WantedEnvironment,
  { ids, inState }: Known,
): PresentEnvironment {
  const present = all.find(({ name }) => name === wanted.name);
  const policies = present?.branch_policies ?? [];
  const missing = wanted.branchPatterns.filter(
    (pattern) => !policies.some(({ name, type }) => name === pattern && type === "branch"),
  );
  return {
    name: present?.name ?? wanted.name,
    can_admins_bypass: wanted.administratorsMayBypass,
    protection_rules: protectionOf(wanted, ids),
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    branch_policies: [...policies, ...missing.map((name) => ({ id: 0, name, type: "branch" as const }))],
    secrets: secretsAfter(
      present?.secrets ?? [],
      secretsIn(settings, wanted.name).map(({ name }) => name),
      (name) => inState.has(`${wanted.name}-secret-${name}`),
    ),
  };
}

function protectionOf(
  { waitMinutes, reviewers, preventSelfReview }: WantedEnvironment,
  ids: Known["ids"],
): Protection[] {
  const people = reviewers.map((login) => ({
    type: "User" as const,
    reviewer: { id: ids.get(login.toLowerCase()) ?? 0, login },
  }));
  return [
    ...(waitMinutes > 0 ? [{ id: 0, type: "wait_timer" as const, wait_timer: waitMinutes }] : []),
    ...(people.length > 0
      ? [
          {
            id: 0,
            type: "required_reviewers" as const,
            prevent_self_review: preventSelfReview,
            reviewers: people,
          },
        ]
      : []),
  ];
}

/** A time that no secret was written at: the next `up` writes it. */
const BY_UP = "";

function secretsAfter(
  present: readonly SecretFacts[],
  names: readonly string[],
  isInState: (name: string) => boolean,
): SecretFacts[] {
  const written = names.filter((name) => !(isInState(name) && present.some((one) => one.name === name)));
  return [
    ...present.filter(({ name }) => !written.includes(name)),
    ...written.map((name) => ({ name, created_at: BY_UP, updated_at: BY_UP })),
  ];
}
