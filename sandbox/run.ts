/** Runs commands in a world, and reads what the engine says while it works. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { UserError } from "../errors.ts";

/**
 * Keeps the world running until a command has ended, whatever signal comes first: a command without its world would
 * run on against clouds that do not answer. The terminal sends Ctrl-C to the command too; the rest is passed on.
 * @returns what ends this, and answers the signal that came, if one did
 */
function outlive(child: ChildProcess): () => NodeJS.Signals | undefined {
  let came: NodeJS.Signals | undefined;
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const listeners = signals.map((signal) => () => {
    came = signal;
    if (signal !== "SIGINT") child.kill(signal);
  });
  for (const [index, signal] of signals.entries()) process.on(signal, listeners[index] as () => void);
  return () => {
    for (const [index, signal] of signals.entries()) process.off(signal, listeners[index] as () => void);
    return came;
  };
}

/** Runs a command with this terminal; answers its exit code (128 + signal as shells have it). */
export function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    const ended = outlive(child);
    child.on("error", (error: NodeJS.ErrnoException) => {
      ended();
      const missing = new UserError(
        `There is no command "${command}" on this machine. Install it, or try \`npm run sandbox -- bash\`.`,
      );
      reject(error.code === "ENOENT" ? missing : error);
    });
    child.on("exit", (code, signal) => {
      ended();
      resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
    });
  });
}

/** What a quiet run of a command printed, and how it ended. */
export interface Quiet {
  code: number;
  /** Standard output. */
  answer: string;
  /** Both streams, for when it failed. */
  output: string;
}

/** A line of the engine that says a resource is dealt with. */
const DONE = / (created|updated|deleted|replaced|create|update|delete|refresh)\b/g;

/**
 * Runs a command and shows only how far it is; the output is kept for when it fails.
 * @throws UserError when Ctrl-C or another signal ended it
 */
export function runQuietly(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  say: (detail: string) => void,
): Promise<Quiet> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const ended = outlive(child);
    let answer = "";
    let output = "";
    let done = 0;
    const listen = (data: Buffer) => {
      output += data;
      done += String(data).match(DONE)?.length ?? 0;
      if (done > 0) say(`${done} resources`);
    };
    child.stdout.on("data", (data) => {
      answer += data;
      listen(data);
    });
    child.stderr.on("data", listen);
    child.on("error", (error) => {
      ended();
      reject(error);
    });
    child.on("close", (code) => {
      const signal = ended();
      if (signal === undefined) return resolve({ code: code ?? 1, answer, output });
      const exitCode = 128 + constants.signals[signal];
      reject(
        new UserError("Stopped. What is done stays, and the next command goes on from there.", { exitCode }),
      );
    });
  });
}
