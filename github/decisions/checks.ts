/** Which checks a commit has passed (docs.github.com, troubleshooting-required-status-checks). */

/** A check that a rule requires. */
export interface RequiredCheck {
  context: string;
  /** The app that must report it; absent or null: anybody. */
  integration_id?: number | null;
}

export type Outcome = "passed" | "failed" | "pending" | "missing";

/** What was reported about one commit, oldest first. */
export interface Reported {
  check_runs: readonly {
    name: string;
    status: string;
    conclusion: string | null;
    app: { id: number } | null;
  }[];
  statuses: readonly { context: string; state: string }[];
}

/** Conclusions that satisfy a required check (docs.github.com, troubleshooting-required-status-checks). */
export const PASSING: readonly string[] = ["success", "neutral", "skipped"];

/** What the newest check run or status of that name says. */
export function outcome(
  { check_runs, statuses }: Reported,
  { context, integration_id }: RequiredCheck,
): Outcome {
  const run = check_runs.findLast(
    ({ name, app }) => name === context && (integration_id == null || app?.id === integration_id),
  );
  // A status belongs to no app, so a rule that names one does not take it (open.ts).
  const status =
    integration_id == null ? statuses.findLast((candidate) => candidate.context === context) : undefined;
  if (!run && !status) return "missing";
  // Both of one name must pass: "If a check and a status have the same name, both are required".
  const states = [run && (run.status === "completed" ? run.conclusion : "pending"), status?.state];
  const known = states.filter((state) => state != null);
  if (known.every((state) => PASSING.includes(state))) return "passed";
  return known.includes("pending") ? "pending" : "failed";
}

/** Why the checks do not suffice, in the words that git shows (pretis/flexpret#40, actions/github-script#455). */
export function missingCheck(
  outcomeOf: (check: RequiredCheck) => Outcome,
  required: readonly RequiredCheck[],
): string | undefined {
  const open = required.map((check) => ({ check, is: outcomeOf(check) })).filter(({ is }) => is !== "passed");
  const [first] = open;
  if (!first) return undefined;
  const context = `Required status check "${first.check.context}"`;
  if (required.length === 1) {
    if (first.is === "failed") return `${context} is failing.`;
    return first.is === "pending" ? `${context} is in progress.` : `${context} is expected.`;
  }
  if (open.length === required.length && open.every(({ is }) => is === "missing")) {
    return `${open.length} of ${required.length} required status checks are expected.`;
  }
  const counts = (["missing", "pending", "failed"] as const)
    .map((kind) => [open.filter(({ is }) => is === kind).length, WORDS[kind]] as const)
    .filter(([count]) => count > 0);
  const parts = counts.map(([count, word]) => `${count} ${word}`).join(", ");
  return `${open.length} of ${required.length} required status checks have not succeeded: ${parts}.`;
}

const WORDS = { missing: "expected", pending: "in progress", failed: "failing" } as const;
