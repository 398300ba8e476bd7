import { hostname } from "node:os";
import pg from "pg";
import { MigrationError } from "./errors.ts";

const CONNECT_TIMEOUT_MS = 15_000;

/** What `pg` throws: the server's error with its fields, or a broken connection without them. */
export type ServerError = Error & Partial<Omit<pg.DatabaseError, keyof Error>>;

/** A statement that failed inside a message of several. */
export class ServerFailure extends Error {
  /** How many statements of the message were finished before. */
  readonly completed: number;
  readonly serverError: ServerError;

  constructor(error: ServerError, completed: number) {
    super(error.message, { cause: error });
    this.serverError = error;
    this.completed = completed;
  }
}

/**
 * Opens one session.
 * @param connectionString `postgresql://user:password@host:port/database?sslmode=…`
 * @throws MigrationError (kind `connection`) with the remedy; the password is never in it.
 */
export async function connect(connectionString: string): Promise<pg.Client> {
  const shown = maskConnectionString(connectionString);
  const client = newClient(connectionString, shown);
  // A session that breaks while idle would otherwise end the process; the next query reports it.
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionError(error as NodeJS.ErrnoException, shown);
  }
}

function newClient(connectionString: string, shown: string): pg.Client {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) {
    throw new MigrationError(
      "connection",
      "The database address must be a connection string: postgresql://user:password@host:5432/database. A Supabase project's REST address (https://…) cannot run migrations; its connection string is under Project Settings → Database.",
    );
  }
  try {
    return new pg.Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: `kai-migrate ${hostname()}/${process.pid}`.slice(0, 63),
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT"
        ? "a certificate file that it names does not exist"
        : "it cannot be read as an address";
    throw new MigrationError(
      "connection",
      `The connection string ${shown} is not usable: ${reason}. Percent-encode special characters of the password (@ : / # % ?).`,
    );
  }
}

/** The connection string without its password, for messages. Anything that cannot be parsed is hidden as a whole. */
export function maskConnectionString(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    if (url.password) url.password = "***";
    if (url.searchParams.has("password")) url.searchParams.set("password", "***");
    return url.href;
  } catch {
    return "(connection string hidden)";
  }
}

/** True for Supabase's transaction pooler: sessions are shared there, so session locks and settings leak. */
export function isTransactionPooler(connectionString: string): boolean {
  return URL.parse(connectionString)?.port === "6543";
}

/**
 * Sends one message of any number of statements (simple query protocol).
 * @throws ServerFailure with the number of statements that were finished before the failing one.
 */
export async function send(client: pg.Client, text: string): Promise<void> {
  let completed = 0;
  const count = () => {
    completed++;
  };
  client.connection.on("commandComplete", count);
  try {
    await client.query(text);
  } catch (error) {
    throw new ServerFailure(error as ServerError, completed);
  } finally {
    client.connection.off("commandComplete", count);
  }
}

const REMEDIES: Record<string, string> = {
  ECONNREFUSED: "Nothing listens there: check host and port, and that the server runs.",
  ENOTFOUND: "The host name is unknown: check its spelling and the network's name service.",
  EAI_AGAIN: "The name service does not answer: check the network.",
  ENETUNREACH:
    "The host cannot be reached: Supabase's direct address is IPv6 only; use the session pooler (port 5432).",
  EHOSTUNREACH: "The host cannot be reached: check the network and the firewall.",
  ECONNRESET: "The server closed the connection: check the port, and whether it wants TLS.",
  "28P01": "The password is wrong for this user: copy the connection string again.",
  "28000":
    "The server does not let this user in from here: check user, database and TLS (`sslmode=verify-full`).",
  "3D000": "That database does not exist: check the name behind the last slash, or create it.",
  "53300": "The server has no free connection: close others, or use the session pooler.",
  SELF_SIGNED_CERT_IN_CHAIN:
    "The server's certificate is signed by an unknown authority: download its root certificate and add `sslrootcert=<file>` to the connection string.",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The server's certificate is signed by itself: add it as `sslrootcert=<file>` to the connection string.",
  CERT_HAS_EXPIRED: "The server's certificate has expired: renew it.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The server's certificate is for another host name: check the host.",
};

function connectionError(error: NodeJS.ErrnoException, shown: string): MigrationError {
  const fallback = /SSL/.test(error.message)
    ? "Check `sslmode` in the connection string: the server does not speak TLS there, or demands it."
    : "Check the connection string, the network and the server.";
  // AggregateError (several addresses of one host) has an empty message.
  const what = error.message || error.code || "no connection";
  return new MigrationError(
    "connection",
    `No connection to the database ${shown}: ${what}. ${REMEDIES[error.code ?? ""] ?? fallback}`,
    { serverMessage: what, ...(error.code ? { sqlState: error.code } : {}) },
    { cause: error },
  );
}
