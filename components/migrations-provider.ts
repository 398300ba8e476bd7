/**
 * What the migrations resource does. The resource's stored code calls these functions by this file's path, so that
 * a fix here reaches resources that exist already: keep the path and the names.
 */
import path from "node:path";
import {
  describeAltered,
  describeEvent,
  type HistoryRow,
  inspect,
  isComplete,
  MigrationError,
  type MigrationEvent,
  migrate,
  readMigrations,
  type Target,
} from "../database/index.ts";
import { databaseUrl } from "../pipeline/names.ts";

/** One file, as the resource's inputs name it. */
export interface MigrationFile {
  name: string;
  /** SHA-256 in hex, neutral to line ends. */
  checksum: string;
}

/** Inputs and outputs of the resource; no secret is among them. */
export interface MigrationsState {
  /** Environment whose database is meant: `staging` reads the connection string from `DATABASE_URL_STAGING`. */
  target: string;
  /** Folder of the SQL files, relative to the program's folder. */
  directory: string;
  /** Schema of the history table. */
  schema: string;
  /** Name of the history table. */
  table: string;
  /** In the order in which they are applied. */
  files: MigrationFile[];
  /**
   * Tables that migrations made and somebody changed since by other means. The program declares none, so that
   * each is drift under its name.
   */
  alteredTables: string[];
}

/** Applies what is pending. The history in the database is the truth, so a create that failed half-way continues here. */
export async function create(inputs: MigrationsState): Promise<{ id: string; outs: MigrationsState }> {
  return { id: inputs.target, outs: await apply(inputs) };
}

/**
 * Applies what is pending, and puts rows of the history right that somebody changed by hand, where the audit trail
 * proves what they must be; otherwise the error says what to do. A table that was changed by hand is left as it is:
 * only its owner knows whether the change is wanted. It is named, and stays drift until it is undone or accepted.
 */
export async function update(
  _id: string,
  _olds: MigrationsState,
  news: MigrationsState,
): Promise<{ outs: MigrationsState }> {
  const outs = await apply(news);
  const { altered } = await inspect(databaseOf(news));
  for (const table of altered) console.log(`Warning: ${describeAltered(table)}`);
  return { outs };
}

/**
 * Answers the inputs that would describe the database as it is, so that every difference is a property: files keep
 * their place in the list, a file whose row is gone says so in place of its checksum, and rows of other files follow.
 * @throws MigrationError when the database cannot be reached: an answer without files would look like drift.
 */
export async function read(
  id: string,
  state: MigrationsState,
): Promise<{ id: string; props: MigrationsState; inputs: MigrationsState }> {
  const { history, altered } = await inspect(databaseOf(state));
  const found = { ...plain(state), files: filesFound(state.files, history.rows), alteredTables: altered };
  return { id, props: found, inputs: found };
}

const NO_ROW = "no row in the history";

function filesFound(expected: readonly MigrationFile[], rows: readonly HistoryRow[]): MigrationFile[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const places = new Map<string, HistoryRow | undefined>([
    ...expected.map(({ name }) => [name, byName.get(name)] as const),
    ...byName,
  ]);
  return [...places].map(([name, row]) => ({ name, checksum: row ? checksumFound(row) : NO_ROW }));
}

function checksumFound(row: HistoryRow): string {
  if (isComplete(row)) return row.checksum;
  return `${row.checksum} (${row.statementsApplied} of ${row.statementsTotal} statements)`;
}

async function apply(inputs: MigrationsState): Promise<MigrationsState> {
  const migrations = await readMigrations(path.resolve(inputs.directory));
  const declared = JSON.stringify(inputs.files.map(({ name, checksum }) => [name, checksum]));
  if (JSON.stringify(migrations.map(({ name, checksum }) => [name, checksum])) !== declared) {
    throw new MigrationError(
      "folder",
      `The files of ${inputs.directory} changed while the program ran. Run \`pulumi up\` again.`,
    );
  }
  await migrate(databaseOf(inputs), migrations, { repair: true, onEvent: print });
  return plain(inputs);
}

/** The stored properties hold more (`__provider`), which must not come back as inputs. */
function plain({ target, directory, schema, table, files }: MigrationsState): MigrationsState {
  return { target, directory, schema, table, files, alteredTables: [] };
}

/**
 * The database that the environment's variable names.
 * @throws MigrationError (kind `settings`) when it is not set
 */
export function databaseOf({
  target,
  schema,
  table,
}: Pick<MigrationsState, "target" | "schema" | "table">): Target {
  const variable = databaseUrl(target);
  const connectionString = process.env[variable];
  if (!connectionString) {
    throw new MigrationError(
      "settings",
      `The environment variable ${variable} is not set: it names the database of ${target}. Set it to the connection string, postgresql://user:password@host:5432/database (on Supabase: Project Settings → Database).`,
    );
  }
  return { connectionString, schema, table };
}

/** Lines on standard output reach the user of \`pulumi up\` beside the resource. */
function print(event: MigrationEvent): void {
  const line = describeEvent(event);
  if (line) console.log(line);
}
