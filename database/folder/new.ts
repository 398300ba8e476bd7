import { writeFile } from "node:fs/promises";
import path from "node:path";
import { MigrationError } from "../errors.ts";
import { readMigrations } from "./files.ts";

/** Numbers of this many digits are times. */
const TIMESTAMP_DIGITS = 14;
const USUAL_DIGITS = 3;

/**
 * Makes the next file of a folder, numbered as the folder's last one is: counted up, or a timestamp.
 * @param title What the migration does; becomes the name in lower case with underscores.
 * @returns The path of the new file.
 * @throws MigrationError (kind `folder`) when the folder cannot be used or the title holds no letter or digit.
 */
export async function createMigration(directory: string, title: string, now = new Date()): Promise<string> {
  const slug = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  if (!slug) throw new MigrationError("folder", `"${title}" gives no file name. Use letters or digits.`);
  const last = (await readMigrations(directory)).at(-1);
  const file = path.join(directory, `${nextNumber(last, now)}_${slug}.sql`);
  await writeFile(file, `-- ${title.replace(/\s+/g, " ").trim()}: why it is needed.\n\n`, { flag: "wx" });
  return file;
}

function nextNumber(last: { name: string; version: bigint } | undefined, now: Date): string {
  const digits = last ? /^\d+/.exec(last.name)![0].length : USUAL_DIGITS;
  const counted = String((last?.version ?? 0n) + 1n).padStart(digits, "0");
  if (digits < TIMESTAMP_DIGITS) return counted;
  const stamp = now.toISOString().replace(/\D/g, "").slice(0, TIMESTAMP_DIGITS).padEnd(digits, "0");
  // A last file from the future still comes first.
  return BigInt(stamp) > last!.version ? stamp : counted;
}
