/** The simulated GitHub's documents, in the shape of GitHub's own REST API (branch protection: of its GraphQL API). */
import { createHash } from "node:crypto";
import { Store } from "../store.ts";

export type PlanName = "free" | "pro" | "team" | "enterprise";

/** A user or an organization. */
export interface AccountDocument {
  login: string;
  id: number;
  node_id: string;
  type: "User" | "Organization";
  name: string | null;
  plan: { name: PlanName };
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

export type RoleName = "admin" | "maintain" | "write" | "triage" | "read";

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

export interface CommitDocument {
  sha: string;
  message: string;
  author: { name: string; date: string };
  parents: { sha: string }[];
}

export interface BypassActorDocument {
  actor_id: number | null;
  actor_type: string;
  bypass_mode: "always" | "pull_request" | "exempt";
}

export interface RuleDocument {
  type: string;
  parameters?: Record<string, unknown>;
}

export interface RulesetDocument {
  id: number;
  node_id: string;
  name: string;
  target: "branch" | "tag" | "push";
  source_type: "Repository";
  source: string;
  enforcement: "active" | "disabled" | "evaluate";
  bypass_actors: BypassActorDocument[];
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: RuleDocument[];
  created_at: string;
  updated_at: string;
}

/** A classic rule as GraphQL's BranchProtectionRule has it; actors are logins. */
export interface ProtectionRuleDocument {
  id: string;
  pattern: string;
  isAdminEnforced: boolean;
  allowsDeletions: boolean;
  allowsForcePushes: boolean;
  lockBranch: boolean;
  requiresCommitSignatures: boolean;
  requiresConversationResolution: boolean;
  requiresLinearHistory: boolean;
  requiresApprovingReviews: boolean;
  requiredApprovingReviewCount: number;
  dismissesStaleReviews: boolean;
  requiresCodeOwnerReviews: boolean;
  requireLastPushApproval: boolean;
  restrictsReviewDismissals: boolean;
  reviewDismissalAllowances: string[];
  bypassPullRequestAllowances: string[];
  requiresStatusChecks: boolean;
  requiresStrictStatusChecks: boolean;
  requiredStatusCheckContexts: string[];
  restrictsPushes: boolean;
  blocksCreations: boolean;
  pushAllowances: string[];
  bypassForcePushAllowances: string[];
}

export interface ReviewerDocument {
  type: "User" | "Team";
  reviewer: { id: number; login?: string };
}

export type ProtectionDocument =
  | { id: number; type: "wait_timer"; wait_timer: number }
  | { id: number; type: "required_reviewers"; prevent_self_review: boolean; reviewers: ReviewerDocument[] }
  | { id: number; type: "branch_policy" };

export interface BranchPolicyDocument {
  id: number;
  node_id: string;
  name: string;
  type: "branch" | "tag";
}

/** What GitHub answers about a secret; its value lies in the vault. */
export interface SecretDocument {
  name: string;
  created_at: string;
  updated_at: string;
}

export interface EnvironmentDocument {
  id: number;
  node_id: string;
  name: string;
  can_admins_bypass: boolean;
  protection_rules: ProtectionDocument[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  branch_policies: BranchPolicyDocument[];
  secrets: SecretDocument[];
  created_at: string;
  updated_at: string;
}

/** A repository with everything below it. */
export interface RepositoryRecord {
  repository: RepositoryDocument;
  collaborators: CollaboratorDocument[];
  /** By full name: `refs/heads/main`. */
  refs: Record<string, RefDocument>;
  commits: Record<string, CommitDocument>;
  rulesets: RulesetDocument[];
  branch_protection_rules: ProtectionRuleDocument[];
  environments: EnvironmentDocument[];
  secrets: SecretDocument[];
  workflow_permissions: {
    default_workflow_permissions: "read" | "write";
    can_approve_pull_request_reviews: boolean;
  };
}

/** Permissions of a fine-grained token that the program needs. */
export type Permission = "administration" | "contents" | "actions" | "environments" | "secrets" | "metadata";

/** The rights of the token that clients of this world come with. */
export interface TokenDocument {
  /** Whose token it is. */
  login: string;
  permissions: Record<Permission, "none" | "read" | "write">;
  /** null: never. An expired token is refused like a mistyped one. */
  expires_at: string | null;
}

export interface GitHubData {
  nextId: number;
  /** By login in lower case: logins differ by more than case. */
  accounts: Record<string, AccountDocument>;
  /** By full name in lower case. */
  repositories: Record<string, RepositoryRecord>;
  /** Former full name → present one; GitHub redirects. */
  renamed: Record<string, string>;
  token: TokenDocument;
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
  return { store: new Store(file, initialData), vault: new Store<GitHubVault>(vaultFile, () => ({})) };
}

/** Time as GitHub writes it. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** A global node id, opaque as GitHub's. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`kai-sandbox:${prefix}:${id}`).toString("base64url")}`;
}

/** A commit with its hash. */
export function commitOf(message: string, author: string, parents: string[] = []): CommitDocument {
  const date = now();
  const sha = createHash("sha1")
    .update(JSON.stringify([message, author, parents, date]))
    .digest("hex");
  return {
    sha,
    message,
    author: { name: author, date },
    parents: parents.map((parent) => ({ sha: parent })),
  };
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
    rulesets: [],
    branch_protection_rules: [],
    environments: [],
    secrets: [],
    // Accounts made before February 2023 kept "write" (github.blog/changelog/2023-02-02, default workflow permissions).
    workflow_permissions: { default_workflow_permissions: "write", can_approve_pull_request_reviews: false },
  };
}

function account(
  login: string,
  id: number,
  type: AccountDocument["type"],
  plan: PlanName = "free",
): AccountDocument {
  const created = "2020-01-01T00:00:00Z";
  return {
    login,
    id,
    node_id: nodeId(type === "User" ? "U" : "O", id),
    type,
    name: null,
    plan: { name: plan },
    created_at: created,
    updated_at: created,
  };
}

/** As life has it before the first `up`: one hand-made repository of a user, and an organization without any. */
function initialData(): GitHubData {
  const people = [
    account("Basilakis", 58_231_104, "User"),
    account("eleni-dev", 61_400_233, "User"),
    account("nikos-ops", 70_112_845, "User"),
    account("octocat", 583_231, "User"),
    account("kai-platform", 92_004_517, "Organization", "team"),
  ];
  const accounts = Object.fromEntries(people.map((person) => [person.login.toLowerCase(), person]));
  const owner = people[0] as AccountDocument;
  const kai = repositoryRecord(owner, "kai", 741_920_385);
  kai.repository.description = "Kai platform";
  kai.repository.homepage = "https://kai.example";
  kai.repository.topics = ["catalog", "machine-learning"];
  for (const login of ["eleni-dev", "nikos-ops"]) {
    const person = accounts[login] as AccountDocument;
    kai.collaborators.push({ login: person.login, id: person.id, role_name: "write" });
  }
  const first = commitOf("Initial commit", owner.login);
  kai.commits[first.sha] = first;
  kai.refs["refs/heads/main"] = {
    ref: "refs/heads/main",
    node_id: nodeId("REF", 1),
    object: { type: "commit", sha: first.sha },
  };
  return {
    nextId: 1000,
    accounts,
    repositories: { "basilakis/kai": kai },
    renamed: {},
    token: { login: owner.login, permissions: ALL_PERMISSIONS, expires_at: null },
  };
}

/** What the program's token needs at most. */
const ALL_PERMISSIONS: Readonly<TokenDocument["permissions"]> = {
  administration: "write",
  contents: "write",
  actions: "write",
  environments: "write",
  secrets: "write",
  metadata: "read",
};
