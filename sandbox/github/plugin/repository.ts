/** Repository, branches and Actions permissions as the github plugin 6.15.0 shows them. */
import type { CheckFailure, ResourceType } from "../../provider/declaration.ts";
import type { Properties } from "../../provider/values.ts";
import type { GitHub } from "../client.ts";
import { createBranch, deleteBranch, getBranch } from "../refs.ts";
import {
  createRepository,
  deleteRepository,
  editRepository,
  type RepositorySettings,
  setActionsPermissions,
  setWorkflowPermissions,
} from "../repositories.ts";
import type { RepositoryRecord } from "../store.ts";

/** Input of the plugin → member of GitHub's document. */
const SETTINGS = {
  description: "description",
  homepageUrl: "homepage",
  visibility: "visibility",
  topics: "topics",
  archived: "archived",
  isTemplate: "is_template",
  hasIssues: "has_issues",
  hasDiscussions: "has_discussions",
  hasProjects: "has_projects",
  hasWiki: "has_wiki",
  hasDownloads: "has_downloads",
  allowMergeCommit: "allow_merge_commit",
  allowSquashMerge: "allow_squash_merge",
  allowRebaseMerge: "allow_rebase_merge",
  allowAutoMerge: "allow_auto_merge",
  allowUpdateBranch: "allow_update_branch",
  allowForking: "allow_forking",
  deleteBranchOnMerge: "delete_branch_on_merge",
  webCommitSignoffRequired: "web_commit_signoff_required",
  mergeCommitTitle: "merge_commit_title",
  mergeCommitMessage: "merge_commit_message",
  squashMergeCommitTitle: "squash_merge_commit_title",
  squashMergeCommitMessage: "squash_merge_commit_message",
  defaultBranch: "default_branch",
} as const satisfies Record<string, keyof RepositorySettings>;

/** Booleans without a default of the plugin's own, which sends false for them when they are unset. */
const FALSE_WHEN_UNSET = [
  "isTemplate",
  "hasIssues",
  "hasDiscussions",
  "hasProjects",
  "hasWiki",
  "hasDownloads",
  "allowUpdateBranch",
];

function settings(inputs: Properties): RepositorySettings {
  const filled: Properties = {
    ...Object.fromEntries(FALSE_WHEN_UNSET.map((name) => [name, false])),
    description: "",
    homepageUrl: "",
    ...inputs,
  };
  return Object.fromEntries(
    Object.entries(SETTINGS)
      .filter(([input]) => filled[input] !== undefined)
      .map(([input, member]) => [member, filled[input]]),
  );
}

function outputs({ repository }: RepositoryRecord): Properties {
  const { full_name, node_id, name, id } = repository;
  return {
    ...Object.fromEntries(Object.entries(SETTINGS).map(([input, member]) => [input, repository[member]])),
    name,
    fullName: full_name,
    nodeId: node_id,
    repoId: id,
    private: repository.private,
    primaryLanguage: "",
    htmlUrl: `https://github.com/${full_name}`,
    httpCloneUrl: `https://github.com/${full_name}.git`,
    gitCloneUrl: `git://github.com/${full_name}.git`,
    sshCloneUrl: `git@github.com:${full_name}.git`,
    svnUrl: `https://github.com/${full_name}`,
    fork: "false",
    vulnerabilityAlerts: false,
    etag: `W/"${repository.updated_at}"`,
  };
}

const repository: ResourceType<GitHub> = {
  failsWhenGone: ["delete"],
  defaults: (inputs, { name, suffix }) => ({
    // Logical names become unique physical ones where the program states none.
    ...(inputs.name === undefined && suffix && { name: `${name}-${suffix}` }),
    allowMergeCommit: true,
    allowSquashMerge: true,
    allowRebaseMerge: true,
    allowAutoMerge: false,
    deleteBranchOnMerge: false,
    webCommitSignoffRequired: false,
    archived: false,
    mergeCommitTitle: "MERGE_MESSAGE",
    mergeCommitMessage: "PR_TITLE",
    squashMergeCommitTitle: "COMMIT_OR_PR_TITLE",
    squashMergeCommitMessage: "COMMIT_MESSAGES",
  }),
  optionalComputed: [
    "visibility",
    "private",
    "fork",
    "sourceOwner",
    "sourceRepo",
    "securityAndAnalysis",
    "allowForking",
    "defaultBranch",
    "topics",
    "vulnerabilityAlerts",
    "etag",
  ],
  writeOnly: [
    "autoInit",
    "archiveOnDestroy",
    "licenseTemplate",
    "gitignoreTemplate",
    "ignoreVulnerabilityAlertsDuringRead",
    "template",
  ],
  sets: ["topics"],
  check: checkRepository,
  create(github, inputs) {
    const name = String(inputs.name);
    createRepository(github, { ...settings(inputs), name, auto_init: inputs.autoInit === true });
    return name;
  },
  read: (github, id) => outputs(github.repository(id)),
  update(github, id, inputs) {
    editRepository(github, id, { ...settings(inputs), name: String(inputs.name) });
  },
  delete(github, id, { oldInputs }) {
    if (oldInputs?.archiveOnDestroy) editRepository(github, id, { archived: true });
    else deleteRepository(github, id);
  },
};

/** real-plugins.md: name, visibility and topics are refused in preview. */
function checkRepository({ name, visibility, topics }: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const refuse = (property: string, reason: string) => failures.push({ property, reason });
  if (typeof name === "string" && !/^[-\w.]{1,100}$/.test(name)) {
    refuse("name", "must include only alphanumeric characters, underscores or hyphens, at most 100");
  }
  if (typeof visibility === "string" && !["public", "private", "internal"].includes(visibility)) {
    refuse(
      "visibility",
      `expected visibility to be one of ["public" "private" "internal"], got ${visibility}`,
    );
  }
  for (const topic of Array.isArray(topics) ? topics : []) {
    if (typeof topic === "string" && !/^[a-z0-9][a-z0-9-]{0,49}$/.test(topic))
      refuse("topics", `invalid value for topics: ${topic}`);
  }
  return failures;
}

/** terraform-provider-github, resource_github_branch.go: 422 "already exists" is adopted silently. */
const branch: ResourceType<GitHub> = {
  replaceOn: ["repository", "branch", "sourceBranch", "sourceSha"],
  optionalComputed: ["sourceSha", "etag"],
  defaults: () => ({ sourceBranch: "main" }),
  create(github, inputs) {
    const {
      repository: name,
      branch: branchName,
      sourceBranch,
      sourceSha,
    } = inputs as Record<string, string>;
    const sha = sourceSha ?? getBranch(github, String(name), String(sourceBranch)).object.sha;
    const exists = github.repository(String(name)).refs[`refs/heads/${branchName}`] !== undefined;
    if (exists) github.need(`POST ${github.path(String(name))}/git/refs`, "contents");
    else createBranch(github, String(name), String(branchName), sha);
    return `${name}:${branchName}`;
  },
  read(github, id, known) {
    const [name = "", branchName = ""] = id.split(":");
    const { ref, object } = getBranch(github, name, branchName);
    return {
      repository: name,
      branch: branchName,
      sourceBranch: known.sourceBranch ?? "main",
      sourceSha: known.sourceSha ?? object.sha,
      ref,
      sha: object.sha,
      etag: `W/"${object.sha}"`,
    };
  },
  importedId: (_, id) => id.split(":").slice(0, 2).join(":"),
  delete(github, id) {
    const [name = "", branchName = ""] = id.split(":");
    deleteBranch(github, name, branchName);
  },
};

const branchDefault: ResourceType<GitHub> = {
  replaceOn: ["repository"],
  optionalComputed: ["etag"],
  writeOnly: ["rename", "waitForRename"],
  create(github, inputs) {
    editRepository(github, String(inputs.repository), { default_branch: String(inputs.branch) });
    return String(inputs.repository);
  },
  read(github, id) {
    const { repository: document } = github.repository(id);
    return {
      repository: document.name,
      branch: document.default_branch,
      repositoryId: document.id,
      etag: "",
    };
  },
  update(github, id, inputs) {
    editRepository(github, id, { default_branch: String(inputs.branch) });
  },
  // The plugin sends nothing: a repository always has a default branch.
  delete: () => {},
};

/** The plugin 6.15.0 asks for the permissions of a repository that is gone, and calls the 404 an error. */
const workflowPermissions: ResourceType<GitHub> = {
  failsWhenGone: ["read", "delete"],
  replaceOn: ["repository"],
  defaults: () => ({ canApprovePullRequestReviews: false }),
  check: ({ defaultWorkflowPermissions: value }) =>
    typeof value === "string" && !["read", "write"].includes(value) && value !== ""
      ? [{ property: "defaultWorkflowPermissions", reason: `expected one of ["read" "write"], got ${value}` }]
      : [],
  create(github, inputs) {
    setWorkflowPermissions(github, String(inputs.repository), workflowSettings(inputs));
    return String(inputs.repository);
  },
  read(github, id) {
    const { repository: document, workflow_permissions: permissions } = github.repository(id);
    return {
      repository: document.name,
      defaultWorkflowPermissions: permissions.default_workflow_permissions,
      canApprovePullRequestReviews: permissions.can_approve_pull_request_reviews,
    };
  },
  update: (github, id, inputs) => setWorkflowPermissions(github, id, workflowSettings(inputs)),
  delete: (github, id) =>
    setWorkflowPermissions(github, id, {
      default_workflow_permissions: "read",
      can_approve_pull_request_reviews: false,
    }),
};

function workflowSettings(inputs: Properties): Partial<RepositoryRecord["workflow_permissions"]> {
  return {
    default_workflow_permissions: inputs.defaultWorkflowPermissions === "write" ? "write" : "read",
    can_approve_pull_request_reviews: inputs.canApprovePullRequestReviews === true,
  };
}

/** resource_github_actions_repository_permissions.go; deleting sets back to what a new repository has, but for the pins. */
const actionsPermissions: ResourceType<GitHub> = {
  failsWhenGone: ["read", "delete"],
  optionalComputed: ["shaPinningRequired"],
  defaults: () => ({ enabled: true }),
  create(github, inputs) {
    setActionsPermissions(github, String(inputs.repository), actionsSettings(inputs));
    return String(inputs.repository);
  },
  read(github, id) {
    const { repository: document, actions_permissions: permissions } = github.repository(id);
    return {
      repository: document.name,
      enabled: permissions.enabled,
      allowedActions: permissions.allowed_actions,
      shaPinningRequired: permissions.sha_pinning_required,
    };
  },
  update: (github, id, inputs) => setActionsPermissions(github, id, actionsSettings(inputs)),
  delete: (github, id) => setActionsPermissions(github, id, { enabled: true, allowed_actions: "all" }),
};

function actionsSettings(inputs: Properties): Partial<RepositoryRecord["actions_permissions"]> {
  return {
    enabled: inputs.enabled !== false,
    allowed_actions: inputs.allowedActions as "all",
    ...(inputs.shaPinningRequired !== undefined && {
      sha_pinning_required: inputs.shaPinningRequired === true,
    }),
  };
}

export const repositoryTypes: Record<string, ResourceType<GitHub>> = {
  "github:index/repository:Repository": repository,
  "github:index/branch:Branch": branch,
  "github:index/branchDefault:BranchDefault": branchDefault,
  "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions": workflowPermissions,
  "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions": actionsPermissions,
};

/** What the lookup `getRepository` answers. */
export { outputs as repositoryOutputs };
