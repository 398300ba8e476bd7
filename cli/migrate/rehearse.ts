import type { Command } from "commander";
import {
  type Fault,
  isComplete,
  type Rehearsal,
  type RehearsedFile,
  readMigrations,
  rehearse,
  type Shape,
  status,
} from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { couldNotCheck, type Options, print, reporting, targetOf, withDatabase } from "./options.ts";

interface RehearseOptions extends Options {
  shape: string;
  fromHistory?: true;
}

export function addRehearse(command: Command): void {
  withDatabase(
    command.command("rehearse"),
    "apply the folder to a throwaway database and name every file that cannot apply",
  )
    .option(
      "--shape <shape>",
      "what the throwaway database looks like: supabase (a new project) or plain",
      "supabase",
    )
    .option(
      "--from-history",
      "take what the database's history holds as applied, and judge the pending files",
    )
    .addHelpText(
      "after",
      `
The throwaway database is a PostgreSQL in this process's memory; nothing else is touched, and no database is needed.
With --from-history the history is read, and nothing else.

For each file that fails: its causes (what is wrong in the file itself) with line, column and a hint; what only follows
from an earlier failure; and what could not be tried, because Supabase has it and the throwaway database has not.

Exit codes: ${exitCodes.ok} every file applies, ${exitCodes.failure} a file has a cause in it

Examples:
  kai migrate rehearse --dir migrations
  kai migrate rehearse --dir supabase/migrations --json
  DATABASE_URL=postgresql://… kai migrate rehearse --from-history`,
    )
    .action(
      reporting(async (options: RehearseOptions) => {
        const migrations = await readMigrations(options.dir);
        const rehearsal = await rehearse(migrations, {
          shape: shapeOf(options.shape),
          history: { schema: options.schema, table: options.table },
          ...(options.fromHistory ? { applied: await appliedNames(options) } : {}),
          onFile: ({ name, number, of, passage }) =>
            console.error(`${passage === 1 ? "" : "behind the causes: "}${number} of ${of}  ${name}`),
        });
        print(options, rehearsalJson(rehearsal), describeRehearsal(rehearsal));
        if (!rehearsal.sound) process.exitCode = exitCodes.failure;
      }),
    );
}

function shapeOf(text: string): Shape {
  if (text === "supabase" || text === "plain") return text;
  throw new UserError(`--shape takes supabase or plain, not "${text}".`, { exitCode: exitCodes.usage });
}

async function appliedNames(options: Options): Promise<string[]> {
  const found = await couldNotCheck(status(targetOf(options), await readMigrations(options.dir)));
  return found.history.rows.filter(isComplete).map(({ name }) => name);
}

const WORDS = { cause: "cause", follower: "follows", untried: "not tried" } as const;

/** Files with something to say, then the counts. */
export function describeRehearsal(rehearsal: Rehearsal): string {
  const files = rehearsal.files.filter(({ faults, standIns }) => faults.length > 0 || standIns.length > 0);
  return [...files.flatMap(fileLines), summaryOf(rehearsal)].join("\n");
}

function fileLines(file: RehearsedFile): string[] {
  const applied = file.applied ? " (applied there already: nothing to mend now)" : "";
  const lines = file.faults.length > 0 ? [`${file.name}${applied}`] : [];
  for (const fault of file.faults)
    lines.push(...(fault.kind === "cause" ? causeLines(fault) : [shortLine(fault)]));
  if (file.standIns.length > 0) {
    lines.push(`${file.name}: tried with a stand-in for ${file.standIns.join(", ")}`);
  }
  return [...lines, ""];
}

function causeLines(fault: Fault): string[] {
  const code = fault.sqlState ? ` (${fault.sqlState})` : "";
  const hidden = fault.follows.length > 0 ? [`    hidden behind ${places(fault)}`] : [];
  return [
    `  cause      ${fault.file}:${fault.line}:${fault.column}: ${fault.message}${code}`,
    ...fault.excerpt.split("\n").map((line) => `  ${line}`),
    `    Hint: ${fault.hint}`,
    ...hidden,
  ];
}

function shortLine(fault: Fault): string {
  const why =
    fault.kind === "follower" && fault.follows.length > 0 ? `follows from ${places(fault)}` : fault.hint;
  return `  ${WORDS[fault.kind].padEnd(10)} ${fault.file}:${fault.line}: ${fault.message} (${why})`;
}

function places(fault: Fault): string {
  return fault.follows.map(({ file, line }) => `${file}:${line}`).join(", ");
}

/** `41 files: 25 apply, 12 causes in 10 files, 6 files follow from them, 1 could not be tried here`. */
function summaryOf({ files }: Rehearsal): string {
  const pending = files.filter((file) => !file.applied);
  const having = (verdict: string) => pending.filter((file) => file.verdict === verdict).length;
  const causes = pending.flatMap(({ faults }) => faults).filter(({ kind }) => kind === "cause").length;
  const applied = files.length - pending.length;
  const followers = having("follower");
  const parts = [
    `${having("applies")} apply`,
    causes > 0 && `${count(causes, "cause")} in ${count(having("cause"), "file")}`,
    followers > 0 && `${followers} ${followers === 1 ? "file follows" : "files follow"} from them`,
    having("untried") > 0 && `${having("untried")} could not be tried here`,
  ].filter((part) => part !== false);
  return `${count(pending.length, "file")}${applied > 0 ? ` beside ${applied} applied there` : ""}: ${parts.join(", ")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The same for programs. */
export function rehearsalJson(rehearsal: Rehearsal): unknown {
  return { ...rehearsal, summary: summaryOf(rehearsal) };
}
