import type { Command } from "commander";
import { readMigrations, status } from "../../database/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { ask, heading, print, reporting, withDatabase } from "./options.ts";
import { describeStatus, problemLines, statusJson, summary } from "./report.ts";
import { onTargets, type TargetsOptions, withTargets } from "./targets.ts";

export function addStatus(command: Command): void {
  withTargets(
    withDatabase(command.command("status"), "say which files are applied and which are not"),
  ).action(
    reporting(async (options: TargetsOptions) => {
      if (options.targets) return statusOfMany(options);
      const found = await ask(options);
      print(options, statusJson(found), `${heading(options)}\n${describeStatus(found)}`);
    }),
  );
}

async function statusOfMany(options: TargetsOptions): Promise<void> {
  const migrations = await readMigrations(options.dir);
  await onTargets(options, exitCodes.couldNotCheck, async (target) => {
    const found = await status(target, migrations);
    return {
      state: found.pending.length === 0 ? "up to date" : `${found.pending.length} pending`,
      lines: [summary(found), ...problemLines(found).map((line) => line.trim())],
      json: statusJson(found),
    };
  });
}
