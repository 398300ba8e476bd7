/** The GitHub components alone; settings by stack stand in the JSON file that KAI_TEST_SETTINGS names. */
import { readFileSync } from "node:fs";
import { getStack, type Input, RunError, secret } from "@pulumi/pulumi";
import { BranchRules } from "../../../components/branch-rules.ts";
import { Environment } from "../../../components/environment.ts";
import { findRepository, findUsers } from "../../../components/github-lookups.ts";
import { githubProvider } from "../../../components/providers.ts";
import { Repository } from "../../../components/repository.ts";
import { RepositorySecrets } from "../../../components/repository-secrets.ts";
import { UserError } from "../../../errors.ts";
import { environments } from "../../../pipeline/branches.ts";
import type { Settings } from "../../../settings.ts";

const stack = getStack();
const written = JSON.parse(readFileSync(String(process.env.KAI_TEST_SETTINGS), "utf8"));
// JSON has no sets.
const settings: Settings = { ...written[stack], serviceBranches: new Set() };

try {
  await declare();
} catch (error) {
  throw error instanceof UserError ? new RunError(error.message) : error;
}

async function declare(): Promise<void> {
  const provider = githubProvider(settings);
  const found = await findRepository(settings, provider);
  const logins = [settings.rules.mainOwner, ...settings.environment.reviewers];
  const users = await findUsers(logins, provider);
  let repository: Input<string> = found?.name ?? settings.repository.name;
  if (settings.ownsRepository) {
    const owned = new Repository("kai", { ...settings, protect: false }, { provider });
    repository = owned.name;
    new BranchRules(
      "rules",
      { ...settings, repository, repositoryNodeId: owned.nodeId, users, existingBranches: owned.branches },
      { provider },
    );
    new RepositorySecrets(
      "repository-secret",
      { repository, secrets: { DOCKER_PASSWORD: "plain-text-of-docker" } },
      { provider },
    );
  }
  for (const environment of environments(settings)) {
    new Environment(
      environment.name,
      { repository, environment, users, secrets: { MONGODB_URI: secret(`plain-text-of-${stack}`) } },
      { provider },
    );
  }
}
