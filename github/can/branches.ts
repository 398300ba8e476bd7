/** Pushes, deletions and merges in general. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import type { Actor } from "../decisions/actor.ts";
import { allRules } from "../decisions/bound.ts";
import type { Change, MergeMethod } from "../decisions/rules.ts";
import type { BranchFacts, InventoryOf, RepositoryFacts, Seen } from "../inventory/inventory.ts";
import type { Target } from "../inventory/read.ts";
import type { GitHubError } from "../problems.ts";
import type { Reason } from "./answer.ts";
import { demandsOf, ruledOf, unseenRules } from "./demands.ts";

/** What is asked of a repository for a question about its branches. */
export type Branches = InventoryOf<"branches" | "rulesets" | "classicRules">;

/** What git takes for no name (git-scm.com/docs/git-check-ref-format). */
const NO_NAME = /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|(^|\/)\.|\.lock(\/|$)|^[-/]|[/.]$|^@?$/u;

/**
 * @param name a branch, which would be made if it is not there, or a new tag in full: `refs/tags/v1`
 * @throws UserError for what can be no name
 */
export function canPush(repository: Branches, name: string, actor: Actor): Reason[] {
  if (NO_NAME.test(name)) throw new UserError(`"${name}" can be no branch: git takes no such name.`);
  const ref = /^refs\/(heads|tags)\/./.test(name) ? name : `refs/heads/${name}`;
  const isThere = branchNames(repository.branches).some((branch) => ref === `refs/heads/${branch}`);
  if (isThere) return ruleReasons(repository, { kind: "update", ref }, actor);
  if (!repository.branches.seen && !ref.startsWith("refs/tags/")) {
    const text = `Whether ${name} is there cannot be seen: ${repository.branches.reason}`;
    return [...ruleReasons(repository, { kind: "update", ref }, actor), { verdict: "unseen", text }];
  }
  const reasons = ruleReasons(repository, { kind: "create", ref }, actor);
  const isReviewed = allRules(ruledOf(repository), ref).some(({ type }) => type === "pull_request");
  const text = `${name} is not there yet; the push makes it.`;
  return [...reasons, { verdict: "note", text, ...(isReviewed && { open: "pull-request-on-create" }) }];
}

/** Names of the branches; none where they cannot be seen. */
export function branchNames(branches: Seen<BranchFacts[]>): string[] {
  return branches.seen ? branches.value.map(({ name }) => name) : [];
}

/** What the rules say to a change, and which of them cannot be seen. */
function ruleReasons(repository: Branches, change: Change, actor: Actor): Reason[] {
  return [...demandsOf(ruledOf(repository), change, actor), ...unseenRules(repository, change.ref)];
}

/** @param name a branch, a tag, or a ref in full */
export async function canDelete(
  github: Octokit,
  target: Target,
  repository: Branches,
  name: string,
  actor: Actor,
): Promise<Reason[]> {
  const ref = await existingRef(github, target, name);
  const { default_branch } = repository.repository;
  if (ref === `refs/heads/${default_branch}`) return [defaultBranch(default_branch)];
  return ruleReasons(repository, { kind: "delete", ref }, actor);
}

function defaultBranch(name: string): Reason {
  return {
    verdict: "forbids",
    text: `${name} is the default branch, which nobody can delete.`,
    origin: { kind: "repository", name: "default branch" },
    remedy: "An administrator can make another branch the default one first.",
  };
}

/** @throws UserError where there is no such branch or tag */
async function existingRef(github: Octokit, target: Target, name: string): Promise<string> {
  const candidates = name.startsWith("refs/") ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const full of candidates) {
    const isThere = await github.git.getRef({ ...target, ref: full.slice("refs/".length) }).then(
      () => true,
      (error: GitHubError) => {
        if (error.status !== 404) throw error;
        return false;
      },
    );
    if (isThere) return full;
  }
  throw new UserError(`${target.owner}/${target.repo} has no branch and no tag "${name}".`);
}

const SETTINGS = {
  squash: "allow_squash_merge",
  rebase: "allow_rebase_merge",
  merge: "allow_merge_commit",
} as const satisfies Record<MergeMethod, keyof RepositoryFacts>;

/** The methods that the repository's settings offer; all where the token may not see them. */
export function offeredMethods(repository: RepositoryFacts): MergeMethod[] {
  return (Object.keys(SETTINGS) as MergeMethod[]).filter((method) => repository[SETTINGS[method]] !== false);
}

/** A pull request to a branch that has everything: which methods the rules let through, and what it must have. */
export function canMerge(repository: Branches, name: string, actor: Actor): Reason[] {
  const branch = name.replace(/^refs\/heads\//, "");
  if (repository.branches.seen && !branchNames(repository.branches).includes(branch)) {
    throw new UserError(
      `There is no branch "${branch}". Name one, or a pull request with # and its number: '#12' in quotes.`,
    );
  }
  const ref = `refs/heads/${branch}`;
  const ways = offeredMethods(repository.repository).map((method) => ({
    method,
    reasons: ruleReasons(repository, { kind: "merge", ref, method }, actor),
  }));
  const open = ways.filter(({ reasons }) => reasons.every(({ verdict }) => verdict !== "forbids"));
  const [first = ways[0]] = open;
  const methods = open.map(({ method }) => method).join(" or ");
  const how: Reason[] = methods ? [{ verdict: "note", text: `Pull requests are merged by ${methods}.` }] : [];
  return [...(first?.reasons ?? []), ...how];
}
