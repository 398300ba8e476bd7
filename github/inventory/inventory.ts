/**
 * What a repository on GitHub has, as far as the pipeline and people's changes by hand touch it. The documents have the
 * shape of GitHub's own answers (names with underscores), cut to what is read. No I/O.
 */
import type { BranchPolicy, ClassicRule, Protection, Ruleset, SecretFacts } from "../documents.ts";

/** What was asked for and what came back: what a token may not see is not what is absent. */
export type Seen<T> =
  | { seen: true; value: T }
  /** `reason` is one sentence for people: which right is missing, or what GitHub answered. */
  | { seen: false; reason: string };

/** The repository itself. */
export interface RepositoryFacts {
  id: number;
  node_id: string;
  name: string;
  full_name: string;
  owner: { login: string; id: number; type: "User" | "Organization" };
  private: boolean;
  visibility: "public" | "private" | "internal";
  description: string | null;
  default_branch: string;
  archived: boolean;
  /** Absent where the token may not administer the repository (docs.github.com/rest/repos/repos#get-a-repository). */
  allow_merge_commit?: boolean;
  allow_squash_merge?: boolean;
  allow_rebase_merge?: boolean;
  allow_auto_merge?: boolean;
  delete_branch_on_merge?: boolean;
  /** What the token's user may do. */
  permissions: { admin: boolean; maintain: boolean; push: boolean };
}

export interface BranchFacts {
  name: string;
  sha: string;
}

/** An environment, with what hangs below it. */
export interface EnvironmentFacts {
  name: string;
  can_admins_bypass: boolean;
  protection_rules: Protection[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  branch_policies: Seen<BranchPolicy[]>;
  secrets: Seen<SecretFacts[]>;
  variables: Seen<VariableFacts[]>;
}

export interface VariableFacts {
  name: string;
  value: string;
  updated_at: string;
}

export interface CollaboratorFacts {
  login: string;
  id: number;
  role_name: string;
  /** What the role includes, which tells what a role of the organization's own is based on. */
  permissions?: { admin: boolean; maintain?: boolean; push: boolean; triage?: boolean; pull: boolean };
  /** Whether the person is no member of the organization that owns the repository. */
  outside: boolean;
}

export interface DeployKeyFacts {
  id: number;
  title: string;
  read_only: boolean;
  created_at: string;
}

export interface WorkflowFacts {
  id: number;
  name: string;
  path: string;
  /** `active`, `disabled_manually`, `disabled_inactivity`, … */
  state: string;
}

/** Who may run what: docs.github.com/rest/actions/permissions. */
export interface ActionsFacts {
  enabled: boolean;
  allowed_actions?: string;
  sha_pinning_required?: boolean;
  default_workflow_permissions: "read" | "write";
  can_approve_pull_request_reviews: boolean;
}

/** A file of `.github/workflows` on the default branch. */
export interface WorkflowFileFacts {
  path: string;
  content: string;
}

/** Everything that can be asked; a command asks for the parts that it needs, each part is a few calls. */
export interface Inventory {
  branches: Seen<BranchFacts[]>;
  /** In full. `bypass_actors` is absent where the token is too weak to see them. */
  rulesets: Seen<Ruleset[]>;
  classicRules: Seen<ClassicRule[]>;
  environments: Seen<EnvironmentFacts[]>;
  secrets: Seen<SecretFacts[]>;
  variables: Seen<VariableFacts[]>;
  collaborators: Seen<CollaboratorFacts[]>;
  deployKeys: Seen<DeployKeyFacts[]>;
  workflows: Seen<WorkflowFacts[]>;
  workflowFiles: Seen<WorkflowFileFacts[]>;
  actions: Seen<ActionsFacts>;
}

export type Part = keyof Inventory;

/** The repository, and the parts that were asked for. */
export type InventoryOf<P extends Part> = { repository: RepositoryFacts } & Pick<Inventory, P>;
