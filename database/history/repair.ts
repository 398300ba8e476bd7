import type pg from "pg";
import { send } from "../connection.ts";
import type { OnEvent } from "../events.ts";
import type { Evidence, History, HistorySql } from "./history.ts";
import type { Problem } from "./plan.ts";

/** A session under the lock, and whom to tell. */
export interface RepairSession {
  client: pg.Client;
  sql: HistorySql;
  onEvent: OnEvent;
}

/**
 * Puts history rows right that were changed by hand; runs no migration. Each repair and its entry in the audit
 * trail are one transaction.
 * @returns Names of the files whose rows were put right.
 */
export async function repair(
  session: RepairSession,
  problems: readonly Problem[],
  history: History,
): Promise<string[]> {
  const { client, sql, onEvent } = session;
  const repaired: string[] = [];
  for (const problem of problems.filter((one) => one.repairable)) {
    await send(client, ["BEGIN", ...statementsFor(sql, problem, history), "COMMIT"].join(";\n"));
    onEvent({ kind: "repaired", file: problem.name, message: problem.message });
    repaired.push(problem.name);
  }
  return repaired;
}

function statementsFor(sql: HistorySql, problem: Problem, history: History): string[] {
  if (problem.kind === "row-added") {
    const row = history.rows.find(({ name }) => name === problem.name)!;
    return [sql.remove(problem.name), sql.record("removed", row, problem.message)];
  }
  const entry: Evidence = history.evidence.get(problem.name)!;
  return [sql.restore(entry), sql.record("restored", entry, problem.message)];
}
