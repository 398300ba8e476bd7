import type { DefElem, Node } from "libpg-query";

/**
 * Why a statement cannot run inside a transaction block, or undefined when it can.
 * The list is PostgreSQL's calls of `PreventInTransactionBlock`. What depends on the database's content (REINDEX
 * or CLUSTER of a partitioned table, a procedure that commits) cannot be seen in the text: such a file says
 * `-- kai:no-transaction`.
 */
export function cannotRunInTransaction(node: Node): string | undefined {
  if ("IndexStmt" in node && node.IndexStmt.concurrent) return "CREATE INDEX CONCURRENTLY";
  if ("DropStmt" in node && node.DropStmt.concurrent) return "DROP INDEX CONCURRENTLY";
  if ("VacuumStmt" in node && node.VacuumStmt.is_vacuumcmd) return "VACUUM";
  if ("ClusterStmt" in node && !node.ClusterStmt.relation) return "CLUSTER of all tables";
  if ("AlterSystemStmt" in node) return "ALTER SYSTEM";
  if ("CreatedbStmt" in node) return "CREATE DATABASE";
  if ("DropdbStmt" in node) return "DROP DATABASE";
  if ("CreateTableSpaceStmt" in node) return "CREATE TABLESPACE";
  if ("DropTableSpaceStmt" in node) return "DROP TABLESPACE";
  if ("DropSubscriptionStmt" in node) return "DROP SUBSCRIPTION";
  if ("DiscardStmt" in node && node.DiscardStmt.target === "DISCARD_ALL") return "DISCARD ALL";
  if ("ReindexStmt" in node) return reindex(node.ReindexStmt);
  if ("AlterDatabaseStmt" in node && named(node.AlterDatabaseStmt.options, "tablespace")) {
    return "ALTER DATABASE SET TABLESPACE";
  }
  if ("CreateSubscriptionStmt" in node && connects(node.CreateSubscriptionStmt.options)) {
    return "CREATE SUBSCRIPTION with a replication slot";
  }
  if ("AlterSubscriptionStmt" in node && refreshes(node.AlterSubscriptionStmt))
    return "ALTER SUBSCRIPTION with a refresh";
  if ("AlterTableStmt" in node && detachesConcurrently(node.AlterTableStmt.cmds)) {
    return "DETACH PARTITION CONCURRENTLY";
  }
  if ("TransactionStmt" in node) {
    if (node.TransactionStmt.kind === "TRANS_STMT_COMMIT_PREPARED") return "COMMIT PREPARED";
    if (node.TransactionStmt.kind === "TRANS_STMT_ROLLBACK_PREPARED") return "ROLLBACK PREPARED";
  }
  return undefined;
}

function reindex(statement: { kind?: string; params?: Node[] }): string | undefined {
  if (named(statement.params, "concurrently")) return "REINDEX CONCURRENTLY";
  const whole = ["REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_DATABASE", "REINDEX_OBJECT_SYSTEM"];
  return whole.includes(statement.kind ?? "") ? "REINDEX of a schema or database" : undefined;
}

function connects(options: Node[] | undefined): boolean {
  return !isFalse(named(options, "create_slot")) && !isFalse(named(options, "connect"));
}

function refreshes(statement: { kind?: string; options?: Node[] }): boolean {
  const kinds = ["REFRESH", "REFRESH_PUBLICATION", "SET_PUBLICATION", "ADD_PUBLICATION", "DROP_PUBLICATION"];
  const kind = (statement.kind ?? "").replace("ALTER_SUBSCRIPTION_", "");
  return kinds.includes(kind) && !isFalse(named(statement.options, "refresh"));
}

function detachesConcurrently(commands: Node[] | undefined): boolean {
  return (commands ?? []).some((command) => {
    if (!("AlterTableCmd" in command)) return false;
    const definition = command.AlterTableCmd.def;
    return (
      definition !== undefined && "PartitionCmd" in definition && definition.PartitionCmd.concurrent === true
    );
  });
}

function named(options: Node[] | undefined, name: string): DefElem | undefined {
  for (const option of options ?? []) {
    if ("DefElem" in option && option.DefElem.defname === name) return option.DefElem;
  }
  return undefined;
}

function isFalse(option: DefElem | undefined): boolean {
  const value = option?.arg;
  if (value === undefined) return false;
  if ("Boolean" in value) return value.Boolean.boolval !== true;
  if ("String" in value) return ["false", "off", "0"].includes((value.String.sval ?? "").toLowerCase());
  if ("Integer" in value) return (value.Integer.ival ?? 0) === 0;
  return false;
}
