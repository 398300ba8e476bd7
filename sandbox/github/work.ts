/** Documents about people's and machines' work in a repository: pull requests, checks, deployments, runs. */

/** Who made something: a login; `github-actions[bot]` for the workflows' own token. */
export type Login = string;

export interface PullDocument {
  number: number;
  id: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  draft: boolean;
  user: Login;
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
  requested_reviewers: Login[];
  reviews: ReviewDocument[];
  /** Who moved the head last: their own approval does not count where the last push must be approved by another. */
  last_pusher: Login;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  merged_at: string | null;
  merged_by: Login | null;
  merge_commit_sha: string | null;
}

export interface ReviewDocument {
  id: number;
  user: Login;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  body: string;
  commit_id: string;
  submitted_at: string;
}

export interface CheckRunDocument {
  id: number;
  name: string;
  head_sha: string;
  status: "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
  conclusion: string | null;
  started_at: string | null;
  completed_at: string | null;
  external_id: string | null;
  details_url: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  /** The app that reported it. */
  app: AppReference;
}

/** A GitHub App, as far as rules ask for it. */
export interface AppReference {
  id: number;
  slug: string;
  name: string;
}

/** The built-in app of GitHub Actions, which reports what jobs do. */
export const ACTIONS_APP: Readonly<AppReference> = {
  id: 15368,
  slug: "github-actions",
  name: "GitHub Actions",
};

export interface StatusDocument {
  id: number;
  sha: string;
  state: "error" | "failure" | "pending" | "success";
  context: string;
  description: string | null;
  target_url: string | null;
  creator: Login;
  created_at: string;
}

export interface VariableDocument {
  name: string;
  value: string;
  created_at: string;
  updated_at: string;
}

export interface DeploymentDocument {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: Record<string, unknown> | string;
  creator: Login;
  transient_environment: boolean;
  production_environment: boolean;
  created_at: string;
  updated_at: string;
  /** Newest last. */
  statuses: DeploymentStatusDocument[];
}

export type DeploymentState =
  | "error"
  | "failure"
  | "inactive"
  | "pending"
  | "success"
  | "queued"
  | "in_progress";

export interface DeploymentStatusDocument {
  id: number;
  state: DeploymentState;
  description: string;
  environment: string;
  environment_url: string;
  log_url: string;
  creator: Login;
  created_at: string;
}

/** What GitHub knows of a workflow file beyond its content. */
export interface WorkflowDocument {
  id: number;
  path: string;
  state: "active" | "disabled_manually";
  created_at: string;
  updated_at: string;
}

/** A run that was asked for; nothing executes it. */
export interface RunDocument {
  id: number;
  path: string;
  run_number: number;
  event: "workflow_dispatch";
  head_branch: string;
  head_sha: string;
  actor: Login;
  inputs: Record<string, string>;
  created_at: string;
  /** Environments that its jobs name. */
  deployments: RunDeploymentDocument[];
  /** What reviewers said. */
  approvals: { environments: number[]; state: "approved" | "rejected"; user: Login; comment: string }[];
}

/** A job of a run before an environment. `refused`: its branch may not deploy there. */
export interface RunDeploymentDocument {
  environment_id: number;
  state: "refused" | "waiting" | "let in" | "rejected";
  /** The deployment that GitHub makes for the job. */
  deployment_id: number;
}

export interface DeployKeyDocument {
  id: number;
  key: string;
  title: string;
  read_only: boolean;
  created_at: string;
}

/** All of it, in one repository. */
export interface WorkRecord {
  pulls: PullDocument[];
  check_runs: CheckRunDocument[];
  statuses: StatusDocument[];
  variables: VariableDocument[];
  deployments: DeploymentDocument[];
  workflows: WorkflowDocument[];
  runs: RunDocument[];
  deploy_keys: DeployKeyDocument[];
  actions_permissions: {
    enabled: boolean;
    allowed_actions: "all" | "local_only" | "selected";
    sha_pinning_required: boolean;
  };
  vulnerability_alerts: boolean;
}

/** A repository in which nobody has worked yet. */
export function emptyWork(): WorkRecord {
  return {
    pulls: [],
    check_runs: [],
    statuses: [],
    variables: [],
    deployments: [],
    workflows: [],
    runs: [],
    deploy_keys: [],
    actions_permissions: { enabled: true, allowed_actions: "all", sha_pinning_required: false },
    vulnerability_alerts: false,
  };
}
