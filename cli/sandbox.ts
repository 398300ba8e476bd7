import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Engine } from "../engine/engine.ts";
import { type Progress, showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { environmentIn } from "../sandbox/environment.ts";
import { type FaultKind, Faults, faultKinds } from "../sandbox/faults.ts";
import { bringPlugin, type Providers, pluginVersion, usesPlugin } from "../sandbox/plugin.ts";
import { requireCommand, runCommand } from "../sandbox/run.ts";
import { requireWorld, requireWorldFolder, runningWorld } from "../sandbox/running.ts";
import type { World } from "../sandbox/world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface SandboxOptions {
  directory: string;
  providers: Providers;
}

/** `kai sandbox`: the whole pipeline on this machine, with simulated clouds and no account. */
export function sandboxCommand(): Command {
  const command = new Command("sandbox")
    .summary("try everything on this machine, without an account")
    .description(
      "The whole pipeline on this machine: the real Pulumi engine and PostgreSQL, simulated clouds, no account. " +
        "Without a command it is the tour, which makes both stacks, changes something by hand, finds it and puts it " +
        "back. With one, the command runs in the world that the last ones left behind. Your files are not changed.",
    )
    .addArgument(new Argument("[command...]", "a command to run in the sandbox; without one, the tour"))
    .addOption(
      new Option("--directory <folder>", "where the sandbox keeps its world").default(
        join(root, ".sandbox"),
        "the project's .sandbox",
      ),
    )
    .addOption(
      new Option("--providers <kind>", "real: GitHub's own plugin on the simulated GitHub, downloaded once")
        .choices(["simulated", "real"])
        .default("simulated"),
    )
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
  npm run sandbox -- --providers real                  the tour with GitHub's real plugin, on the simulated GitHub
  npm run sandbox -- reset                             forget this world

The variables DATABASE_URL_STAGING, DATABASE_URL_PRODUCTION, GITHUB_TOKEN and so on are set for the command; those of
your own accounts do not reach it. What the sandbox does not show: docs/sandbox.md.`;

function resetCommand(): Command {
  return new Command("reset")
    .summary("forget this world")
    .description("Forgets this world: clouds, databases, state. The next command starts a new one.")
    .action((_, command: Command) => {
      const directory = directoryOf(command);
      if (runningWorld(directory))
        throw new UserError("The sandbox is in use. End the commands that run in it first.");
      requireWorldFolder(directory);
      rmSync(directory, { recursive: true, force: true });
      console.log(`Forgot the world in ${directory}.`);
    });
}

function tamperCommand(): Command {
  return new Command("tamper")
    .summary("change something by hand, behind Pulumi's back")
    .description(
      "Does what somebody could do in a cloud's console or in the database. Both stacks must be up. " +
        "Without a name it lists the changes that are ready.",
    )
    .argument("[change]", "name of the change")
    .addHelpText(
      "after",
      `
Examples:
  npm run sandbox -- tamper
  npm run sandbox -- tamper github-rule-disabled
  npm run sandbox -- kai drift                                     finds it
  npm run sandbox -- pulumi up --refresh --stack production --yes  puts it back`,
    )
    .action(async (change: string | undefined, _options, command: Command) => {
      const { findTamper, tampers } = await import("../sandbox/tamper.ts");
      if (change === undefined) {
        const width = Math.max(...tampers.map(({ id }) => id.length));
        for (const { id, title } of tampers) console.log(`${id.padEnd(width)}  ${title}`);
        return;
      }
      const tamper = findTamper(change);
      requireWorld(directoryOf(command));
      await inWorld(command.optsWithGlobals<SandboxOptions>(), async (world) => {
        await tamper.apply(world);
        console.log(`Done by hand: ${tamper.title}`);
        console.log("`npm run sandbox -- kai drift` finds it.");
      });
    });
}

function failCommand(): Command {
  return new Command("fail")
    .summary("let the next calls to a cloud fail")
    .description(
      "Lets the next calls to a cloud fail, to see what an `up` says, and that the next one converges. " +
        "A new plan takes the place of the last one.",
    )
    .addHelpText("after", FAIL_HELP)
    .addArgument(new Argument("<kind>", "what the calls meet").choices(faultKinds))
    .option("--count <calls>", "how many calls fail", atLeast(1), 1)
    .option("--skip <calls>", "how many calls pass first", atLeast(0), 0)
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
        requireWorld(directoryOf(command));
        new Faults(join(directoryOf(command), "faults.json")).plan({ kind, ...options });
        console.log(`The next ${options.count} matching call(s) will fail with ${kind}.`);
      },
    );
}

const FAIL_HELP = `
Kinds:
  500, 503, 429   the cloud answers this status and does nothing
  timeout, cut    no answer, and nothing is done
  lost-answer     the work is done, and its answer is lost

Examples:
  npm run sandbox -- fail 503 --cloud github
  npm run sandbox -- fail lost-answer --operation create
  npm run sandbox -- fail 429 --count 3 --skip 10`;

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === "" || !Number.isInteger(number) || number < least)
      throw new InvalidArgumentError(`A whole number from ${least} on is needed.`);
    return number;
  };
}

function directoryOf(command: Command): string {
  return resolve(command.optsWithGlobals<SandboxOptions>().directory);
}

async function tour(options: SandboxOptions): Promise<void> {
  const progress = showProgress(process.stderr);
  const directory = resolve(options.directory);
  await inWorld(
    options,
    async (world) => {
      const { runTour } = await import("../sandbox/tour.ts");
      const { describeWorld } = await import("../sandbox/summary.ts");
      const times = await runTour({ world, directory, progress });
      console.log(await describeWorld(world, directory, times));
    },
    progress,
  );
}

/** Runs a command in the world, in one that is running already if there is one. */
async function run([command, ...args]: string[], options: SandboxOptions): Promise<void> {
  requireCommand(command as string);
  const directory = resolve(options.directory);
  const running = runningWorld(directory);
  if (running) {
    if (options.providers === "real" && !usesPlugin(running))
      throw new UserError(
        `The sandbox in ${directory} is in use without --providers real. End the commands that run in it first.`,
      );
    process.exitCode = await runCommand(command as string, args, environmentIn(running, process.env));
    return;
  }
  await inWorld(options, async (world) => {
    const { prepareStacks } = await import("../sandbox/world.ts");
    await prepareStacks(world, directory);
    process.exitCode = await runCommand(command as string, args, world.env);
  });
}

async function inWorld(
  { providers, ...options }: SandboxOptions,
  work: (world: World) => Promise<void>,
  progress: Progress = showProgress(process.stderr),
): Promise<void> {
  const { startWorld } = await loadWorld();
  const { findEngine } = await import("../engine/find-engine.ts");
  const directory = resolve(options.directory);
  const engine = await findEngine({ root, progress });
  const world = await progress.step("Start the databases and the simulated clouds", () =>
    startWorld({ directory, program: root, engine, providers }),
  );
  try {
    if (providers === "real") await bringRealPlugin(directory, engine, progress);
    await work(world);
  } finally {
    await world.stop();
  }
}

async function bringRealPlugin(directory: string, engine: Engine, progress: Progress): Promise<void> {
  await progress.step(`Get GitHub's real plugin ${pluginVersion}`, (say) =>
    bringPlugin({ directory, program: root, engine, env: process.env, say }),
  );
  progress.note(
    "    GitHub is met by its real plugin. DigitalOcean, Kubernetes, AWS and Vercel keep their stand-ins.",
  );
}

/** Loaded when it is needed: it takes packages that an installation without development packages lacks. */
async function loadWorld() {
  try {
    return await import("../sandbox/world.ts");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new UserError(
      "The sandbox needs the development packages, which this installation was made without. Run `npm ci` (without --omit=dev).",
      { cause },
    );
  }
}
