/** Property paths and values as the engine's events carry them; secrets are blinded here, once, for every reader. */

export type Properties = Record<string, unknown>;
export type Path = (string | number)[];

/** What stands for a secret value in findings and reports. */
export const secretText = "[secret]";

// The engine's mark of a secret in serialised properties (pulumi/pulumi, sdk/go/common/resource/properties.go).
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Reads `rules.checks[0].context` and `metadata.labels["app.kubernetes.io/name"]`. */
export function parsePath(text: string): Path {
  const part = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.[\]]+)/g;
  return [...text.matchAll(part)].map(([, quoted, index, name]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? name! : quoted.replaceAll(/\\(.)/g, "$1");
  });
}

/** The text that `parsePath` reads. */
export function formatPath(path: Path): string {
  return path
    .map((part, position) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[\w$-]+$/.test(part)) return `["${part.replaceAll(/["\\]/g, "\\$&")}"]`;
      return position === 0 ? part : `.${part}`;
    })
    .join("");
}

/** A value at a path of blinded properties: undefined where nothing is, `secretText` below a secret. */
export function valueAt(properties: Properties, path: Path): unknown {
  let value: unknown = properties;
  for (const part of path) {
    if (value === secretText) return secretText;
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Properties)[part] : undefined;
  }
  return value;
}

/**
 * Copies of one object's states with every secret replaced by `secretText`: also where only one of them knows that
 * a property is secret. A provider need not mark what it reads from the cloud as the state has it marked.
 */
export function blindAlike(states: Properties[]): Properties[] {
  const blinded = states.map(blind) as Properties[];
  if (!JSON.stringify(blinded).includes(secretText)) return blinded;
  return blinded.map((state) => blindLike(state, blinded)) as Properties[];
}

function blind(value: unknown): unknown {
  if (isSecret(value)) return secretText;
  if (Array.isArray(value)) return value.map(blind);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, blind(item)]));
}

/** Blinds what is secret at the same place in any of the others; the items of a list share one place. */
function blindLike(value: unknown, others: unknown[]): unknown {
  if (others.includes(secretText)) return value === undefined ? undefined : secretText;
  if (Array.isArray(value)) {
    const items = others.filter(Array.isArray).flat();
    return value.map((item) => blindLike(item, items));
  }
  if (!isObject(value)) return value;
  const siblings = others.filter(isObject);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      blindLike(
        item,
        siblings.map((sibling) => sibling[key]),
      ),
    ]),
  );
}

/**
 * Whether a live value is what the program wants. The live one may say more (what the cloud computed),
 * and nothing is the same as the values that providers give to nothing.
 */
export function agrees(wanted: unknown, found: unknown): boolean {
  if (isEmpty(wanted) && isEmpty(found)) return true;
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return wanted.length === found.length && wanted.every((item, index) => agrees(item, found[index]));
  }
  if (isObject(wanted) && isObject(found)) {
    return Object.keys(wanted).every((key) => agrees(wanted[key], found[key]));
  }
  return wanted === found;
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: unknown): boolean {
  return isObject(value) && value[signatureKey] === secretSignature;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
