import { BranchProtection } from "@pulumi/github/branchProtection.js";
import { RepositoryRuleset } from "@pulumi/github/repositoryRuleset.js";
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import { type BypassActor, type ClassicProtection, type Ruleset, wantedRules } from "../pipeline/rules.ts";
import type { Settings } from "../settings.ts";
import type { UserIds } from "./github-lookups.ts";

/** Arguments of `BranchRules`. */
export interface BranchRulesArgs {
  /** Name of the repository. */
  repository: Input<string>;
  /** Its GraphQL id: a change between id and name would replace classic rules. */
  repositoryNodeId: Input<string>;
  /** Names of the branches. */
  branches: Settings["branches"];
  /** Rulesets or classic protection, and what they ask for. */
  rules: Settings["rules"];
  /** Ids of the users in bypass lists. */
  users: UserIds;
  /**
   * The branches, which must exist before a rule can forbid to create them. Not in `dependsOn` of the component: the
   * engine (3.274) fails on a component that depends on something deleted by hand, in `refresh --run-program`.
   */
  existingBranches: Resource[];
}

/** The branch rules of the pipeline's one description, by the mechanism that the settings choose. */
export class BranchRules extends ComponentResource {
  constructor(name: string, args: BranchRulesArgs, opts: ComponentResourceOptions) {
    super("kai:github:BranchRules", name, {}, opts);
    const { rulesets, classic } = wantedRules(args);
    for (const ruleset of rulesets) this.#ruleset(name, args, ruleset);
    for (const protection of classic) this.#protection(name, args, protection);
    this.registerOutputs({});
  }

  #ruleset(name: string, { repository, users, existingBranches }: BranchRulesArgs, ruleset: Ruleset): void {
    new RepositoryRuleset(
      `${name}-${ruleset.name}`,
      {
        repository,
        name: ruleset.name,
        target: ruleset.target,
        enforcement: ruleset.enforcement,
        conditions: { refName: { includes: ruleset.includes, excludes: [] } },
        bypassActors: ruleset.bypassActors.map((actor) => ({
          actorType: actor.actorType,
          actorId: actorId(actor, users),
          bypassMode: actor.mode,
        })),
        rules: ruleset.rules,
      },
      { parent: this, dependsOn: existingBranches },
    );
  }

  #protection(
    name: string,
    { repositoryNodeId, existingBranches }: BranchRulesArgs,
    protection: ClassicProtection,
  ): void {
    const { requiredStatusChecks, requiredPullRequestReviews, restrictPushes, ...flags } = protection;
    new BranchProtection(
      `${name}-${protection.pattern}`,
      {
        repositoryId: repositoryNodeId,
        ...flags,
        ...(requiredStatusChecks && { requiredStatusChecks: [requiredStatusChecks] }),
        ...(requiredPullRequestReviews && { requiredPullRequestReviews: [requiredPullRequestReviews] }),
        ...(restrictPushes && { restrictPushes: [restrictPushes] }),
      },
      // GitHub keeps one classic rule for a pattern.
      { parent: this, dependsOn: existingBranches, deleteBeforeReplace: true },
    );
  }
}

function actorId(actor: BypassActor, users: UserIds): number {
  if (actor.actorType !== "User") return actor.actorId;
  const id = users.get(actor.login);
  if (id === undefined) throw new Error(`the id of ${actor.login} was not looked up`);
  return id;
}
