import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { Command } from "commander";
import { deployedOf } from "../../drift/github/deployed.ts";
import { plain } from "../../drift/report.ts";
import { findEngine } from "../../engine/find-engine.ts";
import { untilInterrupted } from "../../engine/process.ts";
import { showProgress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { githubClient } from "../../github/client.ts";
import { readInventory } from "../../github/inventory/read.ts";
import { readProject } from "../doctor/project.ts";
import { StackEngine } from "./engine.ts";
import { type ListedSecret, listSecrets } from "./rows.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const DAY = 86_400_000;

interface ListOptions {
  stack?: string;
  directory?: string;
  json?: true;
}

/** `kai secrets list`: every secret of the model with its age. */
export function listCommand(): Command {
  return new Command("list")
    .summary("every secret with where it lives, its source, its readers and its age")
    .description(
      "Shows each secret of the pipeline's model: where it lives, where its value comes from, which jobs read it, and " +
        "when its value was last written; those that are missing, that somebody wrote over, and those that the model does " +
        "not have. GitHub never tells a value.",
    )
    .option("--stack <name>", "show this stack only")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON, see docs/secrets.md")
    .addHelpText(
      "after",
      `
Examples:
  kai secrets list
  kai secrets list --stack production --json`,
    )
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const { names, stacks, findings, model } = await readProject(
    directory,
    options.stack === undefined ? undefined : [options.stack],
  );
  if (!model || stacks.length < names.length) {
    const reasons = findings.map(({ message }) => `  ${message}`);
    throw new UserError(["There are no secrets of GitHub to list.", ...reasons].join("\n"));
  }
  const { owner, name: repo } = model.owner.repository;
  const progress = showProgress(process.stderr);
  const engine = new StackEngine(await findEngine({ root, progress }), directory, root);
  const rows = await progress.step("Ask GitHub and the state", () =>
    untilInterrupted(async ({ signal }) => {
      const inventory = await readInventory(githubClient(process.env), { owner, repo }, [
        "environments",
        "secrets",
      ]);
      const states = await Promise.all(stacks.map(({ stack }) => engine.state(stack, signal)));
      return stacks.flatMap((settings, index) =>
        listSecrets(settings, inventory, deployedOf(states[index] as Parameters<typeof deployedOf>[0])),
      );
    }),
  );
  console.log(options.json ? JSON.stringify({ version: 1, secrets: rows }, null, 2) : describe(rows));
}

const STATES: Record<ListedSecret["state"], string> = {
  ok: "",
  overwritten: "  written over by hand",
  missing: "  missing",
  extra: "  not in the model",
  unknown: "  the token may not see it",
};

function describe(rows: readonly ListedSecret[]): string {
  const widthOf = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const widths = {
    name: widthOf(rows.map(({ name }) => name)),
    source: widthOf(rows.map(({ source = "" }) => source)),
  };
  const places = Map.groupBy(rows, ({ stack, environment }) =>
    environment === undefined ? `${stack}, the repository` : `${stack}, environment ${environment}`,
  );
  return [...places]
    .flatMap(([place, secrets]) => [
      styleText("bold", plain(place), { stream: process.stdout }),
      ...secrets.map((secret) => line(secret, widths)),
      "",
    ])
    .join("\n")
    .trimEnd();
}

function line(
  { name, source = "", readers, state, changed }: ListedSecret,
  widths: Record<"name" | "source", number>,
): string {
  const age = changed === undefined ? "" : ageText(Date.now() - Date.parse(changed));
  const marked = state === "ok" ? "" : styleText("yellow", STATES[state], { stream: process.stdout });
  const who = readers.length > 0 ? `  read by ${readers.join(", ")}` : "";
  return `  ${plain(name).padEnd(widths.name)}  ${age.padEnd(12)}  ${source.padEnd(widths.source)}${plain(who)}${marked}`.trimEnd();
}

function ageText(milliseconds: number): string {
  const days = Math.floor(milliseconds / DAY);
  return days < 1 ? "today" : days === 1 ? "1 day old" : `${days} days old`;
}
