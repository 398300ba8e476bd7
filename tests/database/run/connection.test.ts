/** The way to the database: TLS, addresses in parts, and everything that can be wrong with them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { inspect as inspectValue } from "node:util";
import pg from "pg";
import { addressOf } from "../../../database/address.ts";
import { connect } from "../../../database/connection.ts";
import {
  addressFromVariables,
  inspect,
  MigrationError,
  maskConnectionString,
  migrate,
  status,
} from "../../../database/index.ts";
import { makeCertificates, noOpenssl } from "../../support/certificates.ts";
import { migrationsOf } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";
import { startServer } from "../../support/server-versions.ts";

const server = useServer();

async function failure(promise: Promise<unknown>): Promise<MigrationError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof MigrationError, inspectValue(error));
  return error;
}

/** The port of a listener that lives as long as the test. */
async function listen(t: TestContext, listener: Server): Promise<number> {
  await once(listener.listen(0, "127.0.0.1"), "listening");
  t.after(() => listener.close());
  return (listener.address() as AddressInfo).port;
}

test("sslmode means what it means to libpq, and a wrong certificate is one clear sentence", {
  skip: noOpenssl,
}, async (t) => {
  const { certificate, key, authority, stranger } = makeCertificates();
  const tls = await startServer(18, {
    settings: ["ssl=on"],
    files: { "server.crt": certificate, "server.key": key, "pg_hba.conf": "hostssl all all all trust\n" },
  });
  t.after(() => tls.stop());
  const at = (host: string, parameters: string) =>
    `${Object.assign(new URL(tls.url), { hostname: host }).href}?${parameters}`;
  const encrypted = async (url: string) => {
    const client = await connect(url);
    const { rows } = await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    await client.end();
    return rows[0]?.ssl;
  };
  for (const parameters of [
    "sslmode=prefer",
    "sslmode=require",
    `sslmode=require&sslrootcert=${authority}`,
    `sslmode=verify-ca&sslrootcert=${authority}`,
    `sslmode=verify-full&sslrootcert=${authority}`,
  ]) {
    assert.equal(await encrypted(at("localhost", parameters)), true, parameters);
  }
  assert.equal(await encrypted(at("127.0.0.1", `sslmode=verify-ca&sslrootcert=${authority}`)), true);
  const wrong: [string, RegExp][] = [
    [at("localhost", "sslmode=disable"), /no encryption.*Check .*TLS|sslmode/s],
    [at("localhost", "sslmode=verify-full"), /signed by an unknown authority.*sslrootcert=<file>/],
    [at("localhost", "sslmode=verify-full&sslrootcert=system"), /signed by an unknown authority/],
    [at("localhost", `sslmode=verify-full&sslrootcert=${stranger}`), /signed by an unknown authority/],
    [
      at("127.0.0.1", `sslmode=verify-full&sslrootcert=${authority}`),
      /for another host name: check the host/,
    ],
    [at("localhost", "sslmode=verify-ca"), /verify-ca needs the authority's certificate/],
    [
      at("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem"),
      /certificate file that it names does not exist/,
    ],
  ];
  for (const [url, expected] of wrong) {
    const error = await failure(inspect({ connectionString: url }));
    assert.equal(error.kind, "connection");
    assert.match(error.message, expected, url);
  }
  process.env.PGSSLROOTCERT = stranger;
  t.after(() => delete process.env.PGSSLROOTCERT);
  await failure(inspect({ connectionString: at("localhost", "sslmode=verify-full") }));
});

test("TLS is preferred to other machines, done without where the server has none, and demanded on request", async () => {
  const url = await server.database();
  const modeOf = (text: string) =>
    new URL(addressOf(text, {}).config.connectionString!).searchParams.get("sslmode");
  assert.equal(modeOf("postgresql://db.example.test/a"), "prefer");
  assert.equal(modeOf("postgresql://127.0.0.1/a"), "disable");
  assert.equal(modeOf("postgresql://localhost/a?host=/run/postgresql"), "disable");
  const client = await connect(`${url}?sslmode=prefer`);
  await client.end();
  assert.match(
    (await failure(connect(`${url}?sslmode=require`))).message,
    /does not support SSL.*Check `sslmode`/,
  );
});

test("an address in libpq's variables, as every tool takes it", async () => {
  const { hostname, port, username, password, pathname } = new URL(await server.database());
  const variables = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  };
  const url = addressFromVariables(variables);
  assert.deepEqual(await query(url!, "SELECT current_database()::text AS name"), [
    { name: variables.PGDATABASE },
  ]);
  assert.equal(addressFromVariables({}), undefined);
  assert.equal(
    addressFromVariables({ PGHOST: "/run/pg", PGDATABASE: "a b", PGPASSWORD: "@:/#%?" }),
    "postgresql://:%40%3A%2F%23%25%3F@localhost/a%20b?host=%2Frun%2Fpg",
  );
});

test("passwords are in no message, in no form", async () => {
  const good = new URL(await server.database());
  const secret = "s3cr:t/#@?%x";
  const encoded = encodeURIComponent(secret);
  const urls = [
    `postgresql://postgres:${encoded}@127.0.0.1:${good.port}/postgres`,
    `postgresql://postgres:${encoded}@127.0.0.1:1/postgres`,
    `postgresql://postgres:${secret}@127.0.0.1:${good.port}/postgres`,
    `postgresql://postgres:12/s3cr@127.0.0.1:${good.port}/postgres`,
    `postgresql://postgres:12?s3cr@127.0.0.1:${good.port}/postgres`,
    `postgresql://postgres:12#s3cr@127.0.0.1:${good.port}/postgres`,
    `postgresql://postgres:s3cr@a@127.0.0.1:${good.port}/nowhere`,
    `postgresql://postgres:s3cr@b/c@127.0.0.1:${good.port}/nowhere`,
    `postgresql://postgres@127.0.0.1:${good.port}/postgres?password=s3cr`,
    `postgresql://postgres:s3cr@127.0.0.1:99999/postgres`,
    `mysql://postgres:s3cr@127.0.0.1/postgres`,
    `postgres:s3cr@127.0.0.1`,
    `host=127.0.0.1 password=s3cr`,
  ];
  for (const connectionString of urls) {
    const error = await failure(inspect({ connectionString }));
    assert.equal(error.kind, "connection");
    const everything =
      inspectValue(error, { depth: 9 }) +
      JSON.stringify(error.details) +
      maskConnectionString(connectionString);
    assert.doesNotMatch(everything, /s3cr/, maskConnectionString(connectionString));
  }
});

test("what does not answer, or not as PostgreSQL, is one sentence with the remedy", async (t) => {
  const silent = await listen(
    t,
    createServer((socket) => socket.on("error", () => {})),
  );
  const http = await listen(
    t,
    createHttpServer((_, response) => response.end("hello")),
  );
  const closing = await listen(
    t,
    createServer((socket) => socket.destroy()),
  );
  const cases: [string, string, RegExp][] = [
    [
      "black hole",
      `postgresql://a:b@127.0.0.1:${silent}/x?connect_timeout=1`,
      /Nothing answered as PostgreSQL within 1 s: check host, port and firewall/,
    ],
    [
      "HTTP server",
      `postgresql://a:b@127.0.0.1:${http}/x?connect_timeout=2`,
      /check that it is PostgreSQL, and the port/,
    ],
    ["closes", `postgresql://a:b@127.0.0.1:${closing}/x`, /check that it is PostgreSQL, and the port/],
    [
      "unknown host",
      "postgresql://a:b@nowhere.invalid/x",
      /host name is unknown|name service does not answer/,
    ],
    ["several hosts", "postgresql://a:b@one,two/x", /names several hosts/],
    [
      "no password",
      Object.assign(new URL(await server.database()), { password: "" }).href,
      /asks for a password/,
    ],
  ];
  for (const [name, connectionString, expected] of cases) {
    const error = await failure(inspect({ connectionString }));
    assert.equal(error.kind, "connection", name);
    assert.match(error.message, expected, name);
    assert.doesNotMatch(error.message, /\n/, name);
  }
});

test("a server that is read only, full, or whose user may do nothing: one sentence, nothing changed", async (t) => {
  const url = await server.database();
  const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" });
  const database = new URL(url).pathname.slice(1);
  await query(url, `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
  const readOnly = await failure(migrate({ connectionString: url }, files));
  assert.match(readOnly.message, /read-only.*connect to the primary/s);
  await query(
    `${url}?options=-c%20default_transaction_read_only=off`,
    `ALTER DATABASE ${database} RESET ALL`,
  );

  await query(url, "CREATE ROLE nobody_special LOGIN PASSWORD 'x'; REVOKE ALL ON SCHEMA public FROM public");
  const powerless = Object.assign(new URL(url), { username: "nobody_special", password: "x" }).href;
  assert.match(
    (await failure(migrate({ connectionString: powerless }, files))).message,
    /permission denied for schema public.*Connect with a user that may create tables/s,
  );

  await query(url, `ALTER DATABASE ${database} CONNECTION LIMIT 1`);
  const occupant = new pg.Client({ connectionString: powerless });
  await occupant.connect();
  assert.match(
    (await failure(migrate({ connectionString: powerless }, files))).message,
    /too many connections.*no free connection/s,
  );
  await occupant.end();
  assert.deepEqual(await query(url, "SELECT to_regclass('a') AS a, to_regclass('schema_migrations') AS h"), [
    { a: null, h: null },
  ]);
});

test("a server that stops in the middle: the next run continues", async (t) => {
  const stopping = await startServer(18);
  let stopped: Promise<void> | undefined;
  t.after(() => stopped ?? stopping.stop());
  const files = await migrationsOf(t, {
    "001_a.sql": "CREATE TABLE a (id int)",
    "002_b.sql": "SELECT pg_sleep(60)",
  });
  const run = failure(migrate({ connectionString: stopping.url }, files));
  while (
    (await query(stopping.url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length === 0
  );
  stopped = stopping.stop();
  assert.match((await run).message, /002_b\.sql.*The connection broke; the next run finds out/s);
  await stopped;
  assert.match(
    (await failure(status({ connectionString: stopping.url }, files))).message,
    /Nothing listens there/,
  );
});

test("slips in a connection string are said before anything is asked", () => {
  const cases: [string, RegExp][] = [
    ["postgresql://u:[YOUR-PASSWORD]@localhost/d", /password is still a placeholder in brackets/],
    ["postgresql://u:%5Bgeheim%5D@localhost/d", /password is still a placeholder in brackets/],
    [
      "postgresql://u:geheim@localhost/d?sslmode=verify_full",
      /there is no sslmode verify_full, only disable, /,
    ],
    ['"postgresql://u:geheim@localhost/d"', /without quotes or blanks around it/],
  ];
  for (const [text, expected] of cases) {
    assert.throws(
      () => addressOf(text, {}),
      (error: Error) => {
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /geheim/);
        return true;
      },
    );
  }
});
