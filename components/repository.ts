import { ActionsRepositoryPermissions } from "@pulumi/github/actionsRepositoryPermissions.js";
import { Branch } from "@pulumi/github/branch.js";
import { BranchDefault } from "@pulumi/github/branchDefault.js";
import { Repository as GitHubRepository } from "@pulumi/github/repository.js";
import { WorkflowRepositoryPermissions } from "@pulumi/github/workflowRepositoryPermissions.js";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { branches, MERGE_SETTINGS } from "../pipeline/branches.ts";
import type { Settings } from "../settings.ts";

/** Arguments of `Repository`. */
export interface RepositoryArgs {
  /** Owner, name, visibility, and whether the repository is adopted or created. */
  repository: Settings["repository"];
  /** Names of the three long-lived branches. */
  branches: Settings["branches"];
  /** Whether workflows may name actions by full commit only. */
  rules: Pick<Settings["rules"], "shaPinning">;
  /** Whether the engine refuses to delete or replace the repository. */
  protect: boolean;
}

/**
 * Settings of a repository that the pipeline has no opinion on: they stay as somebody chose them, before it was adopted
 * and later. A created one starts with GitHub's own defaults. For `hasDownloads` of an adopted one the plugin (6.15.0)
 * says in every run that it is deprecated; left out of this list it would be a change that GitHub may not make.
 */
const NOT_OURS = [
  "homepageUrl",
  "topics",
  "hasIssues",
  "hasDiscussions",
  "hasProjects",
  "hasWiki",
  "hasDownloads",
  "isTemplate",
  "allowUpdateBranch",
  "allowForking",
  "webCommitSignoffRequired",
  "mergeCommitTitle",
  "mergeCommitMessage",
  "squashMergeCommitTitle",
  "squashMergeCommitMessage",
  "securityAndAnalysis",
  "vulnerabilityAlerts",
  "pages",
  "template",
];

/** The repository with what it has once: merge settings, long-lived branches, default branch, rights of workflows. */
export class Repository extends ComponentResource {
  /** Name of the repository without its owner. */
  readonly name: Output<string>;
  /** GraphQL id, which classic protection wants. */
  readonly nodeId: Output<string>;
  /** The long-lived branches, production first. */
  readonly branches: Branch[];

  constructor(name: string, args: RepositoryArgs, opts: ComponentResourceOptions) {
    super("kai:github:Repository", name, {}, opts);
    const repository = this.#repository(name, args);
    this.branches = this.#branches(name, args, repository);
    this.#defaultBranch(name, args, repository);
    this.#workflowPermissions(name, repository);
    if (args.rules.shaPinning) this.#shaPinning(name, args, repository);
    this.name = repository.name;
    this.nodeId = repository.nodeId;
    this.registerOutputs({ name: this.name, nodeId: this.nodeId });
  }

  /**
   * An existing repository is taken over by `import`. The engine (3.248 and later) follows the import by an update
   * where live settings and program differ, so one `up` adopts a hand-made repository and gives it the merge settings;
   * what the pipeline has no opinion on is kept by `ignoreChanges`. Destroying the stack only forgets such a
   * repository: it was there before.
   */
  #repository(name: string, { repository, protect }: RepositoryArgs): GitHubRepository {
    const { existing, visibility, description } = repository;
    return new GitHubRepository(
      `${name}-repository`,
      {
        name: repository.name,
        visibility,
        ...(description !== undefined && { description }),
        ...MERGE_SETTINGS,
        // A branch can only start from a commit.
        ...(!existing && { autoInit: true, hasIssues: true, hasProjects: true, hasWiki: true }),
      },
      {
        parent: this,
        protect,
        ignoreChanges: description === undefined ? [...NOT_OURS, "description"] : NOT_OURS,
        ...(existing && { import: repository.name, retainOnDelete: true }),
      },
    );
  }

  /**
   * A branch that exists is adopted as it is: the provider takes "already exists" for success. Where a branch once
   * started is no reason to replace it, and destroying the stack leaves the commits of the team alone.
   */
  #branches(name: string, { branches: names }: RepositoryArgs, repository: GitHubRepository): Branch[] {
    const made = new Map<string, Branch>();
    for (const { name: branch, startsFrom } of branches({ branches: names })) {
      const source = startsFrom === undefined ? undefined : made.get(startsFrom);
      made.set(
        branch,
        new Branch(
          `${name}-branch-${branch}`,
          {
            repository: repository.name,
            branch,
            sourceBranch: source?.branch ?? repository.defaultBranch,
          },
          { parent: this, retainOnDelete: true, ignoreChanges: ["sourceBranch", "sourceSha"] },
        ),
      );
    }
    return [...made.values()];
  }

  #defaultBranch(name: string, { branches: names }: RepositoryArgs, repository: GitHubRepository): void {
    new BranchDefault(
      `${name}-default-branch`,
      { repository: repository.name, branch: names.production },
      { parent: this, dependsOn: this.branches },
    );
  }

  /** Jobs state the rights that they need; the token's own are the least. */
  #workflowPermissions(name: string, repository: GitHubRepository): void {
    new WorkflowRepositoryPermissions(
      `${name}-workflow-permissions`,
      {
        repository: repository.name,
        defaultWorkflowPermissions: "read",
        canApprovePullRequestReviews: false,
      },
      { parent: this },
    );
  }

  /**
   * An action that is named by a tag can change under the workflow (docs.github.com, secure-use). Which actions may run is
   * somebody else's choice: an existing repository's is imported and kept, also when the stack is destroyed, where the
   * plugin would allow all.
   */
  #shaPinning(
    name: string,
    { repository: { name: repositoryName, existing } }: RepositoryArgs,
    repository: GitHubRepository,
  ): void {
    new ActionsRepositoryPermissions(
      `${name}-actions-permissions`,
      { repository: repository.name, enabled: true, allowedActions: "all", shaPinningRequired: true },
      {
        parent: this,
        ignoreChanges: ["enabled", "allowedActions", "allowedActionsConfig"],
        ...(existing && { import: repositoryName, retainOnDelete: true }),
      },
    );
  }
}
