import type pg from "pg";
import { ServerFailure, send } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { HistorySql } from "./history.ts";

/** Behind a pooler several first runs create the history at once; all but one of them fail with one of these. */
const CREATED_MEANWHILE = new Set(["23505", "42P06", "42P07", "42710", "XX000"]);
const CREATE_ATTEMPTS = 5;
const READ_ONLY = "25006";

/**
 * Creates the history table and the audit trail where they are missing.
 * @throws MigrationError (kind `history`) when this user may not
 */
export async function createHistory(client: pg.Client, sql: HistorySql): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(client, sql.create());
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      const { code, message } = error.serverError;
      await client.query("ROLLBACK").catch(() => undefined);
      if (attempt < CREATE_ATTEMPTS && CREATED_MEANWHILE.has(code ?? "")) continue;
      const remedy =
        code === READ_ONLY
          ? "The server is a replica or read-only: connect to the primary."
          : "Connect with a user that may create tables there (on Supabase: `postgres`), or set another `schema` or `table`.";
      throw new MigrationError(
        "history",
        `The history table ${sql.table} cannot be created: ${message} (${code}). ${remedy}`,
        {},
        { cause: error },
      );
    }
  }
}
