import { MigrationError } from "../errors.ts";
import { type FoundFile, folderError, listFolder } from "./listing.ts";
import { ORDER_FILE, orderProblems, readOrder } from "./order-file.ts";
import { entryOf, inSequence, sequenceProblems } from "./sequence.ts";
import { checksumOf, readText } from "./text.ts";

/** One SQL file of the folder. */
export interface Migration {
  /**
   * Key of the history table: the file name, for example `002_hybrid_search.sql`, or `<folder>/<file>` where each
   * migration has a folder.
   */
  name: string;
  /** The number in front, 0 when there is none. The folder's order is the array's, which may be a stated one. */
  version: bigint;
  /** Path of the file, for messages. */
  path: string;
  /**
   * The text that runs: no byte order mark, line ends as LF. Read from the file at each use, so that a folder of any
   * size needs the memory of one file; `parseScript` keeps it in its script.
   * @throws MigrationError (kind `folder`) when the file changed since `readMigrations`.
   */
  readonly sql: string;
  /** SHA-256 in hex of `sql`, so that a checkout with CRLF line ends is the same migration. */
  checksum: string;
}

/**
 * Reads a folder of SQL files in order: the one that `migrations.order.json` states, or else that of the numbers.
 * @throws MigrationError (kind `folder`) that names everything for which the folder cannot be used, each with the
 *   remedy.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const { files, problems } = await listFolder(directory);
  const byName = new Map(files.map((file) => [file.name, file]));
  const order = readOrder(directory);
  const entries = files.map((file) => entryOf(file.name));
  const doubts = order ? orderProblems(order, [...byName.keys()]) : sequenceProblems(entries);
  problems.push(...doubts);
  const names = order ?? inSequence(entries).map((entry) => entry.name);
  const migrations: Migration[] = [];
  // One after another, so that no more than one text is in memory.
  for (const name of new Set([...names, ...byName.keys()])) {
    const file = byName.get(name);
    if (!file) continue;
    try {
      migrations.push(migrationOf(file));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return migrations;
  if (doubts.length === 0 || order) throw folderError(directory, problems);
  throw folderError(
    directory,
    problems,
    `Where databases have these files already, rename nothing: \`kai migrate order\` states the order in ${ORDER_FILE}.`,
  );
}

function migrationOf({ name, path }: FoundFile): Migration {
  const checksum = checksumOf(readText(path, name));
  return {
    name,
    version: entryOf(name).number?.version ?? 0n,
    path,
    get sql() {
      const text = readText(path, name);
      if (checksumOf(text) === checksum) return text;
      throw new MigrationError(
        "folder",
        `${name} was edited while it was being applied. Run again: what is applied is recorded.`,
        { file: name },
      );
    },
    checksum,
  };
}
