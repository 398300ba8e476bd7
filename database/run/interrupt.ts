import { once } from "node:events";
import { connect } from "node:net";
import type pg from "pg";
import type { Session } from "./session.ts";

/** How long a server may take to end a cancelled statement before the connection is cut. */
const CANCEL_MS = 2_000;

/**
 * Ends the running statement as soon as the signal is given: the server is asked to cancel it, which rolls its
 * transaction back, and the connection is closed, which frees the lock. Behind a transaction pooler the connection is
 * closed at once: the pooler ends the transaction.
 * @returns A function that stops listening.
 */
export function endOnAbort(client: pg.Client, session: Session, signal: AbortSignal | undefined): () => void {
  const end = async () => {
    const { stream } = client.connection;
    if (session.pooling === "none") {
      await Promise.race([cancel(client), once(AbortSignal.timeout(CANCEL_MS), "abort")]);
    }
    stream.destroy();
  };
  const onAbort = () => void end();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return () => signal?.removeEventListener("abort", onAbort);
}

/** "Cancel" in place of a version, in the first message of a connection. */
const CANCEL_REQUEST = 80877102;

/** The protocol's own request, on a connection of its own. It has no answer; where it fails the closed connection remains. */
async function cancel(client: pg.Client): Promise<void> {
  const { host, port, processID, secretKey } = client as pg.Client & { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [index, number] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
    request.writeInt32BE(number, index * 4);
  }
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.on("error", () => {});
  socket.end(request);
  await once(socket, "close");
}
