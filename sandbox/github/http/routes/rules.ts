/** Rulesets, classic protection and environments. */

import { activeOn } from "../../../../github/decisions/bound.ts";
import { needRulesPlan, refuse } from "../../client.ts";
import {
  createBranchPolicy,
  deleteBranchPolicy,
  deleteEnvironment,
  getEnvironment,
  putEnvironment,
  renameBranchPolicy,
} from "../../environments.ts";
import { WITHOUT_REVIEWS } from "../../protection.ts";
import { changeProtection, deleteProtectionOf, protectionOf, setProtection } from "../../rest-protection.ts";
import { createRuleset, deleteRuleset, type RulesetRequest, updateRuleset } from "../../rulesets.ts";
import type { RepositoryRecord, RulesetDocument } from "../../store.ts";
import {
  environmentBody,
  protectionBody,
  rulesetBody,
  rulesetSummary,
  signaturesBody,
} from "../bodies/rules.ts";
import {
  type Call,
  changes,
  counted,
  created,
  guards,
  list,
  nothing,
  ok,
  R,
  type Routes,
  shows,
} from "../route.ts";

/** The repository, where its owner's plan has rules; reading them is refused too (NousResearch/hermes-agent#111974). */
function ruled(call: Call): RepositoryRecord {
  const record = call.record();
  needRulesPlan(call.github, record, `GET ${call.github.path(record.repository.name)}/rulesets`);
  return record;
}

/** With those that the organization imposes, unless the request says otherwise. */
function rulesetsOf(call: Call): RulesetDocument[] {
  const { rulesets } = ruled(call);
  const withParents = call.query.includes_parents !== false;
  return withParents ? rulesets : rulesets.filter(({ source_type }) => source_type === "Repository");
}

/** One of them. @param list what it must be among: an organization's is changed in the organization */
function rulesetOf(call: Call, list = rulesetsOf(call)): RulesetDocument {
  const found = list.find(({ id }) => id === call.number("ruleset_id"));
  return found ?? refuse(`GET ${call.github.path(call.params.repo ?? "")}/rulesets`, 404, "Not Found");
}

function ownRulesetOf(call: Call): RulesetDocument {
  return rulesetOf(
    call,
    ruled(call).rulesets.filter(({ source_type }) => source_type === "Repository"),
  );
}

/** What the request leaves out: as it was, or as the description's defaults have it. */
function rulesetRequest(call: Call, present?: RulesetDocument): RulesetRequest {
  const { name, target, enforcement, bypass_actors, conditions, rules } = call.body;
  return {
    name: name ?? present?.name,
    target: target ?? present?.target ?? "branch",
    enforcement: enforcement ?? present?.enforcement,
    bypass_actors: (bypass_actors ?? present?.bypass_actors ?? []).map((actor: object) => ({
      actor_id: null,
      bypass_mode: "always",
      ...actor,
    })),
    conditions: conditions ?? present?.conditions ?? { ref_name: { include: [], exclude: [] } },
    rules: (rules ?? present?.rules ?? []).map(completeRule),
  };
}

/** What GitHub adds to a rule where the request leaves it out (OpenAPI, repository-rule-*). */
function completeRule(rule: { type: string; parameters?: Record<string, unknown> }) {
  const defaults: Record<string, Record<string, unknown>> = {
    pull_request: { allowed_merge_methods: ["merge", "squash", "rebase"] },
    required_status_checks: { do_not_enforce_on_create: false },
    update: { update_allows_fetch_and_merge: false },
  };
  const added = defaults[rule.type];
  return rule.parameters && added ? { ...rule, parameters: { ...added, ...rule.parameters } } : rule;
}

const PROTECTION = `${R}/branches/{branch}/protection`;
const ENVIRONMENT = `${R}/environments/{environment_name}`;
const POLICIES = `${ENVIRONMENT}/deployment-branch-policies`;

function environmentOf(call: Call) {
  return getEnvironment(call.github, call.params.repo ?? "", call.params.environment_name ?? "");
}

function changedProtection({ github, params }: Call, change: Parameters<typeof changeProtection>[3]) {
  return changeProtection(github, params.repo ?? "", params.branch ?? "", change);
}

export const ruleRoutes: Routes = {
  [`GET ${R}/rulesets`]: shows("metadata", (call) => {
    const targets = call.query.targets === undefined ? undefined : String(call.query.targets).split(",");
    const found = rulesetsOf(call).filter(({ target }) => targets?.includes(target) ?? true);
    return list(found.map((ruleset) => rulesetSummary(call.place(), ruleset)));
  }),
  [`POST ${R}/rulesets`]: changes("administration", (call) =>
    created(
      rulesetBody(call.place(), createRuleset(call.github, call.params.repo ?? "", rulesetRequest(call))),
    ),
  ),
  [`GET ${R}/rulesets/{ruleset_id}`]: shows("metadata", (call) =>
    ok(rulesetBody(call.place(), rulesetOf(call))),
  ),
  [`PUT ${R}/rulesets/{ruleset_id}`]: changes("administration", (call) => {
    const present = ownRulesetOf(call);
    updateRuleset(call.github, call.params.repo ?? "", present.id, rulesetRequest(call, present));
    return ok(rulesetBody(call.place(), rulesetOf(call)));
  }),
  [`DELETE ${R}/rulesets/{ruleset_id}`]: changes("administration", (call) => {
    const { id } = ownRulesetOf(call);
    const { repo = "" } = call.params;
    call.github.writable(repo, `DELETE ${call.github.path(repo)}/rulesets/${id}`, "administration");
    deleteRuleset(call.github, id);
    return nothing;
  }),
  [`GET ${R}/rules/branches/{branch}`]: shows("metadata", (call) => {
    const ref = `refs/heads/${call.params.branch}`;
    return list(
      activeOn(ruled(call), ref).flatMap(({ id, source, source_type, rules }) =>
        rules.map((rule) => ({
          ...rule,
          ruleset_source_type: source_type,
          ruleset_source: source,
          ruleset_id: id,
        })),
      ),
    );
  }),
  [`GET ${PROTECTION}`]: guards("administration", (call) => {
    const { repo = "", branch = "" } = call.params;
    ruled(call);
    return ok(protectionBody(call.place(), branch, protectionOf(call.github, repo, branch)));
  }),
  [`PUT ${PROTECTION}`]: changes("administration", (call) => {
    const { repo = "", branch = "" } = call.params;
    return ok(protectionBody(call.place(), branch, setProtection(call.github, repo, branch, call.body)));
  }),
  [`DELETE ${PROTECTION}`]: changes("administration", (call) => {
    deleteProtectionOf(call.github, call.params.repo ?? "", call.params.branch ?? "");
    return nothing;
  }),
  [`GET ${PROTECTION}/required_signatures`]: guards("administration", (call) => {
    const { repo = "", branch = "" } = call.params;
    return ok(signaturesBody(call.place(), branch, protectionOf(call.github, repo, branch)));
  }),
  [`POST ${PROTECTION}/required_signatures`]: changes("administration", (call) => {
    const rule = changedProtection(call, { requiresCommitSignatures: true });
    return ok(signaturesBody(call.place(), call.params.branch ?? "", rule));
  }),
  [`DELETE ${PROTECTION}/required_signatures`]: changes("administration", (call) => {
    changedProtection(call, { requiresCommitSignatures: false });
    return nothing;
  }),
  [`DELETE ${PROTECTION}/required_pull_request_reviews`]: changes("administration", (call) => {
    changedProtection(call, WITHOUT_REVIEWS);
    return nothing;
  }),
  [`GET ${R}/environments`]: shows("actions", (call) =>
    counted(
      "environments",
      call.record().environments.map((one) => environmentBody(call.place(), one)),
    ),
  ),
  [`GET ${ENVIRONMENT}`]: shows("actions", (call) => ok(environmentBody(call.place(), environmentOf(call)))),
  [`PUT ${ENVIRONMENT}`]: changes("administration", (call) => {
    const { repo = "", environment_name: name = "" } = call.params;
    const body = call.body ?? {};
    const environment = putEnvironment(call.github, repo, name, {
      wait_timer: body.wait_timer ?? 0,
      prevent_self_review: body.prevent_self_review ?? false,
      // Not in the description, but the github plugin sends it (real-plugins.md) and the page shows it.
      can_admins_bypass: body.can_admins_bypass ?? true,
      reviewers: body.reviewers ?? null,
      deployment_branch_policy: body.deployment_branch_policy ?? null,
    });
    return ok(environmentBody(call.place(), environment));
  }),
  [`DELETE ${ENVIRONMENT}`]: changes("administration", (call) => {
    deleteEnvironment(call.github, call.params.repo ?? "", call.params.environment_name ?? "");
    return nothing;
  }),
  [`GET ${POLICIES}`]: shows("actions", (call) =>
    counted("branch_policies", environmentOf(call).branch_policies),
  ),
  [`POST ${POLICIES}`]: changes("administration", (call) => {
    const { repo = "", environment_name: name = "" } = call.params;
    const policy = { name: call.body.name, type: call.body.type ?? "branch" };
    return ok(createBranchPolicy(call.github, repo, name, policy));
  }),
  [`GET ${POLICIES}/{branch_policy_id}`]: shows("actions", (call) => {
    const policy = environmentOf(call).branch_policies.find(
      ({ id }) => id === call.number("branch_policy_id"),
    );
    return ok(policy ?? refuse(`GET ${call.github.path("")}`, 404, "Not Found"));
  }),
  [`PUT ${POLICIES}/{branch_policy_id}`]: changes("administration", (call) => {
    const { repo = "", environment_name: name = "" } = call.params;
    const id = call.number("branch_policy_id");
    renameBranchPolicy(call.github, repo, name, id, call.body.name);
    return ok(environmentOf(call).branch_policies.find((one) => one.id === id));
  }),
  [`DELETE ${POLICIES}/{branch_policy_id}`]: changes("administration", (call) => {
    const { repo = "", environment_name: name = "" } = call.params;
    deleteBranchPolicy(call.github, repo, name, call.number("branch_policy_id"));
    return nothing;
  }),
};
