import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { MigrationError } from "../errors.ts";

/** One SQL file of the folder. */
export interface Migration {
  /** File name, for example `002_hybrid_search.sql`: the key of the history table. */
  name: string;
  /** The number in front, compared as a number: `9_` comes before `10_`, timestamps come after both. */
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

const NUMBERED = /^(\d+)(?:[_.\- ].*)?\.sql$/i;
const DOWN_FILE = /\.down\.sql$/i;

/**
 * Reads a folder of SQL files in number order. Reads nothing below it; `*.down.sql` files are left out, because
 * migrations are never undone by this engine.
 * @throws MigrationError (kind `folder`) naming every unnumbered file, every number that occurs twice, every
 *   sub-folder with SQL files, and every file that is not UTF-8, each with the remedy.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = await sqlFileNames(directory);
  const problems = [...unnumbered(names), ...duplicates(names)];
  const files: Migration[] = [];
  // One after another, so that no more than one text is in memory.
  for (const name of names) {
    try {
      files.push(readMigration(directory, name));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) {
    const text = problems.map((problem) => `- ${problem}`).join("\n");
    throw new MigrationError("folder", `The migrations folder ${directory} cannot be used:\n${text}`);
  }
  return files.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
}

/** The number in front of a file name, or undefined when it has none. */
export function versionOf(name: string): bigint | undefined {
  const match = NUMBERED.exec(name);
  return match ? BigInt(match[1]!) : undefined;
}

/** SHA-256 in hex, neutral to line ends and byte order mark. */
export function checksumOf(text: string): string {
  return createHash("sha256").update(normalise(text)).digest("hex");
}

async function sqlFileNames(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    await refuseNestedSql(
      directory,
      folders.map((folder) => folder.name),
    );
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .filter((name) => /\.sql$/i.test(name) && !DOWN_FILE.test(name));
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const what =
      code === "ENOENT"
        ? "does not exist"
        : code === "ENOTDIR"
          ? "is not a folder"
          : `cannot be read (${code})`;
    throw new MigrationError(
      "folder",
      `The migrations folder ${directory} ${what}. Create it, or name the right one (\`--dir\`, or \`kai:migrations\` in the stack's configuration).`,
      {},
      { cause: error },
    );
  }
}

/** A folder per migration would otherwise look like an empty folder, and a deployment without its schema. */
async function refuseNestedSql(directory: string, folders: string[]): Promise<void> {
  const nested: string[] = [];
  for (const folder of folders) {
    const inside = await readdir(path.join(directory, folder));
    if (inside.some((name) => /\.sql$/i.test(name))) nested.push(folder);
  }
  if (nested.length === 0) return;
  throw new MigrationError(
    "folder",
    `The migrations folder ${directory} has SQL files in sub-folders, which are not read: ${nested.sort().join(", ")}. Move each file up, as <number>_<name>.sql.`,
  );
}

function unnumbered(names: string[]): string[] {
  const wrong = names.filter((name) => versionOf(name) === undefined).sort();
  if (wrong.length === 0) return [];
  return [
    `no number in front, so no place in the order: ${wrong.join(", ")}. Rename each to <number>_<name>.sql, with a number that no other file has.`,
  ];
}

function duplicates(names: string[]): string[] {
  const byVersion = Map.groupBy(
    names.filter((name) => versionOf(name) !== undefined),
    (name) => versionOf(name)!,
  );
  return [...byVersion]
    .filter(([, same]) => same.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([version, same]) =>
        `number ${version} occurs ${same.length} times: ${same.sort().join(", ")}. Give all but the one that databases already have a higher, unused number.`,
    );
}

function readMigration(directory: string, name: string): Migration {
  const file = path.join(directory, name);
  const checksum = checksumOf(readText(file, name));
  return {
    name,
    version: versionOf(name) ?? 0n,
    path: file,
    get sql() {
      const text = readText(file, name);
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

function readText(file: string, name: string): string {
  try {
    return normalise(decode(readFileSync(file), name));
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new MigrationError("folder", `${name} cannot be read (${code}).`, { file: name }, { cause: error });
  }
}

/** A lenient decoder would store U+FFFD in the database without a word. */
function decode(bytes: Buffer, name: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const zero = text.indexOf("\0");
    if (zero < 0) return text;
    const line = text.slice(0, zero).split("\n").length;
    throw new MigrationError(
      "folder",
      `${name}:${line} holds a zero byte, which no SQL text can. Remove it.`,
      { file: name, line },
    );
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const line = firstInvalidLine(bytes);
    throw new MigrationError("folder", `${name}:${line} is not UTF-8. Save the file as UTF-8.`, {
      file: name,
      line,
    });
  }
}

function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  // 0x0a never occurs inside a UTF-8 sequence, so every line can be decoded on its own.
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end < 0 ? bytes.length : end + 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    line++;
    start = stop;
  }
  return line;
}

function normalise(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
