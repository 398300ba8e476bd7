import type { Command } from "commander";
import { dryRun, explainPlan, type MigrateOptions, migrate, readMigrations } from "../../database/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, progress, reporting, targetOf, wholeNumber, withDatabase } from "./options.ts";
import { describePlan } from "./plan-text.ts";
import { untilSignal } from "./signals.ts";
import { onTargets, type TargetsOptions, withTargets } from "./targets.ts";

interface UpOptions extends TargetsOptions {
  to?: string;
  outOfOrder?: true;
  dryRun?: true;
  lockTimeout: string;
}

export function addUp(command: Command): void {
  withTargets(withDatabase(command.command("up"), "apply what is pending"))
    .option("--to <number|file>", "stop behind this file")
    .option("--out-of-order", "apply pending files that are older than applied ones")
    .option(
      "--lock-timeout <ms>",
      "longest that applications wait behind a statement that waits for a lock",
      "1000",
    )
    .option("--dry-run", "show what would run, as `plan` does, or say what stands against it; change nothing")
    .action(
      reporting(async (options: UpOptions) => {
        const run = options.targets ? applyToMany : options.dryRun ? show : apply;
        await run(options, {
          outOfOrder: options.outOfOrder === true,
          lockTimeoutMs: wholeNumber("--lock-timeout", options.lockTimeout),
          ...(options.to !== undefined ? { to: options.to } : {}),
          onEvent: progress,
        });
      }),
    );
}

async function apply(options: UpOptions, how: MigrateOptions): Promise<void> {
  const migrations = await readMigrations(options.dir);
  const { applied } = await untilSignal((signal, onEvent) =>
    migrate(targetOf(options), migrations, { ...how, signal, onEvent }),
  );
  const nothing =
    migrations.length > 0 ? "Nothing to apply." : `Nothing to apply: ${options.dir} has no SQL file.`;
  print(options, { applied }, applied.length === 0 ? nothing : `${applied.length} applied.`);
}

async function applyToMany(options: UpOptions, how: MigrateOptions): Promise<void> {
  const migrations = await readMigrations(options.dir);
  await onTargets(options, exitCodes.failure, async (target, on) => {
    const names = options.dryRun
      ? (await dryRun(target, migrations, how)).pending.map(({ name }) => name)
      : (await migrate(target, migrations, { ...how, ...on })).applied;
    const state = options.dryRun ? "pending" : "applied";
    return { state: `${names.length} ${state}`, lines: names, json: { [state]: names } };
  });
}

async function show(options: UpOptions, how: MigrateOptions): Promise<void> {
  const plan = await dryRun(targetOf(options), await readMigrations(options.dir), how);
  const files = await explainPlan(plan);
  const text =
    files.length === 0 ? "Nothing to apply." : `${describePlan(files).join("\n")}Nothing was changed.`;
  print(options, { files, problems: plan.problems }, text);
}
