/** What recovery found and did, as data and as text. No I/O. */
import type { Candidate } from "./candidates.ts";
import { describeLock, type Lock } from "./lock.ts";
import type { Outcome } from "./lookups.ts";

/** One object that a cut `up` left behind. */
export interface Found {
  urn: string;
  type: string;
  name: string;
  /** Its id in its cloud. */
  id: string;
  /** Its secret was lost with the engine: the next `up` makes another and deletes this one. */
  renewed: boolean;
  /** Whether it is in the state now. */
  taken: boolean;
  /** Why it could not be taken over, or not be brought to what the program says. */
  problem?: string;
}

/** What `--json` prints. */
export interface RecoveryReport {
  stack: string;
  /** Nothing was changed. */
  dryRun: boolean;
  /** The stale lock that was removed. */
  removedLock?: Lock;
  /** Creations that the state knew to be cut off; they are cleared. */
  cutCreates: string[];
  found: Found[];
  /** What a person has to look at. */
  byHand: { urn: string; type: string; name: string; reason: string; steps: string[] }[];
  /** What could not be asked. */
  unchecked: { urn: string; type: string; name: string; reason: string }[];
}

/** The report before anything is taken over. */
export function reportOf(
  stack: string,
  dryRun: boolean,
  candidates: readonly Candidate[],
  outcomes: ReadonlyMap<string, Outcome>,
): RecoveryReport {
  const report: RecoveryReport = {
    stack,
    dryRun,
    cutCreates: candidates.filter(({ isPending }) => isPending).map(({ urn }) => urn),
    found: [],
    byHand: [],
    unchecked: [],
  };
  for (const { urn, type, name } of candidates) {
    const outcome = outcomes.get(urn);
    const subject = { urn, type, name };
    if (outcome?.kind === "exists")
      report.found.push({ ...subject, id: outcome.id, renewed: outcome.renew ?? false, taken: false });
    if (outcome?.kind === "by hand")
      report.byHand.push({ ...subject, reason: outcome.reason, steps: outcome.steps });
    if (outcome?.kind === "unchecked") report.unchecked.push({ ...subject, reason: outcome.reason });
  }
  return report;
}

/** Whether anything is left that a person or a later run must do. */
export function isComplete({ dryRun, found, byHand, unchecked }: RecoveryReport): boolean {
  return byHand.length === 0 && unchecked.length === 0 && (dryRun || found.every(isSettled));
}

function isSettled({ taken, problem }: Found): boolean {
  return taken && problem === undefined;
}

/** The report for a person. */
export function describeRecovery(report: RecoveryReport): string {
  const { stack, dryRun, removedLock, cutCreates, found, byHand, unchecked } = report;
  const lines: string[] = [];
  if (removedLock) lines.push(`Removed the lock of a dead engine: ${describeLock(removedLock)}.`);
  if (cutCreates.length > 0)
    lines.push(`${count(cutCreates.length, "creation")} in ${stack} had been cut off.`);
  if (found.length > 0)
    lines.push(`${count(found.length, "object")} of ${stack} found that its state did not know:`);
  for (const object of found) lines.push(`  ${describeFound(object, dryRun)}`);
  if (found.length + byHand.length + unchecked.length === 0)
    lines.push(`Nothing that ${stack} wants is there without being in its state.`);
  for (const { name, type, reason, steps } of byHand)
    lines.push("", `By hand: ${name} (${type}): ${reason}.`, ...steps.map((step) => `  ${step}`));
  for (const { name, type, reason } of unchecked)
    lines.push("", `Could not be checked: ${name} (${type}): ${reason}`);
  lines.push("", next(report));
  return lines.join("\n");
}

function describeFound({ name, type, id, renewed, taken, problem }: Found, dryRun: boolean): string {
  const what = `${name} (${type}), ${id}`;
  if (dryRun) return `${what}: would be taken over`;
  if (!taken) return `${what}: NOT taken over${problem ? `: ${problem}` : ""}`;
  if (problem) return `${what}: taken over, but ${problem}`;
  return renewed ? `${what}: taken over; its secret is lost, the next up replaces it` : `${what}: taken over`;
}

function next(report: RecoveryReport): string {
  const { stack, dryRun, unchecked, found } = report;
  if (dryRun) return `Nothing was changed. \`kai recover --stack ${stack}\` does it.`;
  if (unchecked.length > 0 || !found.every(isSettled))
    return `Run \`kai recover --stack ${stack}\` again once the cause is gone; what was taken over stays.`;
  return `${isComplete(report) ? "Now" : "Then"} run \`pulumi up --stack ${stack}\`.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
