/** The specification's branches and rules on a simulated repository, laid down through its interface. */
import { MERGE_SETTINGS } from "../../../pipeline/branches.ts";
import { type ClassicProtection, type Ruleset, wantedRules } from "../../../pipeline/rules.ts";
import { kaiSettings } from "../../settings/kai.ts";
import { BOT, type Served } from "./support.ts";

/** Whose repository it is, and which of GitHub's two mechanisms the rules are in. */
export interface Kind {
  owner: "Basilakis" | "kai-platform";
  rules: "rulesets" | "classic";
  mainPushMode?: "merge-only" | "direct";
  /** Other settings, by their keys: `rules.profile`. */
  changes?: Record<string, unknown>;
}

/** Makes the branches from a commit that passed its check, sets the rules, and answers where they are. */
export async function layDown(on: Served, { owner, rules, mainPushMode, changes }: Kind) {
  if (owner === "kai-platform") on.organizationRepository();
  const place = { owner, repo: "kai" };
  const github = on.as();
  const { data: main } = await github.git.getRef({ ...place, ref: "heads/main" });
  await on.as(BOT).checks.create({ ...place, ...green(main.object.sha) });
  for (const branch of ["staging", "development"]) {
    await github.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: main.object.sha });
  }
  await github.repos.update({ ...place, ...snake(MERGE_SETTINGS) });
  const settings = await kaiSettings("production", {
    "repository.owner": owner,
    "repository.ownerType": owner === "kai-platform" ? "organization" : "user",
    "rules.kind": rules,
    "rules.mainPushMode": mainPushMode,
    ...changes,
  });
  const { rulesets, classic } = wantedRules(settings);
  for (const ruleset of rulesets) await createRuleset(on, place, ruleset);
  const { data } = await github.repos.get(place);
  for (const protection of classic) await createClassic(on, data.node_id, protection);
  return place;
}

/** What a job reports that went well. */
export function green(head_sha: string) {
  return { name: "Build and Test", head_sha, status: "completed", conclusion: "success" } as const;
}

function snake(value: unknown): Record<string, never> {
  return renamed(value) as Record<string, never>;
}

/** The words of the interface for the program's. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== "object" || value === null) return value;
  const word = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [word(name), renamed(item)]));
}

async function createRuleset(on: Served, place: { owner: string; repo: string }, ruleset: Ruleset) {
  const { data: owner } = await on.as().users.getAuthenticated();
  await on.as().request("POST /repos/{owner}/{repo}/rulesets", {
    ...place,
    name: ruleset.name,
    target: ruleset.target,
    enforcement: ruleset.enforcement,
    conditions: { ref_name: { include: ruleset.includes, exclude: [] } },
    bypass_actors: ruleset.bypassActors.map((actor) => ({
      actor_type: actor.actorType,
      actor_id: actor.actorType === "User" ? owner.id : actor.actorId,
      bypass_mode: actor.mode,
    })),
    rules: Object.entries(ruleset.rules).map(([name, parameters]) => toRule(name, parameters)) as never,
  });
}

const FILLED = {
  pull_request: { require_code_owner_review: false, required_review_thread_resolution: false },
} as const;

function toRule(name: string, parameters: unknown) {
  const [type = ""] = Object.keys(renamed({ [name]: 0 }) as object);
  if (parameters === true) return { type };
  const { required_checks: checks, ...rest } = snake(parameters) as Record<string, unknown>;
  const filled = type in FILLED ? FILLED[type as keyof typeof FILLED] : {};
  return {
    type,
    parameters: { ...filled, ...rest, ...(checks !== undefined && { required_status_checks: checks }) },
  };
}

/** The mutation that the provider plugin sends. */
async function createClassic(on: Served, repositoryId: string, protection: ClassicProtection) {
  const ids = new Map<string, string>();
  const idOf = async (login: string) => {
    const answer = await on
      .as()
      .graphql<{ user: { id: string } }>("query($login: String!) { user(login: $login) { id } }", {
        login: login.replace(/^\//, ""),
      });
    ids.set(login, answer.user.id);
    return answer.user.id;
  };
  const {
    requiredStatusChecks: checks,
    requiredPullRequestReviews: reviews,
    restrictPushes: pushes,
  } = protection;
  const input = {
    repositoryId,
    pattern: protection.pattern,
    isAdminEnforced: protection.enforceAdmins,
    requiresLinearHistory: protection.requiredLinearHistory,
    allowsDeletions: protection.allowsDeletions,
    allowsForcePushes: protection.allowsForcePushes,
    lockBranch: protection.lockBranch === true,
    requiresCommitSignatures: protection.requireSignedCommits === true,
    requiresConversationResolution: protection.requireConversationResolution === true,
    requiresStatusChecks: checks !== undefined,
    ...(checks && {
      requiresStrictStatusChecks: checks.strict,
      requiredStatusCheckContexts: checks.contexts,
    }),
    requiresApprovingReviews: reviews !== undefined,
    ...(reviews && {
      requiredApprovingReviewCount: reviews.requiredApprovingReviewCount,
      dismissesStaleReviews: reviews.dismissStaleReviews,
      requireLastPushApproval: reviews.requireLastPushApproval,
      requiresCodeOwnerReviews: reviews.requireCodeOwnerReviews === true,
      bypassPullRequestActorIds: await Promise.all(reviews.pullRequestBypassers.map(idOf)),
    }),
    restrictsPushes: pushes !== undefined,
    ...(pushes && {
      blocksCreations: pushes.blocksCreations,
      pushActorIds: await Promise.all(pushes.pushAllowances.map(idOf)),
    }),
  };
  await on
    .as()
    .graphql(
      "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }",
      { input },
    );
}
