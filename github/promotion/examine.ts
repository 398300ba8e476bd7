/** Looks at every condition of a promotion; changes nothing. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import { ruledOf } from "../can/demands.ts";
import { ACTIONS_LOGIN, findActor } from "../can/people.ts";
import { compare, readEvidence, readReported } from "../evidence.ts";
import { readInventory, type Target } from "../inventory/read.ts";
import type { GitHubError } from "../problems.ts";
import { readToken } from "../token.ts";
import { approvalsCondition, findProposal } from "./approvals.ts";
import { checksCondition, imagesCondition } from "./checks.ts";
import { type Condition, short, type Wish } from "./condition.ts";
import { deploymentCondition } from "./deployment.ts";
import { rulesCondition } from "./permission.ts";

export interface Examination {
  /** The commit that is promoted; fixed from now on, whatever is pushed meanwhile. */
  sha: string;
  /** Where the second branch is. */
  before: string;
  /** Whether the second branch has the commit already. */
  isThere: boolean;
  /** Empty where it is there already. */
  conditions: Condition[];
}

/** @throws UserError for a branch or commit that is not there, and as `readInventory` does */
export async function examine(github: Octokit, target: Target, wish: Wish): Promise<Examination> {
  const [head, before] = await Promise.all([
    headOf(github, target, wish.from.branch),
    headOf(github, target, wish.to.branch),
  ]);
  const sha = wish.commit === undefined ? head : await earlier(github, target, wish, head);
  const { added, behind } = await compare(github, target, before, sha);
  if (added.length === 0) return { sha, before, isThere: true, conditions: [] };
  const conditions = [
    fastForward(wish, sha, behind),
    ...(await otherConditions(github, target, wish, { sha, before })),
  ];
  return { sha, before, isThere: false, conditions };
}

/** Where a branch is. @throws UserError where there is none */
export async function headOf(github: Octokit, target: Target, branch: string): Promise<string> {
  const { data } = await github.git
    .getRef({ ...target, ref: `heads/${branch}` })
    .catch((error: GitHubError) => {
      if (error.status !== 404) throw error;
      throw new UserError(`${target.owner}/${target.repo} has no branch ${branch}. Run pulumi up first.`, {
        cause: error,
      });
    });
  return data.object.sha;
}

async function earlier(github: Octokit, target: Target, wish: Wish, head: string): Promise<string> {
  const ref = wish.commit ?? "";
  const { data } = await github.repos.getCommit({ ...target, ref }).catch((error: GitHubError) => {
    if (error.status !== 404 && error.status !== 422) throw error;
    throw new UserError(`${target.owner}/${target.repo} has no commit ${ref}.`, { cause: error });
  });
  const { added } = await compare(github, target, head, data.sha);
  if (added.length === 0) return data.sha;
  throw new UserError(`${short(data.sha)} is not on ${wish.from.branch}. Name a commit that is.`);
}

function fastForward({ from, to }: Wish, sha: string, behind: number): Condition {
  if (behind === 0) {
    const text = `${to.branch} loses nothing: ${short(sha)} builds on it.`;
    return { id: "fast-forward", state: "holds", text };
  }
  return {
    id: "fast-forward",
    state: "fails",
    text: `${to.branch} has ${behind === 1 ? "a commit" : `${behind} commits`} that ${short(sha)} does not build on.`,
    remedy: `Bring ${to.branch} into ${from.branch} by a merge or rebase, let it be deployed to ${from.environment}, and promote that.`,
  };
}

interface Range {
  sha: string;
  before: string;
}

async function otherConditions(github: Octokit, target: Target, wish: Wish, { sha, before }: Range) {
  const [live, user, proposal, reported, evidence, deployment] = await Promise.all([
    readInventory(github, target, ["branches", "rulesets", "classicRules", "collaborators", "actions"]),
    tokenUser(github),
    findProposal(github, target, wish, sha),
    readReported(github, target, sha),
    readEvidence(github, target, { base: before, sha }),
    deploymentCondition(github, target, wish, sha),
  ]);
  const person = await findActor(github, live, user, user);
  const ruled = ruledOf(live);
  const asked = { ruled, people: live, actor: person.actor, wish, sha, proposal };
  const approvals = await approvalsCondition(github, target, asked);
  const isApproved = proposal !== undefined && approvals.state === "holds";
  return [
    checksCondition(ruled, wish, reported, sha),
    deployment,
    ...(wish.imagesJob === undefined ? [] : [imagesCondition(wish.imagesJob, reported, sha)]),
    approvals,
    rulesCondition({ rules: live, ruled, person, evidence, wish, isApproved }),
    tokenCondition(user),
  ];
}

/** Also of an app's token, which is no user's. */
async function tokenUser(github: Octokit): Promise<string> {
  const { login } = await readToken(github);
  if (login !== undefined) return login;
  const { viewer } = await github.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  return viewer.login;
}

/** docs.github.com/actions/security-for-github-actions/security-guides/automatic-token-authentication. */
function tokenCondition(login: string): Condition {
  if (login !== ACTIONS_LOGIN) {
    return { id: "token", state: "holds", text: `What ${login} pushes starts the workflows.` };
  }
  return {
    id: "token",
    state: "fails",
    text: "The token is a job's own, and what it pushes starts no workflow: nothing would be deployed.",
    remedy: "Set GITHUB_TOKEN to the token of whoever may move the branch, or of an app of your own.",
  };
}
