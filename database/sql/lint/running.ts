import { blockedBy, locksOf } from "../locks.ts";
import { type Body, bodies, nameIn, nameOf, nested } from "../tree.ts";
import { byType, type Context, type Rule } from "./rule.ts";

/** Rules about how long others wait, and about statements that do not do what they seem to. */
export const RUNNING_RULES: Rule[] = [
  {
    name: "maintenance-locks",
    finds:
      "`VACUUM FULL`, `CLUSTER`, `REINDEX` and `REFRESH MATERIALIZED VIEW` that lock out others, `SET LOGGED`, `SET TABLESPACE`",
    better: "use the CONCURRENTLY form where there is one, or run it by hand in a quiet hour",
    source: "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
    check: byType({
      VacuumStmt: (_, context) => locking(context),
      ClusterStmt: (_, context) => locking(context),
      ReindexStmt: (_, context) => locking(context),
      RefreshMatViewStmt: ({ concurrent }, context) => (concurrent ? [] : locking(context)),
      AlterTableStmt: ({ cmds }, context) =>
        bodies(cmds, "AlterTableCmd").some(({ subtype }) => REWRITING.includes(subtype ?? ""))
          ? locking(context)
          : [],
    }),
  },
  {
    name: "all-rows",
    finds:
      "`UPDATE` or `DELETE` without `WHERE` on a table that holds data: its rows stay locked to the end of the file",
    better: "say which rows with WHERE, or do it in batches outside the migration",
    source: "https://github.com/ankane/strong_migrations#backfilling-data",
    check: byType({
      UpdateStmt: (body, context) => allRows({ UpdateStmt: body }, context),
      DeleteStmt: (body, context) => allRows({ DeleteStmt: body }, context),
      InsertStmt: (body, context) => allRows({ InsertStmt: body }, context),
      SelectStmt: (body, context) => allRows({ SelectStmt: body }, context),
      MergeStmt: (body, context) => allRows({ MergeStmt: body }, context),
    }),
  },
  {
    name: "timeout-off",
    finds: "`lock_timeout` or `statement_timeout` switched off before a statement that locks out others",
    better: "remove the line (every file runs with both), or set the time that the statement really needs",
    source: "https://www.postgresql.org/docs/current/runtime-config-client.html",
    check: byType({
      VariableSetStmt: (setting, context) =>
        isOff(setting) && locksLater(context)
          ? [
              `${setting.name ?? "every timeout"} is off for the statements below, so others may queue behind them without end`,
            ]
          : [],
    }),
  },
  {
    name: "enum-value-used",
    finds: "a value of `ALTER TYPE … ADD VALUE` used in the same transaction, which PostgreSQL refuses",
    better: "put ADD VALUE into a file of its own, before the one that uses it",
    source: "https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES",
    check: byType({
      AlterEnumStmt: ({ typeName, oldVal, newVal }, { script, created, number }) => {
        if (oldVal || script.mode !== "transaction" || created.has(nameIn(typeName))) return [];
        const used = script.statements
          .slice(number + 1)
          .some(({ node }) => nested(node, "A_Const").some(({ sval }) => sval?.sval === newVal));
        return used
          ? [`'${newVal}' of ${nameIn(typeName)} cannot be used before this file is committed`]
          : [];
      },
    }),
  },
  {
    name: "placeholder-in-text",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what it finds
    finds: "`${name}` or `{{name}}` inside a text: it is stored as it stands",
    better: "write the value itself",
    source: "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS",
    check: ({ statement: { node } }) => {
      // Texts in rows may well be templates of the application.
      const isData = "InsertStmt" in node || "UpdateStmt" in node || "SelectStmt" in node;
      const placeholder = isData
        ? /\$\{[A-Za-z_][\w.:-]*\}/
        : /\$\{[A-Za-z_][\w.:-]*\}|\{\{\s*[A-Za-z_][\w.-]*\s*\}\}/;
      const texts = nested(node, "A_Const").map(({ sval }) => placeholder.exec(sval?.sval ?? "")?.[0]);
      return [...new Set(texts)].flatMap((text) => (text ? [`${text} is not replaced`] : []));
    },
  },
];

const REWRITING = ["AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace", "AT_SetAccessMethod"];

/** What the statement keeps others from, if anything. */
function locking({ statement, created }: Context): string[] {
  const waiting = locksOf(statement, created).flatMap(({ mode, object }) => {
    const blocked = blockedBy(mode);
    return blocked ? [`${blocked} of ${object}`] : [];
  });
  return waiting.length > 0 ? [`${waiting.join(", ")} wait until this is done`] : [];
}

function allRows(node: unknown, { created }: Context): string[] {
  const changing = [...nested(node, "UpdateStmt"), ...nested(node, "DeleteStmt")];
  return changing
    .filter(({ whereClause, relation }) => !whereClause && !created.has(nameOf(relation)))
    .map(
      ({ relation }) =>
        `every row of ${nameOf(relation)} is changed at once, and locked until the file is done`,
    );
}

const TIMEOUTS = ["lock_timeout", "statement_timeout"];

/** 0 is "no limit", and so is the default of most servers. */
function isOff({ kind, name, args }: Body<"VariableSetStmt">): boolean {
  if (kind === "VAR_RESET_ALL") return true;
  if (!TIMEOUTS.includes((name ?? "").toLowerCase())) return false;
  if (kind !== "VAR_SET_VALUE") return true;
  return bodies(args, "A_Const").some(({ ival, sval }) =>
    ival ? !ival.ival : /^0+\s*[a-z]*$/.test(sval?.sval ?? ""),
  );
}

/** True when a statement below locks out others from something that exists. */
function locksLater({ script, created, number }: Context): boolean {
  const known = created.copy();
  return script.statements.slice(number + 1).some((statement) => {
    const blocks = locksOf(statement, known).some(({ mode }) => blockedBy(mode));
    known.add(statement.node);
    return blocks;
  });
}
