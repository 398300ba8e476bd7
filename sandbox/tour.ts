/** The tour: from nothing to both stacks reconciled, one change by hand found and repaired, in front of the user. */
import type { Progress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { runQuietly } from "./run.ts";
import { applyTamper } from "./tamper.ts";
import { prepareStacks, type World } from "./world.ts";

/** The change by hand that the tour shows. */
const SHOWN = "github-rule-disabled";

export interface Tour {
  world: World;
  /** The world's folder. */
  directory: string;
  progress: Progress;
}

/** How long one step took, in milliseconds. */
export interface StepTime {
  title: string;
  milliseconds: number;
  /** Whether the step is runs of the engine's commands, and nothing else. */
  isEngineRun: boolean;
}

/** Runs the tour. The stack that owns the repository goes first, since the others need it. */
export async function runTour({ world, directory, progress }: Tour): Promise<StepTime[]> {
  const times: StepTime[] = [];
  const step = async <T>(
    title: string,
    work: (say: (detail: string) => void) => Promise<T>,
    isEngineRun = false,
  ): Promise<T> => {
    const start = performance.now();
    const result = await progress.step(title, work);
    times.push({ title, milliseconds: performance.now() - start, isEngineRun });
    return result;
  };
  const pulumi = (title: string, ...args: string[]) =>
    step(title, (say) => engineRun(world, args, say), true);
  const [owner] = world.stacks;
  if (owner === undefined) throw new UserError("There is no stack: Pulumi.<stack>.yaml is missing.");

  await step("Make the stacks and their secrets", () => prepareStacks(world, directory), true);
  await pulumi(`Preview ${owner}`, "preview", "--stack", owner);
  for (const stack of world.stacks)
    await pulumi(`Reconcile ${stack}`, "up", "--yes", "--skip-preview", "--stack", stack);
  for (const stack of world.stacks)
    await pulumi(
      `Preview ${stack} again: nothing to change`,
      "preview",
      "--expect-no-changes",
      "--stack",
      stack,
    );

  const tamper = await step("Somebody changes something by hand", () => applyTamper(SHOWN, world));
  progress.note(`    ${tamper.title}`);
  const lookForDrift = (say: (detail: string) => void) =>
    runQuietly("kai", ["drift", "--stack", owner], world.env, say);
  const drift = await step("Look for drift", lookForDrift, true);
  if (drift.code !== 7)
    throw new UserError(`The change was not found (exit code ${drift.code}):\n${drift.output}`);
  progress.note(indented(drift.answer));
  await pulumi(`Repair ${owner}`, "up", "--refresh", "--yes", "--skip-preview", "--stack", owner);
  const clean = await step("Look again: clean", lookForDrift, true);
  if (clean.code !== 0) throw new UserError(`The change was not repaired:\n${clean.output}`);
  return times;
}

function engineRun(world: World, args: string[], say: (detail: string) => void): Promise<string> {
  return succeed("pulumi", [...args, "--non-interactive", "--color", "never"], world, say);
}

async function succeed(
  command: string,
  args: string[],
  world: World,
  say: (detail: string) => void,
): Promise<string> {
  const { code, output } = await runQuietly(command, args, world.env, say);
  if (code !== 0) throw new UserError(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}
