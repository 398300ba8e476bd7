import { type Finding, lintRun } from "./lint.ts";
import { type Lock, locksOf } from "./locks.ts";
import { NewObjects } from "./new-objects.ts";
import { maskSecrets, type Place, placesIn } from "./positions.ts";
import type { Script } from "./statements.ts";

/** What a pending file will do, for people. */
export interface FilePlan {
  name: string;
  /** One transaction, or statement by statement with recorded progress. */
  mode: Script["mode"];
  /** Without those that are applied already. */
  statements: StatementPlan[];
  /** Advice that is about no statement: comments that allow what no rule finds. */
  findings: Finding[];
}

export interface StatementPlan {
  /** First line is 1. */
  line: number;
  /** Passwords are masked. */
  text: string;
  /** Why it cannot run in a transaction. */
  notTransactional?: string;
  /** On what existed before the run. */
  locks: Lock[];
  findings: Finding[];
}

/**
 * What files that run together will do: every statement, its locks, and what to look out for. Pure.
 * @param applied Files that ran before: they tell what columns were.
 * @param done Statements of a file that are applied already, by its name. Default none.
 */
export function explain(
  pending: readonly Script[],
  applied: readonly Script[],
  done: ReadonlyMap<string, number> = new Map(),
): FilePlan[] {
  const findings = Map.groupBy(lintRun(pending, applied, done), ({ file }) => file);
  const created = new NewObjects();
  return pending.map((script) => {
    const { name, sql } = script.migration;
    const placeOf = placesIn(sql);
    const before = done.get(name) ?? 0;
    const advice = Map.groupBy(findings.get(name) ?? [], placeKey);
    const statements = script.statements.map((statement, number): StatementPlan => {
      const place = placeOf(statement.index);
      const own = advice.get(placeKey(place)) ?? [];
      advice.delete(placeKey(place));
      const locks = locksOf(statement, created);
      if (number >= before) created.add(statement.node);
      const { reason } = statement;
      const text = maskSecrets(statement.text);
      return { line: place.line, text, ...(reason && { notTransactional: reason }), locks, findings: own };
    });
    return {
      name,
      mode: script.mode,
      statements: statements.slice(before),
      findings: [...advice.values()].flat(),
    };
  });
}

/** What tells places in one file apart. */
function placeKey({ line, column }: Place): string {
  return `${line}:${column}`;
}
