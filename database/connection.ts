import { hostname } from "node:os";
import pg from "pg";
import { type Address, addressOf, unusable, withoutTls } from "./address.ts";
import { MigrationError } from "./errors.ts";

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

/** Servers older than this are refused: their catalogue and settings differ, and nobody maintains them. */
const OLDEST_SERVER = 13;

/**
 * Opens one session.
 * @param connectionString `postgresql://user:password@host:port/database?sslmode=…`, see `addressOf`.
 * @throws MigrationError (kind `connection`) with the remedy; the password is never in it.
 */
export async function connect(
  connectionString: string,
  options: { queryTimeoutMs?: number } = {},
): Promise<pg.Client> {
  const address = addressOf(connectionString);
  try {
    return await open(address, options.queryTimeoutMs);
  } catch (error) {
    if (address.prefersTls && /does not support SSL/.test(String(error))) {
      return open(withoutTls(address), options.queryTimeoutMs);
    }
    throw error;
  }
}

async function open(address: Address, queryTimeoutMs: number | undefined): Promise<pg.Client> {
  const client = newClient(address, queryTimeoutMs);
  let version = "";
  client.connection.on("parameterStatus", (parameter: { parameterName: string; parameterValue: string }) => {
    if (parameter.parameterName === "server_version") version = parameter.parameterValue;
  });
  // A session that breaks while idle would otherwise end the process; the next query reports it.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionError(error as NodeJS.ErrnoException, address);
  }
  if (Number.parseInt(version, 10) < OLDEST_SERVER) {
    await client.end().catch(() => {});
    throw new MigrationError(
      "connection",
      `The server at ${address.shown} is PostgreSQL ${version}, which is too old: use PostgreSQL ${OLDEST_SERVER} or later.`,
    );
  }
  return client;
}

function newClient({ config, shown }: Address, queryTimeoutMs: number | undefined): pg.Client {
  try {
    return new pg.Client({
      ...config,
      application_name: `kai-migrate ${hostname()}/${process.pid}`.slice(0, 63),
      ...(queryTimeoutMs ? { query_timeout: queryTimeoutMs } : {}),
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw unusable(
      shown,
      code === "ENOENT"
        ? "a certificate file that it names does not exist"
        : "it cannot be read as an address",
    );
  }
}

/** One row as the server sends it. */
export type Row = readonly (string | null)[];

/**
 * Sends one message of any number of statements (simple query protocol).
 * @param onCompleted Called behind each statement: how many are finished, and the last row that the statement answered.
 * @throws ServerFailure with the number of statements that were finished before the failing one.
 */
export async function send(
  client: pg.Client,
  text: string,
  onCompleted: (completed: number, row: Row | undefined) => void = () => {},
): Promise<void> {
  let completed = 0;
  let row: Row | undefined;
  const keep = ({ fields }: { fields: Row }) => {
    row = fields;
  };
  const count = () => {
    onCompleted(++completed, row);
    row = undefined;
  };
  client.connection.on("dataRow", keep);
  client.connection.on("commandComplete", count);
  try {
    await client.query(text);
  } catch (error) {
    throw new ServerFailure(error as ServerError, completed);
  } finally {
    client.connection.off("commandComplete", count);
    client.connection.off("dataRow", keep);
  }
}

const UNKNOWN_AUTHORITY =
  "The server's certificate is signed by an unknown authority: download its root certificate and add `sslrootcert=<file>` to the connection string.";

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
  "57P03": "The server starts or stops: try again in a moment.",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The server's certificate is signed by itself: add it as `sslrootcert=<file>` to the connection string.",
  CERT_HAS_EXPIRED: "The server's certificate has expired: renew it.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The server's certificate is for another host name: check the host.",
};

function connectionError(error: NodeJS.ErrnoException, { config, shown }: Address): MigrationError {
  // AggregateError (several addresses of one host) has an empty message.
  const what = error.message || error.code || "no connection";
  const remedy = remedyByWords(what, config) ?? REMEDIES[error.code ?? ""] ?? CHECK;
  return new MigrationError(
    "connection",
    `No connection to the database ${shown}: ${what}. ${remedy}`,
    { serverMessage: what, ...(error.code ? { sqlState: error.code } : {}) },
    { cause: error },
  );
}

const CHECK = "Check the connection string, the network and the server.";

/** For what has no code, or one that says too little. */
function remedyByWords(what: string, config: pg.ClientConfig): string | undefined {
  if (/timeout expired/.test(what)) {
    return `Nothing answered as PostgreSQL within ${config.connectionTimeoutMillis! / 1000} s: check host, port and firewall (\`connect_timeout=<seconds>\` waits longer).`;
  }
  if (/terminated unexpectedly|message code/.test(what)) {
    return "What listens there closed the connection: check that it is PostgreSQL, and the port.";
  }
  if (/startup parameter/.test(what)) {
    return "A pooler does not pass it on. Leave it out of the connection string (`options`, `statement_timeout`, …) and of PGOPTIONS, or use the direct address.";
  }
  if (/SSL/.test(what)) {
    return "Check `sslmode` in the connection string: the server does not speak TLS there, or demands it.";
  }
  if (/client password|empty password/.test(what)) {
    return "The server asks for a password: put it into the connection string, or into PGPASSWORD.";
  }
  return undefined;
}
