import type pg from "pg";
import { connect } from "./connection.ts";
import { HistorySql, type HistoryTable } from "./history.ts";

/** One database and the place of its history. */
export interface Target extends Partial<HistoryTable> {
  /** `postgresql://user:password@host:5432/database`. Never printed with its password. */
  connectionString: string;
}

/** Default place of the history: the specification's `schema_migrations`, in the schema that every database has. */
export const DEFAULT_HISTORY: HistoryTable = { schema: "public", table: "schema_migrations" };

/** Opens a session on the target for the time of the work. */
export async function withClient<T>(
  target: Target,
  work: (client: pg.Client, sql: HistorySql) => Promise<T>,
): Promise<T> {
  const client = await connect(target.connectionString);
  try {
    return await work(client, new HistorySql({ ...DEFAULT_HISTORY, ...withoutUndefined(target) }));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function withoutUndefined({ schema, table }: Target): Partial<HistoryTable> {
  return { ...(schema ? { schema } : {}), ...(table ? { table } : {}) };
}
