import type { Command } from "commander";
import { explainPlan } from "../../database/index.ts";
import { ask, heading, type Options, print, reporting, withDatabase } from "./options.ts";
import { count, countFindings, describePlan } from "./plan-text.ts";
import { problemLines } from "./report.ts";

export function addPlan(command: Command): void {
  withDatabase(command.command("plan"), "show every statement that would run, what it locks, and advice")
    .addHelpText(
      "after",
      `
Changes nothing. Each statement is shown with the locks that it takes on what exists, and with advice where it works on
an empty database and hurts one that is used. A comment above the statement keeps what is meant:
  -- kai:allow drop-column no release since March reads it`,
    )
    .action(
      reporting(async (options: Options) => {
        const found = await ask(options);
        const files = await explainPlan(found);
        const problems = problemLines(found);
        const summary = [
          count(found.pending.length, "pending file"),
          count(problems.length, "problem"),
          count(countFindings(files), "finding"),
        ].join(", ");
        const text = [`${heading(options)}\n`, ...describePlan(files), ...problems, summary].join("\n");
        print(options, { files, problems: found.problems, alteredTables: found.altered }, text);
      }),
    );
}
