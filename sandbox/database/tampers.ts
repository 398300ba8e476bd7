/**
 * Changes that somebody makes by hand in a database's history of migrations. A table altered by hand is none of them:
 * drift names it, but no `up` undoes it, because only its owner knows whether the change is wanted.
 */
import pg from "pg";
import { present } from "../present.ts";

interface DatabaseWorld {
  /** Connection strings by stack. */
  databases: Record<string, string>;
}

/** A change of the history table, whose quoted name `sql` gets. */
function change(id: string, title: string, sql: (table: string) => string) {
  return {
    id: `database-${id}`,
    title,
    async apply({ databases }: DatabaseWorld): Promise<void> {
      const client = new pg.Client(present(databases.staging, "staging database"));
      await client.connect();
      try {
        await client.query(sql(await historyTable(client)));
      } finally {
        await client.end();
      }
    },
  };
}

/** The history table, known by a column of its own: configuration may call it otherwise. */
async function historyTable(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name
       from information_schema.columns where column_name = 'progress_checksum'`,
  );
  return present(rows[0], "history of migrations in the staging database").name;
}

export const databaseTampers = [
  change(
    "row-deleted",
    "Somebody deleted the last row of the staging database's history.",
    (table) => `delete from ${table} where version = (select max(version) from ${table})`,
  ),
  change(
    "row-added",
    "Somebody noted a file in the staging database's history that was never applied.",
    (
      table,
    ) => `insert into ${table} (name, version, checksum, statements_total, statements_applied, tool_version)
      values ('999_by_hand.sql', 999, repeat('f', 64), 1, 1, 'by hand')`,
  ),
  change(
    "checksum-changed",
    "Somebody changed a checksum in the staging database's history.",
    (table) => `update ${table} set checksum = repeat('0', 64)
      where version = (select min(version) from ${table})`,
  ),
];
