import pg from "pg";
import { connect, ServerFailure } from "./connection.ts";
import { MigrationError } from "./errors.ts";
import { DEFAULT_HISTORY, HistorySql, type HistoryTable } from "./history/history.ts";

/** One database and the place of its history. */
export interface Target extends Partial<HistoryTable> {
  /** `postgresql://user:password@host:5432/database`. Never printed with its password. */
  connectionString: string;
}

/** Opens a session on the target for the time of the work. */
export async function withClient<T>(
  target: Target,
  work: (client: pg.Client, sql: HistorySql) => Promise<T>,
): Promise<T> {
  const where = { ...DEFAULT_HISTORY, ...withoutUndefined(target) };
  refuseLongNames(where);
  const client = await connect(target.connectionString);
  try {
    return await work(client, new HistorySql(where));
  } catch (error) {
    throw asMigrationError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const LONGEST_NAME = 63;

/** The server would cut them off without an error, and the history and its trail would be one table. */
function refuseLongNames({ schema, table }: HistoryTable): void {
  const names = [
    { what: "schema", name: schema, longest: LONGEST_NAME },
    { what: "table", name: table, longest: LONGEST_NAME - "_log".length },
  ];
  for (const { what, name, longest } of names) {
    if (Buffer.byteLength(name) <= longest) continue;
    throw new MigrationError(
      "settings",
      `The name of the history's ${what}, ${name}, is too long: it may have ${longest} bytes. Choose a shorter one.`,
    );
  }
}

/** What the server or the connection says outside of a file: a missing right, a server that stops. */
function asMigrationError(error: unknown): unknown {
  const cause = error instanceof ServerFailure ? error.serverError : error;
  if (cause instanceof pg.DatabaseError) {
    const hint =
      cause.code === "42501" ? " Connect with the user that made the history, or grant it the right." : "";
    return new MigrationError(
      "history",
      `The database answered: ${cause.message} (${cause.code}).${hint}`,
      {},
      { cause },
    );
  }
  if (cause instanceof Error && /^Connection terminated|ECONNRESET|EPIPE|ETIMEDOUT/.test(cause.message)) {
    return new MigrationError(
      "connection",
      `The connection to the database broke: ${cause.message}. Run again: the history knows what was applied.`,
      {},
      { cause },
    );
  }
  return error;
}

function withoutUndefined({ schema, table }: Target): Partial<HistoryTable> {
  return { ...(schema ? { schema } : {}), ...(table ? { table } : {}) };
}
