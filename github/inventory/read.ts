/** Reads what a repository has, in as few requests as GitHub allows. The client bounds how many run at once. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import type { GitHubError } from "../problems.ts";
import { readActions, readSecrets, readVariables, readWorkflowFiles, readWorkflows } from "./actions.ts";
import { readEnvironments } from "./environments.ts";
import type { BranchFacts, Inventory, InventoryOf, Part, RepositoryFacts } from "./inventory.ts";
import { readCollaborators, readDeployKeys } from "./people.ts";
import { readClassicRules, readRulesets } from "./rules.ts";
import { seen } from "./seen.ts";

/** A repository by its name; after a renaming also by a former one. */
export interface Target {
  owner: string;
  repo: string;
}

/** What the readers of the parts work with. */
export interface Reading extends Target {
  github: Octokit;
  repository: RepositoryFacts;
}

const READERS: {
  [P in Part]: (reading: Reading) => Promise<Extract<Inventory[P], { seen: true }>["value"]>;
} = {
  branches: readBranches,
  rulesets: readRulesets,
  classicRules: readClassicRules,
  environments: readEnvironments,
  secrets: readSecrets,
  variables: readVariables,
  collaborators: readCollaborators,
  deployKeys: readDeployKeys,
  workflows: readWorkflows,
  workflowFiles: readWorkflowFiles,
  actions: readActions,
};

/**
 * Reads the repository and the parts that are asked for. A part that the token may not see is `{seen: false}` with the
 * reason.
 * @param github from `githubClient`, which waits, tries again, and bounds how much is asked at once
 * @throws UserError when there is no such repository, the token is refused, or GitHub does not answer
 */
export async function readInventory<P extends Part>(
  github: Octokit,
  target: Target,
  parts: readonly P[],
): Promise<InventoryOf<P>> {
  const repository = await readRepository(github, target);
  // Its present name saves a redirect for each request.
  const reading = { github, repository, owner: repository.owner.login, repo: repository.name };
  const read = async (part: Part) => [part, await seen<unknown>(() => READERS[part](reading))] as const;
  const entries = await Promise.all(parts.map(read));
  return { repository, ...Object.fromEntries(entries) } as InventoryOf<P>;
}

async function readRepository(github: Octokit, { owner, repo }: Target): Promise<RepositoryFacts> {
  try {
    const { data } = await github.repos.get({ owner, repo });
    // Absent for a client without a token; the description has it for every repository that is asked for by name.
    const permissions = { admin: false, maintain: false, push: false, ...data.permissions };
    return { ...data, permissions } as RepositoryFacts;
  } catch (error) {
    if ((error as GitHubError).status !== 404) throw error;
    throw new UserError(
      `GitHub shows no repository ${owner}/${repo} to this token. Look at the name, and give the token access to the repository.`,
      { cause: error },
    );
  }
}

async function readBranches({ github, owner, repo }: Reading): Promise<BranchFacts[]> {
  const branches = await github.paginate(github.repos.listBranches, { owner, repo, per_page: 100 });
  return branches.map(({ name, commit }) => ({ name, sha: commit.sha }));
}
