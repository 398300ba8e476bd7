import { compareParts, isVague, type MigrationNumber, numberOf, type Scheme } from "./names.ts";

/** A migration's place, before its text is read. */
export interface Entry {
  /** Key of the history: the file name, or `<folder>/<file>` where each migration has a folder. */
  name: string;
  /** Undefined when the name has no number in front. */
  number: MigrationNumber | undefined;
}

/** Counted files are the older ones where a folder changed to times. */
const RANK: Record<Scheme, number> = { counted: 1, clock: 2, calendar: 3 };
const UNNUMBERED = 4;

const WHAT: Record<Scheme, string> = {
  counted: "counted numbers",
  clock: "the clock's milliseconds or seconds",
  calendar: "dates or times",
};

/** The entry of a name as the history has it. */
export function entryOf(name: string): Entry {
  const slash = name.indexOf("/");
  const label = slash < 0 ? name.replace(/\.sql$/i, "") : name.slice(0, slash);
  return { name, number: numberOf(label) };
}

/**
 * The order that the names suggest: 0 first, counted numbers, the clock, the calendar, names without a number; equal
 * numbers by name. Only where `sequenceProblems` finds nothing is it the one order that everybody would expect.
 */
export function inSequence(entries: readonly Entry[]): Entry[] {
  return entries.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      compareParts(a.number?.parts ?? [], b.number?.parts ?? []) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

function rank({ number }: Entry): number {
  if (!number) return UNNUMBERED;
  return number.scheme ? RANK[number.scheme] : 0;
}

/** Why the names alone give no order: one sentence with its remedy for each kind of problem, naming all files that have it. */
export function sequenceProblems(entries: readonly Entry[]): string[] {
  const sorted = inSequence(entries);
  return [...unnumbered(sorted), ...duplicates(sorted), ...vague(sorted), ...mixed(sorted)];
}

/** Why a file's place in `inSequence` is a guess, by name; nothing for a file whose number says its place. */
export function doubts(sorted: readonly Entry[]): Map<string, string> {
  const reasons = new Map<string, string>();
  const lowest = sorted.find((entry) => entry.number?.scheme);
  for (const entry of sorted) {
    const { number, name } = entry;
    if (!number) reasons.set(name, "no number: behind the numbered ones, by name");
    else if (number.scheme && lowest && rank(entry) > rank(lowest)) {
      reasons.set(name, `${WHAT[number.scheme]} beside others: behind the lower kind of number`);
    }
  }
  const explain = (run: readonly Entry[], reason: (other: string) => string) => {
    for (const entry of run) reasons.set(entry.name, reason((entry === run[0] ? run[1]! : run[0]!).name));
  };
  for (const run of neighbours(sorted, isNear)) {
    explain(run, (other) => `same time as ${other}, which is more or less exact: the less exact one first`);
  }
  for (const run of neighbours(sorted, isSame)) explain(run, (other) => `same number as ${other}: by name`);
  return reasons;
}

function unnumbered(sorted: readonly Entry[]): string[] {
  const names = sorted.filter((entry) => !entry.number).map((entry) => entry.name);
  if (names.length === 0) return [];
  const repeatable = names.some((name) => /^R__/.test(name))
    ? " Flyway's repeatable files (`R__…`) do not exist here: give each change of such a file a number."
    : "";
  return [
    `no number in front, so no place in the order: ${names.join(", ")}. Rename each to <number>_<name>.sql, with a number that no other file has.${repeatable}`,
  ];
}

function duplicates(sorted: readonly Entry[]): string[] {
  return neighbours(sorted, isSame).map(
    (same) =>
      `number ${shown(same[0]!)} occurs ${same.length} times: ${names(same)}. Give all but the one that databases already have a higher, unused number.`,
  );
}

function vague(sorted: readonly Entry[]): string[] {
  return neighbours(sorted, isNear).map(
    (group) =>
      `a date and a time on the same day, or a time less exact than another, have no order: ${names(group)}. Write their times equally exact.`,
  );
}

function mixed(sorted: readonly Entry[]): string[] {
  const groups = Map.groupBy(
    sorted.filter((entry) => entry.number?.scheme),
    (entry) => entry.number!.scheme!,
  );
  if (groups.size < 2) return [];
  const largest = Math.max(...[...groups.values()].map((group) => group.length));
  const parts = [...groups].map(([scheme, group]) =>
    group.length === largest && group.length > 6
      ? `${WHAT[scheme]} (${group.length} files, ${group[0]!.name} to ${group.at(-1)!.name})`
      : `${WHAT[scheme]} (${names(group)})`,
  );
  return [
    `two ways of numbering in one folder have no order between them: ${parts.join(" and ")}. Number all files in one way.`,
  ];
}

function isSame(a: Entry, b: Entry): boolean {
  if (!a.number || !b.number) return false;
  return a.number.scheme === b.number.scheme && compareParts(a.number.parts, b.number.parts) === 0;
}

/** Of `2017-09-23-a.sql` and `20170923120000_b.sql` nobody knows which came first. */
function isNear(a: Entry, b: Entry): boolean {
  return a.number !== undefined && b.number !== undefined && isVague(a.number, b.number);
}

/** Runs of two or more entries of which each belongs to the first one of its run. */
function neighbours(sorted: readonly Entry[], belongs: (first: Entry, entry: Entry) => boolean): Entry[][] {
  const runs: Entry[][] = [];
  for (const entry of sorted) {
    const run = runs.at(-1);
    if (run && belongs(run[0]!, entry)) run.push(entry);
    else runs.push([entry]);
  }
  return runs.filter((run) => run.length > 1);
}

function names(entries: readonly Entry[]): string {
  return entries.map((entry) => entry.name).join(", ");
}

/** `005` and `5` are one number. */
function shown({ number }: Entry): string {
  if (number?.scheme !== "counted") return number?.text ?? "";
  return number.parts.join(".");
}
