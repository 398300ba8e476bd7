/** What GitHub knows of a commit or a pull request, as rules ask for it. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../errors.ts";
import { outcome, type Reported } from "./decisions/checks.ts";
import { CODEOWNERS_PLACES, ownersOf } from "./decisions/code-owners.ts";
import { type Review, type RoleOf, type Standing, standing } from "./decisions/reviews.ts";
import type { Evidence } from "./decisions/rules.ts";
import type { Target } from "./inventory/read.ts";
import type { GitHubError } from "./problems.ts";

/** How a commit relates to a branch. */
export interface Comparison {
  /** Commits that the branch has and the commit lacks. */
  behind: number;
  /** Commits that the branch would gain, oldest first. */
  added: { sha: string; parents: number; isVerified: boolean }[];
}

const PAGE = 100;

/**
 * @param base a branch or commit
 * @throws UserError where the two have no commit in common, which GitHub does not compare
 */
export async function compare(
  github: Octokit,
  target: Target,
  base: string,
  sha: string,
): Promise<Comparison> {
  const added: Comparison["added"] = [];
  for (let page = 1; ; page += 1) {
    const question = { ...target, basehead: `${base}...${sha}`, per_page: PAGE, page };
    const { data } = await github.repos.compareCommitsWithBasehead(question).catch((error: GitHubError) => {
      if (!/^No common ancestor/i.test(error.message)) throw error;
      const text = `${base} and ${sha} have no commit in common, so neither can be moved to the other.`;
      throw new UserError(`${text} Begin one of the branches anew from the other.`, { cause: error });
    });
    const found = data.commits.map((one) => ({
      sha: one.sha,
      parents: one.parents.length,
      isVerified: one.commit.verification?.verified === true,
    }));
    added.push(...found);
    if (found.length < PAGE || added.length >= data.total_commits) return { behind: data.behind_by, added };
  }
}

/** Check runs and statuses of a commit, oldest first. */
export async function readReported(github: Octokit, target: Target, ref: string): Promise<Reported> {
  const question = { ...target, ref, per_page: PAGE };
  const [check_runs, statuses] = await Promise.all([
    github.paginate(github.checks.listForRef, question),
    github.paginate(github.repos.listCommitStatusesForRef, question),
  ]);
  return {
    check_runs: check_runs.toSorted((one, other) => one.id - other.id),
    statuses: statuses.toReversed(),
  };
}

/** A deployment record. */
export interface Deployment {
  id: number;
  sha: string;
  environment: string;
}

/** Deployments of a commit, to an environment, or both, newest first; at most a page. */
export async function readDeployments(
  github: Octokit,
  target: Target,
  where: { sha?: string; environment?: string },
): Promise<Deployment[]> {
  const { data } = await github.repos.listDeployments({ ...target, ...where, per_page: PAGE });
  return data.map(({ id, sha, environment }) => ({ id, sha, environment }));
}

/** What was said of a deployment, newest first. */
export async function readStates(
  github: Octokit,
  target: Target,
  { id: deployment_id }: Deployment,
): Promise<string[]> {
  const { data } = await github.repos.listDeploymentStatuses({ ...target, deployment_id, per_page: PAGE });
  return data.map(({ state }) => state);
}

/** Environments whose newest deployment of a commit succeeded and is active. */
async function readEnvironmentsOf(github: Octokit, target: Target, sha: string): Promise<Set<string>> {
  const all = await readDeployments(github, target, { sha });
  const newest = all.filter(
    ({ environment }, index) => all.findIndex((one) => one.environment === environment) === index,
  );
  const states = await Promise.all(newest.map((one) => readStates(github, target, one)));
  return new Set(newest.filter((_, index) => states[index]?.[0] === "success").map((one) => one.environment));
}

/** A pull request, as far as merges are decided by it. */
export interface PullFacts {
  number: number;
  state: string;
  merged: boolean;
  draft: boolean;
  /** null while GitHub works it out. */
  mergeable: boolean | null;
  author: string;
  head: { sha: string };
  base: { ref: string; sha: string };
  url: string;
}

/** @returns undefined where there is none of that number */
export async function readPull(
  github: Octokit,
  target: Target,
  pull_number: number,
): Promise<PullFacts | undefined> {
  try {
    const { data } = await github.pulls.get({ ...target, pull_number });
    const { number, state, merged, draft = false, mergeable, user, head, base, html_url: url } = data;
    return { number, state, merged, draft, mergeable, author: user.login, head, base, url };
  } catch (error) {
    if ((error as GitHubError).status === 404) return undefined;
    throw error;
  }
}

/**
 * What the reviews of a pull request amount to. Who pushed last is not in the interface: the committer of the head is
 * taken, and its author where GitHub itself committed.
 */
export async function readStanding(
  github: Octokit,
  target: Target,
  { number: pull_number, head, base, author }: PullFacts,
  roleOf: RoleOf,
): Promise<Standing> {
  const question = { ...target, pull_number, per_page: PAGE };
  const [given, files, codeOwners, { data: commit }] = await Promise.all([
    github.paginate(github.pulls.listReviews, question),
    github.paginate(github.pulls.listFiles, question),
    readCodeOwners(github, target, base.ref),
    github.repos.getCommit({ ...target, ref: head.sha }),
  ]);
  const reviews: Review[] = given.flatMap(({ user, state, commit_id }) =>
    user ? [{ user: user.login, state, commit_id: commit_id ?? "" }] : [],
  );
  const people = [commit.committer, commit.author].flatMap((one) => (one && "login" in one ? one.login : []));
  const last_pusher = people.find((login) => login !== "web-flow") ?? author;
  const paths = files.map(({ filename }) => filename);
  return standing({ head, last_pusher, reviews, owners: () => ownersOf(codeOwners ?? "", paths) }, roleOf);
}

/** The text of CODEOWNERS on a branch; undefined where there is none. */
export async function readCodeOwners(
  github: Octokit,
  target: Target,
  ref: string,
): Promise<string | undefined> {
  for (const path of CODEOWNERS_PLACES) {
    try {
      const { data } = await github.repos.getContent({ ...target, path, ref });
      if ("content" in data) return Buffer.from(data.content, "base64").toString("utf8");
    } catch (error) {
      if ((error as GitHubError).status !== 404) throw error;
    }
  }
  return undefined;
}

/** What rules ask for, of a commit that is to be on a branch. @param reviews of its pull request */
export async function readEvidence(
  github: Octokit,
  target: Target,
  { base, sha }: { base: string; sha: string },
  reviews?: Standing,
): Promise<Evidence> {
  const [{ behind, added }, reported, environments] = await Promise.all([
    compare(github, target, base, sha),
    readReported(github, target, sha),
    readEnvironmentsOf(github, target, sha),
  ]);
  return {
    isFastForward: () => behind === 0,
    hasMergeCommit: () => added.some(({ parents }) => parents > 1),
    isSigned: () => added.every(({ isVerified }) => isVerified),
    outcome: (check) => outcome(reported, check),
    isDeployed: (environment) => environments.has(environment),
    standing: () => {
      if (!reviews) throw new Error("only a merge has reviews");
      return reviews;
    },
  };
}
