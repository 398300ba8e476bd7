/** A PATH of stand-ins: programs that record how they were called and answer what a test wants. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../errors.ts";

/** Programs of every Linux that scripts may really call. */
const HARMLESS = [
  "awk",
  "base64",
  "basename",
  "bash",
  "cat",
  "chmod",
  "cp",
  "cut",
  "date",
  "dirname",
  "env",
  "false",
  "find",
  "grep",
  "head",
  "install",
  "jq",
  "ls",
  "mkdir",
  "mktemp",
  "mv",
  "rm",
  "sed",
  "seq",
  "sh",
  "sha256sum",
  "sort",
  "tail",
  "tee",
  "test",
  "touch",
  "tr",
  "true",
  "uniq",
  "wc",
  "xargs",
];

/** One call of a stand-in. */
export interface ToolCall {
  tool: string;
  args: string[];
}

export interface Tools {
  /** For `LocalOptions.path`. */
  path: string[];
  /** Every call so far, in order. */
  calls(): ToolCall[];
}

/**
 * Makes a folder with stand-ins.
 * @param folder an empty folder, kept until the last job has ended.
 * @param standIns names to bash scripts, run with the call's arguments and input after the call was recorded. A program
 * that is neither here nor harmless does not exist for the scripts.
 * @throws UserError for a harmless program that this computer lacks and that is not stood in for.
 */
export function makeTools(folder: string, standIns: Record<string, string>): Tools {
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, "");
  for (const name of HARMLESS) if (!(name in standIns)) linkProgram(name, bin);
  for (const [name, body] of Object.entries(standIns)) {
    const file = join(bin, name);
    writeFileSync(file, `#!${join(bin, "bash")}\n${recording(name, log)}\n${body}\n`);
    chmodSync(file, 0o755);
  }
  return { path: [bin], calls: () => callsIn(readFileSync(log, "utf8")) };
}

/** Unit and record separators, which no argument holds: each call is one write, so that calls at once do not mix. */
function recording(name: string, log: string): string {
  return `printf -v call '%s\\037' '${name}' "$@"; printf '%s\\036' "$call" >> '${log}'`;
}

function callsIn(text: string): ToolCall[] {
  const records = text.split("\x1e").filter((record) => record !== "");
  return records.map((record) => {
    const [tool = "", ...args] = record.split("\x1f").slice(0, -1);
    return { tool, args };
  });
}

function linkProgram(name: string, bin: string): void {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const found = [...folders, "/usr/bin", "/bin"].map((folder) => join(folder, name)).find(existsSync);
  if (!found)
    throw new UserError(`There is no ${name} on PATH, which scripts of workflows may call. Install it.`);
  symlinkSync(found, join(bin, name));
}
