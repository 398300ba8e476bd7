import * as pulumi from "@pulumi/pulumi";
import { environments } from "../pipeline/branches.ts";
import { secretsIn } from "../pipeline/secrets.ts";
import type { Settings } from "../settings.ts";
import { BranchRules } from "./branch-rules.ts";
import { Environment } from "./environment.ts";
import type { UserIds } from "./github-lookups.ts";
import { Repository } from "./repository.ts";
import { RepositorySecrets } from "./repository-secrets.ts";
import type { SecretValues } from "./secret-values.ts";

export interface DeliveryArgs {
  /** The stack's settings. */
  settings: Settings;
  /** Ids of the users that rules and environments name. */
  users: UserIds;
  /** Value of each secret that the stack owns, by name. */
  secrets: SecretValues;
}

/** GitHub's part: the repository with its rules, where this stack owns it, and the stack's environments. */
export class Delivery extends pulumi.ComponentResource {
  constructor(name: string, args: DeliveryArgs, opts: pulumi.ComponentResourceOptions) {
    super("kai:pipeline:Delivery", name, {}, opts);
    const { settings, users, secrets } = args;
    const repository = settings.ownsRepository
      ? this.#repository(args)
      : pulumi.output(settings.repository.name);
    for (const environment of environments(settings)) {
      const values = valuesOf(secrets, secretsIn(settings, environment.name));
      new Environment(
        environment.name,
        { repository, environment, users, secrets: values },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }

  #repository({ settings, users, secrets }: DeliveryArgs): pulumi.Output<string> {
    const { repository: described, branches, rules } = settings;
    const repository = new Repository(
      described.name,
      { repository: described, branches, rules, protect: true },
      { parent: this },
    );
    const values = valuesOf(secrets, secretsIn(settings));
    new RepositorySecrets("repository", { repository: repository.name, secrets: values }, { parent: this });
    new BranchRules(
      "rules",
      {
        repository: repository.name,
        repositoryNodeId: repository.nodeId,
        branches,
        rules,
        users,
        existingBranches: repository.branches,
      },
      { parent: this },
    );
    return repository.name;
  }
}

function valuesOf(values: SecretValues, rows: { name: string }[]): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(rows.map(({ name }) => [name, values.get(name) as pulumi.Output<string>]));
}
