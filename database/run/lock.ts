import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { MigrationError } from "../errors.ts";
import type { HistoryTable } from "../history/history.ts";

/** Who holds the lock. */
export interface LockHolder {
  pid: number;
  user: string;
  application: string;
  /** Address, or "local". */
  address: string;
  since: Date;
}

export interface LockOptions {
  /** Milliseconds to wait for another run. */
  waitMs: number;
  /** Called once for each new holder while waiting. */
  onWaiting: (holder: LockHolder | undefined) => void;
}

/** Marks the advisory locks of this engine: "kai1". */
const LOCK_CLASS = 0x6b616931;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** How the lock is held. */
interface Locker {
  tryLock(key: number): Promise<boolean>;
  release(key: number): Promise<void>;
}

/**
 * Takes the advisory lock of one history table. The server frees it when the connection ends, however the process
 * ended. It is polled, because a session that blocks in `pg_advisory_lock` holds a snapshot and deadlocks with
 * CREATE INDEX CONCURRENTLY.
 * @param holding `session`: the lock belongs to the client's session. `transaction`: to a transaction that stays
 *   open on the client, which is used for nothing else; that is safe behind any pooler, and blocks no concurrent build,
 *   because it holds no snapshot.
 * @returns A function that frees the lock.
 * @throws MigrationError (kind `locked`) naming the holder when the time is over.
 */
export async function takeLock(
  client: pg.Client,
  where: HistoryTable,
  holding: "session" | "transaction",
  options: LockOptions,
): Promise<() => Promise<void>> {
  const locker = holding === "session" ? sessionLocker(client) : transactionLocker(client);
  const key = lockKey(where);
  const deadline = Date.now() + options.waitMs;
  let pause = FIRST_PAUSE_MS;
  let shown: number | undefined | null = null;
  while (!(await locker.tryLock(key))) {
    const holder = await findHolder(client, key);
    if (holder?.pid !== shown) options.onWaiting(holder);
    shown = holder?.pid;
    if (Date.now() >= deadline) throw lockedError(holder, options.waitMs);
    await sleep(pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
  return () => locker.release(key);
}

function sessionLocker(client: pg.Client): Locker {
  return {
    async tryLock(key) {
      const result = await client.query<{ locked: boolean }>(
        "SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS locked",
        [LOCK_CLASS, key],
      );
      return result.rows[0]?.locked === true;
    },
    async release(key) {
      await client.query("SELECT pg_catalog.pg_advisory_unlock($1, $2)", [LOCK_CLASS, key]);
    },
  };
}

function transactionLocker(client: pg.Client): Locker {
  const end = async () => {
    await client.query("ROLLBACK");
  };
  return {
    async tryLock(key) {
      const results = (await client.query(
        `BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_catalog.pg_try_advisory_xact_lock(${LOCK_CLASS}, ${key}) AS locked`,
      )) as unknown as pg.QueryResult<{ locked: boolean }>[];
      const locked = results.at(-1)!.rows[0]?.locked === true;
      if (!locked) await end();
      return locked;
    },
    release: end,
  };
}

/** 32 bits of the table's name: two histories in one database do not wait for each other. */
function lockKey({ schema, table }: HistoryTable): number {
  return createHash("sha256")
    .update(JSON.stringify([schema, table]))
    .digest()
    .readInt32BE();
}

async function findHolder(client: pg.Client, key: number): Promise<LockHolder | undefined> {
  const result = await client.query<LockHolder>(
    `SELECT l.pid, coalesce(a.usename, '?')::text AS user, coalesce(a.application_name, '') AS application,
       coalesce(host(a.client_addr), 'local') AS address, a.backend_start AS since
     FROM pg_catalog.pg_locks l
     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::bigint = $1 AND l.objid::bigint = $2
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    [LOCK_CLASS, key >>> 0],
  );
  return result.rows[0];
}

function lockedError(holder: LockHolder | undefined, waitMs: number): MigrationError {
  const who = describeHolder(holder);
  const end = holder ? `\`SELECT pg_terminate_backend(${holder.pid})\`` : "`pg_terminate_backend`";
  return new MigrationError(
    "locked",
    `Another migration run holds the lock since more than ${Math.round(waitMs / 1000)} s: ${who}. Wait for it and run again; if it is dead, end its session with ${end}.`,
  );
}

/** One line about the holder, for progress and errors. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (!holder) return "a session that this user may not see";
  return `process ${holder.pid} (${holder.application || "no application name"}) of ${holder.user} from ${holder.address}, connected since ${holder.since?.toISOString() ?? "?"}`;
}
