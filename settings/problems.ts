import { z } from "zod";
import { containerAt, notesOf, schemaAt } from "./fields.ts";

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where: `kai:services[1].port`. */
  key: string;
  /** What is wrong, as a sentence without the key. */
  problem: string;
  /** How to put it right: the command to run or the line to write. */
  remedy: string;
}

/** The configuration key of a path: `kai:services[1].env.PORT`. */
export function keyOf(path: readonly PropertyKey[]): string {
  const [section, ...rest] = path;
  return rest.reduce<string>(
    (key, step) => key + (typeof step === "number" ? `[${step}]` : `.${String(step)}`),
    `kai:${String(section)}`,
  );
}

/** The problems that a schema finds in one section. */
export function schemaProblems(
  section: string,
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [section, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...path, key], knownKeys(schema, issue.path)));
    }
    return [{ key: keyOf(path), problem: issueText(issue), remedy: remedyAt(schema, issue.path, section) }];
  });
}

/** The problem of a key that nothing reads. */
export function unknownKey(path: readonly PropertyKey[], known: readonly string[]): Problem {
  const name = String(path.at(-1));
  const guess = closest(name, known);
  return {
    key: keyOf(path),
    problem: "is not a setting",
    remedy: guess
      ? `Did you mean \`${guess}\`? Otherwise remove it.`
      : `Remove it. Settings here: ${known.join(", ")}.`,
  };
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const container = containerAt(schema, path);
  return container instanceof z.ZodObject ? Object.keys(container.shape) : [];
}

function issueText(issue: z.core.$ZodIssue): string {
  // Schemas with words of their own for a wrong type (whole numbers) have said it already.
  const isPlain = issue.message.startsWith("Invalid input");
  if (issue.code === "invalid_type" && (isPlain || issue.input === undefined))
    return issue.input === undefined ? "is missing" : `must be ${typeName(issue.expected)}`;
  // A missing value of a union or an enumeration arrives under the code of that schema, with the schema's own words.
  return issue.message.startsWith("nothing ") ? "is missing" : issue.message;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    object: "a group of settings",
    record: "a group of names and values",
    array: "a list",
    string: "text",
    boolean: "true or false, without quotes",
    number: "a number, without quotes",
  };
  return names[expected] ?? expected;
}

function remedyAt(schema: z.ZodType, path: readonly PropertyKey[], section: string): string {
  // An element of a list or of a record has no notes of its own: those of the nearest field around it are shown.
  for (let depth = path.length; depth >= 0; depth--) {
    const at = schemaAt(schema, path.slice(0, depth));
    const notes = at && notesOf(at);
    if (notes?.example === undefined) continue;
    const name = [section, ...path.slice(0, depth)].findLast((step) => typeof step === "string") ?? section;
    return `For example \`${String(name)}: ${flow(notes.example)}\`.`;
  }
  return `See kai:${section} in docs/configuration.md.`;
}

/** A value in YAML's flow style, as somebody would type it. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${flow(inner)}`)
      .join(", ")} }`;
  }
  // Text that YAML would read as a number, a time or a truth value needs its quotes.
  return typeof value === "string" && (value === "" || /^[\d.:]+$|^(true|false|null)$|[:#*]/.test(value))
    ? JSON.stringify(value)
    : String(value);
}

/** The known word that somebody most likely meant, undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((one, other) => one.distance - other.distance);
  return best?.candidate;
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, character] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, target] of [...other].entries()) {
      const substitution = (previous[column] as number) + (character === target ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[column + 1] as number) + 1, (current[column] as number) + 1),
      );
    }
    previous = current;
  }
  return previous[other.length] as number;
}

/** Values that occur more than once, each with the positions after the first. */
export function repeated<T>(values: readonly T[]): { value: T; index: number; first: number }[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return first < index ? [{ value, index, first }] : [];
  });
}
