import type { Node, TypeName } from "libpg-query";
import { type Body, bodies, nameIn, nested, wordsOf } from "../tree.ts";
import { alterTable, type Context, columnOf, constraintsIn, type Rule, typeNameOf } from "./rule.ts";

/**
 * Functions that give another value for each row (`provolatile = 'v'` in pg_proc), and generators that extensions and
 * projects name alike. `now()` and CURRENT_TIMESTAMP are the same for all rows and cost nothing.
 */
const VOLATILE =
  /^(clock_timestamp|timeofday|random|random_normal|nextval|currval|lastval|setval|gen_random_bytes|gen_salt)$|uuid(?!_(nil|ns|extract))|ulid|nanoid|cuid|ksuid|snowflake/;

const SERIAL = /^(small|big)?serial[248]?$/;

/** Rules about columns of tables that hold data. */
export const COLUMN_RULES: Rule[] = [
  {
    name: "not-null-without-default",
    finds: "`ADD COLUMN … NOT NULL` without a default: it fails as soon as the table has a row",
    better:
      "give it a constant DEFAULT (which costs nothing), or add it nullable, fill it, and set NOT NULL later",
    source: "https://squawkhq.com/docs/adding-required-field",
    check: alterTable((command, table) => {
      const column = command.subtype === "AT_AddColumn" ? columnOf(command) : undefined;
      if (!column || !isRequired(column) || hasValue(column)) return [];
      return [`${table}.${column.colname} is NOT NULL without a default: this fails if ${table} has rows`];
    }),
  },
  {
    name: "add-column-rewrites",
    finds:
      "`ADD COLUMN` with a volatile default, `serial`, identity or a stored expression: the whole table is rewritten",
    better:
      "add it without default, set the default with ALTER COLUMN … SET DEFAULT, and fill old rows in batches",
    source: "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    check: alterTable((command, table, context) => {
      const column = command.subtype === "AT_AddColumn" ? columnOf(command) : undefined;
      const why = column && valueOfEachRow(column, context);
      return why ? [`${why} rewrites ${table}: reads and writes wait meanwhile`] : [];
    }),
  },
  {
    name: "set-not-null",
    finds:
      "`SET NOT NULL` without a validated `CHECK (… IS NOT NULL)`: the table is read while reads and writes wait",
    better:
      "first ADD CHECK (column IS NOT NULL) NOT VALID, then in another file VALIDATE CONSTRAINT, and SET NOT NULL after that",
    source:
      "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",
    check: alterTable((command, table, { known }) => {
      const column = madeNotNull(command);
      if (column === undefined || known.isNeverNull(table, column)) return [];
      return [`${table} is searched for NULL in ${column} while reads and writes wait`];
    }),
  },
  {
    name: "type-change",
    finds: "a change of a column's type that rewrites the table (a longer `varchar` and `text` do not)",
    better:
      "add a second column of the new type, fill it in batches, switch to it, and drop the old one in a later release",
    source: "https://squawkhq.com/docs/changing-column-type",
    check: alterTable((command, table, { known }) => {
      const column = command.subtype === "AT_AlterColumnType" ? columnOf(command) : undefined;
      if (!column || keepsRows(known.typeOf(table, command.name), column)) return [];
      const type = typeNameOf(column.typeName);
      return [
        `changing ${table}.${command.name} to ${type} rewrites ${table}: reads and writes wait meanwhile`,
      ];
    }),
  },
];

function isRequired(column: Body<"ColumnDef">): boolean {
  return constraintsIn(column).some(
    ({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY",
  );
}

function hasValue(column: Body<"ColumnDef">): boolean {
  const kinds = ["CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"];
  return (
    SERIAL.test(typeNameOf(column.typeName)) ||
    constraintsIn(column).some(({ contype, raw_expr }) => kinds.includes(contype ?? "") && !isNull(raw_expr))
  );
}

function isNull(expression: Node | undefined): boolean {
  return expression !== undefined && "A_Const" in expression && expression.A_Const.isnull === true;
}

/** What gives each row a value of its own, or undefined. */
function valueOfEachRow(column: Body<"ColumnDef">, { known }: Context): string | undefined {
  if (SERIAL.test(typeNameOf(column.typeName)))
    return `the type ${typeNameOf(column.typeName)} of ${column.colname}`;
  for (const { contype, generated_kind, raw_expr } of constraintsIn(column)) {
    if (contype === "CONSTR_IDENTITY") return `the identity ${column.colname}`;
    // A virtual column (PostgreSQL 18) is computed when it is read.
    if (contype === "CONSTR_GENERATED" && generated_kind !== "v")
      return `the stored expression of ${column.colname}`;
    if (contype !== "CONSTR_DEFAULT") continue;
    const called = nested(raw_expr, "FuncCall").map(({ funcname }) => ({
      name: nameIn(funcname),
      last: wordsOf(funcname).at(-1) ?? "",
    }));
    const volatile = called.find(({ name, last }) => VOLATILE.test(last) || known.isVolatile(name));
    if (volatile) return `the default ${volatile.last}() of ${column.colname}`;
  }
  return undefined;
}

/** The column that the command makes NOT NULL by a search through the table. */
function madeNotNull(command: Body<"AlterTableCmd">): string | undefined {
  if (command.subtype === "AT_SetNotNull") return command.name ?? "";
  const [constraint] = bodies(command.def && [command.def], "Constraint");
  if (command.subtype !== "AT_AddConstraint" || constraint?.contype !== "CONSTR_NOTNULL") return undefined;
  return constraint.skip_validation ? undefined : wordsOf(constraint.keys)[0];
}

/** True when the rows stay as they are, as far as can be said without the database. */
function keepsRows(old: TypeName | undefined, { typeName, raw_default }: Body<"ColumnDef">): boolean {
  const [from, to] = [typeNameOf(old), typeNameOf(typeName)];
  const [before, after] = [modifiers(old), modifiers(typeName)];
  if (old?.arrayBounds || typeName?.arrayBounds) return false;
  if (raw_default && !(old && isPlainCast(raw_default))) return false;
  if (!old) return to === "text" || to === "varchar";
  if (from === to && String(before) === String(after)) return true;
  const strings = ["text", "varchar"];
  if (to === "text" || (to === "varchar" && after.length === 0)) return strings.includes(from);
  if (to === "varchar") return from === "varchar" && before.length > 0 && after[0]! >= before[0]!;
  if (to !== "numeric" || from !== "numeric") return false;
  return (
    after.length === 0 ||
    (before.length > 0 && after[0]! >= before[0]! && (after[1] ?? 0) === (before[1] ?? 0))
  );
}

/** `USING column` and `USING column::type` say nothing that the type does not. */
function isPlainCast(expression: Node): boolean {
  const inner = "TypeCast" in expression ? expression.TypeCast.arg : expression;
  return inner !== undefined && "ColumnRef" in inner;
}

/** The numbers in parentheses behind a type. */
function modifiers(type: TypeName | undefined): number[] {
  return bodies(type?.typmods, "A_Const").map(({ ival }) => ival?.ival ?? 0);
}
