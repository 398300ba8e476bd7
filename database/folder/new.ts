import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeProblem } from "../../errors.ts";
import { MigrationError } from "../errors.ts";
import { readMigrations } from "./files.ts";
import type { MigrationNumber } from "./names.ts";
import { readOrder, writeOrder } from "./order-file.ts";
import { type Entry, entryOf, inSequence } from "./sequence.ts";

const FIRST = entryOf("000_.sql");
const TIMESTAMP_DIGITS = 14;

/**
 * Makes the next file of a folder, named as its last one is: the way of numbering, what separates number and title,
 * `.up.sql`, a folder for each migration. Where the folder states its order, the file is listed at the end.
 * @param title What the migration does; becomes the name in lower case with underscores.
 * @returns The path of the new file.
 * @throws MigrationError (kind `folder`) when the folder cannot be used or the title holds no letter or digit.
 */
export async function createMigration(directory: string, title: string, now = new Date()): Promise<string> {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  if (!words) throw new MigrationError("folder", `"${title}" gives no file name. Use letters or digits.`);
  const names = (await readMigrations(directory)).map((migration) => migration.name);
  const last = inSequence(names.map(entryOf)).findLast((entry) => entry.number) ?? FIRST;
  const name = nextName(last, words, now);
  const file = path.join(directory, name);
  writeNew(file, `-- ${title.replace(/\s+/g, " ").trim()}: why it is needed.\n\n`);
  const order = readOrder(directory);
  if (!order) return file;
  try {
    writeOrder(directory, [...order, name]);
  } catch (error) {
    rmSync(file);
    throw error;
  }
  return file;
}

function writeNew(file: string, text: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    const why = writeProblem(error);
    if (!why) throw error;
    throw new MigrationError("folder", `${file} cannot be made: ${why}.`, {}, { cause: error });
  }
}

/** The last name with another number and title: what stands in front, between and behind them stays. */
function nextName(last: Entry, words: string, now: Date): string {
  const [label, file] = last.name.split("/") as [string, string | undefined];
  const start = label.indexOf(last.number!.text);
  const rest = label.slice(start + last.number!.text.length);
  const [, separator, kind = ""] = /^((?:__|[_. -])(?:do\.)?|)(?:.*?)(\.up)?(?:\.sql)?$/i.exec(rest)!;
  const next = `${label.slice(0, start)}${nextNumber(last.number!, now)}${separator || "_"}${words}`;
  return file ? `${next}/${file}` : `${next}${kind}.sql`;
}

function nextNumber(last: MigrationNumber, now: Date): string {
  const digits = last.text.replace(/\D/g, "");
  const isTime = last.scheme ? last.scheme !== "counted" : digits.length === TIMESTAMP_DIGITS;
  if (!isTime) return countUp(last.text);
  const exact = last.scheme === "clock" ? String(now.getTime()) : now.toISOString().replace(/\D/g, "");
  if (last.scheme === "calendar" && last.parts.length <= 2) return nextOfDay(last, digits, exact.slice(0, 8));
  const stamp = exact.slice(0, digits.length).padEnd(digits.length, "0");
  // A last file from the future still comes first; counting up may make a 61st second, which compares as well.
  return fill(last.text, BigInt(stamp) > BigInt(digits) ? stamp : countUp(digits));
}

/** `2017-09-23` is followed by a later day, `2017-09-23-1` by a later day's first or the same day's next. */
function nextOfDay(last: MigrationNumber, digits: string, today: string): string {
  const day = digits.slice(0, 8);
  const numbered = last.parts.length > 1;
  if (numbered && today <= day) return countUp(last.text);
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)/.exec(day)!;
  const tomorrow = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date) + 1)).toISOString();
  const later = today > day ? today : tomorrow.replace(/\D/g, "").slice(0, 8);
  const first = numbered ? "1".padStart(digits.length - 8, "0") : "";
  return fill(last.text, later + first);
}

/** The last group of digits one higher, as wide as before. */
function countUp(text: string): string {
  return text.replace(/\d+(?=\D*$)/, (number) => String(BigInt(number) + 1n).padStart(number.length, "0"));
}

/** Puts digits in the places of the digits of a pattern: `2017-09-23` stays a date with hyphens. */
function fill(pattern: string, digits: string): string {
  let at = 0;
  return pattern.replace(/\d/g, () => digits[at++]!);
}
