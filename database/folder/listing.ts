import { type Dirent, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { MigrationError } from "../errors.ts";
import { numberOf } from "./names.ts";

/** One SQL file that would run. */
export interface FoundFile {
  /** Key of the history: the file name, or `<folder>/<file>`; in NFC, which git and Linux have where macOS may not. */
  name: string;
  path: string;
}

/** What a folder holds, and every reason why it cannot be used. */
export interface Listing {
  files: FoundFile[];
  /** Each one or two sentences with the remedy. */
  problems: string[];
}

const SQL = /\.sql$/i;
/** The way back, in the names of golang-migrate, sqlx and dbmate (`x.down.sql`), Diesel (`down.sql`), postgrator and Flyway. */
const WAY_BACK = /(?:^|\.)(?:down|undo|rollback|revert)\.(?:.*\.)?sql$|^U\d[\d._]*__.*\.sql$/i;
const WAY_BACK_FOLDER = /^(?:down|undo|rollback|revert)$/i;
/** What runs in a folder that is one migration: Prisma's and Drizzle's name, Diesel's and Hasura's. */
const MAIN_FILE = /^(?:migration|up)\.sql$/i;

/**
 * Finds the SQL files of a folder: those in it, and `migration.sql` or `up.sql` of each sub-folder. Hidden files,
 * other files and the ways back are left out, because migrations are never undone by this engine.
 * @throws MigrationError (kind `folder`) when the folder itself cannot be read.
 */
export async function listFolder(directory: string): Promise<Listing> {
  const entries = await visibleEntries(directory);
  const listing: Listing = { files: [], problems: [] };
  const withoutSql: string[] = [];
  const names = entries.map((entry) => entry.name);
  for (const { name } of entries) {
    const kind = kindOf(path.join(directory, name));
    if (kind === "folder") {
      if (WAY_BACK_FOLDER.test(name) || name === "node_modules") continue;
      if ((await addSubFolder(listing, directory, name)) === "empty") withoutSql.push(name);
    } else if (SQL.test(name) && !isWayBack(name, names)) {
      if (kind === "file") add(listing, directory, name);
      else listing.problems.push(`${name} ${NOT_A_FILE[kind]}`);
    }
  }
  listing.problems.push(...emptyMigrations(listing, withoutSql), ...otherLanguage(listing, names));
  listing.problems.push(...caseClashes(listing.files));
  return listing;
}

/** One error for all problems of a folder, a line each. */
export function folderError(directory: string, problems: readonly string[], advice?: string): MigrationError {
  const lines = [...problems.map((problem) => `- ${problem}`), ...(advice ? [advice] : [])];
  return new MigrationError(
    "folder",
    `The migrations folder ${directory} cannot be used:\n${lines.join("\n")}`,
  );
}

const NOT_A_FILE = {
  nothing: "is a link that leads to no file. Remove the link, or put the file back.",
  other: "is neither a file nor a folder. Remove it, or give it another name.",
};

function kindOf(place: string): "file" | "folder" | "nothing" | "other" {
  try {
    const found = statSync(place);
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  } catch {
    return "nothing";
  }
}

async function visibleEntries(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.name.startsWith("."));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what: Record<string, string> = { ENOENT: "does not exist", ENOTDIR: "is not a folder" };
    const wrong = what[code ?? ""];
    throw new MigrationError(
      "folder",
      wrong
        ? `The migrations folder ${directory} ${wrong}. Create it, or name the right one (\`--dir\`, or \`kai:migrations.directory\` in the stack's configuration).`
        : `The migrations folder ${directory} cannot be read (${code}). Change its permissions, or name the right one.`,
      {},
      { cause: error },
    );
  }
}

function isWayBack(name: string, names: readonly string[]): boolean {
  if (WAY_BACK.test(name)) return true;
  // `001_shut_down.sql` is an ordinary name; only beside `…_up.sql` it is the other half.
  const up = name.replace(/([-_])down(\.sql)$/i, "$1up$2");
  return up !== name && names.includes(up);
}

function add(listing: Listing, directory: string, ...parts: string[]): void {
  listing.files.push({ name: parts.join("/").normalize("NFC"), path: path.join(directory, ...parts) });
}

/** A folder that is silently left out would be a deployment without its schema. */
async function addSubFolder(listing: Listing, directory: string, folder: string): Promise<"empty" | "seen"> {
  let inside: Dirent[];
  try {
    inside = await readdir(path.join(directory, folder), { withFileTypes: true, recursive: true });
  } catch (error) {
    listing.problems.push(
      `${folder}/ cannot be read (${(error as NodeJS.ErrnoException).code}). Change its permissions.`,
    );
    return "seen";
  }
  const place = (entry: Dirent) =>
    path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join("/");
  const found = inside
    .filter((entry) => !entry.isDirectory() && SQL.test(entry.name))
    .map(place)
    .filter((name) => !name.split("/").some((part) => part.startsWith(".") || part === "node_modules"))
    .filter((name) => !WAY_BACK.test(path.posix.basename(name)))
    .sort();
  if (found.length === 0) return "empty";
  const [only] = found as [string, ...string[]];
  if (found.length === 1 && only.split("/").length === 2 && MAIN_FILE.test(path.posix.basename(only))) {
    if (kindOf(path.join(directory, only)) === "file") add(listing, directory, ...only.split("/"));
    else listing.problems.push(`${only} is not a file, nor a link to one. Remove it, or put the file back.`);
    return "seen";
  }
  listing.problems.push(
    `${folder}/ is a folder with SQL files which are not read: ${found.join(", ")}. A folder for each migration holds one SQL file, migration.sql or up.sql; move other files up, as <number>_<name>.sql, or out of the folder, or name the folder that holds them (\`--dir\`).`,
  );
  return "seen";
}

/** Where each migration has a folder, one without its file was forgotten or half checked out; `x.sql/` is a slip. */
function emptyMigrations(listing: Listing, withoutSql: string[]): string[] {
  const inFolders = listing.files.some((file) => file.name.includes("/"));
  const forgotten = withoutSql.filter((name) => SQL.test(name) || (inFolders && numberOf(name)));
  if (forgotten.length === 0) return [];
  return [
    `without migration.sql or up.sql: ${forgotten.map((name) => `${name}/`).join(", ")}. Put the file in, or remove the folder.`,
  ];
}

/** A folder of another tool's programs must not look like one without migrations. */
function otherLanguage(listing: Listing, names: readonly string[]): string[] {
  if (listing.files.length > 0 || listing.problems.length > 0) return [];
  const programs = names.filter((name) =>
    /\.(?:[cm]?[jt]s|py|rb|go|php|java|kts?|ya?ml|xml|json|exs|txt|gz)$/i.test(name),
  );
  const numbered = programs.filter((name) => numberOf(name.replace(/\.[^.]*$/, "")));
  if (numbered.length === 0) return [];
  return [
    `no SQL file, but numbered files of other kinds: ${numbered.join(", ")}. Only files that end in .sql are run: name the right folder, or write them as SQL.`,
  ];
}

/** On Windows and macOS a checkout keeps one of them only. */
function caseClashes(files: readonly FoundFile[]): string[] {
  const same = Map.groupBy(files, (file) => file.name.toLowerCase());
  return [...same.values()]
    .filter((group) => group.length > 1)
    .map(
      (group) =>
        `names that differ in upper and lower case alone: ${group
          .map((file) => file.name)
          .sort()
          .join(", ")}. Rename all but one: other systems see one file.`,
    );
}
