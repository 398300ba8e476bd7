/** Where two texts differ, so that a report need not show both as a whole. No I/O. */
import { isDeepStrictEqual } from "node:util";
import { formatPath, isObject, type Path } from "./properties.ts";

/** One difference within a text. */
export interface TextDifference {
  /** Place: `Statement[1].Action` in a JSON document, `line 3` in other texts. */
  place: string;
  /** Left out where there is nothing at this place. */
  wanted?: unknown;
  found?: unknown;
}

/**
 * The differences between two JSON documents (such as access policies), or between two texts of several lines (such
 * as code). Nothing for texts that are read best as they are.
 */
export function textDifferences(wanted: string, found: string): TextDifference[] {
  const documents = [wanted, found].map(parseDocument);
  const [before, after] = documents;
  if (before && after) return compareValues([], before, after);
  return [wanted, found].some((text) => text.includes("\n")) ? compareLines(wanted, found) : [];
}

function parseDocument(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function compareValues(path: Path, wanted: unknown, found: unknown): TextDifference[] {
  if (isDeepStrictEqual(wanted, found)) return [];
  if (isObject(wanted) && isObject(found)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
    return [...keys].flatMap((key) => compareValues([...path, key], wanted[key], found[key]));
  }
  const pairs = Array.isArray(wanted) && Array.isArray(found) ? pairItems(wanted, found) : undefined;
  if (pairs)
    return pairs.flatMap(({ index, items: [before, after] }) =>
      compareValues([...path, index], before, after),
    );
  return [{ place: formatPath(path), ...given({ wanted, found }) }];
}

interface Pair {
  /** In the wanted list, or in the found one where only that has the item. */
  index: number;
  items: [wanted: unknown, found: unknown];
}

/** The items of two lists that go by a name (a policy's statements by `Sid`); undefined where any has none of its own. */
function pairItems(wanted: unknown[], found: unknown[]): Pair[] | undefined {
  const [before, after] = [wanted, found].map((list) => new Map(list.map((item, at) => [nameOf(item), at])));
  if (!before || !after || before.size < wanted.length || after.size < found.length) return undefined;
  const names = [...new Set([...before.keys(), ...after.keys()])];
  if (names.includes(undefined)) return undefined;
  return names.map((name) => {
    const [there, here] = [before.get(name), after.get(name)];
    return {
      index: there ?? here ?? 0,
      items: [there === undefined ? there : wanted[there], here === undefined ? here : found[here]],
    };
  });
}

function nameOf(item: unknown): string | undefined {
  if (!isObject(item)) return undefined;
  return [item.Sid, item.Id, item.name].find((name) => typeof name === "string");
}

/** The lines between the common beginning and the common end. */
function compareLines(wanted: string, found: string): TextDifference[] {
  const [before, after] = [wanted.split("\n"), found.split("\n")];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const between = (lines: string[]) => lines.slice(start, lines.length - end);
  const [gone, come] = [between(before), between(after)];
  return [
    {
      place: `line ${start + 1}`,
      ...(gone.length > 0 && { wanted: gone.join("\n") }),
      ...(come.length > 0 && { found: come.join("\n") }),
    },
  ];
}

function given(values: { wanted: unknown; found: unknown }): Partial<typeof values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
