import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type Progress, showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { type FaultKind, Faults, faultKinds } from "../sandbox/faults.ts";
import { runCommand } from "../sandbox/run.ts";
import { runningWorld } from "../sandbox/running.ts";
import type { World } from "../sandbox/world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface SandboxOptions {
  directory: string;
}

/** `kai sandbox`: the whole pipeline on this machine, with simulated clouds and no account. */
export function sandboxCommand(): Command {
  const command = new Command("sandbox")
    .description(
      "try everything on this machine: the real engine and PostgreSQL, simulated clouds, no account",
    )
    .addArgument(new Argument("[command...]", "a command to run in the sandbox; without one, the tour"))
    .option("--directory <folder>", "where the sandbox keeps its world", join(root, ".sandbox"))
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText("after", HELP)
    .action((words: string[], options: SandboxOptions) =>
      words.length === 0 ? tour(options) : run(words, options),
    );
  command.addCommand(resetCommand());
  command.addCommand(tamperCommand());
  command.addCommand(failCommand());
  return command;
}

const HELP = `
Examples:
  npm run sandbox                                      the tour: reconcile both stacks, find and repair a change
  npm run sandbox -- pulumi preview --stack staging    any command in the sandbox
  npm run sandbox -- kai drift                         what somebody changed by hand
  npm run sandbox -- psql                              the staging database (production: psql "$DATABASE_URL_PRODUCTION")
  npm run sandbox -- bash                              a shell in the sandbox
  npm run sandbox -- tamper                            changes by hand that are ready to try
  npm run sandbox -- fail 503 --cloud github           the next call to GitHub fails
  npm run sandbox -- reset                             forget this world`;

function resetCommand(): Command {
  return new Command("reset")
    .description("forget this world; the next command starts a new one")
    .action((_, command: Command) => {
      const directory = directoryOf(command);
      if (runningWorld(directory))
        throw new UserError("The sandbox is in use. End the commands that run in it first.");
      rmSync(directory, { recursive: true, force: true });
      console.log(`Forgot the world in ${directory}.`);
    });
}

function tamperCommand(): Command {
  return new Command("tamper")
    .description("change something by hand, behind Pulumi's back; without a name, list what can be changed")
    .argument("[change]", "name of the change")
    .action(async (change: string | undefined, _options, command: Command) => {
      const { applyTamper, tampers } = await import("../sandbox/tamper.ts");
      if (change === undefined) {
        const width = Math.max(...tampers.map(({ id }) => id.length));
        for (const { id, title } of tampers) console.log(`${id.padEnd(width)}  ${title}`);
        return;
      }
      await inWorld(directoryOf(command), async (world) => {
        console.log(`Done by hand: ${(await applyTamper(change, world)).title}`);
        console.log("`npm run sandbox -- kai drift` finds it.");
      });
    });
}

function failCommand(): Command {
  return new Command("fail")
    .description("let the next calls to a cloud fail")
    .addArgument(new Argument("<kind>", "what the calls meet").choices(faultKinds))
    .option("--count <calls>", "how many calls fail", positive, 1)
    .option("--skip <calls>", "how many calls pass first", positive, 0)
    .addOption(
      new Option("--cloud <name>", "only this cloud").choices([
        "github",
        "digitalocean",
        "kubernetes",
        "aws",
        "vercel",
      ]),
    )
    .addOption(
      new Option("--operation <name>", "only these calls (default: writes)").choices([
        "create",
        "read",
        "update",
        "delete",
        "invoke",
      ]),
    )
    .action(
      (
        kind: FaultKind,
        options: { count: number; skip: number; cloud?: string; operation?: string },
        command: Command,
      ) => {
        new Faults(join(directoryOf(command), "faults.json")).plan({ kind, ...options });
        console.log(`The next ${options.count} matching call(s) will fail with ${kind}.`);
      },
    );
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("A whole number is needed.");
  return number;
}

function directoryOf(command: Command): string {
  return resolve(command.optsWithGlobals<SandboxOptions>().directory);
}

async function tour(options: SandboxOptions): Promise<void> {
  const progress = showProgress(process.stderr);
  const directory = resolve(options.directory);
  const { runTour } = await import("../sandbox/tour.ts");
  const { describeWorld } = await import("../sandbox/summary.ts");
  await inWorld(
    directory,
    async (world) => {
      const times = await runTour({ world, directory, progress });
      console.log(await describeWorld(world, directory, times));
    },
    progress,
  );
}

/** Runs a command in the world, in one that is running already if there is one. */
async function run([command, ...args]: string[], options: SandboxOptions): Promise<void> {
  const directory = resolve(options.directory);
  const env = runningWorld(directory);
  if (env) {
    process.exitCode = await runCommand(command as string, args, env);
    return;
  }
  const { prepareStacks } = await import("../sandbox/world.ts");
  await inWorld(directory, async (world) => {
    await prepareStacks(world, directory);
    process.exitCode = await runCommand(command as string, args, world.env);
  });
}

async function inWorld(
  directory: string,
  work: (world: World) => Promise<void>,
  progress: Progress = showProgress(process.stderr),
): Promise<void> {
  // Loaded here: the simulated clouds need packages that an installation without development packages lacks.
  const { findEngine } = await import("../engine/find-engine.ts");
  const { startWorld } = await import("../sandbox/world.ts");
  const engine = await findEngine({ root, progress });
  const world = await progress.step("Start the databases and the simulated clouds", () =>
    startWorld({ directory, program: root, engine }),
  );
  try {
    await work(world);
  } finally {
    await world.stop();
  }
}
