import type pg from "pg";
import { MigrationError } from "./errors.ts";

/** A connection string, understood. */
export interface Address {
  /** For `pg.Client`. */
  config: pg.ClientConfig;
  /** Without the password, for messages. */
  shown: string;
  /** True when TLS is tried first and done without where the server has none (`sslmode=prefer`). */
  prefersTls: boolean;
}

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const CONNECT_TIMEOUT_SECONDS = 15;
const NOT_AN_ADDRESS =
  "The database address must be a connection string, without quotes or blanks around it: postgresql://user:password@host:5432/database. A Supabase project's REST address (https://…) cannot run migrations; its connection string is under Project Settings → Database.";

/**
 * Understands a connection string as libpq and psql do: `sslmode` (`disable`, `prefer`, `require` without and
 * `verify-ca` and `verify-full` with verification), `sslrootcert` (`system` for the built-in authorities),
 * `connect_timeout` in seconds (default 15), and the variables PGSSLMODE, PGSSLROOTCERT, PGCONNECT_TIMEOUT, PGUSER,
 * PGPASSWORD, … for what it leaves out. Without any `sslmode`, TLS is preferred to other machines and left out to
 * this one.
 * @throws MigrationError (kind `connection`); the password is never in it.
 */
export function addressOf(connectionString: string, environment: NodeJS.ProcessEnv = process.env): Address {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) throw new MigrationError("connection", NOT_AN_ADDRESS);
  const shown = maskConnectionString(connectionString);
  const url = URL.parse(connectionString);
  if (!url || shown === HIDDEN) throw unusable(shown, "it cannot be read as an address");
  if (url.hostname.includes(",")) throw unusable(shown, "it names several hosts; name the one to write to");
  if (/^\[.*\]$/.test(decoded(url.password))) {
    throw unusable(
      shown,
      "its password is still a placeholder in brackets; put the database's password in its place",
    );
  }
  const { searchParams } = url;
  const given = (name: string, variable: string) => searchParams.get(name) || environment[variable];
  const mode = given("sslmode", "PGSSLMODE") ?? (isThisMachine(url) ? "disable" : "prefer");
  if (!MODES.includes(mode)) throw unusable(shown, `there is no sslmode ${mode}, only ${MODES.join(", ")}`);
  const rootCertificate = given("sslrootcert", "PGSSLROOTCERT");
  if (mode === "verify-ca" && !rootCertificate) {
    throw unusable(
      shown,
      "sslmode=verify-ca needs the authority's certificate: add sslrootcert=<file>, or use sslmode=verify-full",
    );
  }
  searchParams.delete("sslrootcert");
  if (rootCertificate && rootCertificate !== "system") searchParams.set("sslrootcert", rootCertificate);
  if (!searchParams.has("ssl")) searchParams.set("sslmode", mode === "allow" ? "prefer" : mode);
  searchParams.set("uselibpqcompat", "true");
  const seconds = Number(given("connect_timeout", "PGCONNECT_TIMEOUT") ?? CONNECT_TIMEOUT_SECONDS);
  return {
    config: {
      connectionString: url.href,
      connectionTimeoutMillis: (seconds > 0 ? seconds : CONNECT_TIMEOUT_SECONDS) * 1000,
      keepAlive: true,
    },
    shown,
    prefersTls: !searchParams.has("ssl") && (mode === "prefer" || mode === "allow"),
  };
}

/** The same address without TLS. */
export function withoutTls(address: Address): Address {
  const url = new URL(address.config.connectionString!);
  url.searchParams.set("sslmode", "disable");
  return { ...address, config: { ...address.config, connectionString: url.href }, prefersTls: false };
}

const HIDDEN = "(connection string hidden)";

/** The connection string without its password, for messages. Anything that cannot be read for sure is hidden as a whole. */
export function maskConnectionString(connectionString: string): string {
  const url = URL.parse(connectionString);
  // A password that is not percent-encoded ends the host too early: its rest would be shown as path or parameter.
  const strayAt =
    url && [url.pathname, url.hash, ...url.searchParams.keys()].some((part) => part.includes("@"));
  if (!url || strayAt || url.hash) return HIDDEN;
  if (url.password) url.password = "***";
  for (const name of ["password", "sslpassword"]) {
    if (url.searchParams.has(name)) url.searchParams.set(name, "***");
  }
  return url.href;
}

/**
 * The address that libpq's variables name: PGHOST (a name, or the folder of a socket), PGPORT, PGUSER, PGPASSWORD,
 * PGDATABASE. Undefined when neither PGHOST nor PGDATABASE is set.
 */
export function addressFromVariables(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = environment;
  if (!PGHOST && !PGDATABASE) return undefined;
  const url = new URL("postgresql://localhost");
  if (PGHOST?.startsWith("/")) url.searchParams.set("host", PGHOST);
  else if (PGHOST) url.hostname = PGHOST.includes(":") ? `[${PGHOST}]` : PGHOST;
  if (PGPORT) url.port = PGPORT;
  if (PGUSER) url.username = encodeURIComponent(PGUSER);
  if (PGPASSWORD) url.password = encodeURIComponent(PGPASSWORD);
  if (PGDATABASE) url.pathname = encodeURIComponent(PGDATABASE);
  return url.href;
}

/** A lone `%` is no error: the server says whether the password is right. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isThisMachine(url: URL): boolean {
  const host = url.searchParams.get("host") || decodeURIComponent(url.hostname);
  return host === "" || host.startsWith("/") || /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host);
}

/** The error about a connection string itself. */
export function unusable(shown: string, reason: string): MigrationError {
  return new MigrationError(
    "connection",
    `The connection string ${shown} is not usable: ${reason}. Percent-encode special characters of the password (@ : / # % ?).`,
  );
}
