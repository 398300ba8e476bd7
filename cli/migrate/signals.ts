import { constants } from "node:os";
import type { OnEvent } from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { progress } from "./options.ts";
import { tellingSlow } from "./slow.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs work that Ctrl-C ends: the first signal ends the statement that runs, a second one the process at once.
 * @throws UserError saying what is applied, with the exit code that shells have for the signal
 */
export async function untilSignal<T>(
  work: (signal: AbortSignal, onEvent: OnEvent) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let applied = 0;
  let caught: (typeof SIGNALS)[number] | undefined;
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    for (const one of SIGNALS) process.off(one, interrupt);
    caught = signal;
    console.error(`${signal}: the running statement is ended; once more ends this process at once.`);
    stop.abort();
  };
  for (const one of SIGNALS) process.on(one, interrupt);
  const { onEvent, stop: stopTelling } = tellingSlow((event) => {
    if (event.kind === "file-applied") applied++;
    progress(event);
  }, console.error);
  try {
    return await work(stop.signal, onEvent);
  } catch (error) {
    if (!caught) throw error;
    throw new UserError(
      `Stopped by ${caught}: ${applied} ${applied === 1 ? "file was" : "files were"} applied and recorded, and what ran was rolled back. The next run continues.`,
      { exitCode: 128 + constants.signals[caught], cause: error },
    );
  } finally {
    stopTelling();
    for (const one of SIGNALS) process.off(one, interrupt);
  }
}
