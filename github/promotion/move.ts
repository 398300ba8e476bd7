/** Moves a branch forward, and finds out what really happened. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import { compare } from "../evidence.ts";
import type { Target } from "../inventory/read.ts";
import type { GitHubError } from "../problems.ts";
import { short, type Wish } from "./condition.ts";
import { type Examination, headOf } from "./examine.ts";
import { wayOut } from "./permission.ts";

/**
 * Moves the second branch to the commit, never by force: GitHub compares and swaps, so of two promotions one wins. An
 * answer that got lost is made up for by reading the branch.
 * @throws UserError where GitHub refused, or somebody was faster; the branch is where it was, or where they put it
 */
export async function move(
  github: Octokit,
  target: Target,
  wish: Wish,
  { sha, before }: Examination,
): Promise<void> {
  const { branch } = wish.to;
  const refusal = await github.git.updateRef({ ...target, ref: `heads/${branch}`, sha, force: false }).then(
    () => undefined,
    (error: GitHubError) => error,
  );
  const now = await headOf(github, target, branch).catch((error: GitHubError) => {
    const text = `It is not known whether ${branch} was moved to ${short(sha)}: ${error.message} Run the same command again; it finds out.`;
    throw new UserError(text, { cause: refusal ?? error });
  });
  if (now === sha) return;
  if (now === before) throw refused(wish, sha, refusal);
  const { added } = await compare(github, target, now, sha);
  const isContained = added.length === 0;
  // Moved, and moved on by somebody else.
  if (isContained && !refusal) return;
  throw overtaken(wish, sha, { now, isContained });
}

function overtaken(
  { to, from }: Wish,
  sha: string,
  { now, isContained }: { now: string; isContained: boolean },
): UserError {
  if (isContained) {
    return new UserError(
      `Somebody was faster: ${to.branch} is at ${short(now)} by now, which contains ${short(sha)}. There is nothing left to promote.`,
    );
  }
  return new UserError(
    `Somebody was faster: ${to.branch} moved to ${short(now)} meanwhile, and ${short(sha)} does not build on that. Nothing was changed. Bring ${to.branch} into ${from.branch}, let it be deployed to ${from.environment}, and promote that.`,
  );
}

function refused(wish: Wish, sha: string, refusal: GitHubError | undefined): Error {
  const { branch } = wish.to;
  const words = (refusal?.message ?? "it said yes and did nothing")
    .replace(/ - https:\/\/docs\.github\.com\S*$/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const remedy = /pull request/i.test(words) ? ` ${wayOut(wish)}` : "";
  const text = `GitHub did not move ${branch} to ${short(sha)}: ${words} ${branch} is where it was.${remedy}`;
  return new UserError(text, { cause: refusal });
}

/** The run that the moved branch started; undefined where GitHub lists none yet, or not to this token. */
export async function findRun(
  github: Octokit,
  target: Target,
  branch: string,
  head_sha: string,
): Promise<string | undefined> {
  // The branch is moved: what goes wrong from here on must not look as if it were not.
  const runs = await github.actions
    .listWorkflowRunsForRepo({ ...target, branch, head_sha, event: "push" })
    .then(
      ({ data }) => data.workflow_runs,
      () => [],
    );
  return runs.find((one) => one.head_sha === head_sha && one.head_branch === branch)?.html_url;
}
