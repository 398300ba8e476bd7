import type { Command } from "commander";
import { readMigrations, verify } from "../../database/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { couldNotCheck, print, reporting, targetOf, withDatabase } from "./options.ts";

export function addVerify(command: Command): void {
  withDatabase(command.command("verify"), "check that the database holds exactly the folder; changes nothing")
    .addHelpText(
      "after",
      `\nExit codes: ${exitCodes.ok} it does, ${exitCodes.drift} it does not, ${exitCodes.couldNotCheck} the database did not answer`,
    )
    .action(
      reporting(async (options) => {
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
