/** What jobs said about a commit. */
import { ACTIONS_APP_ID } from "../../pipeline/rules.ts";
import { allRules } from "../decisions/bound.ts";
import { type Outcome, outcome, type Reported, type RequiredCheck } from "../decisions/checks.ts";
import type { Ruled } from "../decisions/patterns.ts";
import { type Condition, listed, short, type Wish } from "./condition.ts";

/** Checks that the rules on the branch require, whoever may bypass them, and those of the model. */
export function checksCondition(ruled: Ruled, wish: Wish, reported: Reported, sha: string): Condition {
  const required = requiredChecks(ruled, wish);
  const open = required
    .map(({ context, ...check }) => ({ context, is: outcome(reported, { context, ...check }) }))
    .filter(({ is }) => is !== "passed");
  const [first] = open;
  if (!first) {
    const text = required.length > 0 ? `${green(required)} on ${short(sha)}.` : "No check is required.";
    return { id: "checks", state: "holds", text };
  }
  return {
    id: "checks",
    state: "fails",
    text: `${subject(open)} not green on ${short(sha)}: ${WORDS[first.is]}.`,
    remedy:
      first.is === "failed"
        ? "Mend what failed, and promote the mended commit."
        : "Wait for the workflow's end.",
  };
}

function requiredChecks(ruled: Ruled, { to, checks }: Wish): RequiredCheck[] {
  const live = allRules(ruled, `refs/heads/${to.branch}`)
    .filter(({ type }) => type === "required_status_checks")
    .flatMap(({ parameters }) => parameters.required_status_checks as RequiredCheck[]);
  return [...checks.map((context) => ({ context, integration_id: ACTIONS_APP_ID })), ...live];
}

function subject(checks: readonly { context: string }[]): string {
  const names = [...new Set(checks.map(({ context }) => `"${context}"`))];
  return `${listed(names)} ${names.length === 1 ? "is" : "are"}`;
}

function green(checks: readonly { context: string }[]): string {
  return `${subject(checks)} green`;
}

const WORDS: Record<Outcome, string> = {
  passed: "green",
  failed: "it failed",
  pending: "it runs",
  missing: "nothing was reported",
};

/** The registry is not asked: the job that pushes the images of a commit has said how that went. */
export function imagesCondition(job: string, { check_runs }: Reported, sha: string): Condition {
  const run = check_runs.findLast(({ name, app }) => name === job && app?.id === ACTIONS_APP_ID);
  if (run?.conclusion === "success") {
    return { id: "images", state: "holds", text: `"${job}" has pushed the images of ${short(sha)}.` };
  }
  if (run && run.conclusion !== "skipped") {
    const what = run.status === "completed" ? "failed" : "has not ended";
    const text = `"${job}" ${what} on ${short(sha)}.`;
    return { id: "images", state: "fails", text, remedy: "Wait for it, or run it again." };
  }
  const text = `"${job}" said nothing about ${short(sha)}; whether the registry has its images is not looked up.`;
  return { id: "images", state: "unknown", text };
}
