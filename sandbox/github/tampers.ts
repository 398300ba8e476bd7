/** Changes that somebody makes by hand on GitHub, and the next `up` puts back; `unseen-tampers.ts` has the others. */
import { present } from "../present.ts";
import type { TamperedWorld } from "../tamper.ts";
import type { EnvironmentDocument, RepositoryRecord, RulesetDocument } from "./store.ts";

/** A change of the repository's documents. */
export interface GitHubTamper {
  id: string;
  title: string;
  apply(world: Pick<TamperedWorld, "clouds">): void;
}

export const githubTampers: GitHubTamper[] = [
  change("github-rule-disabled", "Somebody disabled the ruleset of the production branch.", (record) => {
    ruleset(record, "main-quality").enforcement = "disabled";
  }),
  change(
    "github-rule-deleted",
    "Somebody deleted the ruleset that locks the production branch.",
    (record) => {
      const lock = ruleset(record, "main-owner-lock");
      record.rulesets = record.rulesets.filter((candidate) => candidate !== lock);
    },
  ),
  change("github-bypass-added", "Somebody let writers bypass the production branch's rules.", (record) => {
    // 4 is the role `write` (OpenAPI, repository-ruleset-bypass-actor).
    ruleset(record, "main-quality").bypass_actors.push({
      actor_id: 4,
      actor_type: "RepositoryRole",
      bypass_mode: "always",
    });
  }),
  change("github-check-removed", "Somebody removed the required checks of the staging branch.", (record) => {
    const staging = ruleset(record, "staging");
    staging.rules = staging.rules.filter(({ type }) => type !== "required_status_checks");
  }),
  change(
    "github-force-push-allowed",
    "Somebody allowed force pushes to the development branch.",
    (record) => {
      const development = ruleset(record, "development");
      development.rules = development.rules.filter(({ type }) => type !== "non_fast_forward");
    },
  ),
  change("github-merge-commits-allowed", "Somebody allowed merge commits again.", ({ repository }) => {
    repository.allow_merge_commit = true;
  }),
  change("github-branch-deleted", "Somebody deleted the development branch.", ({ refs }) => {
    delete refs["refs/heads/development"];
  }),
  change("github-default-branch-changed", "Somebody made staging the default branch.", ({ repository }) => {
    repository.default_branch = "staging";
  }),
  change(
    "github-workflow-token-widened",
    "Somebody gave every workflow's token the right to write.",
    ({ workflow_permissions }) => {
      workflow_permissions.default_workflow_permissions = "write";
      workflow_permissions.can_approve_pull_request_reviews = true;
    },
  ),
  change("github-admins-may-bypass", "Somebody let administrators skip production's approval.", (record) => {
    environment(record, "production").can_admins_bypass = true;
  }),
  change(
    "github-reviewer-exchanged",
    "Somebody made another person the reviewer of production.",
    (record, { clouds }) => {
      const review = environment(record, "production").protection_rules.find(
        (rule) => rule.type === "required_reviewers",
      );
      const { id, login } = present(clouds.github.store.data.accounts["nikos-ops"], "account nikos-ops");
      present(review, "reviewer of production").reviewers = [{ type: "User", reviewer: { id, login } }];
    },
  ),
  change(
    "github-branch-policy-widened",
    "Somebody let every branch deploy to the staging environment.",
    (record) => {
      const [policy] = environment(record, "staging").branch_policies;
      present(policy, "branch policy of the staging environment").name = "*";
    },
  ),
  change("github-secret-deleted", "Somebody deleted a secret of the production environment.", (record) => {
    const production = environment(record, "production");
    const secret = production.secrets.find(({ name }) => name === "MONGODB_URI");
    present(secret, "secret MONGODB_URI of production");
    production.secrets = production.secrets.filter((candidate) => candidate !== secret);
  }),
];

/** A change of the repository that the pipeline manages. */
export function change(
  id: string,
  title: string,
  apply: (record: RepositoryRecord, world: Pick<TamperedWorld, "clouds">) => void,
): GitHubTamper {
  return {
    id,
    title,
    apply(world) {
      const { store } = world.clouds.github;
      // Before the first `up` a repository has no environment, and what is changed then is nothing that drift finds.
      const managed = Object.values(store.data.repositories).find(
        ({ environments }) => environments.length > 0,
      );
      apply(present(managed, "repository of the pipeline"), world);
      store.save();
    },
  };
}

function ruleset(record: RepositoryRecord, name: string): RulesetDocument {
  return present(
    record.rulesets.find((candidate) => candidate.name === name),
    `ruleset ${name}`,
  );
}

/** An environment of the repository, which is there after the first `up`. */
export function environment(record: RepositoryRecord, name: string): EnvironmentDocument {
  return present(
    record.environments.find((candidate) => candidate.name === name),
    `environment ${name}`,
  );
}
