/** What somebody changed of an environment that the provider does not see. No I/O. */
import { isDeepStrictEqual } from "node:util";
import type { Protection } from "../../github/documents.ts";
import type { EnvironmentFacts } from "../../github/inventory/inventory.ts";
import { isObject, type Properties } from "../properties.ts";
import type { Deployed, DeployedGitHub } from "./deployed.ts";
import { compareValues, secretName } from "./secrets.ts";
import { member, type Spots } from "./spots.ts";

/** The environments of a stack. Those that no stack made can read nothing of the pipeline's, and are left out. */
export function compareEnvironments(
  spots: Spots,
  stack: string,
  github: DeployedGitHub,
  live: readonly EnvironmentFacts[],
): void {
  for (const environment of github.environments) {
    const name = String(environment.inputs.environment);
    const isOf = ({ inputs }: Deployed) => inputs.environment === name;
    const found = live.find((one) => one.name.toLowerCase() === name.toLowerCase());
    // The engine says that it is gone.
    if (!found) continue;
    compareSettings(spots, environment, found);
    comparePolicies(spots, environment, github.policies.filter(isOf), found);
    compareSecrets(spots, stack, environment, github.environmentSecrets.filter(isOf), found);
  }
}

/** The provider never forgets reviewers that are gone, nor `preventSelfReview` (terraform-provider-github#3609). */
function compareSettings(spots: Spots, environment: Deployed, live: EnvironmentFacts): void {
  const wanted = wantedSettings(environment.inputs);
  const found = foundSettings(live);
  for (const property of Object.keys(wanted) as (keyof Settings)[]) {
    if (isDeepStrictEqual(wanted[property], found[property])) continue;
    spots.add(environment, property, {
      wanted: wanted[property],
      found: found[property],
      remedy: `Put it back by hand: Settings → Environments → ${live.name}.`,
    });
  }
}

interface Settings {
  reviewers?: string[];
  preventSelfReview?: boolean;
  waitTimer: number;
  canAdminsBypass: boolean;
  deploymentBranchPolicy: { protectedBranches: boolean; customBranchPolicies: boolean } | null;
}

function wantedSettings(inputs: Properties): Settings {
  const [reviewers] = (Array.isArray(inputs.reviewers) ? inputs.reviewers : []).filter(isObject);
  const ids = (type: string, list: unknown) => (Array.isArray(list) ? list : []).map((id) => `${type} ${id}`);
  const policy = isObject(inputs.deploymentBranchPolicy) ? inputs.deploymentBranchPolicy : undefined;
  return {
    // Without reviewers GitHub keeps neither.
    ...(reviewers && {
      reviewers: [...ids("user", reviewers.users), ...ids("team", reviewers.teams)].sort(),
      preventSelfReview: inputs.preventSelfReview === true,
    }),
    waitTimer: Number(inputs.waitTimer ?? 0),
    canAdminsBypass: inputs.canAdminsBypass !== false,
    deploymentBranchPolicy: policy
      ? {
          protectedBranches: policy.protectedBranches === true,
          customBranchPolicies: policy.customBranchPolicies === true,
        }
      : null,
  };
}

function foundSettings({
  protection_rules: rules,
  can_admins_bypass,
  deployment_branch_policy: policy,
}: EnvironmentFacts): Settings {
  const of = <T extends Protection["type"]>(type: T) =>
    rules.find((rule): rule is Extract<Protection, { type: T }> => rule.type === type);
  const review = of("required_reviewers");
  return {
    reviewers: (review?.reviewers ?? [])
      .map(({ type, reviewer }) => `${type.toLowerCase()} ${reviewer.id}`)
      .sort(),
    preventSelfReview: review?.prevent_self_review ?? false,
    waitTimer: of("wait_timer")?.wait_timer ?? 0,
    canAdminsBypass: can_admins_bypass,
    deploymentBranchPolicy: policy && {
      protectedBranches: policy.protected_branches,
      customBranchPolicies: policy.custom_branch_policies,
    },
  };
}

/** Each policy more admits branches that the pipeline shuts out. */
function comparePolicies(
  spots: Spots,
  environment: Deployed,
  known: readonly Deployed[],
  live: EnvironmentFacts,
): void {
  const ids = new Set(known.map(({ id, outputs }) => Number(outputs.policyId ?? id.split(":").at(-1))));
  const policies = spots.see(`branch policies of the environment ${live.name}`, live.branch_policies);
  for (const { id, name, type } of policies ?? []) {
    if (ids.has(id)) continue;
    spots.add(environment, member("deploymentPolicies", name), {
      found: `a ${type} of this name may use the environment`,
      remedy: `Delete it in Settings → Environments → ${live.name}.`,
    });
  }
}

/** One more secret is read by jobs before the repository's of the same name. */
function compareSecrets(
  spots: Spots,
  stack: string,
  environment: Deployed,
  known: readonly Deployed[],
  live: EnvironmentFacts,
): void {
  const secrets = spots.see(`secrets of the environment ${live.name}`, live.secrets);
  if (!secrets) {
    for (const { urn } of known) spots.blind({ urn });
    return;
  }
  compareValues(spots, stack, known, secrets);
  const names = new Set(known.map(secretName));
  for (const { name, updated_at } of secrets) {
    if (names.has(name)) continue;
    spots.add(environment, member("secrets", name), {
      found: `written at ${updated_at}`,
      remedy: `Delete it in Settings → Environments → ${live.name}.`,
    });
  }
}
