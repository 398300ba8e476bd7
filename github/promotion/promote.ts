/** Promotes a commit that one environment runs to the branch of another, so that one commit runs everywhere. */
import type { Octokit } from "@octokit/rest";
import type { Target } from "../inventory/read.ts";
import type { Wish } from "./condition.ts";
import { type Examination, examine } from "./examine.ts";
import { findRun, move } from "./move.ts";

export interface Promotion extends Examination {
  outcome: "promoted" | "would promote" | "refused" | "already there";
  /** The run that the moved branch started, where GitHub lists it already. */
  run?: string;
}

/**
 * Moves the branch where every condition holds; otherwise nothing is changed.
 * @param tell what is being done, for people who wait
 * @throws UserError as `examine` and `move` do
 */
export async function promote(
  github: Octokit,
  target: Target,
  wish: Wish,
  { dryRun, tell }: { dryRun: boolean; tell(what: string): void },
): Promise<Promotion> {
  const examination = await examine(github, target, wish);
  if (examination.isThere) return { ...examination, outcome: "already there" };
  if (examination.conditions.some(({ state }) => state === "fails")) {
    return { ...examination, outcome: "refused" };
  }
  if (dryRun) return { ...examination, outcome: "would promote" };
  tell(`moving ${wish.to.branch}`);
  await move(github, target, wish, examination);
  const run = await findRun(github, target, wish.to.branch, examination.sha);
  return { ...examination, outcome: "promoted", ...(run !== undefined && { run }) };
}
