import { send } from "../connection.ts";
import { message, type Run } from "../run/run.ts";
import type { Evidence, History } from "./history.ts";
import type { Problem } from "./plan.ts";

/**
 * Puts history rows right that were changed by hand; runs no migration. Each repair and its entry in the audit
 * trail are one transaction.
 * @returns Names of the files whose rows were put right.
 */
export async function repair(run: Run, problems: readonly Problem[], history: History): Promise<string[]> {
  const repaired: string[] = [];
  for (const problem of problems.filter((one) => one.repairable)) {
    await send(run.client, message(["BEGIN", ...statementsFor(run, problem, history), "COMMIT"]));
    run.onEvent({ kind: "repaired", file: problem.name, message: problem.message });
    repaired.push(problem.name);
  }
  return repaired;
}

function statementsFor(run: Run, problem: Problem, history: History): string[] {
  const { sql } = run;
  if (problem.kind === "row-added") {
    const row = history.rows.find(({ name }) => name === problem.name)!;
    return [sql.remove(problem.name), sql.record("removed", row, problem.message)];
  }
  const entry: Evidence = history.evidence.get(problem.name)!;
  return [sql.restore(entry), sql.record("restored", entry, problem.message)];
}
