import type pg from "pg";
import { send } from "../connection.ts";
import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { upTo } from "../folder/up-to.ts";
import { createHistory } from "../history/create.ts";
import { type ForeignHistory, matchForeign, readForeign } from "../history/foreign-history.ts";
import { type History, type HistorySql, readHistory } from "../history/history.ts";
import { comparePlan } from "../history/plan.ts";
import { type Target, withClient } from "../target.ts";
import type { MigrateOptions } from "./migrate.ts";
import { message } from "./run.ts";
import { underLock } from "./under-lock.ts";

/** Which files are applied already. */
export type BaselineChoice =
  /** Every file of the folder. */
  | { kind: "all" }
  /** None: the history begins empty. */
  | { kind: "none" }
  /** Every file up to a number or a file name. */
  | { kind: "to"; to: string }
  /** These files, by name. */
  | { kind: "files"; names: readonly string[] }
  /** What another tool's table says: the tool's name or its table's. */
  | { kind: "from"; from: string };

export interface BaselineResult {
  /** Files that were marked as applied (with `dryRun`: that would be), in order. */
  marked: string[];
  /** Chosen files that were applied according to this history before. */
  already: string[];
  /** Files that stay pending. */
  pending: string[];
  /** Entries of the other tool that no file of the folder fits. */
  withoutFile: string[];
  /** The other tool and its table: `dbmate (public.schema_migrations)`. */
  source?: string;
}

export interface BaselineOptions extends Pick<MigrateOptions, "lockWaitMs" | "onEvent"> {
  /** Write nothing. Default false. */
  dryRun?: boolean;
}

/**
 * Marks files as applied without running them, each with an entry in the audit trail; all of them or none.
 * Another tool's table is read and never written to. Safe to repeat.
 * @throws MigrationError of kind `settings` when the folder has no such file, `history` when the choice does not fit
 *   the history, `foreign-table` when the other tool's table cannot be taken over
 */
export async function baseline(
  target: Target,
  migrations: readonly Migration[],
  choice: BaselineChoice,
  options: BaselineOptions = {},
): Promise<BaselineResult> {
  return withClient(target, async (client, sql) => {
    const first = await choose(client, sql, migrations, choice);
    if (options.dryRun) return first.result;
    return underLock(client, sql, target, options, async () => {
      // Another run may have written while this one waited for the lock.
      const { history, files, result, detail } = await choose(client, sql, migrations, choice);
      if (!history.exists) await createHistory(client, sql);
      const statements = files.flatMap((file) => [sql.baseline(file), sql.record("baselined", file, detail)]);
      if (statements.length > 0) await send(client, message(["BEGIN", ...statements, "COMMIT"]));
      return result;
    });
  });
}

interface Chosen {
  history: History;
  files: Migration[];
  result: BaselineResult;
  /** For the audit trail: where the knowledge comes from. */
  detail: string;
}

async function choose(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
  choice: BaselineChoice,
): Promise<Chosen> {
  const history = await readHistory(client, sql);
  const foreign = choice.kind === "from" ? await readForeign(client, choice.from) : undefined;
  const match = foreign ? fromForeign(foreign, migrations) : undefined;
  const chosen = match?.files ?? fromFolder(migrations, choice);
  const names = new Set(chosen.map((file) => file.name));
  const { pending } = comparePlan(migrations, history);
  const files = pending.filter((file) => names.has(file.name));
  const marked = new Set(files.map((file) => file.name));
  if (files.length > 0) refuseHistory(sql, history, choice);
  const source = foreign && `${foreign.tool.title} (${foreign.table})`;
  return {
    history,
    files,
    detail: source ? `applied by ${source}` : "marked by hand",
    result: {
      marked: [...marked],
      already: [...names].filter((name) => !marked.has(name)),
      pending: pending.map((file) => file.name).filter((name) => !marked.has(name)),
      withoutFile: match?.withoutFile ?? [],
      ...(source ? { source } : {}),
    },
  };
}

function fromForeign(foreign: ForeignHistory, migrations: readonly Migration[]) {
  const match = matchForeign(foreign, migrations);
  if (match.files.length > 0) return match;
  const { tool, table, entries } = foreign;
  const why =
    entries.length === 0
      ? "has no entry of an applied file"
      : `names ${match.withoutFile.slice(0, 5).join(", ")}${match.withoutFile.length > 5 ? ", …" : ""}, and no file of the folder is one of them`;
  throw new MigrationError(
    "history",
    `The history of ${tool.title} (${table}) ${why}. Check the folder (\`--dir\`) and the database. Nothing was marked.`,
  );
}

function fromFolder(migrations: readonly Migration[], choice: BaselineChoice): readonly Migration[] {
  if (choice.kind === "to") return upTo(migrations, choice.to);
  if (choice.kind === "files") return choice.names.map((name) => fileNamed(migrations, name));
  return choice.kind === "all" ? migrations : [];
}

function fileNamed(migrations: readonly Migration[], name: string): Migration {
  const file = migrations.find((one) => one.name === name);
  if (file) return file;
  throw new MigrationError("settings", `The folder has no file ${name}. Nothing was marked.`);
}

/** A history that knows files already decides itself; only what is named one by one, or proven, is added to it. */
function refuseHistory(sql: HistorySql, history: History, { kind }: BaselineChoice): void {
  const known = new Set([...history.rows.map(({ name }) => name), ...history.evidence.keys()]);
  if (known.size === 0 || kind === "files" || kind === "from") return;
  throw new MigrationError(
    "history",
    `The history ${sql.table} knows ${known.size} applied ${known.size === 1 ? "file" : "files"} already, so it is not at its beginning. Name the files that were applied by hand: \`kai migrate baseline <file> …\`. Nothing was marked.`,
  );
}
