/** A secret from standard input: hidden on a terminal, everything up to the end from a pipe. */
import { createInterface } from "node:readline";
import { addAbortSignal, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { UserError } from "../../errors.ts";

/**
 * @param signal ends the wait; a value of which only a part had come then is none
 * @throws UserError for nothing
 */
export async function readSecret(
  input: NodeJS.ReadStream,
  question: string,
  signal: AbortSignal,
): Promise<string> {
  const value = await (input.isTTY ? ask(input, question, signal) : pipedInto(input, signal));
  if (value.trim() !== "") return value;
  throw new UserError("No new value was given. Type it, or pipe it into the command.");
}

async function pipedInto(input: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  try {
    const all = await text(addAbortSignal(signal, input));
    signal.throwIfAborted();
    return all.replace(/\r?\n$/, "");
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** One line. */
function ask(input: NodeJS.ReadStream, question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  return new Promise<string>((resolve, reject) => {
    // The terminal is raw, so that Ctrl-C is a key and no signal.
    lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    lines.on("close", () => resolve(""));
    lines.question("", resolve);
  }).finally(() => {
    lines.close();
    process.stderr.write("\n");
  });
}
