import pg from "pg";
import { MigrationError, shellWord } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { FOREIGN_TOOLS, type ForeignTool, toolsByShape } from "./foreign-tools.ts";
import type { HistorySql, HistoryTable } from "./history.ts";

/** What another tool's table says is applied. */
export interface ForeignEntry {
  name: string | null;
  number: string | null;
  checksum: string | null;
  /** It stands for every file up to its number. */
  upTo: boolean;
  unfinished: boolean;
}

/** Another tool's history, read. */
export interface ForeignHistory {
  tool: ForeignTool;
  /** `schema.table`, quoted where that is needed. */
  table: string;
  entries: ForeignEntry[];
}

/** What of another tool's history is in the folder. */
export interface Match {
  /** Files that the tool has applied, in the folder's order. */
  files: Migration[];
  /** Entries of the tool that no file of the folder fits. */
  withoutFile: string[];
}

/** The tool that made a table, told by its columns and by what stands beside it. */
export async function toolOf(
  client: pg.Client,
  where: HistoryTable,
  columns: readonly string[],
): Promise<ForeignTool | undefined> {
  for (const tool of toolsByShape(columns)) {
    if (!tool.beside || (await columnsOf(client, { ...where, table: tool.beside })).length > 0) return tool;
  }
  return undefined;
}

/**
 * Reads what another tool has applied. Writes nothing.
 * @param from Name of a tool, or of its table (`table` in `public`, or `schema.table`).
 * @throws MigrationError (kind `foreign-table`) when there is no such table, when nobody knows it, when its entries
 *   are no SQL files, and when the tool stopped in the middle of a file
 */
export async function readForeign(client: pg.Client, from: string): Promise<ForeignHistory> {
  const named = FOREIGN_TOOLS.find((tool) => tool.id === from.toLowerCase());
  const where = named?.home ?? tableNamed(from);
  const columns = await columnsOf(client, where);
  const shown = `${where.schema}.${where.table}`;
  if (columns.length === 0) {
    const hint = named
      ? `If ${named.title} keeps it elsewhere, name the table: \`--from <schema>.<table>\`.`
      : `Name a table of this database, or one of the tools ${FOREIGN_TOOLS.map(({ id }) => id).join(", ")}.`;
    throw new MigrationError("foreign-table", `This database has no table ${shown}. ${hint}`);
  }
  const tool = named && fits(named, columns) ? named : await toolOf(client, where, columns);
  if (!tool?.rows) throw new MigrationError("foreign-table", unreadable(tool, shown, columns));
  const entries = await readEntries(client, tool, where);
  refuseUnfinished(tool, shown, entries);
  return { tool, table: shown, entries };
}

/**
 * Before the first run on a database: whether another tool has applied files of this folder, which must not run again.
 * @returns The last of those files, and a sentence with both ways out.
 */
export async function appliedByOthers(
  client: pg.Client,
  { options }: HistorySql,
  migrations: readonly Migration[],
): Promise<{ name: string; message: string } | undefined> {
  const found = await findForeign(client, migrations);
  if (!found) return undefined;
  const { tool, table } = found.history;
  const { files } = found.match;
  const { name } = files.at(-1)!;
  return {
    name,
    message: `${tool.title} has applied ${files.length} of these files to this database already (${table}; the last is ${name}), and they must not run again. Take its history over: \`kai migrate baseline --from ${shellWord(table)}${options}\`. If these are other files that only look alike: \`kai migrate baseline --none${options}\`.`,
  };
}

/** @throws MigrationError (kind `foreign-table`) when another tool has applied files of this folder */
export async function refuseAppliedByOthers(
  client: pg.Client,
  sql: HistorySql,
  migrations: readonly Migration[],
): Promise<void> {
  const found = await appliedByOthers(client, sql, migrations);
  if (found) throw new MigrationError("foreign-table", `${found.message} Nothing was applied.`);
}

/** Looks where other tools keep their history by themselves, for one that has applied files of this folder. */
async function findForeign(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<{ history: ForeignHistory; match: Match } | undefined> {
  const readable = FOREIGN_TOOLS.filter((tool) => tool.rows);
  // By the catalogue: to_regclass fails where this user may not look into a schema.
  const result = await client.query<{ id: string }>(
    `SELECT tool.id FROM unnest($1::text[], $2::text[], $3::text[]) AS tool (id, schema, name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = tool.schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = tool.name AND c.relkind IN ('r', 'p')
     WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
    [
      readable.map(({ id }) => id),
      readable.map((tool) => tool.home.schema),
      readable.map((tool) => tool.home.table),
    ],
  );
  const present = new Set(result.rows.map(({ id }) => id));
  for (const tool of readable.filter(({ id }) => present.has(id))) {
    const columns = await columnsOf(client, tool.home);
    if ((await toolOf(client, tool.home, columns))?.id !== tool.id) continue;
    const table = `${tool.home.schema}.${tool.home.table}`;
    const history = { tool, table, entries: await readEntries(client, tool, tool.home) };
    const match = matchForeign(history, migrations);
    if (match.files.length > 0) return { history, match };
  }
  return undefined;
}

function fits(tool: ForeignTool, columns: readonly string[]): boolean {
  return toolsByShape(columns).includes(tool);
}

function unreadable(tool: ForeignTool | undefined, table: string, columns: readonly string[]): string {
  const otherwise = "Say yourself what is applied: `kai migrate baseline --to <number>`.";
  return tool
    ? `The entries of ${tool.title} in ${table} are no SQL files. ${otherwise}`
    : `The table ${table} is of no migration tool that is known here: it has the columns ${columns.join(", ")}. ${otherwise}`;
}

function refuseUnfinished(tool: ForeignTool, table: string, entries: readonly ForeignEntry[]): void {
  const unfinished = entries.filter((entry) => entry.unfinished).map(label);
  if (unfinished.length === 0) return;
  throw new MigrationError(
    "foreign-table",
    `${tool.title} stopped in the middle of ${unfinished.join(", ")} (${table}), so nobody knows what of it is applied. Finish or undo it by hand, put its entry right with ${tool.title}, then run this again.`,
  );
}

async function readEntries(
  client: pg.Client,
  { rows }: ForeignTool,
  where: HistoryTable,
): Promise<ForeignEntry[]> {
  const table = quoted(where);
  const text = (expression: string | undefined) => `(${expression ?? "NULL"})::text`;
  const result = await client.query<ForeignEntry>(
    `SELECT DISTINCT ${text(rows!.name)} AS name, ${text(rows!.number)} AS number, ${text(rows!.checksum)} AS checksum,
       (${rows!.upTo ?? "false"}) AS "upTo", (${rows!.unfinished ?? "false"}) AS unfinished
     FROM ${table} t WHERE ${rows!.where?.(table) ?? "true"} ORDER BY 2, 1, 3`,
  );
  return result.rows;
}

async function columnsOf(client: pg.Client, where: HistoryTable): Promise<string[]> {
  const result = await client.query<{ name: string }>(
    `SELECT attname::text AS name FROM pg_catalog.pg_attribute
     WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [quoted(where)],
  );
  return result.rows.map(({ name }) => name);
}

function quoted({ schema, table }: HistoryTable): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

function tableNamed(text: string): HistoryTable {
  const dot = text.indexOf(".");
  return dot < 0
    ? { schema: "public", table: text }
    : { schema: text.slice(0, dot), table: text.slice(dot + 1) };
}

/**
 * Finds the file of each entry: by name, by number, by the text's checksum. Pure.
 * @throws MigrationError (kind `history`) when an entry's number belongs to several files and nothing else tells them apart
 */
export function matchForeign(history: ForeignHistory, migrations: readonly Migration[]): Match {
  const applied = new Set<Migration>();
  const withoutFile: string[] = [];
  for (const entry of history.entries) {
    const files = entry.upTo ? upTo(entry, migrations) : fileOf(history, entry, migrations);
    for (const file of files) applied.add(file);
    if (files.length === 0) withoutFile.push(label(entry));
  }
  return { files: migrations.filter((file) => applied.has(file)), withoutFile };
}

/** In the folder's order, which may be a stated one. */
function upTo({ number }: ForeignEntry, migrations: readonly Migration[]): Migration[] {
  const version = asNumber(number);
  const last = migrations.findLastIndex((file) => version !== undefined && file.version === version);
  return migrations.slice(0, last + 1);
}

function fileOf(
  { tool, table }: ForeignHistory,
  entry: ForeignEntry,
  migrations: readonly Migration[],
): Migration[] {
  if (entry.checksum) return migrations.filter(({ checksum }) => checksum === entry.checksum);
  const name = entry.name && stem(entry.name);
  const byName = name ? named(name, migrations) : undefined;
  if (byName) return [byName];
  const number = asNumber(entry.number);
  const byNumber = number === undefined ? [] : migrations.filter(({ version }) => version === number);
  if (byNumber.length > 1) {
    throw new MigrationError(
      "history",
      `${tool.title} (${table}) says that number ${number} is applied, which ${byNumber.length} files have: ${byNumber.map((file) => file.name).join(", ")}. Name those that are: \`kai migrate baseline <file> …\`.`,
    );
  }
  return byNumber;
}

/** `db/V1__users.up.sql` is `V1__users`. */
function stem(name: string): string {
  return name
    .split("/")
    .at(-1)!
    .replace(/(\.up)?\.(sql|js|cjs|mjs|ts|xml|ya?ml|json)$/i, "");
}

/** Tools know a file by its own name, its folder's (a folder per migration), or, if no other has it, without its number. */
function named(name: string, migrations: readonly Migration[]): Migration | undefined {
  const exactly = migrations.find((file) => [stem(file.name), file.name.split("/")[0]].includes(name));
  const titled = migrations.filter((file) => stem(file.name).replace(/^\d+[_.\- ]+/, "") === name);
  return exactly ?? (titled.length === 1 ? titled[0] : undefined);
}

function asNumber(text: string | null): bigint | undefined {
  return text && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function label(entry: ForeignEntry): string {
  return entry.name ?? entry.number ?? `the text with checksum ${entry.checksum?.slice(0, 12)}…`;
}
