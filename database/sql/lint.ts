import { allowedIn } from "./lint/allowed.ts";
import { openTables } from "./lint/exposed.ts";
import { Known } from "./lint/known.ts";
import type { Context } from "./lint/rule.ts";
import { RULES } from "./lint/rules.ts";
import { NewObjects } from "./new-objects.ts";
import { placesIn } from "./positions.ts";
import type { Script } from "./statements.ts";

/** Advice about one statement. It stops nothing. */
export interface Finding {
  /** Name of the rule, for `-- kai:allow <rule> <why>`. */
  rule: string;
  file: string;
  /** Of the statement; both count from 1. */
  line: number;
  column: number;
  /** What happens. */
  message: string;
  /** How to do it better, and how to keep it. */
  hint: string;
}

/** What to look out for in one file, on a database that holds data. */
export function lint(script: Script): Finding[] {
  return lintRun([script]);
}

/**
 * The same for files that run together: what one of them creates is new, and empty, for the others.
 * @param applied Files that ran before: they tell what columns were. Default none.
 * @param done Statements of a file that are applied already, by its name: what they made may be in use. Default none.
 */
export function lintRun(
  pending: readonly Script[],
  applied: readonly Script[] = [],
  done: ReadonlyMap<string, number> = new Map(),
): Finding[] {
  const known = new Known();
  for (const { node } of applied.flatMap(({ statements }) => statements)) known.add(node);
  const created = new NewObjects();
  const isOpen = openTables([...applied, ...pending]);
  return pending.flatMap((script) =>
    lintScript(script, { created, known, isOpen }, done.get(script.migration.name)),
  );
}

/** The same for a whole folder without a database: each file as if the ones before it were applied long ago. */
export function lintFolder(scripts: readonly Script[]): Finding[] {
  const known = new Known();
  const isOpen = openTables(scripts);
  return scripts.flatMap((script) => lintScript(script, { created: new NewObjects(), known, isOpen }));
}

function lintScript(
  script: Script,
  around: Pick<Context, "created" | "known" | "isOpen">,
  done = 0,
): Finding[] {
  const { name: file, sql } = script.migration;
  const placeOf = placesIn(sql);
  const allowed = allowedIn(script);
  const findings = script.statements.flatMap((statement, number) => {
    const context = { ...around, script, statement, number };
    const kept = allowed.filter((one) => one.statement === undefined || one.statement === number);
    const asked = RULES.filter(({ name }) => !kept.some(({ rule }) => rule === name));
    const found = asked.flatMap(({ name, better, check }) => {
      const hint = `${better}; or keep it with \`-- kai:allow ${name} <why>\` above it`;
      return check(context).map((message) => ({
        rule: name,
        file,
        ...placeOf(statement.index),
        message,
        hint,
      }));
    });
    if (number >= done) around.created.add(statement.node);
    around.known.add(statement.node);
    return found;
  });
  const unknown = allowed.filter(({ rule }) => !RULES.some(({ name }) => name === rule));
  const misspelt = unknown.map(({ rule, index }) => unknownRule(rule, { file, ...placeOf(index) }));
  return [...findings, ...misspelt].sort((a, b) => a.line - b.line);
}

/** A misspelt comment would keep nothing. */
function unknownRule(rule: string, place: Pick<Finding, "file" | "line" | "column">): Finding {
  const hint = `write one of: ${RULES.map(({ name }) => name).join(", ")}`;
  return { rule: "unknown-rule", ...place, message: `there is no rule ${rule}`, hint };
}
