import { ActionsEnvironmentSecret } from "@pulumi/github/actionsEnvironmentSecret.js";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment.js";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy.js";
import { ComponentResource, type ComponentResourceOptions, type Input, secret } from "@pulumi/pulumi";
import type { Environment as EnvironmentModel } from "../pipeline/branches.ts";
import type { UserIds } from "./github-lookups.ts";

/** Arguments of `Environment`. */
export interface EnvironmentArgs {
  /** Name of the repository. */
  repository: Input<string>;
  /** Name, branches, reviewers and waiting time, from the pipeline's model. */
  environment: EnvironmentModel;
  /** Ids of the reviewers. */
  users: UserIds;
  /** Secrets of the environment: name → value. */
  secrets: Record<string, Input<string>>;
}

/** A GitHub environment with the branches that may deploy to it, its reviewers and its secrets. */
export class Environment extends ComponentResource {
  constructor(name: string, args: EnvironmentArgs, opts: ComponentResourceOptions) {
    super("kai:github:Environment", name, {}, opts);
    const environment = this.#environment(name, args);
    for (const pattern of args.environment.branchPatterns) this.#branch(name, environment, pattern);
    for (const [secretName, value] of Object.entries(args.secrets)) {
      this.#secret(name, environment, secretName, value);
    }
    this.registerOutputs({});
  }

  #environment(name: string, { repository, environment, users }: EnvironmentArgs): RepositoryEnvironment {
    const reviewers = environment.reviewers.map((login) => {
      const id = users.get(login);
      if (id === undefined) throw new Error(`the id of ${login} was not looked up`);
      return id;
    });
    return new RepositoryEnvironment(
      `${name}-environment`,
      {
        repository,
        environment: environment.name,
        waitTimer: environment.waitMinutes,
        canAdminsBypass: environment.administratorsMayBypass,
        preventSelfReview: environment.preventSelfReview,
        // "Protected branches" means classic rules: with rulesets alone every branch could deploy (github-ci.md 2.2).
        deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
        ...(reviewers.length > 0 && { reviewers: [{ users: reviewers }] }),
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  #branch(name: string, environment: RepositoryEnvironment, pattern: string): void {
    new RepositoryEnvironmentDeploymentPolicy(
      `${name}-branch-${pattern}`,
      {
        repository: environment.repository,
        environment: environment.environment,
        branchPattern: pattern,
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  #secret(name: string, environment: RepositoryEnvironment, secretName: string, value: Input<string>): void {
    new ActionsEnvironmentSecret(
      `${name}-secret-${secretName}`,
      {
        repository: environment.repository,
        environment: environment.environment,
        secretName,
        value: secret(value),
      },
      // A secret's name is its identity: made first and deleted second, the new one would go with the old one.
      { parent: this, deleteBeforeReplace: true },
    );
  }
}
