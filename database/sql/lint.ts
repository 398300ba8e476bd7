import { allowedIn } from "./lint/allowed.ts";
import { Known } from "./lint/known.ts";
import type { Rule } from "./lint/rule.ts";
import { RULES } from "./lint/rules.ts";
import { NewObjects } from "./new-objects.ts";
import { placeOf } from "./positions.ts";
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
 */
export function lintRun(pending: readonly Script[], applied: readonly Script[] = []): Finding[] {
  const known = new Known();
  for (const { node } of applied.flatMap(({ statements }) => statements)) known.add(node);
  const created = new NewObjects();
  return pending.flatMap((script) => lintScript(script, created, known));
}

/** The same for a whole folder without a database: each file as if the ones before it were applied long ago. */
export function lintFolder(scripts: readonly Script[]): Finding[] {
  const known = new Known();
  return scripts.flatMap((script) => lintScript(script, new NewObjects(), known));
}

function lintScript(script: Script, created: NewObjects, known: Known): Finding[] {
  const allowed = allowedIn(script);
  const findings = script.statements.flatMap((statement, number) => {
    const context = { script, statement, created, known, number };
    const kept = allowed.filter((one) => one.statement === undefined || one.statement === number);
    const asked = RULES.filter(({ name }) => !kept.some(({ rule }) => rule === name));
    const found = asked.flatMap((rule) =>
      rule.check(context).map((message) => finding(script, statement.index, rule, message)),
    );
    created.add(statement.node);
    known.add(statement.node);
    return found;
  });
  const unknown = allowed.filter(({ rule }) => !RULES.some(({ name }) => name === rule));
  return [
    ...findings,
    ...unknown.map(({ rule, index }) => finding(script, index, UNKNOWN, `there is no rule ${rule}`)),
  ];
}

/** A misspelt comment would keep nothing. */
const UNKNOWN: Pick<Rule, "name" | "better"> = {
  name: "unknown-rule",
  better: `write one of: ${RULES.map(({ name }) => name).join(", ")}`,
};

function finding(
  { migration }: Script,
  index: number,
  rule: Pick<Rule, "name" | "better">,
  message: string,
): Finding {
  const keep = rule === UNKNOWN ? "" : `; or keep it with \`-- kai:allow ${rule.name} <why>\` above it`;
  return {
    rule: rule.name,
    file: migration.name,
    ...placeOf(migration.sql, index),
    message,
    hint: `${rule.better}${keep}`,
  };
}
