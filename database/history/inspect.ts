import type { Migration } from "../folder/files.ts";
import { type Target, withClient } from "../target.ts";
import { alteredTables } from "./fingerprint.ts";
import { type History, readHistory } from "./history.ts";
import { comparePlan, type Plan } from "./plan.ts";

/** A database as it is. */
export interface Inspection {
  history: History;
  /** Tables that migrations made and somebody changed since by other means: `public.materials (altered)`. */
  altered: string[];
}

/** A database compared with a folder. */
export interface Status extends Plan, Inspection {}

/**
 * Reads the history, and compares the tables with how the last run left them; writes nothing.
 * @throws MigrationError of kind `connection` or `foreign-table`.
 */
export async function inspect(target: Target): Promise<Inspection> {
  return withClient(target, async (client, sql) => {
    const history = await readHistory(client, sql);
    return { history, altered: history.exists ? await alteredTables(client, sql) : [] };
  });
}

/**
 * Compares a folder with a database; writes nothing.
 * @throws MigrationError of kind `connection` or `foreign-table`.
 */
export async function status(target: Target, migrations: readonly Migration[]): Promise<Status> {
  const found = await inspect(target);
  return { ...comparePlan(migrations, found.history), ...found };
}

/**
 * Checks without writing that the database holds exactly the folder: nothing pending, no problem, no table changed
 * by hand.
 * @returns The problems, pending files among them as one sentence each; empty when all is well.
 */
export async function verify(target: Target, migrations: readonly Migration[]): Promise<string[]> {
  const found = await status(target, migrations);
  return [
    ...found.problems.map((problem) => problem.message),
    ...found.pending.map((file) =>
      found.partial.has(file.name) ? `${file.name} is applied in part.` : `${file.name} is not applied.`,
    ),
    ...found.altered.map((table) => describeAltered(table)),
  ];
}

/** The sentence about a table that was changed by hand. */
export function describeAltered(table: string): string {
  return `The table ${table} was changed by other means than a migration. Undo that, or write the same change as a migration, or accept it with \`kai migrate accept\`.`;
}
