/** Whether a command that a document shows exists: its subcommands, options and words, not what it would do. */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { tampers } from "../../sandbox/tamper.ts";
import { root } from "../support/world.ts";

/** The subcommands of `kai`: each file of `cli/` that makes one exports a function for it. */
export const KAI: Command[] = [];
for (const file of globSync(["cli/*.ts", "cli/*/index.ts"], { cwd: root, exclude: ["cli/main.ts"] }).sort()) {
  const module = (await import(join(root, file))) as Record<string, unknown>;
  for (const [name, make] of Object.entries(module)) {
    if (name.endsWith("Command") && typeof make === "function") KAI.push(make() as Command);
  }
}

/** Scripts that stand for a `kai` command; what follows `--` are its words. */
const SHORTCUTS: Record<string, string[]> = { kai: [], sandbox: ["sandbox"], drift: ["drift"] };

/** The commands of one line of a script, each as its words. */
export function commandsOf(line: string): string[][] {
  const text = line
    .replace(/(^|\s)#.*$/, "")
    .replaceAll("$(", " ; ")
    .replaceAll(/\)"?/g, " ; ");
  return text
    .split(/\|\||&&|[|;]/)
    .map((part) => words(part.replaceAll(/\s\d?>\S*(\s+\S+)?/g, "")))
    .map((parts) => parts.filter((part) => !/^[A-Za-z_]+=/.test(part)))
    .filter((parts) => parts.length > 0);
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** What is wrong with a command; nothing for a command of the system. */
export async function problemOf(command: readonly string[]): Promise<string | undefined> {
  const [program, ...rest] = command;
  if (program === "npx" && rest[0] === "kai") return kaiProblem(rest.slice(1));
  if (program === "kai") return kaiProblem(rest);
  if (program === "pulumi") return pulumiProblem(rest);
  if (program === "npm") return npmProblem(rest);
  return undefined;
}

async function npmProblem([verb, ...rest]: string[]): Promise<string | undefined> {
  const name =
    verb === "run" ? rest.find((word) => !word.startsWith("-")) : verb === "test" ? "test" : undefined;
  if (name === undefined)
    return verb === "ci" ? undefined : `npm ${verb} is not a command that is shown here`;
  if (!(name in packageJson.scripts)) return `package.json has no script ${name}`;
  const separator = rest.indexOf("--");
  const kai = SHORTCUTS[name];
  return kai && kaiProblem([...kai, ...(separator < 0 ? [] : rest.slice(separator + 1))]);
}

async function kaiProblem(given: readonly string[]): Promise<string | undefined> {
  const [name, ...rest] = given;
  if (name === undefined || name === "--help") return undefined;
  const command = KAI.find((candidate) => candidate.name() === name);
  if (!command) return `kai has no command ${name}`;
  return walk(command, rest);
}

async function walk(command: Command, given: readonly string[]): Promise<string | undefined> {
  let index = 0;
  const operands: string[] = [];
  for (; index < given.length; index += 1) {
    const word = given[index] as string;
    if (word === "--help") continue;
    if (word.startsWith("-")) {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      if (!option) return `${command.name()} has no option ${word}`;
      if (!option.required) continue;
      index += 1;
      const value = given[index];
      if (value === undefined) return `${word} needs a value`;
      if (option.argChoices && !option.argChoices.includes(value)) return `${word} takes no ${value}`;
      continue;
    }
    const sub = operands.length === 0 && command.commands.find((candidate) => candidate.name() === word);
    if (sub) return walk(sub, given.slice(index + 1));
    // Everything behind the first word belongs to the command that runs in the sandbox.
    if (command.name() === "sandbox") return problemOf(given.slice(index));
    operands.push(word);
  }
  return operandProblem(command, operands);
}

function operandProblem(command: Command, operands: readonly string[]): string | undefined {
  const expected = command.registeredArguments;
  const groups = command.commands.map((sub) => sub.name());
  if (operands.length > expected.length)
    return `${command.name()} does not know ${operands[expected.length]}${groups.length > 0 ? `, only ${groups.join(", ")}` : ""}`;
  for (const [place, operand] of operands.entries()) {
    const choices = expected[place]?.argChoices;
    if (choices && !choices.includes(operand)) return `${command.name()} takes no ${operand}`;
  }
  const [change] = operands;
  const isChange = command.name() === "tamper" && change !== undefined;
  if (isChange && !tampers.some(({ id }) => id === change)) return `there is no change ${change}`;
  return undefined;
}

const pulumiHelp = new Map<string, Promise<string>>();

/** The engine's own help decides about its commands: it answers for as many words as are names of commands. */
async function pulumiProblem(given: readonly string[]): Promise<string | undefined> {
  const plain = given.filter((word) => !word.startsWith("-"));
  let help = await helpOf([]);
  for (const count of plain.keys()) {
    const next = await helpOf(plain.slice(0, count + 1));
    if (depthOf(next) <= depthOf(help)) break;
    help = next;
  }
  if (plain.length > 0 && depthOf(help) === 0) return `pulumi has no command ${plain[0]}`;
  const options = new Set(help.match(/--[a-z][a-z-]*/g));
  const unknown = given.find((word) => word.startsWith("--") && !options.has(word.split("=")[0] ?? ""));
  return unknown && `pulumi has no option ${unknown} for ${plain.join(" ")}`;
}

/** How many names of commands stand in the usage line: `pulumi stack new [stack-name] [flags]` has two. */
function depthOf(help: string): number {
  const usage = /^Usage:\n {2}pulumi((?: [a-z-]+)*)/m.exec(help)?.[1] ?? "";
  return usage.split(" ").filter((word) => word !== "").length;
}

function helpOf(path: readonly string[]): Promise<string> {
  const key = path.join(" ");
  const known = pulumiHelp.get(key);
  if (known) return known;
  const asked = askPulumi([...path, "--help"]);
  pulumiHelp.set(key, asked);
  return asked;
}

async function askPulumi(args: readonly string[]): Promise<string> {
  const { findEngine } = await import("../../engine/find-engine.ts");
  const { pulumi } = await findEngine();
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  // A word that is no command makes it fail, and leaves the help empty.
  return promisify(execFile)(pulumi, args, { env }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}
