import type { Command } from "commander";
import { ask, heading, print, reporting, withDatabase } from "./options.ts";
import { describeStatus, statusJson } from "./report.ts";

export function addStatus(command: Command): void {
  withDatabase(command.command("status"), "say which files are applied and which are not").action(
    reporting(async (options) => {
      const found = await ask(options);
      print(options, statusJson(found), `${heading(options)}\n${describeStatus(found)}`);
    }),
  );
}
