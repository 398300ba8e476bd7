import type { Command } from "commander";
import { type RepairResult, readMigrations, repairHistory } from "../../database/index.ts";
import { nameOf, type Options, print, progress, reporting, targetOf, withDatabase } from "./options.ts";

interface RepairArguments extends Options {
  acceptEdit?: string[];
  acceptTables?: true;
  forget?: string[];
  dryRun?: true;
}

export function addRepair(command: Command): void {
  withDatabase(
    command.command("repair"),
    "put the history right where it was changed by hand; runs no migration and changes no table",
  )
    .option("--accept-edit <file...>", "files that were edited on purpose after they were applied")
    .option("--accept-tables", "tables, functions and types that were changed by hand stay as they are")
    .option(
      "--forget <file...>",
      "applied files that the folder has no more, on purpose; one that comes back runs again",
    )
    .option("--dry-run", "show what would be put right")
    .addHelpText(
      "after",
      `
Rows that somebody deleted, added or changed are put back as the audit trail proves them. What only you can decide
needs an option: an edited file is as good as what was applied (a comment, say), a file is gone
because others replace it, a table that was changed by hand is to stay so. Each repair is an entry of the trail (kai migrate history).

Examples:
  kai migrate repair --dry-run
  kai migrate repair --accept-edit 003_row_level_security.sql
  kai migrate repair --accept-tables`,
    )
    .action(
      reporting(async (options: RepairArguments) => {
        const migrations = await readMigrations(options.dir);
        const result = await repairHistory(targetOf(options), migrations, {
          acceptEdits: (options.acceptEdit ?? []).map((file) => nameOf(file, migrations)),
          forget: options.forget ?? [],
          acceptTables: options.acceptTables === true,
          dryRun: options.dryRun === true,
          // Rows are in the answer already.
          onEvent: (event) => event.kind !== "repaired" && progress(event),
        });
        print(options, result, describe(result, options.dryRun === true));
      }),
    );
}

function describe({ rows, edits, forgotten, tables, left }: RepairResult, dryRun: boolean): string {
  const would = dryRun ? "would be " : "";
  const lines = [
    ...rows.map(({ message }) => `${would}put right: ${message}`),
    ...edits.map(
      ({ name, was, is }) => `${would}accepted: ${name}, checksum ${short(was)} is now ${short(is)}`,
    ),
    ...forgotten.map((name) => `${would}forgotten: ${name}`),
    ...tables.map((table) => `${would}accepted: ${table}`),
    ...left.map(({ message }) => `left: ${message}`),
  ];
  return lines.length === 0 ? "Nothing to put right." : lines.join("\n");
}

function short(checksum: string): string {
  return checksum.slice(0, 12);
}
