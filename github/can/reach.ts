/** On which refs somebody can put a workflow of their own. */
import type { Actor } from "../decisions/actor.ts";
import { canWrite } from "../decisions/actor.ts";
import type { Reason } from "./answer.ts";
import { type Branches, branchNames, canMerge, canPush } from "./branches.ts";

const isFree = (reasons: readonly Reason[]) =>
  reasons.every(({ verdict }) => verdict !== "forbids" && verdict !== "unseen");

/** A branch that nobody has made yet. */
const OWN_BRANCH = "a-branch-of-their-own";

/**
 * How somebody gets a commit onto a ref, to continue "by".
 * @param ref in full; `refs/pull/1/merge` stands for pull requests
 * @returns undefined where they cannot, or where that cannot be seen
 */
export function reachOf(repository: Branches, ref: string, actor: Actor): string | undefined {
  if (!canWrite(actor.role) || repository.repository.archived) return undefined;
  if (ref.startsWith("refs/pull/")) {
    const isPossible = ownBranch(repository, actor) !== undefined;
    return isPossible ? "opening a pull request from a branch of the repository" : undefined;
  }
  if (isFree(canPush(repository, ref, actor))) return "pushing to it";
  const branch = ref.replace(/^refs\/heads\//, "");
  const isThere = branchNames(repository.branches).includes(branch);
  return isThere && isFree(canMerge(repository, branch, actor))
    ? "merging a pull request that meets the rules"
    : undefined;
}

/** A branch that somebody may push what they like to: a new one, or one that is there. */
export function ownBranch(repository: Branches, actor: Actor): string | undefined {
  const candidates = [OWN_BRANCH, ...branchNames(repository.branches)];
  return candidates.find((branch) => isFree(canPush(repository, branch, actor)));
}
