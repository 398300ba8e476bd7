import type { Node } from "libpg-query";
import type { Script } from "../sql/statements.ts";
import type { NodeType } from "../sql/tree.ts";

/** Statements that define something: what functions they name is called later, by others. */
const DEFINING: ReadonlySet<NodeType> = new Set<NodeType>([
  "CommentStmt",
  "CreateEnumStmt",
  "CreateFunctionStmt",
  "CreatePolicyStmt",
  "CreateStmt",
  "CreateTrigStmt",
  "ViewStmt",
]);

/** Statements that change no session setting by themselves; functions that they call might. */
const HARMLESS: ReadonlySet<NodeType> = new Set<NodeType>([
  "AlterEnumStmt",
  "AlterTableStmt",
  "CompositeTypeStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "DeleteStmt",
  "DropStmt",
  "GrantStmt",
  "IndexStmt",
  "InsertStmt",
  "RenameStmt",
  "UpdateStmt",
]);

/**
 * Whether a file's statements can change the session. RESET ALL costs the server as much as making a small table,
 * so it is left out behind files of which everything can be seen: no SET, no block of code, no call of a function,
 * no temporary table. The end of each message resets in any case.
 */
export function canChangeSession({ statements }: Script): boolean {
  return statements.some(({ node, role }) => {
    if (role !== "ordinary") return false;
    const [type] = Object.keys(node) as [NodeType];
    if (DEFINING.has(type)) return holds(node, isTemporary) || holds(boundOf(node), isCall);
    return !HARMLESS.has(type) || holds(node, isTemporary) || holds(node, isCall);
  });
}

/** The bounds of a partition are evaluated when it is made. */
function boundOf(node: Node): unknown {
  return "CreateStmt" in node ? node.CreateStmt.partbound : undefined;
}

const isCall = (key: string) => key === "FuncCall";

const isTemporary = (key: string, value: unknown) =>
  (key === "relpersistence" && value === "t") || (key === "schemaname" && value === "pg_temp");

/** Whether there is such a field anywhere inside. */
function holds(tree: unknown, wanted: (key: string, value: unknown) => boolean): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, value]) => wanted(key, value) || holds(value, wanted));
}
