import { appendFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import { readReport } from "../../drift/read.ts";
import type { DriftReport, ReportedStack } from "../../drift/report.ts";
import { type Told, tellIssue } from "../../drift/tell/issues.ts";
import { LONGEST, summaryMarkdown } from "../../drift/tell/markdown.ts";
import { showProgress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { githubClient } from "../../github/client.ts";
import { printable } from "../printable.ts";
import { loadProject } from "../project.ts";

/** `kai drift tell`: keeps one issue a stack, from a report that another job made. */
export function tellCommand(): Command {
  return new Command("tell")
    .summary("tell on GitHub what a check found: one issue a stack")
    .description(
      "Reads what `kai drift --json` wrote. The issue of a stack is opened when drift is found, updated, closed when " +
        "the stack is clean, and opened again; where nothing changed, nothing is written. Needs GITHUB_TOKEN with the " +
        'permission "Issues: write" and nothing of any cloud. In a job of GitHub Actions it also writes the step\'s ' +
        "summary, and the outputs `state` (clean, drifted, could-not-check) and `changed` (whether there is news).",
    )
    .argument("<report>", "the file that `kai drift --json` wrote")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .addHelpText(
      "after",
      `
Examples:
  kai drift --json > drift.json; kai drift tell drift.json`,
    )
    .action(tell);
}

async function tell(file: string, options: { directory?: string }): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const report = readReport(await contentOf(file), file);
  await writeSummary(report);
  const { repository } = await loadProject(directory);
  const { owner, name: repo } = repository.repository;
  const github = githubClient(process.env);
  const today = new Date().toISOString().slice(0, 10);
  const told = await showProgress(process.stderr).step(`Tell ${owner}/${repo}`, async () => {
    const all: Told[] = [];
    for (const stack of report.stacks) all.push(await tellIssue(github, { owner, repo }, stack, today));
    return all;
  });
  for (const [index, one] of told.entries()) console.log(sentence(report.stacks[index], one));
  const changed = told.some((one) => one.changed);
  await append(process.env.GITHUB_OUTPUT, `state=${report.outcome}\nchanged=${changed}\n`);
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${file} cannot be read (${error.code}). Write it with: kai drift --json > ${file}`);
  });
}

/** GitHub drops a summary that is too long as a whole, so every stack gets its share. */
async function writeSummary({ stacks }: DriftReport): Promise<void> {
  const room = Math.floor(LONGEST.summary / Math.max(1, stacks.length)) - 1;
  const texts = stacks.map((stack) => summaryMarkdown(stack, room));
  await append(process.env.GITHUB_STEP_SUMMARY, texts.join("\n"));
}

/** Appends to one of the files by which a step tells its runner something; outside of a job there is none. */
async function append(path: string | undefined, text: string): Promise<void> {
  if (path) await appendFile(path, text);
}

function sentence(report: ReportedStack | undefined, { done, issue }: Told): string {
  const about = issue === undefined ? "no issue" : `issue ${done}: ${issue}`;
  return printable(`${report?.stack}: ${report?.outcome}, ${about}`);
}
