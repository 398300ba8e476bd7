import { resolve } from "node:path";
import { styleText } from "node:util";
import { Command } from "commander";
import { describeReport, type Style } from "../drift/report.ts";
import { showProgress } from "../engine/progress.ts";
import { adoptCommand } from "./drift/adopt.ts";
import { findDrift } from "./drift/find.ts";
import { writePage } from "./drift/page.ts";
import { tellCommand } from "./drift/tell.ts";
import { exitCodes } from "./exit-codes.ts";

/** The exit code for the worst that was found. */
const codes = {
  clean: exitCodes.ok,
  drifted: exitCodes.drift,
  "could-not-check": exitCodes.couldNotCheck,
} as const;

interface DriftOptions {
  stack?: string[];
  directory?: string;
  pending?: true;
  html?: string;
  json?: true;
}

/** `kai drift`: what somebody changed by hand since the last `up`; changes nothing. */
export function driftCommand(): Command {
  return new Command("drift")
    .summary("find what somebody changed by hand")
    .description(
      "Compares what the last `pulumi up` made with what the clouds and the database have now, and names each " +
        "property with the wanted and the found value; on GitHub also what somebody added or took away where " +
        "Pulumi does not look. Changes nothing. Without --stack, every stack that has a Pulumi.<stack>.yaml is checked.",
    )
    .option("--stack <name>", "check this stack only; may be given several times", collect)
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option(
      "--pending",
      "also count the changes of the configuration that wait for an up: a preview more a stack",
    )
    .option("--html <file>", "also write a page for a browser, which needs no network")
    .option("--json", "answer as JSON, see docs/drift.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} clean, ${exitCodes.drift} drift found in any stack, ${exitCodes.couldNotCheck} no drift found but a stack could not be checked
What GITHUB_TOKEN may not see is told, and changes no exit code.

Examples:
  kai drift                                 every stack
  kai drift --stack production --json       one stack, for a program
  kai drift --html drift.html               also a page to look at, with the picture of the pipeline
  kai drift tell drift.json                 an issue for each stack, from what --json wrote
  kai drift adopt --stack production        what the configuration must say to keep what was found
  npm run sandbox -- kai drift              in the sandbox`,
    )
    .action(drift)
    .addCommand(adoptCommand())
    .addCommand(tellCommand());
}

async function drift(options: DriftOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const report = await findDrift({
    directory,
    stacks: options.stack,
    pending: options.pending,
    progress: showProgress(process.stderr),
  });
  if (options.html !== undefined) await writePage(options.html, report, directory);
  console.log(
    options.json ? JSON.stringify(report, null, 2) : describeReport(report, styleOf(process.stdout)),
  );
  process.exitCode = codes[report.outcome];
}

function styleOf(stream: NodeJS.WriteStream): Style {
  return {
    width: stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY,
    paint: (style, text) => styleText(style, text, { stream }),
  };
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name];
}
