/** Runs commands in a world, and reads what the engine says while it works. */
import { spawn } from "node:child_process";
import { UserError } from "../errors.ts";

/** Runs a command with this terminal; answers its exit code (128 + signal as shells have it). */
export function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    // The terminal sends Ctrl-C to the command too; the world stays until the command has ended.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing = new UserError(
        `There is no command "${command}" on this machine. Install it, or try \`npm run sandbox -- bash\`.`,
      );
      reject(error.code === "ENOENT" ? missing : error);
    });
    child.on("exit", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : signal === "SIGTERM" ? 15 : 2));
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

/** Runs a command and shows only how far it is; the output is kept for when it fails. */
export function runQuietly(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  say: (detail: string) => void,
): Promise<Quiet> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
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
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 130, answer, output }));
  });
}
