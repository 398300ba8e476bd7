/**
 * Workflow files as typed data, in GitHub's own words (docs.github.com, workflow syntax), so that rendering is
 * nothing but writing YAML. Only what the pipeline uses is here: a field that is missing is a decision.
 */

/** What a token may do: GitHub's permission scopes. */
export type Permissions = Partial<
  Record<"actions" | "contents" | "deployments" | "id-token" | "issues" | "pull-requests", "read" | "write">
>;

/** Names to values. A value may hold an expression; text that is none goes through `literal`. */
export type Variables = Record<string, string>;

interface StepBase {
  /** What GitHub shows, and what the specification calls the step. */
  name: string;
  /** Referred to as `steps.<id>`. */
  id?: string;
  /** Condition; without one, the step runs while everything before it succeeded. */
  if?: string;
  env?: Variables;
  /** A failure of the step does not fail the job: only for telling people, and for what the rest can do without. */
  "continue-on-error"?: true;
}

/** A script, in bash with `-e` and `pipefail`. Never holds text from outside: that comes through `env`. */
export interface RunStep extends StepBase {
  run: string;
  "working-directory"?: string;
}

/** An action, by commit. */
export interface ActionStep extends StepBase {
  uses: string;
  with?: Record<string, string | boolean>;
}

export type Step = RunStep | ActionStep;

export interface WorkflowJob {
  name: string;
  needs?: string[];
  if?: string;
  "runs-on": string;
  environment?: {
    name: string;
    url?: string;
    /** `false`: secrets and protection only, no deployment record, because nothing is deployed. */
    deployment?: false;
  };
  permissions: Permissions;
  "timeout-minutes": number;
  concurrency?: {
    group: string;
    "cancel-in-progress": false;
    /** `max` keeps every waiting run; by default GitHub drops all but the newest. */
    queue: "max";
  };
  outputs?: Variables;
  steps: Step[];
}

export interface Workflow {
  name: string;
  on: {
    push?: { branches: string[]; paths?: string[] };
    pull_request?: { branches?: string[]; paths?: string[] } | null;
    schedule?: { cron: string }[];
    workflow_dispatch?: null;
  };
  permissions: Permissions;
  defaults: { run: { shell: "bash" } };
  jobs: Record<string, WorkflowJob>;
}
