import type pg from "pg";
import { connect } from "../connection.ts";

/** What stands between this client and its server session, and what the server can do. */
export interface Session {
  /**
   * `none`: the server's session is this client's own. `session`: a pooler that gives each client a server session
   * until it leaves. `transaction`: a pooler that gives the server session away after each transaction, so that
   * session locks and settings reach other clients and stay behind.
   */
  pooling: "none" | "session" | "transaction";
  /** Whether the server has `client_connection_check_interval` (PostgreSQL 14 and later, not on every system). */
  checksConnection: boolean;
}

/** How often a pooler that could give the session away is watched for doing so. */
const PROBES = 5;
const SECOND_CONNECTION_MS = 5_000;
/** Supabase's transaction pooler. */
const SUPABASE_TRANSACTION_PORT = "6543";

/**
 * Finds out what the session is: one round trip on a direct connection.
 *
 * A pooler names a process of its own in the start of the protocol, not the server's. Whether it gives sessions away
 * shows when this client meets another server process later, or when a second client meets the one that this client
 * had while both are connected. A pooler that cannot be watched counts as one that does. One that happened not to
 * while it was watched is still safe: the lock does not belong to the session there, see `underLock`.
 */
export async function describeSession(client: pg.Client, connectionString: string): Promise<Session> {
  const { pid, checksConnection } = await askServer(client);
  const named = (client as pg.Client & { processID: number | null }).processID;
  if (named === pid) return { pooling: "none", checksConnection };
  const givenAway =
    URL.parse(connectionString)?.port === SUPABASE_TRANSACTION_PORT ||
    (await givesSessionsAway(client, pid, connectionString));
  return { pooling: givenAway ? "transaction" : "session", checksConnection };
}

async function askServer(client: pg.Client): Promise<{ pid: number; checksConnection: boolean }> {
  try {
    const result = await client.query<{ pid: number; checked: string | null }>(
      `SELECT pg_catalog.pg_backend_pid() AS pid,
         (SELECT pg_catalog.set_config(name, '1', true) FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval') AS checked`,
    );
    return { pid: result.rows[0]!.pid, checksConnection: result.rows[0]!.checked !== null };
  } catch {
    // The setting is known to the server, and refused by its operating system.
    return { pid: await processId(client), checksConnection: false };
  }
}

async function givesSessionsAway(client: pg.Client, pid: number, connectionString: string): Promise<boolean> {
  let second: pg.Client;
  try {
    second = await connect(connectionString, { queryTimeoutMs: SECOND_CONNECTION_MS });
  } catch {
    return true;
  }
  try {
    for (let probe = 0; probe < PROBES; probe++) {
      if ((await processId(second)) === pid) return true;
      // Both at once, so that they may swap sessions also where other clients keep some busy.
      const [mine, other] = await Promise.all([processId(client), processId(second)]);
      if (mine !== pid || other === pid) return true;
    }
    return false;
  } catch {
    return true;
  } finally {
    await second.end().catch(() => undefined);
  }
}

async function processId(client: pg.Client): Promise<number> {
  const result = await client.query<{ pid: number }>("SELECT pg_catalog.pg_backend_pid() AS pid");
  return result.rows[0]!.pid;
}
