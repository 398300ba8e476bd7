/**
 * The numbers in front of migration names, of every tool whose folders are met: counted (`001_`, `9-`, `V1.2__`),
 * calendar (`20250101120000_`, `2017-09-23-`, `20170309120000000001_`) and the clock's milliseconds or seconds
 * (`1670000000000_`).
 */

/** Numbers of two schemes have no order that everybody would agree on. */
export type Scheme = "counted" | "calendar" | "clock";

/** The number in front of a name, understood. */
export interface MigrationNumber {
  /** Undefined for the number 0, which comes first in every scheme (Prisma's `0_init`, Diesel's zeros). */
  scheme: Scheme | undefined;
  /** Compared one after another: `V1.2` is 1, 2; a time is its day, hour, minute, second and fraction. */
  parts: readonly bigint[];
  /** As it is written, without what Flyway puts in front: `001`, `1.2`, `2017-09-23`. */
  text: string;
  /** The digits as one number, for the history; of `1.2` the first alone. */
  version: bigint;
}

const FLYWAY = /^v(\d+(?:[._]\d+)*)(?=__)/i;
const DATE = /^(?:19|20)\d\d([-_.])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)/;
/** A group of digits behind a date, up to the next separator: `-120000`, `T12-00-00`, `-01`. */
const TIME = /^(?:[-_. ]|T(?=\d))(\d\d[-.:]\d\d(?:[-.:]\d\d)?|\d+)Z?(?=[-_. ]|$)/;
const COUNTED = /^\d+(?:\.\d+)*(?=[-_. ]|$)/;
const BEGINS_WITH_DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])/;

/**
 * Reads the number of a migration.
 * @param label File name without `.sql`, or the name of its folder.
 * @returns Undefined when the name has no number in front.
 */
export function numberOf(label: string): MigrationNumber | undefined {
  const flyway = FLYWAY.exec(label)?.[1];
  if (flyway) return plain(flyway);
  const date = DATE.exec(label)?.[0];
  if (date) return dated(label, date);
  const counted = COUNTED.exec(label)?.[0];
  if (counted === undefined) return undefined;
  return counted.length === 8 && isCalendar(counted) ? dated(label, counted) : plain(counted);
}

/** Where one number stands to another of the same scheme: negative, 0 or positive. `1` is `1.0`, a day begins before its hours. */
export function compareParts(a: readonly bigint[], b: readonly bigint[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at] ?? -1n, b[at] ?? -1n];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** True when one of two different times is the beginning of the other: nobody knows which came first. */
export function isVague(a: MigrationNumber, b: MigrationNumber): boolean {
  if (a.scheme !== "calendar" || b.scheme !== "calendar" || a.parts.length === b.parts.length) return false;
  const shorter = Math.min(a.parts.length, b.parts.length);
  return a.parts.slice(0, shorter).every((part, at) => part === b.parts[at]);
}

function dated(label: string, day: string): MigrationNumber {
  let text = day;
  const parts = [BigInt(day.replace(/\D/g, ""))];
  for (let more = TIME.exec(label.slice(text.length)); more; more = TIME.exec(label.slice(text.length))) {
    parts.push(...timeParts(more[1]!.replace(/\D/g, "")));
    text += more[0];
  }
  return { scheme: "calendar", parts, text, version: BigInt(text.replace(/\D/g, "")) };
}

function plain(text: string): MigrationNumber {
  const digits = text.split(/[._]/);
  const [first] = digits as [string, ...string[]];
  const version = BigInt(first);
  if (digits.length > 1) return { scheme: "counted", parts: withoutZeros(digits.map(BigInt)), text, version };
  if (version === 0n) return { scheme: undefined, parts: [], text, version };
  if (isCalendar(first)) {
    const parts = [BigInt(first.slice(0, 8)), ...timeParts(first.slice(8))];
    return { scheme: "calendar", parts, text, version };
  }
  const perUnit = { 10: 1000n, 13: 1n }[first.length];
  if (perUnit && !first.startsWith("0")) {
    return { scheme: "clock", parts: [version * perUnit], text, version };
  }
  return { scheme: "counted", parts: [version], text, version };
}

/** 14 digits are a time whatever they hold: nobody counts with so many, and hand-made times have a 61st second. */
function isCalendar(digits: string): boolean {
  return digits.length === 14 || (digits.length !== 13 && BEGINS_WITH_DATE.test(digits));
}

/** Hour, minute, second and fraction; any other number behind a day is its own (`2017-09-23-1`). */
function timeParts(digits: string): bigint[] {
  const time = /^(\d\d)(\d\d)(?:(\d\d)(\d+)?)?$/.exec(digits);
  if (!time) return digits ? [BigInt(digits)] : [];
  const [, hour, minute, second, fraction] = time;
  const written = [hour, minute, second, fraction?.padEnd(9, "0")].filter((part) => part !== undefined);
  return written.map((part) => BigInt(part));
}

function withoutZeros(parts: bigint[]): bigint[] {
  const last = parts.findLastIndex((part) => part !== 0n);
  return parts.slice(0, Math.max(last, 0) + 1);
}
