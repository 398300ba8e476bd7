/** Changes that somebody makes by hand in the staging database's history of migrations. */
import pg from "pg";

interface DatabaseWorld {
  databases: Record<string, string>;
}

function change(id: string, title: string, sql: string) {
  return {
    id,
    title,
    async apply({ databases }: DatabaseWorld): Promise<void> {
      const client = new pg.Client(databases.staging);
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
  };
}

export const databaseTampers = [
  change(
    "database-row-deleted",
    "Somebody deleted the last row of the staging database's history.",
    "delete from public.schema_migrations where name = (select max(name) from public.schema_migrations)",
  ),
  change(
    "database-checksum-changed",
    "Somebody changed a checksum in the staging database's history.",
    "update public.schema_migrations set checksum = repeat('0', 64) where name = (select min(name) from public.schema_migrations)",
  ),
];
