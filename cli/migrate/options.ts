import path from "node:path";
import type { Command } from "commander";
import {
  addressFromVariables,
  DEFAULT_HISTORY,
  describeEvent,
  type Migration,
  MigrationError,
  type MigrationEvent,
  maskConnectionString,
  readMigrations,
  type Status,
  status,
  type Target,
} from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { databaseUrl } from "../../pipeline/names.ts";
import { exitCodes } from "../exit-codes.ts";

/** What every command on a database takes. */
export interface Options {
  dir: string;
  databaseUrl?: string;
  environment?: string;
  schema: string;
  table: string;
  /** Of commands that take many databases: which of them. */
  target?: string[];
  json?: true;
}

/** Adds the options that name folder, database and history. */
export function withDatabase(command: Command, description: string): Command {
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
export function reporting<T extends Pick<Options, "json">>(
  work: (options: T) => Promise<void>,
): (options: T) => Promise<void> {
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

/** A file's name in the folder, of what may be its path from here, as a shell completes it. */
export function nameOf(file: string, migrations: readonly Migration[]): string {
  return migrations.find((one) => path.resolve(one.path) === path.resolve(file))?.name ?? file;
}

/** What is applied and what is not. */
export async function ask(options: Options): Promise<Status> {
  return couldNotCheck(status(targetOf(options), await readMigrations(options.dir)));
}

/** A question that gets no answer has its own exit code. */
export async function couldNotCheck<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof MigrationError) || !["connection", "locked"].includes(error.kind)) throw error;
    throw new UserError(error.message, { exitCode: exitCodes.couldNotCheck, cause: error });
  }
}

/** The database that the options or the environment name. @throws UserError when neither does */
export function targetOf({ databaseUrl: given, environment, schema, table, target }: Options): Target {
  if (target) {
    // Without this the database of the environment would get what was meant for another.
    throw new UserError("--target picks from the databases of a file: name it with --targets <file>.", {
      exitCode: exitCodes.usage,
    });
  }
  const variable = environment ? databaseUrl(environment) : "DATABASE_URL";
  const connectionString =
    given ?? process.env[variable] ?? (environment ? undefined : addressFromVariables());
  if (!connectionString) {
    throw new UserError(noDatabase(variable), { exitCode: exitCodes.usage });
  }
  return { connectionString, schema, table };
}

/** Whether options or environment name a database. */
export function namesDatabase({ databaseUrl: given, environment }: Options): boolean {
  return Boolean(given ?? environment ?? process.env.DATABASE_URL ?? addressFromVariables());
}

/** A Supabase project's REST address and key are what people have at hand, and they cannot do it. */
function noDatabase(variable: string): string {
  const { SUPABASE_URL, SUPABASE_KEY } = process.env;
  if (SUPABASE_URL || SUPABASE_KEY) {
    return `SUPABASE_URL and SUPABASE_KEY open Supabase's REST interface, which cannot change a schema, and the key is no database password: set ${variable} to the connection string of the project's session pooler (Project Settings → Database, port 5432).`;
  }
  return `No database is named: set ${variable} to the connection string, postgresql://user:password@host:5432/database (or PGHOST, PGUSER, PGPASSWORD, … as for psql).`;
}

const LARGEST = 2 ** 31 - 1;

/** 0 would mean "without end" to the server, which nobody expects. @throws UserError naming the option */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= LARGEST) return number;
  throw new UserError(`${option} takes a whole number from 1 to ${LARGEST}, not "${text}".`, {
    exitCode: exitCodes.usage,
  });
}

/** One line that says which database and history an answer is about. */
export function heading(options: Options): string {
  return `Database ${maskConnectionString(targetOf(options).connectionString)}, history in ${options.schema}.${options.table}`;
}

/** Progress goes to standard error, so that standard output is the answer alone. */
export function progress(event: MigrationEvent): void {
  const line = describeEvent(event);
  if (line) console.error(line);
}

/** The answer, on standard output. */
export function print(options: Pick<Options, "json">, json: unknown, text: string): void {
  console.log(options.json ? JSON.stringify(json, null, 2) : text);
}
