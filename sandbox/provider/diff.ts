/** What differs between the live state and the wanted inputs, property by property. */
import type { ResourceType } from "./declaration.ts";
import { isObject, type Properties, UNKNOWN } from "./values.ts";

export type DiffKind = "add" | "delete" | "update";

/** Property path → kind of difference. */
export type Differences = Map<string, DiffKind>;

type Rules = Pick<
  ResourceType<unknown>,
  "optionalComputed" | "nestedDefaults" | "writeOnly" | "sets" | "comparison"
>;

/**
 * @param live outputs as read from the cloud
 * @param oldInputs inputs of the last update; write-only properties can only be compared with these
 * @param wanted the program's inputs
 * @param defaults what the cloud uses for inputs left out
 */
export function differences(
  live: Properties,
  oldInputs: Properties,
  wanted: Properties,
  defaults: Properties,
  rules: Rules,
): Differences {
  const found: Differences = new Map();
  const compare = new Comparison(found, rules);
  const seen = rules.comparison === "subset" ? (pruned(live, oldInputs) as Properties) : live;
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(oldInputs)])) {
    const actual = rules.writeOnly?.includes(key) ? oldInputs[key] : seen[key];
    if (key in wanted) compare.values(key, actual, wanted[key]);
    else compare.absent(key, actual, defaults[key]);
  }
  return found;
}

class Comparison {
  readonly #found: Differences;
  readonly #rules: Rules;

  constructor(found: Differences, rules: Rules) {
    this.#found = found;
    this.#rules = rules;
  }

  values(path: string, actual: unknown, wanted: unknown): void {
    if (wanted === UNKNOWN) this.#found.set(path, "update");
    else if (isEmpty(actual) && isEmpty(wanted)) return;
    else if (actual === undefined || actual === null) this.#found.set(path, "add");
    else if (Array.isArray(wanted) && Array.isArray(actual)) this.arrays(path, actual, wanted);
    else if (isObject(wanted) && isObject(actual)) this.objects(path, actual, wanted);
    else if (actual !== wanted) this.#found.set(path, "update");
  }

  /** The program says nothing: a difference only where the live value is not what saying nothing gives. */
  absent(path: string, actual: unknown, fallback: unknown): void {
    if (isEmpty(actual) || this.isComputed(path) || JSON.stringify(actual) === JSON.stringify(fallback))
      return;
    this.#found.set(path, "delete");
  }

  private objects(path: string, actual: Properties, wanted: Properties): void {
    for (const key of Object.keys(wanted)) this.values(below(path, key), actual[key], wanted[key]);
    for (const key of Object.keys(actual)) {
      const item = below(path, key);
      if (!(key in wanted))
        this.absent(item, actual[key], this.#rules.nestedDefaults?.[withoutIndexes(item)]);
    }
  }

  private arrays(path: string, actual: unknown[], wanted: unknown[]): void {
    const isSet = this.#rules.sets?.includes(withoutIndexes(path));
    const [left, right] = isSet ? [sorted(actual), sorted(wanted)] : [actual, wanted];
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const item = `${path}[${index}]`;
      if (index >= right.length) this.#found.set(item, "delete");
      else this.values(item, left[index], right[index]);
    }
  }

  private isComputed(path: string): boolean {
    return this.#rules.optionalComputed?.includes(withoutIndexes(path)) ?? false;
  }
}

/**
 * The parts of a live value that the inputs speak of, as the kubernetes plugin sees them (pulumi/pulumi-kubernetes,
 * `pruneLiveState`): map entries by key, list items by position.
 */
export function pruned(live: unknown, inputs: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(inputs)) {
    return live.slice(0, inputs.length).map((item, index) => pruned(item, inputs[index]));
  }
  if (!isObject(live) || !isObject(inputs)) return live;
  return Object.fromEntries(
    Object.keys(live)
      .filter((key) => key in inputs)
      .map((key) => [key, pruned(live[key], inputs[key])]),
  );
}

/** A property path as the engine reads it: keys with dots are quoted. */
function below(path: string, key: string): string {
  return /[."[\]]/.test(key) ? `${path}["${key.replaceAll('"', '\\"')}"]` : `${path}.${key}`;
}

/** Whether a property path lies at or below one of the listed ones; `*` covers everything. */
export function isBelow(path: string, prefixes: string[] = []): boolean {
  const bare = withoutIndexes(path);
  return prefixes.some((prefix) => prefix === "*" || bare === prefix || bare.startsWith(`${prefix}.`));
}

/** Values that saying nothing gives in the providers' schemas. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function withoutIndexes(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "");
}

function sorted(items: unknown[]): unknown[] {
  return [...items].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
