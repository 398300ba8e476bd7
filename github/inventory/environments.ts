/** Environments, with what hangs below them. */
import type { EnvironmentFacts, VariableFacts } from "./inventory.ts";
import type { Reading } from "./read.ts";
import { seen } from "./seen.ts";

type Listed = Pick<EnvironmentFacts, "name" | "protection_rules" | "deployment_branch_policy"> & {
  can_admins_bypass?: boolean;
};

/** A list of them, and at most three requests for each. */
export async function readEnvironments(reading: Reading): Promise<EnvironmentFacts[]> {
  const { github, owner, repo } = reading;
  const place = { owner, repo, per_page: 100 };
  const environments = (await github.paginate(github.repos.getAllEnvironments, place)) as unknown as Listed[];
  return Promise.all(environments.map((one) => readBelow(reading, one)));
}

async function readBelow({ github, owner, repo }: Reading, listed: Listed): Promise<EnvironmentFacts> {
  const { name, protection_rules, deployment_branch_policy } = listed;
  const place = { owner, repo, environment_name: name, per_page: 100 };
  const hasPolicies = deployment_branch_policy?.custom_branch_policies === true;
  const [branch_policies, secrets, variables] = await Promise.all([
    seen(async () =>
      hasPolicies ? await github.paginate(github.repos.listDeploymentBranchPolicies, place) : [],
    ),
    seen(() => github.paginate(github.actions.listEnvironmentSecrets, place)),
    seen(() => github.paginate(github.actions.listEnvironmentVariables, place) as Promise<VariableFacts[]>),
  ]);
  return {
    name,
    protection_rules: protection_rules ?? [],
    deployment_branch_policy,
    // Not in the description, but GitHub answers it; administrators may bypass unless it says otherwise.
    can_admins_bypass: listed.can_admins_bypass ?? true,
    branch_policies: branch_policies as EnvironmentFacts["branch_policies"],
    secrets,
    variables,
  };
}
