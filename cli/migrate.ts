import { Command } from "commander";
import {
  acceptTables,
  createMigration,
  DEFAULT_HISTORY,
  describeEvent,
  MigrationError,
  type MigrationEvent,
  maskConnectionString,
  migrate,
  parseAll,
  readMigrations,
  type Status,
  status,
  type Target,
  verify,
} from "../database/index.ts";
import { UserError } from "../errors.ts";
import { databaseUrl } from "../pipeline/names.ts";
import { exitCodes } from "./exit-codes.ts";
import { describePlan, describeStatus, planJson, statusJson } from "./migrate-report.ts";

interface Options {
  dir: string;
  databaseUrl?: string;
  environment?: string;
  schema: string;
  table: string;
  json?: true;
}

interface UpOptions extends Options {
  to?: string;
  outOfOrder?: true;
  repair?: true;
  lockTimeout: string;
}

/** `kai migrate`: the migration engine on the command line, for any folder and any PostgreSQL database. */
export function migrateCommand(): Command {
  const command = new Command("migrate")
    .helpCommand(false)
    .summary("apply numbered SQL files to a database, and say what is applied")
    .description(
      "Applies the SQL files of a folder to a PostgreSQL database, in number order, each once and each in one " +
        "transaction with its record. `pulumi up` does the same by itself; this is for looking, for a database " +
        "on your machine, and for CI without Pulumi.",
    )
    .addHelpText(
      "after",
      `
The database:
  The connection string comes from DATABASE_URL, from DATABASE_URL_<ENVIRONMENT> with --environment, or from
  --database-url. Prefer the environment: other users of a machine can see arguments. It is never printed with
  its password. On Supabase it is under Project Settings → Database; take the direct address or the session
  pooler (port 5432), not the transaction pooler (port 6543).

Files:
  001_initial_schema.sql, 002_….sql: any number in front, compared as a number. A file that holds what cannot run
  in a transaction (CREATE INDEX CONCURRENTLY, VACUUM, …) or its own BEGIN and COMMIT runs statement by statement;
  the line "-- kai:no-transaction" on top asks for that where it cannot be seen.

Examples:
  export DATABASE_URL=postgresql://postgres:…@db.example.supabase.co:5432/postgres
  kai migrate new "add colours"     make the next file
  kai migrate plan                  every statement that would run, and how
  kai migrate up                    apply what is pending
  kai migrate status --json         what is applied and what is not, for a script
  kai migrate verify                for CI: exit code 7 when database and folder differ`,
    );
  withDatabase(command.command("status"), "say which files are applied and which are not").action(
    reporting(async (options) => {
      const found = await ask(options);
      print(options, statusJson(found), `${heading(options)}\n${describeStatus(found)}`);
    }),
  );
  withDatabase(command.command("plan"), "show every statement that would run, and how").action(
    reporting(async (options) => {
      const found = await ask(options);
      const scripts = await parseAll(found.pending);
      print(options, planJson(found, scripts), `${heading(options)}\n${describePlan(found, scripts)}`);
    }),
  );
  withDatabase(command.command("verify"), "check that the database holds exactly the folder; changes nothing")
    .addHelpText(
      "after",
      `\nExit codes: ${exitCodes.ok} it does, ${exitCodes.drift} it does not, ${exitCodes.couldNotCheck} the database did not answer`,
    )
    .action(
      reporting(async (options) => {
        const problems = await couldNotCheck(verify(targetOf(options), await readMigrations(options.dir)));
        print(
          options,
          { problems },
          problems.length === 0 ? "The database holds exactly the folder." : problems.join("\n"),
        );
        if (problems.length > 0) process.exitCode = exitCodes.drift;
      }),
    );
  addUp(command);
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
  command
    .command("new")
    .argument("<name>", 'what it does, for example "add colours"')
    .description("make the next file of the folder")
    .option("--dir <folder>", "folder of the SQL files", "migrations")
    .action(async (name: string, { dir }: { dir: string }) => console.log(await createMigration(dir, name)));
  return command;
}

function addUp(command: Command): void {
  withDatabase(command.command("up"), "apply what is pending")
    .option("--to <number>", "stop behind this number")
    .option("--out-of-order", "apply pending files that are older than applied ones")
    .option("--repair", "put history rows right that were changed by hand, where the audit trail proves them")
    .option(
      "--lock-timeout <ms>",
      "longest that applications wait behind a statement that waits for a lock",
      "1000",
    )
    .action(
      reporting(async (options: UpOptions) => {
        const result = await migrate(targetOf(options), await readMigrations(options.dir), {
          outOfOrder: options.outOfOrder === true,
          repair: options.repair === true,
          lockTimeoutMs: Number(wholeNumber("--lock-timeout", options.lockTimeout)),
          ...(options.to ? { to: wholeNumber("--to", options.to) } : {}),
          onEvent: progress,
        });
        const done = result.applied.length === 0 ? "Nothing to apply." : `${result.applied.length} applied.`;
        print(options, { applied: result.applied, repaired: result.repaired }, done);
      }),
    );
}

function withDatabase(command: Command, description: string): Command {
  return command
    .description(description)
    .option("--dir <folder>", "folder of the SQL files", "migrations")
    .option("--database-url <url>", "connection string; prefer DATABASE_URL in the environment")
    .option("--environment <name>", "read DATABASE_URL_<NAME> in place of DATABASE_URL")
    .option("--schema <name>", "schema of the history table", DEFAULT_HISTORY.schema)
    .option("--table <name>", "name of the history table", DEFAULT_HISTORY.table)
    .option("--json", "answer as JSON on standard output");
}

/** With `--json` a failure is JSON too, so that a script never has to read sentences. */
function reporting<T extends Options>(work: (options: T) => Promise<void>): (options: T) => Promise<void> {
  return async (options) => {
    try {
      await work(options);
    } catch (error) {
      if (options.json && error instanceof UserError) {
        const cause = error instanceof MigrationError ? error : error.cause;
        const more = cause instanceof MigrationError ? { kind: cause.kind, ...cause.details } : {};
        console.log(JSON.stringify({ error: { message: error.message, ...more } }, null, 2));
      }
      throw error;
    }
  };
}

async function ask(options: Options): Promise<Status> {
  return couldNotCheck(status(targetOf(options), await readMigrations(options.dir)));
}

/** A question that gets no answer has its own exit code. */
async function couldNotCheck<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof MigrationError) || error.kind !== "connection") throw error;
    throw new UserError(error.message, { exitCode: exitCodes.couldNotCheck, cause: error });
  }
}

function targetOf({ databaseUrl: given, environment, schema, table }: Options): Target {
  const variable = environment ? databaseUrl(environment) : "DATABASE_URL";
  const connectionString = given ?? process.env[variable];
  if (!connectionString) {
    throw new UserError(
      `No database is named: set ${variable} to the connection string, postgresql://user:password@host:5432/database.`,
      { exitCode: exitCodes.usage },
    );
  }
  return { connectionString, schema, table };
}

function wholeNumber(option: string, text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new UserError(`${option} takes a whole number, not "${text}".`, { exitCode: exitCodes.usage });
}

function heading(options: Options): string {
  return `Database ${maskConnectionString(targetOf(options).connectionString)}, history in ${options.schema}.${options.table}`;
}

/** Progress goes to standard error, so that standard output is the answer alone. */
function progress(event: MigrationEvent): void {
  const line = describeEvent(event);
  if (line) console.error(line);
}

function print(options: Options, json: unknown, text: string): void {
  console.log(options.json ? JSON.stringify(json, null, 2) : text);
}
