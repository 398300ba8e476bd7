import { describeAltered, isComplete, type Status } from "../../database/index.ts";

/** What is applied and what is not, a line a file, problems last. */
export function describeStatus(found: Status): string {
  const rows = found.history.rows.map((row) => {
    const when = row.appliedAt.toISOString().replace(/\.\d+Z$/, "Z");
    if (!isComplete(row))
      return `  in part   ${row.name}  ${row.statementsApplied} of ${row.statementsTotal} statements`;
    const duration = row.durationMs === undefined ? "" : `, ${row.durationMs} ms`;
    return `  applied   ${row.name}  ${when} by ${row.appliedBy}${duration}`;
  });
  const pending = found.pending
    .filter((file) => !found.partial.has(file.name))
    .map((file) => `  pending   ${file.name}`);
  return [...rows, ...pending, ...problemLines(found), summary(found)].join("\n");
}

/** The same for programs. */
export function statusJson(found: Status): Record<string, unknown> {
  return {
    applied: found.history.rows.filter(isComplete).map((row) => ({ ...row, version: String(row.version) })),
    partial: [...found.partial.values()].map((row) => ({ ...row, version: String(row.version) })),
    pending: found.pending.map((file) => ({
      name: file.name,
      version: String(file.version),
      checksum: file.checksum,
    })),
    problems: found.problems,
    alteredTables: found.altered,
  };
}

/** What is wrong between folder and database, a line each. */
export function problemLines(found: Status): string[] {
  const rows = found.problems.map(
    (problem) =>
      `  problem   ${problem.message}${problem.repairable ? " `kai migrate repair` puts it right." : ""}`,
  );
  const tables = found.altered.map((table) => `  problem   ${describeAltered(table)}`);
  return [...rows, ...tables];
}

/** How many of what. */
export function summary(found: Status): string {
  const problems = found.problems.length + found.altered.length;
  const count = (number: number, what: string) => `${number} ${what}`;
  return [
    count(found.applied.length, "applied"),
    count(found.pending.length, "pending"),
    count(problems, problems === 1 ? "problem" : "problems"),
  ].join(", ");
}
