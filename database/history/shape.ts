import type pg from "pg";
import { MigrationError, shellWord } from "../errors.ts";
import { toolOf } from "./foreign-history.ts";
import type { HistorySql } from "./history.ts";

/** Columns of the history table. */
export const HISTORY_COLUMNS = [
  "name",
  "version",
  "checksum",
  "applied_at",
  "applied_by",
  "duration_ms",
  "statements_total",
  "statements_applied",
  "progress_checksum",
  "tool_version",
] as const;

const LOG_COLUMNS = ["id", "at", "by", "event", "name", "version", "checksum", "tool_version", "detail"];

/** What stands in the catalogue under one of the two names. */
interface Found {
  of: "history" | "log";
  /** `pg_class.relkind`: `r` is a table, `p` a partitioned one. */
  kind: string;
  readable: boolean;
  /** Row level security would hide rows from this user without an error, and what is applied would run again. */
  filtered: boolean;
  columns: string[];
}

/**
 * Looks at what stands under the names of the history and its trail, before anything is read or written. One query.
 * @returns Which of the two exist.
 * @throws MigrationError (kind `foreign-table`) for a table of another shape and for what is no table;
 *   (kind `history`) for a table that this user may not read
 */
export async function checkShape(
  client: pg.Client,
  sql: HistorySql,
): Promise<{ history: boolean; log: boolean }> {
  const { schema, table } = sql.where;
  const result = await client.query<Found>(
    `SELECT CASE c.relname WHEN $2 THEN 'history' ELSE 'log' END AS of, c.relkind::text AS kind,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       c.relrowsecurity AND row_security_active(c.oid) AS filtered,
       array(SELECT a.attname::text FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
     WHERE c.relname IN ($2, $3)`,
    [schema, table, `${table}_log`],
  );
  const history = result.rows.find((row) => row.of === "history");
  const log = result.rows.find((row) => row.of === "log");
  if (history) await check(client, sql, history, sql.table, HISTORY_COLUMNS);
  if (log) await check(client, sql, log, sql.log, LOG_COLUMNS);
  return { history: history !== undefined, log: log !== undefined };
}

const ELSEWHERE =
  "keep this history elsewhere: `--table kai_migrations`, or `kai:migrations.table` in the stack's configuration";

async function check(
  client: pg.Client,
  sql: HistorySql,
  found: Found,
  name: string,
  columns: readonly string[],
): Promise<void> {
  if (found.kind !== "r" && found.kind !== "p") {
    throw new MigrationError(
      "foreign-table",
      `${name} is a ${KINDS[found.kind] ?? "thing"}, not a table, and is left as it is. Rename it, or ${ELSEWHERE}.`,
    );
  }
  if (columns.every((column) => found.columns.includes(column))) {
    if (found.readable && !found.filtered) return;
    const hidden = found.readable ? ": row level security hides its rows" : "";
    const otherwise = found.readable
      ? "with one that has BYPASSRLS"
      : "grant SELECT on it and USAGE on its schema";
    throw new MigrationError(
      "history",
      `This user may not read the history ${name}${hidden}. Connect with the user that made it (on Supabase: \`postgres\`), or ${otherwise}.`,
    );
  }
  if (found.of === "log") throw new MigrationError("foreign-table", notOurLog(name, found.columns));
  throw new MigrationError("foreign-table", await notOurs(client, sql, found.columns));
}

const KINDS: Record<string, string> = {
  v: "view",
  m: "materialized view",
  f: "foreign table",
  S: "sequence",
  i: "index",
  c: "composite type",
};

function notOurLog(name: string, columns: readonly string[]): string {
  return `The table ${name} should hold the audit trail of the migrations, but has the columns ${columns.join(", ")}. It is left as it is. Rename it, or ${ELSEWHERE}.`;
}

async function notOurs(client: pg.Client, sql: HistorySql, columns: readonly string[]): Promise<string> {
  const tool = await toolOf(client, sql.where, columns);
  const { schema, table } = sql.where;
  if (!tool) {
    return `The table ${sql.table} is no history of this engine, nor of a migration tool that is known here: it has the columns ${columns.join(", ")}. It is left as it is. Rename it, or ${ELSEWHERE}.`;
  }
  const adopt = tool.rows
    ? ` What ${tool.title} has applied is taken over by \`kai migrate baseline --from ${shellWord(`${schema}.${table}`)} --table kai_migrations\`.`
    : "";
  return `The table ${sql.table} belongs to ${tool.title} (columns ${columns.join(", ")}) and is left as it is. To use both, ${ELSEWHERE}.${adopt}`;
}
