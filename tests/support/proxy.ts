/** A proxy before a test server: counts round trips. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { TestContext } from "node:test";

/** A proxy with its count. */
export interface CountingProxy {
  /** The address through the proxy. */
  url: string;
  /** Answers of the server after the start of the protocol (authentication): one a round trip. */
  roundTrips(): number;
}

/** The message by which the server says that it waits for the next query, in no transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Starts a proxy that lives as long as the test. */
export async function countingProxy(t: TestContext, direct: string): Promise<CountingProxy> {
  const server = new URL(direct);
  let trips = 0;
  const proxy = createServer((inbound) => {
    const outbound = connect(Number(server.port), server.hostname);
    let started = false;
    let asked = false;
    inbound.on("data", (data) => {
      asked = true;
      outbound.write(data);
    });
    outbound.on("data", (data) => {
      if (started && asked) trips++;
      started ||= data.includes(READY);
      asked = false;
      inbound.write(data);
    });
    for (const [one, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  t.after(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  return { url: Object.assign(new URL(direct), { port: String(port) }).href, roundTrips: () => trips };
}
