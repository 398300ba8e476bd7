import type { Command } from "commander";
import { acceptTables } from "../../database/index.ts";
import { print, progress, reporting, targetOf, withDatabase } from "./options.ts";

export function addAccept(command: Command): void {
  withDatabase(command.command("accept"), "accept tables that were changed by hand as they are").action(
    reporting(async (options) => {
      const accepted = await acceptTables(targetOf(options), { onEvent: progress });
      print(
        options,
        { accepted },
        accepted.length === 0 ? "Nothing to accept." : `Accepted: ${accepted.join(", ")}.`,
      );
    }),
  );
}
