import type { Command } from "commander";
import { parseAll } from "../../database/index.ts";
import { ask, heading, print, reporting, withDatabase } from "./options.ts";
import { describePlan, planJson } from "./report.ts";

export function addPlan(command: Command): void {
  withDatabase(command.command("plan"), "show every statement that would run, and how").action(
    reporting(async (options) => {
      const found = await ask(options);
      const scripts = await parseAll(found.pending);
      print(options, planJson(found, scripts), `${heading(options)}\n${describePlan(found, scripts)}`);
    }),
  );
}
