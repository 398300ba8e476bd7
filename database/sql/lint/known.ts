import type { Node, TypeName } from "libpg-query";
import { type Body, bodies, nameIn, nameOf, nested, wordsOf } from "../tree.ts";

/** What the statements walked so far say about tables, whether or not they are applied already. */
export class Known {
  readonly #types = new Map<string, TypeName>();
  /** Columns that a CHECK names as not null, by `table.constraint`. */
  readonly #checks = new Map<string, string[]>();
  /** `table.column`, or `table.*` when a constraint was validated whose text is not known. */
  readonly #neverNull = new Set<string>();
  readonly #volatile = new Set<string>();

  /** Remembers what the statement says. */
  add(node: Node): void {
    if ("CreateStmt" in node) {
      const table = nameOf(node.CreateStmt.relation);
      for (const column of bodies(node.CreateStmt.tableElts, "ColumnDef")) this.#column(table, column);
      for (const constraint of nested(node, "Constraint")) this.#constraint(table, constraint);
    }
    if ("AlterTableStmt" in node) {
      const table = nameOf(node.AlterTableStmt.relation);
      for (const command of bodies(node.AlterTableStmt.cmds, "AlterTableCmd")) this.#command(table, command);
    }
    if ("CreateFunctionStmt" in node) this.#function(node.CreateFunctionStmt);
  }

  /** The column's type, or undefined when no statement said it. */
  typeOf(table: string, column: string | undefined): TypeName | undefined {
    return this.#types.get(`${table}.${column}`);
  }

  /** True when a validated CHECK proves that the column holds no NULL. */
  isNeverNull(table: string, column: string | undefined): boolean {
    return this.#neverNull.has(`${table}.${column}`) || this.#neverNull.has(`${table}.*`);
  }

  /** True for a function that a file made without saying IMMUTABLE or STABLE. */
  isVolatile(name: string): boolean {
    return this.#volatile.has(name);
  }

  #column(table: string, { colname, typeName }: Body<"ColumnDef">): void {
    if (typeName) this.#types.set(`${table}.${colname}`, typeName);
  }

  #command(table: string, { subtype, name, def }: Body<"AlterTableCmd">): void {
    const [column] = bodies(def && [def], "ColumnDef");
    const [constraint] = bodies(def && [def], "Constraint");
    if (column && subtype === "AT_AddColumn") this.#column(table, column);
    if (column && subtype === "AT_AlterColumnType") this.#column(table, { ...column, colname: name ?? "" });
    if (constraint) this.#constraint(table, constraint);
    if (subtype === "AT_ValidateConstraint") {
      for (const proven of this.#checks.get(`${table}.${name}`) ?? ["*"])
        this.#neverNull.add(`${table}.${proven}`);
    }
  }

  #constraint(table: string, { contype, conname, raw_expr, skip_validation }: Body<"Constraint">): void {
    if (contype !== "CONSTR_CHECK") return;
    const columns = notNullIn(raw_expr);
    this.#checks.set(`${table}.${conname}`, columns);
    if (!skip_validation) for (const column of columns) this.#neverNull.add(`${table}.${column}`);
  }

  #function({ funcname, options }: Body<"CreateFunctionStmt">): void {
    const says = bodies(options, "DefElem").find(({ defname }) => defname === "volatility")?.arg;
    const word = bodies(says && [says], "String")[0]?.sval ?? "volatile";
    if (word === "volatile") this.#volatile.add(nameIn(funcname));
  }
}

/** Columns of `a IS NOT NULL AND b IS NOT NULL`. */
function notNullIn(expression: Node | undefined): string[] {
  if (!expression) return [];
  if ("BoolExpr" in expression && expression.BoolExpr.boolop === "AND_EXPR") {
    return (expression.BoolExpr.args ?? []).flatMap(notNullIn);
  }
  if (!("NullTest" in expression) || expression.NullTest.nulltesttype !== "IS_NOT_NULL") return [];
  return nested(expression, "ColumnRef").map(({ fields }) => wordsOf(fields).at(-1) ?? "");
}
