import type { Node } from "libpg-query";
import type { NewObjects } from "../new-objects.ts";
import type { Script, Statement } from "../statements.ts";
import { answerFor, type Body, type ByType, bodies, nameOf } from "../tree.ts";
import type { Known } from "./known.ts";

/** One kind of statement that works on an empty database and hurts a running one. */
export interface Rule {
  /** Kebab case; `-- kai:allow <name>` names it. */
  name: string;
  /** What it finds, for the table in the documentation. */
  finds: string;
  /** How to do it better, one sentence without the full stop. */
  better: string;
  /** Page that explains why. */
  source: string;
  /** What is wrong with a statement, one message each. */
  check: (context: Context) => string[];
}

/** What a rule may look at. */
export interface Context {
  statement: Statement;
  script: Script;
  /** What was created before in the same run: it is empty, and nobody uses it yet. */
  created: NewObjects;
  /** What the files before and the statements before say about tables. */
  known: Known;
  /** True for a table that Supabase publishes to everybody; undefined where the files are not for Supabase. */
  isOpen: ((table: string) => boolean) | undefined;
  /** Index of the statement in the file's. */
  number: number;
}

/** A check that looks at some types of nodes. */
export function byType(answers: ByType<string[], [Context]>): Rule["check"] {
  return (context) => answerFor(answers, context.statement.node, context) ?? [];
}

/** A check of ALTER TABLE, command by command; tables that the run created are left out. */
export function alterTable(
  look: (command: Body<"AlterTableCmd">, table: string, context: Context) => string[],
): Rule["check"] {
  return byType({
    AlterTableStmt: ({ relation, cmds }, context) => {
      const table = nameOf(relation);
      if (context.created.has(table)) return [];
      return bodies(cmds, "AlterTableCmd").flatMap((command) => look(command, table, context));
    },
  });
}

/** The column that ADD COLUMN or ALTER COLUMN TYPE defines. */
export function columnOf({ def }: Body<"AlterTableCmd">): Body<"ColumnDef"> | undefined {
  return bodies(def && [def], "ColumnDef")[0];
}

/** The constraint that ADD CONSTRAINT defines. */
export function constraintOf({ def }: Body<"AlterTableCmd">): Body<"Constraint"> | undefined {
  return bodies(def && [def], "Constraint")[0];
}

/** The constraints in a column's definition. */
export function constraintsIn(column: Body<"ColumnDef">): Body<"Constraint">[] {
  return bodies(column.constraints, "Constraint");
}

/** Name of the last part of a type, as the parser has it: `int4`, `varchar`, `serial`. */
export function typeNameOf(type: Body<"ColumnDef">["typeName"]): string {
  const last: Node | undefined = type?.names?.at(-1);
  return bodies(last && [last], "String")[0]?.sval ?? "";
}
