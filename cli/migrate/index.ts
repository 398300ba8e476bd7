import { Command } from "commander";
import { addBaseline } from "./baseline.ts";
import { addHistory } from "./history.ts";
import { addLint } from "./lint.ts";
import { addNew } from "./new.ts";
import { addOrder } from "./order.ts";
import { addPlan } from "./plan.ts";
import { addRehearse } from "./rehearse.ts";
import { addRepair } from "./repair.ts";
import { addStatus } from "./status.ts";
import { addUp } from "./up.ts";
import { addVerify } from "./verify.ts";

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
  001_initial_schema.sql, 002_….sql: any number in front, compared as a number; dates and times; V1.2__x.sql; a folder
  for each migration with migration.sql or up.sql. A folder whose names give no order states one: kai migrate order.
  A file that holds what cannot run in a transaction (CREATE INDEX CONCURRENTLY, VACUUM, …) or its own BEGIN and
  COMMIT runs statement by statement; the line "-- kai:no-transaction" on top asks for that where it cannot be seen.

Examples:
  export DATABASE_URL=postgresql://postgres:…@db.example.supabase.co:5432/postgres
  kai migrate new "add colours"     make the next file
  kai migrate lint                  advice on the files; needs no database
  kai migrate plan                  every statement that would run, what it locks, and advice
  kai migrate up                    apply what is pending
  kai migrate status --json         what is applied and what is not, for a script
  kai migrate verify                for CI: exit code 7 when database and folder differ
  kai migrate history               what happened, and who did it; failures too
  kai migrate baseline --to 12      take over a database that has the first twelve already
  kai migrate repair --dry-run      what of the history was changed by hand`,
    );
  addStatus(command);
  addPlan(command);
  addLint(command);
  addUp(command);
  addVerify(command);
  addHistory(command);
  addRehearse(command);
  addRepair(command);
  addBaseline(command);
  addNew(command);
  addOrder(command);
  return command;
}
