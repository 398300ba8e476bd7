import type { Command } from "commander";
import { readMigrations, verify } from "../../database/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { couldNotCheck, print, reporting, targetOf, withDatabase } from "./options.ts";
import { onTargets, type TargetsOptions, withTargets } from "./targets.ts";

export function addVerify(command: Command): void {
  withTargets(
    withDatabase(
      command.command("verify"),
      "check that the database holds exactly the folder; changes nothing",
    ),
  )
    .addHelpText(
      "after",
      `\nExit codes: ${exitCodes.ok} it does, ${exitCodes.drift} it does not, ${exitCodes.couldNotCheck} the database did not answer`,
    )
    .action(
      reporting(async (options: TargetsOptions) => {
        if (options.targets) return verifyMany(options);
        const found = await couldNotCheck(verify(targetOf(options), await readMigrations(options.dir)));
        const lines = found.map(({ kind, message }) => `${kind}: ${message}`);
        print(
          options,
          { differences: found },
          found.length === 0 ? "The database holds exactly the folder." : lines.join("\n"),
        );
        if (found.length > 0) process.exitCode = exitCodes.drift;
      }),
    );
}

async function verifyMany(options: TargetsOptions): Promise<void> {
  const migrations = await readMigrations(options.dir);
  await onTargets(options, exitCodes.couldNotCheck, async (target) => {
    const found = await verify(target, migrations);
    return {
      state: found.length === 0 ? "as the folder" : "differs",
      lines: found.map(({ kind, message }) => `${kind}: ${message}`),
      json: { differences: found },
      exitCode: found.length === 0 ? exitCodes.ok : exitCodes.drift,
    };
  });
}
