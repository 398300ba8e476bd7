import type { Target } from "../target.ts";
import { withClient } from "../target.ts";
import { type LogEvent, readHistory } from "./history.ts";

/** One entry of the audit trail. */
export interface TrailEntry {
  at: Date;
  /** Database user, and who was behind it. */
  by: string;
  event: LogEvent;
  /** File name, or `*` for the whole database. */
  name: string;
  checksum: string;
  toolVersion: string;
  /** Milliseconds that the file took; of the last time that it was applied. */
  durationMs?: number;
  /** The server's message of a failure, what was put right, where a baseline comes from. */
  detail?: string;
}

/**
 * Reads the audit trail: what happened to this database, failures too, the newest last. Empty before the first run.
 * @throws MigrationError of kind `connection`, `history` or `foreign-table`
 */
export async function trail(target: Target): Promise<TrailEntry[]> {
  return withClient(target, async (client, sql) => {
    if (!(await readHistory(client, sql)).exists) return [];
    const result = await client.query<TrailEntry & { durationMs: number | null; detail: string | null }>(
      `SELECT l.at, l.by, l.event, l.name, l.checksum, l.tool_version AS "toolVersion", l.detail,
         CASE WHEN l.event = 'applied' AND l.id = max(l.id) FILTER (WHERE l.event = 'applied') OVER (PARTITION BY l.name)
           THEN h.duration_ms END AS "durationMs"
       FROM ${sql.log} l LEFT JOIN ${sql.table} h ON h.name = l.name
       WHERE l.event <> 'schema' ORDER BY l.id`,
    );
    return result.rows.map(({ durationMs, detail, ...entry }) => ({
      ...entry,
      ...(durationMs === null ? {} : { durationMs }),
      ...(detail === null ? {} : { detail }),
    }));
  });
}
