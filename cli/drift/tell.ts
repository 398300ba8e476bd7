import { appendFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import { readReport } from "../../drift/read.ts";
import { type DriftReport, plain, type ReportedStack } from "../../drift/report.ts";
import { type Told, tellIssue } from "../../drift/tell/issues.ts";
import { LONGEST, summaryMarkdown } from "../../drift/tell/markdown.ts";
import { showProgress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { githubClient } from "../../github/client.ts";
import { loadProject } from "../project.ts";

interface TellOptions {
  directory?: string;
  summary?: string;
  json?: true;
}

/** `kai drift tell`: keeps one issue a stack, from a report that another job made. */
export function tellCommand(): Command {
  return new Command("tell")
    .summary("tell on GitHub what a check found: one issue a stack")
    .description(
      "Reads what `kai drift --json` wrote. The issue of a stack is opened when drift is found, updated, closed when " +
        "the stack is clean, and opened again; where nothing changed, nothing is written. Needs GITHUB_TOKEN with the " +
        'permission "Issues: write" and nothing of any cloud.',
    )
    .argument("<report>", "the file that `kai drift --json` wrote")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option(
      "--summary <file>",
      "also append what was found to this file, as a step's summary of GitHub Actions",
    )
    .option("--json", "answer as JSON: `state`, `changed` (whether there is news), and each stack's issue")
    .addHelpText(
      "after",
      `
Examples:
  kai drift --json > drift.json; kai drift tell drift.json`,
    )
    .action(tell);
}

type ToldStack = Told & Pick<ReportedStack, "stack" | "outcome">;

async function tell(file: string, options: TellOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const report = readReport(await contentOf(file), file);
  if (options.summary !== undefined) await appendFile(options.summary, summaryOf(report));
  const { repository } = await loadProject(directory);
  const { owner, name: repo } = repository.repository;
  const github = githubClient(process.env);
  const today = new Date().toISOString().slice(0, 10);
  const told = await showProgress(process.stderr).step(`Tell ${owner}/${repo}`, async () => {
    const all: ToldStack[] = [];
    for (const one of report.stacks) {
      const { stack, outcome } = one;
      all.push({ stack, outcome, ...(await tellIssue(github, { owner, repo }, one, today)) });
    }
    return all;
  });
  // Who is told must also learn that a part could not be looked at, whatever was found beside it.
  const isPartial = report.stacks.some(({ outcome }) => outcome === "could-not-check");
  const state = isPartial ? "could-not-check" : report.outcome;
  const answer = { state, changed: told.some(({ changed }) => changed), stacks: told };
  console.log(options.json ? JSON.stringify(answer, null, 2) : told.map(sentence).join("\n"));
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${file} cannot be read (${error.code}). Write it with: kai drift --json > ${file}`);
  });
}

/** GitHub drops a summary that is too long as a whole, so every stack gets its share. */
function summaryOf({ stacks }: DriftReport): string {
  const room = Math.floor(LONGEST.summary / Math.max(1, stacks.length)) - 1;
  return stacks.map((stack) => summaryMarkdown(stack, room)).join("\n");
}

function sentence({ stack, outcome, done, issue }: ToldStack): string {
  return plain(`${stack}: ${outcome}, ${issue === undefined ? "no issue" : `issue ${done}: ${issue}`}`);
}
