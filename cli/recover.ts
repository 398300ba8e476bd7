import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { engineEnvironment } from "../engine/environment.ts";
import { findEngine } from "../engine/find-engine.ts";
import { untilInterrupted } from "../engine/process.ts";
import { showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { recover } from "../recovery/recover.ts";
import { describeRecovery, isComplete, type RecoveryReport } from "../recovery/report.ts";
import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../settings.ts";
import { readStacks } from "../settings-files.ts";
import { exitCodes } from "./exit-codes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface RecoverCommandOptions {
  stack: string;
  directory?: string;
  dryRun?: true;
  json?: true;
}

/** `kai recover`: after a killed or cut `pulumi up`, takes what it made into the state. */
export function recoverCommand(): Command {
  return new Command("recover")
    .summary("after a killed or cut `pulumi up`: take what it made into the state")
    .description(
      "A killed engine leaves a lock, and objects that the clouds made and the state does not know; so does an " +
        "answer that got lost. The next `up` would be refused by them, or double them. This removes the lock if its " +
        "process is dead, finds the objects, and takes them into the state. It deletes nothing and creates nothing.",
    )
    .requiredOption("--stack <name>", "the stack whose `up` was cut")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--dry-run", "look, and change nothing")
    .option("--json", "answer as JSON, see docs/recovery.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} the next up can go on, ${exitCodes.failure} something is left to do by hand, ${exitCodes.couldNotCheck} a cloud did not answer

Examples:
  kai recover --stack production --dry-run      what would be taken over
  kai recover --stack production                take it over; then: pulumi up --stack production`,
    )
    .action(run);
}

async function run(options: RecoverCommandOptions): Promise<void> {
  const { stack } = options;
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const settings = await settingsOf(directory, stack);
  const progress = showProgress(process.stderr);
  const engine = await findEngine({ root, progress });
  const env = engineEnvironment(engine, process.env, root);
  const report = await untilInterrupted(({ signal }) =>
    recover({ stack, directory, settings, engine, env, dryRun: options.dryRun ?? false, progress, signal }),
  );
  console.log(options.json ? JSON.stringify(report, null, 2) : describeRecovery(report));
  process.exitCode = exitCodeOf(report);
}

function exitCodeOf(report: RecoveryReport): number {
  if (report.unchecked.length > 0) return exitCodes.couldNotCheck;
  return isComplete(report) ? exitCodes.ok : exitCodes.failure;
}

/** Names, regions and owners are what is needed, and no secret. */
async function settingsOf(directory: string, stack: string): Promise<Settings> {
  const files = await readStacks(directory);
  const own = files.find((file) => file.stack === stack);
  if (!own)
    throw new UserError(
      `There is no Pulumi.${stack}.yaml in ${directory}. Correct --stack, run the command in the project's folder, or name it with --directory.`,
    );
  const secrets = Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true]));
  return parseSettings(stack, { ...own.config, ...secrets });
}
