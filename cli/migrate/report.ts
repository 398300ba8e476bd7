import {
  describeAltered,
  isComplete,
  type Script,
  type Statement,
  type Status,
} from "../../database/index.ts";
import { maskSecrets, placeOf } from "../../database/sql/positions.ts";

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

/** Every statement that would run. */
export function describePlan(found: Status, scripts: readonly Script[]): string {
  const files = scripts.map((script) => {
    const how =
      script.mode === "transaction" ? "one transaction" : "statement by statement, progress is recorded";
    const from = found.partial.get(script.migration.name)?.statementsApplied ?? 0;
    const lines = script.statements.slice(from).map((statement) => `    ${statementLine(script, statement)}`);
    return [`  ${script.migration.name}: ${how}`, ...lines].join("\n");
  });
  return [...files, ...problemLines(found), summary(found)].join("\n");
}

/** The same for programs. */
export function statusJson(found: Status): unknown {
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

/** The same for programs. */
export function planJson(found: Status, scripts: readonly Script[]): unknown {
  return {
    files: scripts.map((script) => ({
      name: script.migration.name,
      mode: script.mode,
      statements: script.statements.map((statement) => ({
        line: placeOf(script.migration.sql, statement.index).line,
        text: maskSecrets(statement.text),
        ...(statement.reason ? { notTransactional: statement.reason } : {}),
      })),
    })),
    problems: found.problems,
  };
}

function statementLine(script: Script, statement: Statement): string {
  const first = maskSecrets(statement.text.split("\n", 1)[0]!);
  const shown = !statement.text.includes("\n") && first.length <= 90 ? first : `${first.slice(0, 88)} …`;
  const mark = statement.reason ? `  (not in a transaction: ${statement.reason})` : "";
  return `line ${placeOf(script.migration.sql, statement.index).line}: ${shown}${mark}`;
}

function problemLines(found: Status): string[] {
  const rows = found.problems.map(
    (problem) =>
      `  problem   ${problem.message}${problem.repairable ? " `kai migrate repair` puts it right." : ""}`,
  );
  const tables = found.altered.map((table) => `  problem   ${describeAltered(table)}`);
  return [...rows, ...tables];
}

function summary(found: Status): string {
  const problems = found.problems.length + found.altered.length;
  const count = (number: number, what: string) => `${number} ${what}`;
  return [
    count(found.applied.length, "applied"),
    count(found.pending.length, "pending"),
    count(problems, problems === 1 ? "problem" : "problems"),
  ].join(", ");
}
