import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import { compare, type FileState } from "../../pipeline/workflows/compare.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";

/** Branch that the pull request comes from. */
export const PROPOSAL_BRANCH = "kai/workflows";

/** Where a proposal goes. */
export interface ProposalTarget {
  owner: string;
  repo: string;
  /** Branch that the pull request is for. */
  base: string;
}

export interface Proposal {
  /** `none`: the base branch already holds these files. `would-…`: a dry run. */
  action: "none" | "opened" | "updated" | "would-open" | "would-update";
  base: string;
  branch: string;
  /** What the base branch has of each file. */
  files: { path: string; state: FileState }[];
  /** Number and address of the pull request, once there is one. */
  number?: number;
  url?: string;
}

/**
 * Opens a pull request with the files, or brings the open one up to date. The branch only ever moves forward: what
 * others committed to it stays, and a newer base branch is merged in.
 * @throws UserError for a missing branch, a conflict, or a token without the rights.
 */
export async function propose(
  github: Octokit,
  target: ProposalTarget,
  files: readonly WorkflowFile[],
  options: { dryRun: boolean },
): Promise<Proposal> {
  try {
    return await proposeFiles(github, target, files, options.dryRun);
  } catch (error) {
    throw explained(error, target);
  }
}

async function proposeFiles(
  github: Octokit,
  target: ProposalTarget,
  files: readonly WorkflowFile[],
  dryRun: boolean,
): Promise<Proposal> {
  const { owner, repo, base } = target;
  const baseHead = await headOf(github, target, base);
  if (!baseHead) {
    throw new UserError(
      `${owner}/${repo} has no branch ${base}. Run \`pulumi up\` of the stack that owns the repository first, or name another branch with --base.`,
    );
  }
  const states = await statesAt(github, target, files, baseHead);
  const result = { base, branch: PROPOSAL_BRANCH, files: states };
  if (states.every(({ state }) => state === "same")) return { ...result, action: "none" };

  const open = await openPullRequest(github, target);
  if (dryRun) return { ...result, ...open, action: open ? "would-update" : "would-open" };

  await commitFiles(github, target, files, baseHead);
  if (open) return { ...result, ...open, action: "updated" };
  const { data } = await github.pulls.create({
    owner,
    repo,
    base,
    head: PROPOSAL_BRANCH,
    title: "Bring the workflows in line with the pipeline",
    body: describe(states),
  });
  return { ...result, action: "opened", number: data.number, url: data.html_url };
}

function describe(states: Proposal["files"]): string {
  const lines = states.map(({ path, state }) => `- \`${path}\`: ${DESCRIPTIONS[state]}`);
  return `These files are generated from the pipeline's model, which also makes the branch rules and the secrets that they rely on.\n\n${lines.join("\n")}\n\nTo change them, change the configuration and run \`kai workflow propose\` again.\n`;
}

const DESCRIPTIONS: Record<FileState, string> = {
  missing: "new",
  differs: "changed",
  same: "as it was",
};

/** Commit that a branch points at, undefined if there is no such branch. */
async function headOf(
  github: Octokit,
  { owner, repo }: ProposalTarget,
  branch: string,
): Promise<string | undefined> {
  const response = await unlessMissing(github.git.getRef({ owner, repo, ref: `heads/${branch}` }));
  return response?.data.object.sha;
}

async function statesAt(
  github: Octokit,
  { owner, repo }: ProposalTarget,
  files: readonly WorkflowFile[],
  ref: string,
): Promise<Proposal["files"]> {
  return Promise.all(
    files.map(async (file) => {
      const response = await unlessMissing(github.repos.getContent({ owner, repo, path: file.path, ref }));
      const data = response?.data;
      const isFile = data && "content" in data && typeof data.content === "string";
      const present = isFile ? Buffer.from(data.content, "base64").toString("utf8") : undefined;
      return { path: file.path, state: compare(file, present) };
    }),
  );
}

async function openPullRequest(
  github: Octokit,
  { owner, repo, base }: ProposalTarget,
): Promise<{ number: number; url: string } | undefined> {
  const head = `${owner}:${PROPOSAL_BRANCH}`;
  const { data } = await github.pulls.list({ owner, repo, state: "open", head, base });
  const [found] = data;
  return found && { number: found.number, url: found.html_url };
}

/** Puts the files on the proposal's branch as one commit, unless it holds them already. */
async function commitFiles(
  github: Octokit,
  target: ProposalTarget,
  files: readonly WorkflowFile[],
  baseHead: string,
): Promise<void> {
  const { owner, repo, base } = target;
  const present = await headOf(github, target, PROPOSAL_BRANCH);
  if (present) {
    // Answers 204 when the branch has everything already, 409 on a conflict.
    await github.repos.merge({ owner, repo, base: PROPOSAL_BRANCH, head: base });
  }
  const parent = (present && (await headOf(github, target, PROPOSAL_BRANCH))) ?? baseHead;
  const { data: before } = await github.git.getCommit({ owner, repo, commit_sha: parent });
  const { data: tree } = await github.git.createTree({
    owner,
    repo,
    base_tree: before.tree.sha,
    tree: files.map(({ path, content }) => ({ path, content, mode: "100644", type: "blob" })),
  });
  if (present && tree.sha === before.tree.sha) return;
  const { data: commit } = await github.git.createCommit({
    owner,
    repo,
    message: "Bring the workflows in line with the pipeline",
    tree: tree.sha,
    parents: [parent],
  });
  const ref = `heads/${PROPOSAL_BRANCH}`;
  // Without force: if somebody pushed in the meantime, GitHub refuses, and nothing of theirs is lost.
  if (present) await github.git.updateRef({ owner, repo, ref, sha: commit.sha, force: false });
  else await github.git.createRef({ owner, repo, ref: `refs/${ref}`, sha: commit.sha });
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  return request.catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown }).status;
  return typeof status === "number" ? status : undefined;
}

/** A refusal of GitHub as a sentence with the way out; anything else as it is. */
function explained(error: unknown, { owner, repo, base }: ProposalTarget): unknown {
  const status = statusOf(error);
  if (error instanceof UserError || status === undefined) return error;
  const said = `GitHub answered ${status}: ${(error as Error).message}`;
  if (status === 403 || status === 404) {
    return new UserError(
      `GITHUB_TOKEN may not do this on ${owner}/${repo}: it needs write access to contents, workflows and pull requests. ${said}`,
    );
  }
  if (status === 409) {
    return new UserError(
      `${base} and ${PROPOSAL_BRANCH} conflict. Merge or close the open pull request, delete the branch ${PROPOSAL_BRANCH}, and run the command again. ${said}`,
    );
  }
  if (status === 422) {
    return new UserError(
      `${PROPOSAL_BRANCH} could not be moved forward or proposed; if somebody pushed to it just now, run the command again. ${said}`,
    );
  }
  return error;
}
