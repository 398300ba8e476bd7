import { z } from "zod";

/** What the documentation and the error messages know about one field. */
export interface FieldNotes {
  /** Meaning, unit and source of the rule, in one or two sentences. */
  description: string;
  /** A value that is right, shown in the error message as the remedy. */
  example: unknown;
}

/** Attaches the notes to a schema; `example` becomes the JSON Schema's `examples`. */
export function field<T extends z.ZodType>(schema: T, description: string, example: unknown): T {
  return schema.meta({ description, examples: [example] }) as T;
}

/** The notes of a schema, or of the first one inside its wrappers (`optional`, `default`, `prefault`, transforms). */
export function notesOf(schema: z.ZodType): FieldNotes | undefined {
  for (let inner: z.ZodType | undefined = schema; inner; inner = unwrap(inner)) {
    const meta = z.globalRegistry.get(inner);
    if (meta?.description !== undefined) {
      return { description: meta.description, example: (meta.examples as unknown[] | undefined)?.[0] };
    }
  }
  return undefined;
}

/** The schema inside one wrapper, undefined when there is none. */
export function unwrap(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.unwrap() as z.ZodType;
  }
  return schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : undefined;
}

/** The schema at a path of keys and indices, undefined when the path leads outside. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = root;
  for (const step of path) {
    while (current && !isContainer(current)) current = unwrap(current);
    if (current instanceof z.ZodObject) current = (current.shape as Record<PropertyKey, z.ZodType>)[step];
    else if (current instanceof z.ZodArray) current = current.element as z.ZodType;
    else if (current instanceof z.ZodRecord) current = current.valueType as z.ZodType;
    else return undefined;
  }
  return current;
}

/** The object, array or record inside the wrappers; undefined for a scalar. */
export function containerAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current = schemaAt(root, path);
  while (current && !isContainer(current)) current = unwrap(current);
  return current;
}

function isContainer(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodArray || schema instanceof z.ZodRecord;
}

/** Text that must not be empty. */
export const text = (): z.ZodString => z.string().min(1, { error: "must not be empty" });

/** Text with a rule of its own; `wrong` completes the sentence "`value` …". */
export function checked(isRight: (value: string) => boolean, wrong: string): z.ZodString {
  return z.string().refine(isRight, { error: (issue) => `${quoted(issue.input)} ${wrong}` });
}

/** Text that YAML may have read as a number or a truth value (`cpu: 1`, `nodeVersion: 22`, `DEBUG: true`). */
export function scalar(isRight: (value: string) => boolean, wrong: string) {
  return z
    .union([z.string(), z.number(), z.boolean()], { error: "must be text" })
    .transform(String)
    .refine(isRight, { error: (issue) => `${quoted(issue.input)} ${wrong}` });
}

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number): z.ZodNumber {
  const error = (issue: { input?: unknown }) =>
    typeof issue.input === "number"
      ? `${issue.input} must be a whole number from ${min} to ${max}`
      : `must be a whole number from ${min} to ${max}, without quotes`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** One of a few words; the message lists them. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, {
    error: (issue) => `${quoted(issue.input)} is not one of ${words.join(", ")}`,
  });
}

/** A value as an error message shows it. */
export function quoted(value: unknown): string {
  if (value === undefined) return "nothing";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** A value that the schema accepts, built from the examples of its fields. */
export function exampleOf(schema: z.ZodType): unknown {
  const notes = z.globalRegistry.get(schema);
  if (notes?.examples !== undefined) return (notes.examples as unknown[])[0];
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>);
    return Object.fromEntries(
      fields
        .filter(([, inner]) => !inner.safeParse(undefined).success)
        .map(([key, inner]) => [key, exampleOf(inner)]),
    );
  }
  const inner = unwrap(schema);
  return inner && exampleOf(inner);
}
