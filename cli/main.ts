import { constants } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { Command, CommanderError } from "commander";
import { InterruptedError, UserError } from "../errors.ts";
import packageJson from "../package.json" with { type: "json" };
import { exitCodeHelp, exitCodes } from "./exit-codes.ts";

/**
 * Every subcommand, in the order in which `kai --help` shows them. Each is loaded by itself, so that none waits
 * for what the others need.
 */
const commands = new Map<string, () => Promise<Command>>([
  ["sandbox", async () => (await import("./sandbox.ts")).sandboxCommand()],
  ["engine", async () => (await import("./engine.ts")).engineCommand()],
  ["adopt", async () => (await import("./adopt/index.ts")).adoptCommand()],
  ["doctor", async () => (await import("./doctor.ts")).doctorCommand()],
  ["drift", async () => (await import("./drift.ts")).driftCommand()],
  ["secrets", async () => (await import("./secrets/index.ts")).secretsCommand()],
  ["recover", async () => (await import("./recover.ts")).recoverCommand()],
  ["migrate", async () => (await import("./migrate/index.ts")).migrateCommand()],
  ["can", async () => (await import("./can.ts")).canCommand()],
  ["preview", async () => (await import("./preview.ts")).previewCommand()],
  ["promote", async () => (await import("./promote.ts")).promoteCommand()],
  ["workflow", async () => (await import("./workflow.ts")).workflowCommand()],
]);

async function program(args: string[]): Promise<Command> {
  const kai = new Command("kai")
    .enablePositionalOptions()
    .description(packageJson.description)
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help; `kai COMMAND --help` explains a command")
    .helpCommand(false)
    .showHelpAfterError("`kai --help` lists the commands, `kai COMMAND --help` explains one.")
    .addHelpText(
      "after",
      `
Examples:
  npm run sandbox                        try everything without an account
  npm run kai -- engine                  where the Pulumi engine is
  npm run kai -- adopt                   what taking over your repository would change
  npm run kai -- doctor                  what is wrong, each with the command that mends it
  npm run kai -- drift                   what somebody changed by hand in your accounts
  npm run kai -- secrets list            every secret of the pipeline, its readers and its age
  npm run kai -- workflow check          whether the workflow files are as the pipeline's model says
  npm run kai -- workflow simulate       which jobs a push would start, and why
  npm run kai -- can eleni-dev push main whether the rules on GitHub let somebody do something
  npm run kai -- promote --help          move production to the very commit that staging runs
  npx kai engine                         the same as \`npm run kai -- engine\`, in a checkout

${exitCodeHelp}

Colours are left out where NO_COLOR is set or the output is no terminal.`,
    );
  const chosen = commands.get(args[0] ?? "");
  // Commander would exit by itself, with 1, at wrong use; here that has its own code.
  kai.exitOverride();
  for (const load of chosen ? [chosen] : commands.values()) kai.addCommand(await load());
  passOnSettings(kai);
  return kai;
}

/** Gives every command below the same help, exit and error behaviour. */
function passOnSettings(command: Command): void {
  for (const subcommand of command.commands) passOnSettings(subcommand.copyInheritedSettings(command));
}

/** Prints what went wrong as the reader needs it, and returns the exit code. */
async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { refusalOf } = await import("../github/problems.ts");
  const message = error instanceof UserError ? error.message : refusalOf(error);
  if (message !== undefined) {
    const { plain } = await import("../drift/report.ts");
    // What GitHub and the clouds say is quoted in it: a terminal must not obey it.
    console.error(stripVTControlCharacters(message).split("\n").map(plain).join("\n"));
    return (error instanceof UserError ? error.exitCode : undefined) ?? exitCodes.failure;
  }
  if (error instanceof InterruptedError) {
    console.error(error.message);
    return 128 + constants.signals[error.signal];
  }
  console.error(error);
  console.error(
    "\nThis is a mistake in the program, not in your settings. Please report it with the text above and the " +
      "command you ran.",
  );
  return exitCodes.failure;
}

// `kai … | head` closes the pipe early: nobody reads on, which is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
try {
  const args = process.argv.slice(2);
  await (await program(args)).parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = await report(error);
}
