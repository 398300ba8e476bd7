/** Runs commands in a world, and reads what the engine says while it works. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { UserError } from "../errors.ts";

/**
 * Keeps the world running until a command has ended, whatever signal comes first: a command without its world would
 * run on against clouds that do not answer. The terminal sends Ctrl-C to the command too; the rest is passed on.
 * Begins before the command does, so that no signal falls between the two.
 */
class Outliving {
  #child: ChildProcess | undefined;
  /** The signal that came, if one did. */
  came: NodeJS.Signals | undefined;
  readonly #listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(
    (signal) => [signal, () => this.#receive(signal)] as const,
  );

  constructor() {
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** The command that signals are passed on to. */
  of<T extends ChildProcess>(child: T): T {
    this.#child = child;
    return child;
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #receive(signal: NodeJS.Signals): void {
    this.came = signal;
    if (signal !== "SIGINT") this.#child?.kill(signal);
  }
}

/** What a world brings itself. */
const BROUGHT = ["pulumi", "kai"];

/** @throws UserError for a command that is not there, before a world is started for it */
export function requireCommand(command: string): void {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = command.includes("/") || folders.some((folder) => existsSync(join(folder, command)));
  if (!found && !BROUGHT.includes(command)) throw noCommand(command);
}

function noCommand(command: string): UserError {
  return new UserError(
    `There is no command "${command}" on this machine. Install it, or try \`npm run sandbox -- bash\`. The sandbox's own commands are reset, tamper and fail.`,
  );
}

/** Runs a command with this terminal; answers its exit code (128 + signal as shells have it). */
export function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const outliving = new Outliving();
    const child = outliving.of(spawn(command, args, { env, stdio: "inherit" }));
    child.on("error", (error: NodeJS.ErrnoException) => {
      outliving.end();
      reject(error.code === "ENOENT" ? noCommand(command) : error);
    });
    child.on("exit", (code, signal) => {
      outliving.end();
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
    const outliving = new Outliving();
    const child = outliving.of(spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
    let answer = "";
    let output = "";
    let done = 0;
    const listen = (data: string) => {
      output += data;
      done += data.match(DONE)?.length ?? 0;
      if (done > 0) say(`${done} resources`);
    };
    // As text, so that no character is cut in two.
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8");
    child.stdout.on("data", (data) => {
      answer += data;
      listen(data);
    });
    child.stderr.on("data", listen);
    child.on("error", (error) => {
      outliving.end();
      reject(error);
    });
    child.on("close", (code) => {
      outliving.end();
      if (outliving.came === undefined) return resolve({ code: code ?? 1, answer, output });
      const exitCode = 128 + constants.signals[outliving.came];
      reject(
        new UserError("Stopped. What is done stays, and the next command goes on from there.", { exitCode }),
      );
    });
  });
}
