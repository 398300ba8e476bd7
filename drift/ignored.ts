/** What the configuration says is meant, for a time: `kai:drift.ignore`. No I/O. */
import type { StackReport } from "./check.ts";
import type { Difference } from "./differences.ts";

/** One entry of `kai:drift.ignore`. */
export interface Ignored {
  /** Logical name of the object. */
  name: string;
  /** The property, and everything below it; left out: everything about the object. */
  property?: string | undefined;
  reason: string;
  /** The last day on which it holds, `2027-01-31`, in UTC. */
  until: string;
}

/**
 * A stack's report without what the configuration ignores. What an entry ignored until its last day is drift again, and
 * says so; an entry that fits nothing is named, unless parts of the stack could not be compared.
 * @param today such as `2026-11-25`, in UTC
 */
export function withIgnored(report: StackReport, entries: readonly Ignored[], today: string): StackReport {
  const used = new Set<Ignored>();
  const findings = report.findings.flatMap((difference) => {
    const fitting = entries.filter((entry) => fits(entry, difference));
    for (const entry of fitting) used.add(entry);
    if (fitting.some(({ until }) => until >= today)) return [];
    const [expired] = fitting;
    return expired
      ? [{ ...difference, expired: { until: expired.until, reason: expired.reason } }]
      : [difference];
  });
  const isComplete = report.outcome !== "could-not-check" && !report.unseen;
  const unused = isComplete ? entries.filter((entry) => !used.has(entry)) : [];
  const ignored = [...used].filter(({ until }) => until >= today);
  return {
    ...report,
    findings,
    ...(report.outcome === "drifted" && findings.length === 0 && { outcome: "clean" }),
    ...(ignored.length > 0 && { ignored }),
    ...(unused.length > 0 && { unused }),
  };
}

function fits({ name, property }: Ignored, difference: Difference): boolean {
  if (name !== difference.name) return false;
  if (property === undefined || property === difference.property) return true;
  const rest = difference.property?.startsWith(property) ? difference.property.slice(property.length) : "";
  return /^[.[]/.test(rest);
}
