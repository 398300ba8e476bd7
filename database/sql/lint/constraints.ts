import { type Body, bodies, nameOf, nested } from "../tree.ts";
import {
  alterTable,
  byType,
  type Context,
  columnOf,
  constraintOf,
  constraintsIn,
  type Rule,
} from "./rule.ts";

/** Rules about indexes and constraints of tables that hold data. */
export const CONSTRAINT_RULES: Rule[] = [
  {
    name: "index-not-concurrent",
    finds: "`CREATE INDEX` without `CONCURRENTLY`: writes wait until it is built",
    better: "use CREATE INDEX CONCURRENTLY (the file then runs statement by statement by itself)",
    source: "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    check: byType({
      IndexStmt: ({ relation, concurrent }, { created }) => {
        const table = nameOf(relation);
        // ON ONLY makes the parent's index of a partitioned table, which holds nothing.
        if (concurrent || relation?.inh !== true || created.has(table)) return [];
        return [`writes to ${table} wait until the index is built`];
      },
    }),
  },
  {
    name: "concurrent-index-unnamed",
    finds:
      "`CREATE INDEX CONCURRENTLY` without a name: a build that fails leaves an index that nobody finds again",
    better: "give the index a name, so that the next run can remove what is left and build it again",
    source: "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    check: byType({
      IndexStmt: ({ concurrent, idxname, relation }) =>
        concurrent && !idxname ? [`the index on ${nameOf(relation)} has no name`] : [],
    }),
  },
  {
    name: "constraint-validates",
    finds: "`CHECK` or `FOREIGN KEY` without `NOT VALID`, or validated in the transaction that adds it",
    better: "add it NOT VALID, and VALIDATE CONSTRAINT in another file, which lets reads and writes through",
    source: "https://squawkhq.com/docs/constraint-missing-not-valid",
    check: alterTable((command, table, context) =>
      validates(command, table, context).map((what) => `${what} while others wait for ${table}`),
    ),
  },
  {
    name: "unique-builds-index",
    finds: "`UNIQUE` or `PRIMARY KEY` without `USING INDEX`: reads and writes wait until its index is built",
    better: "build it with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
    source: "https://squawkhq.com/docs/disallowed-unique-constraint",
    check: alterTable((command, table) => {
      const column = command.subtype === "AT_AddColumn" ? columnOf(command) : undefined;
      const own = command.subtype === "AT_AddConstraint" ? constraintOf(command) : undefined;
      const builds = [...(own ? [own] : []), ...(column ? constraintsIn(column) : [])].some(
        ({ contype, indexname }) =>
          (contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") && !indexname,
      );
      return builds ? [`reads and writes of ${table} wait until its index is built`] : [];
    }),
  },
];

function validates(command: Body<"AlterTableCmd">, table: string, context: Context): string[] {
  const constraint = command.subtype === "AT_AddConstraint" ? constraintOf(command) : undefined;
  if (constraint && !constraint.skip_validation) {
    if (constraint.contype === "CONSTR_CHECK") return ["every row is checked"];
    if (constraint.contype === "CONSTR_FOREIGN")
      return [`every row is compared with ${nameOf(constraint.pktable)}`];
  }
  const column = command.subtype === "AT_AddColumn" ? columnOf(command) : undefined;
  if (column) return validatesColumn(column);
  const early = command.subtype === "AT_ValidateConstraint" && isAddedBefore(command.name, table, context);
  return early ? [`${command.name} is validated under the lock of the ALTER TABLE that added it,`] : [];
}

/** A new column without a default is NULL everywhere: PostgreSQL does not compare it with the other table. */
function validatesColumn(column: Body<"ColumnDef">): string[] {
  const constraints = constraintsIn(column);
  if (constraints.some(({ contype }) => contype === "CONSTR_ATTR_NOT_ENFORCED")) return [];
  const filled = constraints.some(({ contype }) => contype === "CONSTR_DEFAULT");
  return constraints.flatMap(({ contype, pktable }) => {
    if (contype === "CONSTR_CHECK") return [`every row is checked for ${column.colname}`];
    return contype === "CONSTR_FOREIGN" && filled ? [`every row is compared with ${nameOf(pktable)}`] : [];
  });
}

/** Locks are held to the end of the transaction, so this is about files that run as one. */
function isAddedBefore(name: string | undefined, table: string, { script, number }: Context): boolean {
  if (script.mode !== "transaction") return false;
  return script.statements
    .slice(0, number)
    .some(
      ({ node }) =>
        "AlterTableStmt" in node &&
        nameOf(node.AlterTableStmt.relation) === table &&
        bodies(node.AlterTableStmt.cmds, "AlterTableCmd").some(
          (command) =>
            command.subtype === "AT_AddConstraint" &&
            nested(command.def, "Constraint").some(({ conname }) => conname === name),
        ),
    );
}
