import type pg from "pg";
import { connect } from "../connection.ts";
import type { OnEvent } from "../events.ts";
import type { HistorySql } from "../history/history.ts";
import type { Target } from "../target.ts";
import { takeLock } from "./lock.ts";
import { describeSession, type Session } from "./session.ts";

/** How to wait for another run. */
export interface LockWait {
  /** How long to wait for another run, in milliseconds. Default 5 minutes. */
  lockWaitMs?: number;
  onEvent?: OnEvent;
}

/**
 * Does work that one run at a time may do. Behind a session pooler the lock is held by a second connection. Behind a
 * transaction pooler there is none: the key of the history row keeps runs apart, which each file writes first in its
 * transaction.
 * @throws MigrationError (kind `locked`) naming the holder when the time is over.
 */
export async function underLock<T>(
  client: pg.Client,
  sql: HistorySql,
  target: Target,
  { lockWaitMs = 5 * 60_000, onEvent }: LockWait,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await describeSession(client, target.connectionString);
  if (session.pooling === "transaction") {
    onEvent?.({
      kind: "warning",
      message:
        "This address is a transaction pooler: sessions are shared there, so runs are kept apart by the history table alone. Prefer the direct address or a session pooler (on Supabase: port 5432).",
    });
    return work(session);
  }
  const pooled = session.pooling === "session";
  const holder = pooled ? await connect(target.connectionString) : client;
  try {
    const release = await takeLock(holder, sql.where, pooled ? "transaction" : "session", {
      waitMs: lockWaitMs,
      onWaiting: (by) => onEvent?.({ kind: "waiting", holder: by }),
    });
    try {
      return await work(session);
    } finally {
      await release().catch(() => undefined);
    }
  } finally {
    if (pooled) await holder.end().catch(() => undefined);
  }
}
