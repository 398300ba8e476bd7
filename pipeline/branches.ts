import type { Settings } from "../settings.ts";
import { IMAGES_ENVIRONMENT, inspectionEnvironment, previewEnvironment } from "./names.ts";

/** One long-lived branch of the repository. */
export interface Branch {
  name: string;
  role: "production" | "staging" | "development";
  /** Branch whose commit it starts from when it does not exist; absent for the first one. */
  startsFrom?: string;
}

/** The full name of a branch: rules that name a branch in short form match nothing, and GitHub accepts them. */
export function ref(branch: string): string {
  return `refs/heads/${branch}`;
}

/** The three branches, in the order in which they must be created. */
export function branches(settings: Pick<Settings, "branches">): Branch[] {
  const { production, staging, development } = settings.branches;
  return [
    { name: production, role: "production" },
    { name: staging, role: "staging", startsFrom: production },
    { name: development, role: "development", startsFrom: production },
  ];
}

/** Whether people depend on what the stack deploys: what holds state is protected there and kept on `destroy`. */
export function isProduction({
  environment,
  branches: { production },
}: Pick<Settings, "environment" | "branches">): boolean {
  return environment.branch === production;
}

/**
 * How the repository merges. Linear history leaves squash and rebase; a merge commit on staging would be carried to
 * the production branch by a fast-forward and refused there, so it is off for the whole repository.
 * Head branches are not deleted on merge: staging is the head of every promotion, and an administrator who merges it
 * could by his own bypass delete it.
 */
export const MERGE_SETTINGS = {
  allowMergeCommit: false,
  allowSquashMerge: true,
  allowRebaseMerge: true,
  allowAutoMerge: true,
  deleteBranchOnMerge: false,
} as const;

/** A GitHub environment of the stack. */
export interface Environment {
  name: string;
  /**
   * `deployment`: what the workflow deploys to. The other two hold the credentials of jobs that its branch policy or its
   * approval shuts out: `inspection` those of the drift check, which runs on the production branch, and of the plan that
   * people see before they approve it; `preview` those of the previews of pull requests. A pull request brings its own workflow, so whoever can push a branch could have it print them:
   * hence an approval for each preview. `images` holds the registry's credentials for all stacks: what is pushed is
   * rolled out, so only branches that are deployed may.
   */
  role: "deployment" | "inspection" | "preview" | "images";
  /** Patterns of the branches that may use it; never both kinds of policy, which GitHub refuses at `up` only. */
  branchPatterns: string[];
  /** Logins that must approve. */
  reviewers: string[];
  preventSelfReview: boolean;
  waitMinutes: number;
  /** Whether an administrator may skip the approval. */
  administratorsMayBypass: boolean;
}

/** The settings that decide on environments. */
type EnvironmentsOf = Pick<
  Settings,
  "environment" | "branches" | "rules" | "ownsRepository" | "clouds" | "services" | "serviceBranches"
>;

/** The environments that a stack owns. */
export function environments(settings: EnvironmentsOf): Environment[] {
  const { name, branch, reviewers, preventSelfReview, waitMinutes } = settings.environment;
  const { production, staging, development } = settings.branches;
  const buildsImages = settings.clouds.digitalocean && settings.services.length > 0;
  return [
    {
      name,
      role: "deployment",
      branchPatterns: [branch],
      reviewers,
      preventSelfReview,
      waitMinutes,
      administratorsMayBypass: false,
    },
    {
      name: inspectionEnvironment(name),
      role: "inspection",
      branchPatterns: [...new Set([production, branch])],
      reviewers: [],
      preventSelfReview: false,
      waitMinutes: 0,
      administratorsMayBypass: true,
    },
    {
      name: previewEnvironment(name),
      role: "preview",
      branchPatterns: ["refs/pull/*/merge"],
      reviewers: reviewers.length > 0 ? reviewers : [settings.rules.mainOwner],
      preventSelfReview: false,
      waitMinutes: 0,
      administratorsMayBypass: true,
    },
    ...(settings.ownsRepository && buildsImages
      ? [
          {
            name: IMAGES_ENVIRONMENT,
            role: "images" as const,
            branchPatterns: [
              staging,
              production,
              ...(settings.serviceBranches.has(development) ? [development] : []),
            ],
            reviewers: [],
            preventSelfReview: false,
            waitMinutes: 0,
            administratorsMayBypass: false,
          },
        ]
      : []),
  ];
}
