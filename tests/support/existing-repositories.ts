/** Repositories as people have them before they hear of the pipeline, laid down in a simulated GitHub. */

import { GitHub } from "../../sandbox/github/client.ts";
import { changeContent } from "../../sandbox/github/contents.ts";
import { createBranchPolicy, putEnvironment } from "../../sandbox/github/environments.ts";
import { BARE_RULE, createProtection, type ProtectionRequest } from "../../sandbox/github/protection.ts";
import { createBranch } from "../../sandbox/github/refs.ts";
import { createRepository } from "../../sandbox/github/repositories.ts";
import { createRuleset, type RulesetRequest } from "../../sandbox/github/rulesets.ts";
import { putSecret } from "../../sandbox/github/secrets.ts";
import type { GitHubStore, RepositoryRecord } from "../../sandbox/github/store.ts";

/** What can be done to a repository that is being laid down. */
export interface Hands {
  world: GitHubStore;
  github: GitHub;
  name: string;
  record: RepositoryRecord;
  branch(...names: string[]): void;
  classic(pattern: string, rule: Partial<ProtectionRequest>): void;
  ruleset(name: string, rest: Partial<RulesetRequest>): void;
  /** An environment, with its secrets and the patterns of its branches. */
  environment(name: string, rest?: Partial<EnvironmentOf>): void;
  secret(name: string): void;
}

interface EnvironmentOf {
  reviewers: string[];
  preventSelfReview: boolean;
  waitMinutes: number;
  patterns: string[];
  secrets: string[];
}

export interface Existing {
  /** Name of the repository: what is special about it. */
  name: string;
  owner: "Basilakis" | "kai-platform";
  /** What is there beyond a first commit on `main`. */
  lay(hands: Hands): void;
}

/** Long before any test runs. */
const LONG_AGO = "2024-02-01T00:00:00Z";

const REVIEWED = {
  requiresApprovingReviews: true,
  requiredApprovingReviewCount: 1,
  dismissesStaleReviews: true,
};
const CHECKED = { requiresStatusChecks: true, requiredStatusCheckContexts: ["Build and Test"] };

export const EXISTING: readonly Existing[] = [
  { name: "unprotected", owner: "Basilakis", lay: () => {} },
  {
    name: "classic",
    owner: "Basilakis",
    lay({ branch, classic }) {
      branch("staging", "release/1.0");
      classic("main", {
        ...REVIEWED,
        ...CHECKED,
        requiredApprovingReviewCount: 2,
        requiresLinearHistory: true,
        isAdminEnforced: true,
        requiresConversationResolution: true,
      });
      classic("staging", { ...REVIEWED, requiresStatusChecks: true, requiredStatusCheckContexts: ["Lint"] });
      classic("release/*", { isAdminEnforced: true });
    },
  },
  {
    name: "rulesets",
    owner: "Basilakis",
    lay({ branch, ruleset }) {
      branch("staging");
      ruleset("no-force", {
        conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
        rules: [{ type: "non_fast_forward" }],
      });
      // A name that the pipeline gives to its own.
      ruleset("main-quality", { rules: [{ type: "deletion" }, { type: "required_signatures" }] });
      ruleset("trial", { enforcement: "disabled", rules: [{ type: "creation" }] });
    },
  },
  {
    name: "both",
    owner: "Basilakis",
    lay({ branch, classic, ruleset }) {
      branch("staging", "development");
      classic("main", { ...REVIEWED, isAdminEnforced: true, lockBranch: true });
      classic("dev*", { requiresLinearHistory: true });
      ruleset("signed", {
        conditions: { ref_name: { include: ["refs/heads/main", "refs/heads/staging"], exclude: [] } },
        rules: [{ type: "required_signatures" }],
      });
    },
  },
  {
    name: "foreign-environments",
    owner: "Basilakis",
    lay({ environment, record }) {
      environment("qa", { reviewers: ["nikos-ops"], secrets: ["QA_TOKEN"], patterns: ["main", "release/*"] });
      environment("github-pages", { secrets: ["SLACK_WEBHOOK"] });
      record.variables.push({ name: "REGION", value: "eu", created_at: LONG_AGO, updated_at: LONG_AGO });
    },
  },
  {
    name: "same-secrets",
    owner: "Basilakis",
    lay({ environment, secret }) {
      secret("SLACK_WEBHOOK");
      secret("KAI_GITHUB_TOKEN");
      secret("NPM_TOKEN");
      environment("production", { secrets: ["KAI_GITHUB_TOKEN", "SENTRY_DSN"] });
    },
  },
  {
    name: "protected-tags",
    owner: "Basilakis",
    lay({ ruleset, record }) {
      const sha = record.refs["refs/heads/main"]?.object.sha ?? "";
      record.refs["refs/tags/v1.0"] = {
        ref: "refs/tags/v1.0",
        node_id: "REF_tag",
        object: { type: "commit", sha },
      };
      ruleset("release-tags", {
        target: "tag",
        conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
        rules: [{ type: "deletion" }, { type: "update" }],
      });
    },
  },
  {
    name: "without-actions",
    owner: "Basilakis",
    lay({ record, github, name }) {
      record.actions_permissions.enabled = false;
      changeContent(github, name, ".github/workflows/deploy.yml", {
        message: "Deploy",
        content: Buffer.from("on: push\njobs: {}\n").toString("base64"),
      });
    },
  },
  {
    name: "organizations",
    owner: "kai-platform",
    lay({ branch, classic, ruleset, record, world }) {
      branch("staging", "development");
      const eleni = record.collaborators.find(({ login }) => login === "eleni-dev");
      if (eleni) eleni.role_name = "maintain";
      const octocat = world.store.data.accounts.octocat;
      if (octocat) record.collaborators.push({ login: octocat.login, id: octocat.id, role_name: "triage" });
      classic("main", {
        ...REVIEWED,
        ...CHECKED,
        restrictsPushes: true,
        pushAllowances: ["Basilakis"],
        bypassPullRequestAllowances: ["nikos-ops"],
      });
      ruleset("platform-team", {
        conditions: { ref_name: { include: ["refs/heads/development"], exclude: [] } },
        bypass_actors: [
          { actor_type: "Team", actor_id: 7, bypass_mode: "pull_request" },
          { actor_type: "OrganizationAdmin", actor_id: 1, bypass_mode: "always" },
        ],
        rules: [{ type: "deletion" }],
      });
    },
  },
  {
    name: "master-and-develop",
    owner: "Basilakis",
    lay({ branch, record, classic, environment }) {
      branch("master", "develop");
      delete record.refs["refs/heads/main"];
      record.repository.default_branch = "develop";
      Object.assign(record.repository, { description: "An older one", allow_rebase_merge: false });
      classic("master", { ...REVIEWED, isAdminEnforced: true });
      environment("staging", {
        reviewers: ["eleni-dev", "nikos-ops"],
        preventSelfReview: true,
        waitMinutes: 5,
        patterns: ["staging", "hotfix/*"],
        secrets: ["OLD_KEY"],
      });
    },
  },
];

/** Lays one down, with two people who may write. @returns its documents */
export function layDown(world: GitHubStore, { name, owner, lay }: Existing): RepositoryRecord {
  const github = new GitHub(world, owner, "token");
  const record = createRepository(github, { name, auto_init: true });
  for (const login of ["eleni-dev", "nikos-ops"]) {
    const { id } = world.store.data.accounts[login] ?? { id: 0 };
    record.collaborators.push({ login, id, role_name: "write" });
  }
  lay(hands(world, github, name, record));
  for (const secret of [...record.secrets, ...record.environments.flatMap(({ secrets }) => secrets)]) {
    Object.assign(secret, { created_at: LONG_AGO, updated_at: LONG_AGO });
  }
  return record;
}

function hands(world: GitHubStore, github: GitHub, name: string, record: RepositoryRecord): Hands {
  const idOf = (login: string) => world.store.data.accounts[login.toLowerCase()]?.id ?? 0;
  return {
    world,
    github,
    name,
    record,
    branch(...names) {
      const sha = record.refs["refs/heads/main"]?.object.sha ?? "";
      for (const branch of names) createBranch(github, name, branch, sha);
    },
    classic(pattern, rule) {
      createProtection(github, record.repository.node_id, { ...BARE_RULE, ...rule, pattern });
    },
    ruleset(ruleset, rest) {
      createRuleset(github, name, {
        name: ruleset,
        target: "branch",
        enforcement: "active",
        bypass_actors: [],
        conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
        rules: [],
        ...rest,
      });
    },
    environment(environment, { reviewers = [], waitMinutes = 0, patterns = [], secrets = [], ...rest } = {}) {
      putEnvironment(github, name, environment, {
        wait_timer: waitMinutes,
        prevent_self_review: rest.preventSelfReview ?? false,
        can_admins_bypass: true,
        reviewers: reviewers.map((login) => ({ type: "User", id: idOf(login) })),
        deployment_branch_policy:
          patterns.length > 0 ? { protected_branches: false, custom_branch_policies: true } : null,
      });
      for (const pattern of patterns) {
        createBranchPolicy(github, name, environment, { name: pattern, type: "branch" });
      }
      for (const secret of secrets)
        putSecret(github, { repository: name, environment }, secret, `value of ${secret}`);
    },
    secret: (secret) => void putSecret(github, { repository: name }, secret, `value of ${secret}`),
  };
}
