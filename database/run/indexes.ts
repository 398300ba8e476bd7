import pg from "pg";

/** The index that a CREATE INDEX CONCURRENTLY names. */
export interface BuiltIndex {
  schema?: string;
  name: string;
}

/** A concurrent build that fails leaves an index that is maintained and not used; UNIQUE is not enforced by it. */
export async function indexState(
  client: pg.Client,
  index: BuiltIndex,
): Promise<"absent" | "valid" | "invalid"> {
  const result = await client.query<{ indisvalid: boolean }>(
    "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass($1)",
    [quoted(index)],
  );
  const row = result.rows[0];
  if (!row) return "absent";
  return row.indisvalid ? "valid" : "invalid";
}

/**
 * Names of invalid indexes that nobody builds at the moment. IF NOT EXISTS takes one for a good one, and UNIQUE is
 * not enforced by it. Those of partitioned tables are left out: they stay so until each partition has its own.
 */
export async function invalidIndexes(client: pg.Client): Promise<string[]> {
  const result = await client.query<{ name: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> 'pg_toast'
     WHERE NOT i.indisvalid AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
     ORDER BY 1`,
  );
  return result.rows.map((row) => row.name);
}

/** Drops what a failed build left. */
export async function dropInvalidIndex(client: pg.Client, index: BuiltIndex): Promise<void> {
  await client.query(`DROP INDEX CONCURRENTLY ${quoted(index)}`);
}

function quoted({ schema, name }: BuiltIndex): string {
  return [schema, name]
    .filter((part) => part !== undefined)
    .map(pg.escapeIdentifier)
    .join(".");
}
