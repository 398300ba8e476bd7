/** How many requests GitHub gets: from our own client, and from the real plugin where the stand-in is asked. */
import type { TestWorld } from "../../tests/support/world.ts";

/**
 * Requests of the real plugin 6.15.0 for what is more than one: a user is asked for with both kinds of keys. A read of
 * any resource is one, and every engine's plugin begins by asking what the owner is. Seen with
 * `npm run sandbox -- --providers real`.
 */
const PLUGIN_REQUESTS: Record<string, number> = { "github:index/getUser:getUser": 3 };

/** A command on the world. */
export interface Command {
  name: string;
  words: string[];
  /** Engines that it starts with the plugin. */
  engines: number;
}

/** Runs the command and counts. Its exit code is its own: drift and findings are answers too. */
export async function requestsOf({ words, engines }: Command, world: TestWorld): Promise<number> {
  let count = engines;
  world.faults.next = (cloud, operation, subject) => {
    const isPlugin = subject.startsWith("github:") && (operation === "read" || operation === "invoke");
    if (cloud === "github") count += isPlugin ? (PLUGIN_REQUESTS[subject] ?? 1) : 1;
    return undefined;
  };
  const [command = "", ...args] = words;
  const { output } = await world.run(command, ...args);
  world.faults.next = () => undefined;
  if (count === engines) throw new Error(`${words.join(" ")} asked nothing:\n${output}`);
  return count;
}
