/** Differences as a stack's report has them: judged, known again in later runs, and with the ways out. No I/O. */
import { createHash } from "node:crypto";
import { compareSeverity, type FindingClass, judge, type Severity } from "./classes.ts";
import { compareDifferences, type Difference } from "./differences.ts";
import { type Ways, waysOf } from "./ways.ts";

/** One difference with everything that people need to decide about it. */
export interface Finding extends Difference {
  /** The same in every run that finds this difference, whatever the found value is; 12 hex digits. */
  fingerprint: string;
  class: FindingClass;
  severity: Severity;
  /** One sentence: what follows from such a difference. */
  why: string;
  ways: Ways;
}

/** The findings of a stack, the worst first. @param stack as the command line names it */
export function findingsOf(stack: string, differences: readonly Difference[]): Finding[] {
  return differences
    .map((difference) => ({
      ...difference,
      fingerprint: fingerprint(difference),
      ...judge(difference),
      ways: waysOf(stack, difference),
    }))
    .toSorted((a, b) => compareSeverity(a, b) || compareDifferences(a, b));
}

/** Identifies a difference by object, property and kind: the values may change from run to run. */
export function fingerprint({ urn, kind, property = "" }: Difference): string {
  return createHash("sha256")
    .update(JSON.stringify([urn, kind, property]))
    .digest("hex")
    .slice(0, 12);
}
