import type { Command } from "commander";
import {
  inspect,
  MigrationError,
  ORDER_FILE,
  orderMigrations,
  type StatedOrder,
} from "../../database/index.ts";
import { UserError } from "../../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { namesDatabase, type Options, print, reporting, targetOf, withDatabase } from "./options.ts";

export function addOrder(command: Command): void {
  withDatabase(command.command("order"), `state the order of the files in ${ORDER_FILE}`)
    .addHelpText(
      "after",
      `
For a folder whose names give no order: the same number twice, files without a number, counted numbers beside times.
Nothing is renamed. What the file lists stays where it is; new files are appended, and files that are gone are taken out.
If a database is named, the files that it has come first, in the order in which it applied them. Read the lines that
have a reason, move them where another order is right, and commit the file.`,
    )
    .action(
      reporting(async (options: Options) => {
        const stated = await orderMigrations(options.dir, await appliedOrder(options));
        print(options, stated, describe(stated));
      }),
    );
}

/** Names in the order in which the database applied them; none when no database is named, or another tool filled it. */
async function appliedOrder(options: Options): Promise<string[]> {
  if (!namesDatabase(options)) return [];
  try {
    const { history } = await inspect(targetOf(options));
    return history.rows.toSorted((a, b) => Number(a.appliedAt) - Number(b.appliedAt)).map((row) => row.name);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    if (error.kind === "foreign-table") {
      console.error(`Warning: the order comes from the names alone. ${error.message}`);
      return [];
    }
    const advice = "To order by the names alone, name no database.";
    throw new UserError(`${error.message} ${advice}`, { exitCode: exitCodes.couldNotCheck, cause: error });
  }
}

function describe({ order, added, removed }: StatedOrder): string {
  const width = String(order.length).length;
  const lines = added.map(({ name, reason }) => {
    const place = String(order.indexOf(name) + 1).padStart(width);
    return `  ${place}  ${name}${reason ? `  (${reason})` : ""}`;
  });
  const gone = removed.map((name) => `  taken out: ${name}, which is no file of the folder any more`);
  const doubtful = added.some(({ reason }) => reason)
    ? " Check the lines with a reason; move them where another order is right."
    : "";
  const done = `${ORDER_FILE} lists ${order.length} files, ${added.length} of them new.${doubtful}`;
  return [...lines, ...gone, added.length + removed.length > 0 ? `${done} Commit it.` : done].join("\n");
}
