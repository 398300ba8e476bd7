/** A PostgreSQL server with its usual durability, and a slow network in front of it. */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningServer, startServer } from "../../tests/support/postgres.ts";

/** Starts the server. Its users need no password, so that a session starts in one round trip. */
export async function startDurableServer(): Promise<RunningServer> {
  const server = await startServer({ isDurable: true, auth: "trust" });
  return { ...server, database: async () => `${await server.database()}?sslmode=disable` };
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
