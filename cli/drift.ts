import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import { Command } from "commander";
import { checkStacks } from "../drift/check.ts";
import { lookBeside } from "../drift/github/check.ts";
import type { Model } from "../drift/github/compare.ts";
import { describeReport, driftReport, type Style } from "../drift/report.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { findEngine } from "../engine/find-engine.ts";
import { untilInterrupted } from "../engine/process.ts";
import { showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { githubClient } from "../github/client.ts";
import { readStacks } from "../settings-files.ts";
import { tellCommand } from "./drift/tell.ts";
import { exitCodes } from "./exit-codes.ts";
import { loadModel } from "./workflow/model.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The exit code for the worst that was found. */
const codes = {
  clean: exitCodes.ok,
  drifted: exitCodes.drift,
  "could-not-check": exitCodes.couldNotCheck,
} as const;

interface DriftOptions {
  stack?: string[];
  directory?: string;
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
    .option("--json", "answer as JSON, see docs/drift.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} clean, ${exitCodes.drift} drift found in any stack, ${exitCodes.couldNotCheck} no drift found but a stack could not be checked
What GITHUB_TOKEN may not see is told, and changes no exit code.

Examples:
  kai drift                                 every stack
  kai drift --stack production --json       one stack, for a program
  kai drift tell drift.json                 an issue for each stack, from what --json wrote
  npm run sandbox -- kai drift              in the sandbox`,
    )
    .addCommand(tellCommand())
    .action(drift);
}

async function drift(options: DriftOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const stacks = options.stack ? [...new Set(options.stack)] : await stacksOf(directory);
  const progress = showProgress(process.stderr);
  const engine = await findEngine({ root, progress });
  const reports = await progress.step(`Compare ${stacks.join(" and ")} with what is there`, (say) =>
    untilInterrupted(async ({ signal }) => {
      const options = {
        directory,
        pulumi: engine.pulumi,
        env: engineEnvironment(engine, process.env, root),
        signal,
        onProgress: say,
      };
      const found = await checkStacks(stacks, options);
      return lookBeside(found, options, {
        github: () => githubClient(process.env),
        model: () => modelOf(directory),
      });
    }),
  );
  const report = driftReport(reports);
  console.log(
    options.json ? JSON.stringify(report, null, 2) : describeReport(report, styleOf(process.stdout)),
  );
  process.exitCode = codes[report.outcome];
}

async function modelOf(directory: string): Promise<Model> {
  const { stacks, repository, files } = await loadModel(directory);
  const accepts = new Map(stacks.map(({ stack, drift: { accepts } }) => [stack, accepts]));
  return { owner: repository.rules.mainOwner, files, accepts };
}

async function stacksOf(directory: string): Promise<string[]> {
  const stacks = (await readStacks(directory)).map(({ stack }) => stack);
  if (stacks.length > 0) return stacks;
  throw new UserError(
    `There is no Pulumi.<stack>.yaml in ${directory}, so no stack is known. Run the command in the project's folder, name it with --directory, or name a stack with --stack.`,
  );
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
