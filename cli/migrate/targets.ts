import { constants } from "node:os";
import type { Command } from "commander";
import {
  describeEvent,
  MigrationError,
  type OnEvent,
  type Outcome,
  onEach,
  readTargets,
  type Target,
} from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Options, print, wholeNumber } from "./options.ts";

/** What commands take that work on one database or on many. */
export interface TargetsOptions extends Options {
  targets?: string;
  parallel: string;
}

/** Adds the options that name many databases. */
export function withTargets(command: Command): Command {
  return command
    .option(
      "--targets <file>",
      "many databases: a YAML or JSON file that maps names to environment variables",
    )
    .option("--target <name...>", "of the file, only these")
    .option("--parallel <number>", "how many of them at once", "4");
}

/** What a command says of one target that answered. */
export interface Answer {
  /** One or two words for the table: `applied 3`. */
  state: string;
  /** More, a line each. */
  lines: string[];
  json: Record<string, unknown>;
  /** Exit code that it stands for. Default 0. */
  exitCode?: number;
}

/**
 * Does a command's work on every target of `--targets` and prints one table. Ctrl-C prints it too: no target is left
 * out of it, and what runs is ended on the server.
 * @param unreachable The exit code when a target does not answer.
 */
export async function onTargets(
  options: TargetsOptions,
  unreachable: number,
  work: (target: Target, how: { onEvent: OnEvent; signal: AbortSignal }) => Promise<Answer>,
): Promise<void> {
  const targets = await targetsOf(options);
  const parallel = wholeNumber("--parallel", options.parallel);
  const stop = new AbortController();
  let stoppedBy: "SIGINT" | "SIGTERM" | undefined;
  const onSignal = (signal: "SIGINT" | "SIGTERM") => {
    stoppedBy = signal;
    stop.abort();
  };
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const outcomes = await onEach(
    targets,
    (target, name) => work(target, { onEvent: progressOf(name), signal: stop.signal }),
    {
      parallel,
      signal: stop.signal,
    },
  );
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  print(options, { targets: outcomes.map(json) }, describe(outcomes));
  // Sessions may be open that nobody waits for: the server ends what they do.
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
  process.exitCode = exitCodeOf(outcomes, unreachable);
}

async function targetsOf(options: TargetsOptions) {
  if (options.databaseUrl || options.environment) {
    throw new UserError("--targets names the databases: leave --database-url and --environment out.", {
      exitCode: exitCodes.usage,
    });
  }
  const { schema, table } = options;
  try {
    return await readTargets(options.targets!, options.target ?? [], { schema, table });
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    throw new UserError(error.message, { exitCode: exitCodes.usage, cause: error });
  }
}

function progressOf(name: string): OnEvent {
  return (event) => {
    const line = describeEvent(event);
    if (line) console.error(`[${name}] ${line}`);
  };
}

function describe(outcomes: readonly Outcome<Answer>[]): string {
  const rows = outcomes.map((outcome) => ({
    name: outcome.name,
    state: stateOf(outcome),
    lines: linesOf(outcome),
  }));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const stateWidth = Math.max(...rows.map(({ state }) => state.length));
  const indent = `\n${" ".repeat(nameWidth + stateWidth + 4)}`;
  const table = rows.map(({ name, state, lines }) =>
    `${name.padEnd(nameWidth)}  ${state.padEnd(stateWidth)}  ${lines.join(indent)}`.trimEnd(),
  );
  const counts = Map.groupBy(outcomes, ({ state }) => state);
  const summary = [...counts].map(([state, same]) => `${same.length} ${state}`).join(", ");
  return [...table, `${outcomes.length} ${outcomes.length === 1 ? "target" : "targets"}: ${summary}.`].join(
    "\n",
  );
}

function stateOf(outcome: Outcome<Answer>): string {
  return outcome.state === "done" ? outcome.value.state : outcome.state;
}

function linesOf(outcome: Outcome<Answer>): string[] {
  if (outcome.state === "done") return outcome.value.lines;
  return "error" in outcome ? outcome.error.message.split("\n") : [];
}

function json(outcome: Outcome<Answer>): unknown {
  const { name, state } = outcome;
  if (outcome.state === "done") return { name, state, ...outcome.value.json };
  if (!("error" in outcome)) return { name, state };
  const { error } = outcome;
  const more = error instanceof MigrationError ? { kind: error.kind, ...error.details } : {};
  return { name, state, error: { message: error.message, ...more } };
}

/** Drift is certain, so it counts before what failed, and that before what did not answer. */
function exitCodeOf(outcomes: readonly Outcome<Answer>[], unreachable: number): number {
  const codes = outcomes.map((outcome) => {
    if (outcome.state === "done") return outcome.value.exitCode ?? exitCodes.ok;
    return outcome.state === "unreachable" ? unreachable : exitCodes.failure;
  });
  const order = [exitCodes.drift, exitCodes.failure, exitCodes.couldNotCheck];
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
