/** A secret from standard input: hidden on a terminal, everything up to the end from a pipe. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { UserError } from "../../errors.ts";

/** @throws UserError for nothing */
export async function readSecret(input: NodeJS.ReadStream, question: string): Promise<string> {
  const value = input.isTTY ? await ask(input, question) : (await text(input)).replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw new UserError("No new value was given. Type it, or pipe it into the command.");
}

function ask(input: NodeJS.ReadStream, question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  return new Promise((resolve) => {
    lines.on("SIGINT", () => {
      lines.close();
      process.kill(process.pid, "SIGINT");
    });
    lines.question("", (answer) => {
      lines.close();
      process.stderr.write("\n");
      resolve(answer);
    });
  });
}
