import type { Node } from "libpg-query";
import { answerFor, type Body, type ByType, bodies, nameIn, nameOf } from "./tree.ts";

/**
 * What statements create, as far as they have been walked. Nobody else uses a table that is not committed yet, and it
 * holds no rows of the users: locks on it block nobody, and nothing about it takes long. IF NOT EXISTS counts as
 * created, because files that are written to be run again have it everywhere.
 */
export class NewObjects {
  readonly #objects = new Set<string>();
  readonly #columns = new Set<string>();

  /** A copy that can grow by itself. */
  copy(): NewObjects {
    const copy = new NewObjects();
    for (const name of this.#objects) copy.#objects.add(name);
    for (const column of this.#columns) copy.#columns.add(column);
    return copy;
  }

  /** Remembers what the statement creates. */
  add(node: Node): void {
    for (const name of answerFor(CREATED, node) ?? []) this.#objects.add(name);
    if ("RenameStmt" in node && this.has(renamedObject(node.RenameStmt))) this.#rename(node.RenameStmt);
    if ("AlterTableStmt" in node) this.#addColumns(node.AlterTableStmt);
  }

  /** True for a table, view, index, sequence or type of that name (`nameOf`), `schema <name>` and `function <name>`. */
  has(name: string): boolean {
    return this.#objects.has(name);
  }

  /** True for a column that was added, and for every column of a new table. */
  hasColumn(table: string, column: string | undefined): boolean {
    return this.has(table) || this.#columns.has(`${table}.${column}`);
  }

  #rename(rename: Body<"RenameStmt">): void {
    if (rename.renameType === "OBJECT_COLUMN") return;
    this.#objects.add(renamedObject(rename).replace(/[^ .]*$/, rename.newname ?? ""));
  }

  #addColumns({ relation, cmds }: Body<"AlterTableStmt">): void {
    for (const { subtype, def } of bodies(cmds, "AlterTableCmd")) {
      if (subtype !== "AT_AddColumn") continue;
      for (const { colname } of bodies(def && [def], "ColumnDef")) {
        this.#columns.add(`${nameOf(relation)}.${colname}`);
      }
    }
  }
}

/** What is renamed, or whose column is, by the name under which `NewObjects` knows it. */
export function renamedObject({ relation, renameType, object, subname }: Body<"RenameStmt">): string {
  if (relation) return nameOf(relation);
  if (renameType === "OBJECT_SCHEMA") return `schema ${subname}`;
  const called = bodies(object && [object], "ObjectWithArgs")[0];
  if (called) return `function ${nameIn(called.objname)}`;
  return nameIn(bodies(object && [object], "List")[0]?.items);
}

const CREATED: ByType<string[]> = {
  CreateStmt: ({ relation }) => [nameOf(relation)],
  CreateForeignTableStmt: ({ base }) => [nameOf(base?.relation)],
  CreateTableAsStmt: ({ into }) => [nameOf(into?.rel)],
  SelectStmt: ({ intoClause }) => (intoClause ? [nameOf(intoClause.rel)] : []),
  // CREATE OR REPLACE may meet one that exists.
  ViewStmt: ({ view, replace }) => (replace ? [] : [nameOf(view)]),
  CreateSeqStmt: ({ sequence }) => [nameOf(sequence)],
  // An index is in the schema of its table.
  IndexStmt: ({ idxname, relation }) => (idxname ? [nameOf({ ...relation, relname: idxname })] : []),
  CreateEnumStmt: ({ typeName }) => [nameIn(typeName)],
  CreateDomainStmt: ({ domainname }) => [nameIn(domainname)],
  CreateRangeStmt: ({ typeName }) => [nameIn(typeName)],
  CompositeTypeStmt: ({ typevar }) => [nameOf(typevar)],
  CreateFunctionStmt: ({ funcname, replace }) => (replace ? [] : [`function ${nameIn(funcname)}`]),
  CreateSchemaStmt: ({ schemaname }) => (schemaname ? [`schema ${schemaname}`] : []),
};
