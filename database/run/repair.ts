import { alteredTables, expectedAfter, readKept, takeFingerprint } from "../history/fingerprint.ts";
import { readHistory } from "../history/history.ts";
import { type Target, withClient } from "../target.ts";
import { type LockWait, underLock } from "./under-lock.ts";

/**
 * Accepts the tables as they are: what was changed by hand is no longer reported. Changes the audit trail alone.
 * @returns The tables that were accepted.
 * @throws MigrationError
 */
export async function acceptTables(target: Target, options: LockWait = {}): Promise<string[]> {
  return withClient(target, async (client, sql) => {
    if (!(await readHistory(client, sql)).exists) return [];
    return underLock(client, sql, target, options, async () => {
      const accepted = await alteredTables(client, sql);
      const now = await takeFingerprint(client);
      const kept = expectedAfter({ ...(await readKept(client, sql)), current: false }, now, now);
      await client.query(sql.keepFingerprint(kept));
      return accepted;
    });
  });
}
