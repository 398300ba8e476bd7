import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command } from "commander";
import { findEngine } from "../../engine/find-engine.ts";
import { untilInterrupted } from "../../engine/process.ts";
import { type Progress, showProgress } from "../../engine/progress.ts";
import { InterruptedError, UserError } from "../../errors.ts";
import type { Settings } from "../../settings.ts";
import { readProject } from "../doctor/project.ts";
import { StackEngine, upArguments } from "./engine.ts";
import { readSecret } from "./input.ts";
import { describeReaders, MINTED, type Renewal, renewalOf, type Targets, targetsOf } from "./plan.ts";
import { REVOKE } from "./revoke.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface RotateOptions {
  stack?: string;
  directory?: string;
  dryRun?: true;
}

/** `kai secrets rotate`: a new value, its readers switched, the old one revoked. */
export function rotateCommand(): Command {
  return new Command("rotate")
    .summary("a new value, all readers switched, the old one revoked")
    .description(
      "Makes a new value, gives it to every reader (GitHub's secrets, the cluster), and revokes the old one at the end: " +
        "the old one works until then. What the stack mints or generates is made anew; a value of the configuration is " +
        "asked for, or read from standard input, and it says where to revoke the old one. Only what depends on the value is " +
        "touched. A rotation that stopped on the way is ended by the same command.",
    )
    .addArgument(new Argument("<name>", "name of the secret, as `kai secrets list` shows it"))
    .option("--stack <name>", "rotate it in this stack only (default: every stack that has it)")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--dry-run", "say the steps; change nothing")
    .addHelpText(
      "after",
      `
Examples:
  kai secrets rotate KUBE_CONFIG_DATA --dry-run
  kai secrets rotate JWT_SECRET --stack staging
  cat new-token.txt | kai secrets rotate VERCEL_TOKEN --stack staging`,
    )
    .action(rotate);
}

/** One stack's part of the rotation. */
interface Part {
  settings: Settings;
  renewal: Renewal;
  targets: Targets;
}

async function rotate(name: string, options: RotateOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const renewals = await renewalsOf(name.toUpperCase(), directory, options.stack);
  if (!options.dryRun) refuseSharedInput(renewals, name);
  const progress = showProgress(process.stderr);
  const engine = new StackEngine(await findEngine({ root, progress }), directory, root);
  await untilInterrupted(async ({ signal }) => {
    const parts: Part[] = [];
    for (const { settings, renewal } of renewals) {
      const { deployment } = await engine.state(settings.stack, signal);
      parts.push({ settings, renewal, targets: targetsOf(settings, renewal, deployment?.resources ?? []) });
    }
    if (options.dryRun) console.log(parts.map(describeSteps).join("\n\n"));
    else for (const part of parts) await rotateIn(part, engine, progress, signal);
  });
}

/** @throws UserError where no stack has the secret */
async function renewalsOf(name: string, directory: string, stack: string | undefined) {
  const { names, stacks, findings } = await readProject(directory, stack === undefined ? undefined : [stack]);
  if (stacks.length < names.length) {
    throw new UserError(
      `The configuration is not right yet; \`kai doctor\` says what to do:\n${findings.map(({ message }) => `  ${message}`).join("\n")}`,
    );
  }
  const renewals = stacks.flatMap((settings) => {
    const renewal = settings.clouds.github ? renewalOf(settings, name) : undefined;
    return renewal ? [{ settings, renewal }] : [];
  });
  if (renewals.length === 0) {
    throw new UserError(
      `${names.join(" and ")} ${names.length === 1 ? "has" : "have"} no secret ${name}. \`kai secrets list\` shows their names.`,
    );
  }
  return renewals;
}

/** @throws UserError where a value from a pipe would go to several stacks */
function refuseSharedInput(renewals: readonly Omit<Part, "targets">[], name: string): void {
  const asked = renewals.filter(({ renewal }) => renewal.kind === "configuration");
  if (asked.length < 2 || process.stdin.isTTY) return;
  throw new UserError(
    `${asked.map(({ settings }) => settings.stack).join(" and ")} each have a value of their own for ${name}. Say with --stack which one standard input is for.`,
  );
}

async function rotateIn(
  part: Part,
  engine: StackEngine,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { settings, renewal, targets } = part;
  const { stack } = settings;
  if (renewal.kind === "configuration") {
    const value = await readSecret(process.stdin, `New value of kai:${renewal.key} for ${stack}: `, signal);
    await engine.setSecret(stack, renewal.key, value);
  }
  await progress.step(`Renew it in ${stack}`, (say) =>
    engine.up(stack, targets, signal, say).catch((error: unknown) => {
      const left = howToGoOn(part);
      if (error instanceof InterruptedError) throw new InterruptedError(error.signal, left);
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${error.message}\n\n${left}`, { cause: error });
    }),
  );
  console.log(
    `${stack}: ${describeReaders(settings, renewal)} ${renewal.kind === "resource" ? "have the new value, and the old one is revoked." : "have the new value."}`,
  );
  if (renewal.kind === "resource") return;
  console.log(`  ${REVOKE[renewal.key]}.`);
  console.log(`  Commit Pulumi.${stack}.yaml, or the next \`up\` of the workflow writes the old value back.`);
}

function howToGoOn({ settings: { stack }, renewal, targets }: Part): string {
  const killed = `If the engine says that the stack is locked, run \`kai recover --stack ${stack}\` first.`;
  if (renewal.kind === "resource") {
    return `The rotation in ${stack} stopped on the way, and the old value still works. Run the same command again: it goes on from there. ${killed}`;
  }
  return `Pulumi.${stack}.yaml has the new value, and not every reader does; do not revoke the old one yet. This goes on from there:\n  ${upCommand(stack, targets)}\n${killed}`;
}

function upCommand(stack: string, targets: Targets): string {
  const words = upArguments(targets).map((word) => (word.startsWith("--") ? word : `'${word}'`));
  return ["pulumi up --stack", stack, ...words].join(" ");
}

function describeSteps({ settings, renewal, targets }: Part): string {
  const { stack } = settings;
  const readers = describeReaders(settings, renewal);
  const steps =
    renewal.kind === "configuration"
      ? [
          `ask for the new value and keep it encrypted as kai:${renewal.key} in Pulumi.${stack}.yaml`,
          `give it to ${readers}`,
          `then you: ${REVOKE[renewal.key]}`,
        ]
      : [
          targets.continues
            ? `${MINTED[renewal.resource]} was made anew already by a rotation that stopped`
            : `make ${MINTED[renewal.resource]} a second time; the old one still works`,
          `give it to ${readers}`,
          "revoke the old one",
        ];
  const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return [`In ${stack}:`, ...lines, `  The engine's part: ${upCommand(stack, targets)}`].join("\n");
}
