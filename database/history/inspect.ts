import type pg from "pg";
import type { Migration } from "../folder/files.ts";
import { type Target, withClient } from "../target.ts";
import { alteredTables } from "./fingerprint.ts";
import { appliedByOthers, refuseAppliedByOthers } from "./foreign-history.ts";
import { type History, type HistoryRow, type HistorySql, readHistory } from "./history.ts";
import { comparePlan, type Plan, type ProblemKind } from "./plan.ts";

/** A database as it is. */
export interface Inspection {
  history: History;
  /** What migrations made and somebody changed since by other means: `public.materials (altered: column x added)`. */
  altered: string[];
}

/** A database compared with a folder. */
export interface Status extends Plan, Inspection {}

/**
 * Reads the history, and compares the tables with how the last run left them; writes nothing.
 * @throws MigrationError of kind `connection`, `foreign-table`, or `locked` where somebody holds a table for himself.
 */
export async function inspect(target: Target): Promise<Inspection> {
  return withClient(target, inspectSession);
}

async function inspectSession(client: pg.Client, sql: HistorySql): Promise<Inspection> {
  const history = await readHistory(client, sql);
  return { history, altered: history.exists ? await alteredTables(client, sql) : [] };
}

/**
 * Compares a folder with a database; writes nothing.
 * @throws MigrationError of kind `connection` or `foreign-table`.
 */
export async function status(target: Target, migrations: readonly Migration[]): Promise<Status> {
  return withClient(target, async (client, sql) => {
    const found = await inspectSession(client, sql);
    const plan = comparePlan(migrations, found.history);
    const other = found.history.exists ? undefined : await appliedByOthers(client, sql, migrations);
    if (other) plan.problems.push({ kind: "applied-elsewhere", ...other, repairable: false });
    return { ...plan, ...found };
  });
}

/**
 * Compares a folder with the history alone: three round trips with the connection, and nothing is written.
 * @throws MigrationError of kind `connection` or `foreign-table`, also where another tool has applied files of the folder
 */
export async function planOf(target: Target, migrations: readonly Migration[]): Promise<Plan> {
  return withClient(target, async (client, sql) => {
    const history = await readHistory(client, sql);
    if (!history.exists) await refuseAppliedByOthers(client, sql, migrations);
    return comparePlan(migrations, history);
  });
}

/** One respect in which a database is not as the folder says. */
export interface Difference {
  kind: ProblemKind | "pending" | "partial" | "altered";
  /** File name; of what was changed by hand its name with what is different. */
  name: string;
  /** One or two sentences with the remedy. */
  message: string;
}

/**
 * Checks without writing that the database holds exactly the folder: nothing pending, no row or checksum that does
 * not fit, nothing changed by hand.
 * @returns Every difference; empty when all is well.
 */
export async function verify(target: Target, migrations: readonly Migration[]): Promise<Difference[]> {
  return differences(await status(target, migrations));
}

/** A comparison as a list, in which no file stands twice. Pure. */
export function differences(found: Status): Difference[] {
  const late = new Set(found.problems.filter(({ kind }) => kind === "out-of-order").map(({ name }) => name));
  return [
    ...found.problems.map(({ kind, name, message, repairable }) => ({
      kind,
      name,
      message: repairable ? `${message} \`kai migrate repair\` puts it right.` : message,
    })),
    ...found.pending
      .filter(({ name }) => !late.has(name))
      .map(({ name }) => pendingDifference(name, found.partial.get(name))),
    ...found.altered.map((name) => ({ kind: "altered" as const, name, message: describeAltered(name) })),
  ];
}

function pendingDifference(name: string, partial: HistoryRow | undefined): Difference {
  if (!partial) {
    return { kind: "pending", name, message: `${name} is not applied. \`kai migrate up\` applies it.` };
  }
  const { statementsApplied, statementsTotal } = partial;
  return {
    kind: "partial",
    name,
    message: `${name} is applied in part: ${statementsApplied} of ${statementsTotal} statements. \`kai migrate up\` continues it.`,
  };
}

/** The sentence about what was changed by hand. @param altered As in `Inspection.altered` */
export function describeAltered(altered: string): string {
  const what = /^(function|procedure|type) /.test(altered) ? altered : `table ${altered}`;
  return `The ${what} was changed by other means than a migration. Undo that, or write the same change as a migration, or accept it with \`kai migrate repair --accept-tables\`.`;
}
