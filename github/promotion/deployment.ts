/** Whether a commit is what an environment runs. */
import type { Octokit } from "@octokit/rest";
import { compare, type Deployment, readDeployments } from "../evidence.ts";
import type { Target } from "../inventory/read.ts";
import { type Condition, short, type Wish } from "./condition.ts";

/** How many records are looked at; GitHub makes one for each job that names the environment. */
const RECENT = 10;

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
  const [[own], recent] = await Promise.all([
    readDeployments(github, target, { environment, sha }, 1),
    readDeployments(github, target, { environment }, RECENT),
  ]);
  const early = ownProblem(own, environment, sha);
  if (early) return early;
  const running = recent.find(({ states }) => states[0] === "success");
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

/** What is wrong with the commit's own record. */
function ownProblem(own: Deployment | undefined, environment: string, sha: string): Condition | undefined {
  if (!own) {
    return fails(
      `${short(sha)} was never deployed to ${environment}.`,
      `Wait until the workflow of ${environment} has deployed it, or look why it did not.`,
    );
  }
  const [state = "pending"] = own.states;
  if (state === "success" || (state === "inactive" && own.states.includes("success"))) return undefined;
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
