import type { Script } from "../sql/statements.ts";
import type { NodeType } from "../sql/tree.ts";

/** Statements that change no session setting by themselves. */
const HARMLESS: ReadonlySet<NodeType> = new Set<NodeType>([
  "AlterEnumStmt",
  "AlterTableStmt",
  "CommentStmt",
  "CompositeTypeStmt",
  "CreateEnumStmt",
  "CreateFunctionStmt",
  "CreatePolicyStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "CreateStmt",
  "CreateTrigStmt",
  "DeleteStmt",
  "DropStmt",
  "GrantStmt",
  "IndexStmt",
  "InsertStmt",
  "RenameStmt",
  "UpdateStmt",
  "ViewStmt",
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
    return !HARMLESS.has(type) || reachesOut(node);
  });
}

/** A call of a function, or a temporary table, anywhere inside. */
function reachesOut(tree: unknown): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(
    ([key, value]) =>
      key === "FuncCall" ||
      (key === "relpersistence" && value === "t") ||
      (key === "schemaname" && value === "pg_temp") ||
      reachesOut(value),
  );
}
