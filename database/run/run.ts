import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type ServerError, ServerFailure } from "../connection.ts";
import type { OnEvent } from "../events.ts";
import type { HistorySql } from "../history/history.ts";
import type { Session } from "./session.ts";

/** What every file of one run shares. */
export interface Run {
  client: pg.Client;
  sql: HistorySql;
  /** `lock_timeout` of transactional statements, in milliseconds. */
  lockTimeoutMs: number;
  /** How long a file is tried again after lock timeouts, in milliseconds. */
  lockRetryMs: number;
  /** `statement_timeout` of transactional statements in milliseconds, 0 for none. */
  statementTimeoutMs: number;
  session: Session;
  onEvent: OnEvent;
}

/** A runner that is killed leaves its statement running on the server until this long after. */
const CONNECTION_CHECK_MS = 500;

/** Another run applied the file between reading the history and now. */
export class AppliedElsewhere extends Error {}

/** Settings of transactions; the file's own SET statements come after and win. @param except Names to leave out. */
export function settingsOf(
  run: Run,
  command: "SET" | "SET LOCAL",
  except: ReadonlySet<string> = new Set(),
): string[] {
  const settings: [string, number][] = [
    ["lock_timeout", run.lockTimeoutMs],
    ["statement_timeout", run.statementTimeoutMs],
  ];
  if (run.session.checksConnection) settings.push(["client_connection_check_interval", CONNECTION_CHECK_MS]);
  return settings
    .filter(([name]) => !except.has(name))
    .map(([name, value]) => `${command} ${name} = ${value}`);
}

/**
 * Settings of the session while a file runs statement by statement; its own SET statements come after and win. No
 * timeout of the role may end a build halfway, and a killed run's statement ends with it.
 */
export function sessionSettings(run: Run): string[] {
  const check = `SET client_connection_check_interval = ${CONNECTION_CHECK_MS}`;
  return [
    "SET lock_timeout = 0",
    "SET statement_timeout = 0",
    ...(run.session.checksConnection ? [check] : []),
  ];
}

/**
 * What a file may leave behind in the session and the next must not find. Not DISCARD ALL: that would free the
 * advisory lock.
 */
export const RESET_SESSION = [
  "RESET SESSION AUTHORIZATION",
  "RESET ALL",
  "CLOSE ALL",
  "UNLISTEN *",
  "DISCARD TEMP",
  "DISCARD SEQUENCES",
  "DEALLOCATE ALL",
];

/** lock_not_available, deadlock_detected, serialization_failure: everything was rolled back, nothing is wrong with the file. */
const TRANSIENT: Record<string, string> = {
  "55P03": "a lock was not free within lock_timeout",
  "40P01": "deadlock with another session",
  "40001": "another transaction changed the same rows",
};
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Runs a transaction again, after a rising, jittered pause, until it is through or the time is over. */
export async function withRetries<T>(run: Run, file: string, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + run.lockRetryMs;
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      await rollback(run, error.serverError);
      const reason = TRANSIENT[error.serverError.code ?? ""];
      if (!reason || Date.now() >= deadline) throw error;
      const afterMs = Math.round(
        Math.min(FIRST_PAUSE_MS * 2 ** (number - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2),
      );
      run.onEvent({ kind: "retry", file, attempt: number, afterMs, reason });
      await sleep(afterMs);
    }
  }
}

/** True when the connection itself broke, so that nothing more can be asked. */
export function isBroken(error: ServerError): boolean {
  // An error of the server has a severity. Class 08 is a connection failure, 57P0x a server that ends its sessions.
  return error.severity === undefined || /^(08|57P0)/.test(error.code ?? "");
}

/** True when everything was rolled back for a reason outside of the file. */
export function isTransient(error: ServerError): boolean {
  return (error.code ?? "") in TRANSIENT;
}

/** Ends a transaction that failed, unless the connection broke with it. */
export async function rollback(run: Run, error: ServerError): Promise<void> {
  if (isBroken(error)) return;
  await run.client.query("ROLLBACK");
}

/** One message out of statements; a comment at the end of one cannot swallow the next. */
export function message(statements: readonly string[]): string {
  return statements.map((statement) => `${statement}\n;\n`).join("");
}
