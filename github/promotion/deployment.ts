/** Whether a commit is what an environment runs. */
import type { Octokit } from "@octokit/rest";
import { compare, type Deployment, readDeployments, readStates } from "../evidence.ts";
import type { Target } from "../inventory/read.ts";
import { type Condition, short, type Wish } from "./condition.ts";

/**
 * The newest deployment of that very commit must have succeeded and be what the environment runs. A commit that was
 * named by hand may have been followed by a later one; not by an earlier one, since that was a rollback.
 */
export async function deploymentCondition(
  github: Octokit,
  target: Target,
  { from, commit }: Wish,
  sha: string,
): Promise<Condition> {
  const { environment } = from;
  const [own] = await readDeployments(github, target, { environment, sha });
  const problem = ownProblem(own && (await readStates(github, target, own)), environment, sha);
  if (problem) return problem;
  const running = await runningOf(github, target, environment);
  if (running?.sha === sha) return holds(`${environment} runs ${short(sha)}.`);
  const isFollowed =
    commit !== undefined && running && (await compare(github, target, running.sha, sha)).added.length === 0;
  if (isFollowed) {
    return holds(`${environment} ran ${short(sha)} with success, before ${short(running.sha)}.`);
  }
  return fails(
    running
      ? `${environment} runs ${short(running.sha)} now, not ${short(sha)}.`
      : `${environment} runs ${short(sha)} no more.`,
    commit === undefined
      ? `Deploy ${short(sha)} to ${environment} again, or name another commit with --commit.`
      : `Deploy ${short(sha)} to ${environment} again: it was replaced by something that does not build on it.`,
  );
}

/**
 * What the environment runs: the newest record that is a success still, however many failed after it. GitHub makes a record
 * for each job.
 */
async function runningOf(
  github: Octokit,
  target: Target,
  environment: string,
): Promise<Deployment | undefined> {
  const question = { ...target, environment, per_page: 100 };
  for await (const { data } of github.paginate.iterator(github.repos.listDeployments, question)) {
    for (const deployment of data) {
      const [state] = await readStates(github, target, deployment);
      if (state === "success") return deployment;
    }
  }
  return undefined;
}

/** What is wrong with the commit's own record. @param states of it, newest first; undefined: there is none */
function ownProblem(
  states: readonly string[] | undefined,
  environment: string,
  sha: string,
): Condition | undefined {
  if (!states) {
    return fails(
      `${short(sha)} was never deployed to ${environment}.`,
      `Wait until the workflow of ${environment} has deployed it, or look why it did not.`,
    );
  }
  const [state = "pending"] = states;
  if (state === "success" || (state === "inactive" && states.includes("success"))) return undefined;
  if (state === "failure" || state === "error" || state === "inactive") {
    return fails(`The deployment of ${short(sha)} to ${environment} failed.`, "Mend it, and deploy again.");
  }
  return fails(
    `The deployment of ${short(sha)} to ${environment} has not ended (${state.replaceAll("_", " ")}).`,
    "Wait for its end.",
  );
}

function holds(text: string): Condition {
  return { id: "deployment", state: "holds", text };
}

function fails(text: string, remedy: string): Condition {
  return { id: "deployment", state: "fails", text, remedy };
}
