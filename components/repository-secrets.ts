import { ActionsSecret } from "@pulumi/github/actionsSecret.js";
import { ComponentResource, type ComponentResourceOptions, type Input, secret } from "@pulumi/pulumi";

/** Arguments of `RepositorySecrets`. */
export interface RepositorySecretsArgs {
  /** Name of the repository. */
  repository: Input<string>;
  /** Secrets that every job may read: name → value. */
  secrets: Record<string, Input<string>>;
}

/** The secrets of the repository itself; those of one environment are `Environment`'s. */
export class RepositorySecrets extends ComponentResource {
  constructor(name: string, { repository, secrets }: RepositorySecretsArgs, opts: ComponentResourceOptions) {
    super("kai:github:RepositorySecrets", name, {}, opts);
    for (const [secretName, value] of Object.entries(secrets)) {
      new ActionsSecret(
        `${name}-${secretName}`,
        { repository, secretName, value: secret(value) },
        // A secret's name is its identity: made first and deleted second, the new one would go with the old one.
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.registerOutputs({});
  }
}
