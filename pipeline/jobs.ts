import { IMAGES_ENVIRONMENT, inspectionEnvironment, previewEnvironment } from "./names.ts";

/**
 * The jobs of the workflows. Branch rules require a check by a job's *name*, workflows define the job, and the table
 * of secrets says which job reads what: all three take it from here, so they cannot disagree.
 */

/** A workflow file below `.github/workflows/`, by its name without the ending. */
export type WorkflowName = "deploy" | "infrastructure" | "drift";

/** What a job does, whatever environment it does it in. */
export type JobRole =
  | "build"
  | "images"
  | "deploy"
  | "notify"
  | "preview"
  | "comment"
  | "rehearse"
  | "plan"
  | "up"
  | "drift"
  | "tell";

export interface Job {
  workflow: WorkflowName;
  role: JobRole;
  /** Key below `jobs:`, what `needs:` refers to. */
  id: string;
  /** Name that GitHub shows, and the context of its check. */
  name: string;
  /** GitHub environment that the job runs in; absent: it sees the repository's secrets only. */
  environment?: string;
}

/** Builds and tests every push and pull request; the check that all three branches require. */
export const BUILD: Job = { workflow: "deploy", role: "build", id: "build", name: "Build and Test" };

/** Builds the container images once per commit and pushes them. */
export const IMAGES: Job = {
  workflow: "deploy",
  role: "images",
  id: "images",
  name: "Publish Images",
  environment: IMAGES_ENVIRONMENT,
};

/** Tells the outcome, always. */
export const NOTIFY: Job = { workflow: "deploy", role: "notify", id: "notify", name: "Notify" };

/** Migrates, deploys and verifies one environment: "Deploy to Staging". */
export function deployJob(environment: string): Job {
  return {
    workflow: "deploy",
    role: "deploy",
    id: `deploy-${environment}`,
    name: `Deploy to ${title(environment)}`,
    environment,
  };
}

/** Shows on a pull request what one stack would change. */
export function previewJob(environment: string): Job {
  return {
    workflow: "infrastructure",
    role: "preview",
    id: `preview-${environment}`,
    name: `Preview ${title(environment)}`,
    environment: previewEnvironment(environment),
  };
}

/** Puts the previews of all stacks into one comment. It runs nothing of the pull request and sees no secrets. */
export const COMMENT: Job = {
  workflow: "infrastructure",
  role: "comment",
  id: "comment",
  name: "Comment on Previews",
};

/** Applies the migrations of a pull request to a throwaway database. It sees no secrets, so forks have it too. */
export const REHEARSE: Job = {
  workflow: "infrastructure",
  role: "rehearse",
  id: "rehearse",
  name: "Rehearse Migrations",
};

/** Shows what one stack's branch would change now, before anybody approves it. It may only read. */
export function planJob(environment: string): Job {
  return {
    workflow: "infrastructure",
    role: "plan",
    id: `plan-${environment}`,
    name: `Plan ${title(environment)}`,
    environment: inspectionEnvironment(environment),
  };
}

/** Reconciles one stack. */
export function upJob(environment: string): Job {
  return {
    workflow: "infrastructure",
    role: "up",
    id: `up-${environment}`,
    name: `Reconcile ${title(environment)}`,
    environment,
  };
}

/** Looks for hand-made changes in one stack. */
export function driftJob(environment: string): Job {
  return {
    workflow: "drift",
    role: "drift",
    id: `drift-${environment}`,
    name: `Drift of ${title(environment)}`,
    environment: inspectionEnvironment(environment),
  };
}

/** Tells people what the check of one stack found. It sees none of the clouds' secrets. */
export function tellJob(environment: string): Job {
  return {
    workflow: "drift",
    role: "tell",
    id: `tell-${environment}`,
    name: `Tell Drift of ${title(environment)}`,
  };
}

/** Names of the checks that a branch requires before anything is merged into it. */
export function requiredChecks(): string[] {
  return [BUILD.name];
}

function title(environment: string): string {
  return environment
    .split(/[-_]/)
    .filter((word) => word !== "")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}
