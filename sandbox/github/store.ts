/** The simulated GitHub's documents, in the shape of GitHub's own REST API (branch protection: of its GraphQL API). */
import type {
  BranchPolicy,
  BypassActor,
  ClassicRule,
  Protection,
  RoleName,
  Ruleset,
  SecretFacts,
} from "../../github/documents.ts";
import { Store } from "../store.ts";
import { addCommit, addTree, type CommitDocument, EMPTY_TREE, type GitObjects } from "./git/objects.ts";
import { initialData } from "./initial.ts";
import { type KeptRecord, newlyKept } from "./kept.ts";
import type { TeamDocument } from "./teams.ts";
import { type AppReference, emptyWork, type VariableDocument, type WorkRecord } from "./work.ts";

export type PlanName = "free" | "pro" | "team" | "enterprise";

/** A user or an organization. */
export interface AccountDocument {
  login: string;
  id: number;
  node_id: string;
  type: "User" | "Organization";
  name: string | null;
  plan: { name: PlanName };
  /** Of an organization: its people. */
  members?: Record<string, "admin" | "member">;
  teams?: TeamDocument[];
  created_at: string;
  updated_at: string;
}

export interface RepositoryDocument {
  id: number;
  node_id: string;
  name: string;
  full_name: string;
  owner: { login: string; id: number; type: "User" | "Organization" };
  private: boolean;
  visibility: "public" | "private" | "internal";
  description: string | null;
  homepage: string | null;
  topics: string[];
  default_branch: string;
  archived: boolean;
  is_template: boolean;
  has_issues: boolean;
  has_discussions: boolean;
  has_projects: boolean;
  has_wiki: boolean;
  has_downloads: boolean;
  allow_merge_commit: boolean;
  allow_squash_merge: boolean;
  allow_rebase_merge: boolean;
  allow_auto_merge: boolean;
  allow_update_branch: boolean;
  allow_forking: boolean;
  delete_branch_on_merge: boolean;
  web_commit_signoff_required: boolean;
  merge_commit_title: string;
  merge_commit_message: string;
  squash_merge_commit_title: string;
  squash_merge_commit_message: string;
  created_at: string;
  updated_at: string;
}

export interface CollaboratorDocument {
  login: string;
  id: number;
  role_name: RoleName;
}

export interface RefDocument {
  ref: string;
  node_id: string;
  object: { type: "commit"; sha: string };
}

export interface RulesetDocument extends Ruleset {
  node_id: string;
  /** Full name of the repository, or login of the organization. */
  source: string;
  bypass_actors: BypassActor[];
}

/** A classic rule; its own list says who may dismiss reviews. */
export interface ProtectionRuleDocument extends ClassicRule {
  restrictsReviewDismissals: boolean;
  reviewDismissalAllowances: string[];
}

export interface BranchPolicyDocument extends BranchPolicy {
  node_id: string;
}

export interface EnvironmentDocument {
  id: number;
  node_id: string;
  name: string;
  can_admins_bypass: boolean;
  protection_rules: Protection[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  branch_policies: BranchPolicyDocument[];
  secrets: SecretFacts[];
  variables: VariableDocument[];
  created_at: string;
  updated_at: string;
}

/** Who else than GitHub Actions reads secrets of a repository. */
export type SecretApp = "dependabot" | "codespaces";

/** A repository with everything below it. */
export interface RepositoryRecord extends GitObjects, WorkRecord, KeptRecord {
  repository: RepositoryDocument;
  collaborators: CollaboratorDocument[];
  /** By full name: `refs/heads/main`. */
  refs: Record<string, RefDocument>;
  rulesets: RulesetDocument[];
  branch_protection_rules: ProtectionRuleDocument[];
  environments: EnvironmentDocument[];
  secrets: SecretFacts[];
  /** Those that are not for GitHub Actions. */
  app_secrets: Partial<Record<SecretApp, SecretFacts[]>>;
  workflow_permissions: {
    default_workflow_permissions: "read" | "write";
    can_approve_pull_request_reviews: boolean;
  };
}

/**
 * Permissions of a fine-grained token that the simulation knows
 * (docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens).
 */
export type Permission =
  | "administration"
  | "contents"
  | "actions"
  | "checks"
  | "deployments"
  | "environments"
  | "pull_requests"
  | "secrets"
  | "statuses"
  | "variables"
  | "workflows"
  | "issues"
  | "webhooks"
  | "dependabot_secrets"
  | "codespaces_secrets"
  | "members"
  | "metadata";

export type Level = "none" | "read" | "write";

/** The rights of a token. */
export interface TokenDocument {
  /** Whose token it is. */
  login: string;
  /** What is not named is not granted. */
  permissions: Partial<Record<Permission, Level>>;
  /** null: never. An expired token is refused like a mistyped one. */
  expires_at: string | null;
  /** Scopes of a classic token, which has no permissions. Absent: a fine-grained one, or an app's. */
  scopes?: string[];
  /** The app that the token belongs to: the built-in Actions app's is what a workflow gets. */
  app?: AppReference;
  /** Full names in lower case. Absent: every repository of its owner. */
  repositories?: string[];
}

export interface GitHubData {
  nextId: number;
  /** By login in lower case: logins differ by more than case. */
  accounts: Record<string, AccountDocument>;
  /** By full name in lower case. */
  repositories: Record<string, RepositoryRecord>;
  /** Former full name → present one; GitHub redirects. */
  renamed: Record<string, string>;
  /** The token that the world's programs come with. */
  token: TokenDocument;
  /** The others, by the SHA-256 of the token. */
  tokens: Record<string, TokenDocument>;
}

/** Secret values, as only a running job could read them: `owner/name[/environment]/NAME` → value. */
export type GitHubVault = Record<string, string>;

/** The documents and the secret values of one world. */
export interface GitHubStore {
  store: Store<GitHubData>;
  vault: Store<GitHubVault>;
}

/** Opens GitHub's documents, and the file with the secret values. */
export function openGitHub(file: string, vaultFile: string): GitHubStore {
  const store = new Store(file, initialData);
  completeOlder(store.data);
  return { store, vault: new Store<GitHubVault>(vaultFile, () => ({})) };
}

/** Gives a world from before these documents existed what it lacks. */
function completeOlder(data: GitHubData): void {
  data.tokens ??= {};
  data.token.permissions = { ...ALL_PERMISSIONS, ...data.token.permissions };
  for (const record of Object.values(data.repositories)) {
    const empty = { trees: {}, blobs: {}, ...emptyWork(), ...newlyKept(), app_secrets: {} };
    Object.assign(record, { ...empty, ...record });
    addTree(record, []);
    for (const commit of Object.values(record.commits)) {
      if (commit.tree) continue;
      const who = { name: commit.author.name, email: emailOf(commit.author.name), date: commit.author.date };
      Object.assign(commit, { tree: EMPTY_TREE, author: who, committer: who, verified: true });
    }
    for (const environment of record.environments) environment.variables ??= [];
    for (const rule of record.branch_protection_rules) {
      rule.requiresDeployments ??= false;
      rule.requiredDeploymentEnvironments ??= [];
    }
  }
}

/** What the program's token needs at most. */
export const ALL_PERMISSIONS: Readonly<TokenDocument["permissions"]> = {
  administration: "write",
  contents: "write",
  actions: "write",
  deployments: "write",
  environments: "write",
  pull_requests: "write",
  secrets: "write",
  statuses: "write",
  variables: "write",
  workflows: "write",
  issues: "write",
  webhooks: "write",
  dependabot_secrets: "write",
  codespaces_secrets: "write",
  members: "write",
  metadata: "read",
};

/** Time as GitHub writes it. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** A global node id, opaque as GitHub's. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`kai-sandbox:${prefix}:${id}`).toString("base64url")}`;
}

/** The address that commits made on GitHub carry (docs.github.com, setting-your-commit-email-address). */
export function emailOf(login: string): string {
  return `${login}@users.noreply.github.com`;
}

/** Keeps a commit that somebody made on GitHub, which signs it. */
export function commitOnGitHub(
  record: RepositoryRecord,
  commit: Pick<CommitDocument, "message" | "tree" | "parents"> & { author: string },
): CommitDocument {
  const author = { name: commit.author, email: emailOf(commit.author), date: now() };
  const committer = { name: "GitHub", email: "noreply@github.com", date: author.date };
  return addCommit(record, { ...commit, author, committer, verified: true });
}

/** A repository as GitHub makes it, with the settings that a person who clicks "Create" gets. */
export function repositoryRecord(owner: AccountDocument, name: string, id: number): RepositoryRecord {
  const created = now();
  return {
    repository: {
      id,
      node_id: nodeId("R", id),
      name,
      full_name: `${owner.login}/${name}`,
      owner: { login: owner.login, id: owner.id, type: owner.type },
      private: false,
      visibility: "public",
      description: null,
      homepage: null,
      topics: [],
      default_branch: "main",
      archived: false,
      is_template: false,
      has_issues: true,
      has_discussions: false,
      has_projects: true,
      has_wiki: true,
      has_downloads: true,
      allow_merge_commit: true,
      allow_squash_merge: true,
      allow_rebase_merge: true,
      allow_auto_merge: false,
      allow_update_branch: false,
      allow_forking: true,
      delete_branch_on_merge: false,
      web_commit_signoff_required: false,
      merge_commit_title: "MERGE_MESSAGE",
      merge_commit_message: "PR_TITLE",
      squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
      squash_merge_commit_message: "COMMIT_MESSAGES",
      created_at: created,
      updated_at: created,
    },
    collaborators: owner.type === "User" ? [{ login: owner.login, id: owner.id, role_name: "admin" }] : [],
    refs: {},
    commits: {},
    trees: { [EMPTY_TREE]: [] },
    blobs: {},
    ...emptyWork(),
    ...newlyKept(),
    rulesets: [],
    branch_protection_rules: [],
    environments: [],
    secrets: [],
    app_secrets: {},
    // Accounts made before February 2023 kept "write" (github.blog/changelog/2023-02-02, default workflow permissions).
    workflow_permissions: { default_workflow_permissions: "write", can_approve_pull_request_reviews: false },
  };
}
