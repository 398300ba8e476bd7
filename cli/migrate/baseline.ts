import type { Command } from "commander";
import { type BaselineChoice, type BaselineResult, baseline, readMigrations } from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { nameOf, type Options, print, progress, reporting, targetOf, withDatabase } from "./options.ts";

interface BaselineArguments extends Options {
  to?: string;
  all?: true;
  none?: true;
  from?: string;
  dryRun?: true;
}

export function addBaseline(command: Command): void {
  withDatabase(
    command.command("baseline").argument("[files...]", "files that were applied by hand"),
    "mark files as applied without running them: for a database that has their changes already",
  )
    .option("--to <number|file>", "every file up to this one")
    .option("--all", "every file of the folder")
    .option("--none", "no file: the history begins empty")
    .option("--from <tool|table>", "what another tool's history table says, which is only read")
    .option("--dry-run", "show what would be marked")
    .addHelpText(
      "after",
      `
Tools that --from knows: golang-migrate, supabase, ecto, rails, dbmate, flyway, prisma, node-pg-migrate, goose,
postgres-migrations, graphile-migrate, drizzle, knex, typeorm, sequelize, kysely, postgrator, sqlx, refinery, diesel,
atlas, liquibase, sqitch; or the name of the tool's table. Entries are matched with files by name or number. Where the
tool's table has the name of this history (schema_migrations), keep this one elsewhere with --table.

Examples:
  kai migrate baseline --to 12 --dry-run
  kai migrate baseline --from flyway
  kai migrate baseline --from public.schema_migrations --table kai_migrations
  kai migrate baseline 014_index.sql`,
    )
    .action(async (files: string[], options: BaselineArguments) =>
      reporting(async () => {
        const migrations = await readMigrations(options.dir);
        const names = files.map((file) => nameOf(file, migrations));
        const result = await baseline(targetOf(options), migrations, choiceOf(names, options), {
          dryRun: options.dryRun === true,
          onEvent: progress,
        });
        print(options, result, describe(result, options.dryRun === true));
      })(options),
    );
}

function choiceOf(files: readonly string[], { to, all, none, from }: BaselineArguments): BaselineChoice {
  const choices: BaselineChoice[] = [
    ...(files.length > 0 ? [{ kind: "files", names: files } as const] : []),
    ...(to === undefined ? [] : [{ kind: "to", to } as const]),
    ...(all ? [{ kind: "all" } as const] : []),
    ...(none ? [{ kind: "none" } as const] : []),
    ...(from === undefined ? [] : [{ kind: "from", from } as const]),
  ];
  if (choices.length === 1) return choices[0]!;
  throw new UserError(
    "Say which files are applied already, in one way: --to <number|file>, --from <tool|table>, --all, --none, or their names.",
    { exitCode: exitCodes.usage },
  );
}

function describe(result: BaselineResult, dryRun: boolean): string {
  const mark = dryRun ? "would mark" : "marked";
  const line = (what: string, name: string) =>
    `  ${what.padEnd(Math.max(mark.length, "pending".length))}  ${name}`;
  const lines = [
    ...(result.source ? [`According to ${result.source}:`] : []),
    ...result.marked.map((name) => line(mark, name)),
    ...result.pending.map((name) => line("pending", name)),
    ...result.withoutFile.map((name) => line("no file", name)),
  ];
  const verb = dryRun ? "would be marked as applied" : "marked as applied";
  const already = result.already.length > 0 ? `, ${result.already.length} were before` : "";
  lines.push(`${result.marked.length} ${verb}${already}, ${result.pending.length} pending.`);
  if (result.withoutFile.length > 0) lines.push(`${result.withoutFile.length} applied without a file here.`);
  return lines.join("\n");
}
