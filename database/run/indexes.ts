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
