/** The schemas extracted from the npm packages, and the check of inputs against them. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { CheckFailure } from "./declaration.ts";
import { isObject, mapValues, type Properties, UNKNOWN } from "./values.ts";

interface ResourceSchema {
  inputs: { properties?: Record<string, unknown>; required?: string[] };
  outputs: string[];
}

interface PackageFile {
  version: string;
  resources: Record<string, ResourceSchema>;
  functions: Record<string, { inputs: object }>;
  definitions: Record<string, object>;
}

/** One package's types. */
export class PackageSchema {
  readonly version: string;
  readonly #file: PackageFile;
  readonly #ajv = new Ajv({ allErrors: true, strict: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(name: string) {
    this.#file = JSON.parse(
      readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), "utf8"),
    ) as PackageFile;
    this.version = this.#file.version;
  }

  /** The schema of a resource type; undefined when the program's list of types (schemas/types.ts) lacks it. */
  resource(token: string): ResourceSchema | undefined {
    return this.#file.resources[token];
  }

  inputNames(token: string): string[] {
    return Object.keys(this.resource(token)?.inputs.properties ?? {});
  }

  /** Outputs that are no inputs: the cloud computes them. */
  computedNames(token: string): string[] {
    const inputs = new Set(this.inputNames(token));
    return (this.resource(token)?.outputs ?? []).filter((name) => !inputs.has(name));
  }

  /** Refuses unknown, missing and wrongly typed inputs of a resource, a function or the provider itself. */
  validate(token: string, inputs: Properties): CheckFailure[] {
    const schema = (this.#file.resources[token] ?? this.#file.functions[token])?.inputs;
    if (!schema) return [{ property: "", reason: `the simulated cloud does not know the type ${token}` }];
    let check = this.#compiled.get(token);
    if (!check) {
      check = this.#ajv.compile({ ...schema, definitions: this.#file.definitions });
      this.#compiled.set(token, check);
    }
    const unknown = new Set<string>();
    if (check(withoutUnknown(inputs, "", unknown))) return [];
    return (check.errors ?? []).filter((error) => !missesUnknown(error, unknown)).map(failure);
  }
}

/** Leaves out values that a preview does not know; remembers their paths. */
function withoutUnknown(value: unknown, path: string, unknown: Set<string>): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => item !== UNKNOWN)
      .map((item, index) => withoutUnknown(item, `${path}/${index}`, unknown));
  }
  if (!isObject(value)) return value;
  const known = Object.entries(value).filter(([key, item]) => {
    if (item === UNKNOWN) unknown.add(`${path}/${key}`);
    return item !== UNKNOWN;
  });
  return Object.fromEntries(
    known.map(([key, item]) => [key, withoutUnknown(item, `${path}/${key}`, unknown)]),
  );
}

function missesUnknown(error: ErrorObject, unknown: Set<string>): boolean {
  return error.keyword === "required" && unknown.has(`${error.instancePath}/${error.params.missingProperty}`);
}

function failure(error: ErrorObject): CheckFailure {
  const property = error.instancePath.slice(1).replaceAll("/", ".");
  if (error.keyword === "additionalProperties") {
    return { property, reason: `unknown property "${error.params.additionalProperty}"` };
  }
  const expected = error.keyword === "const" ? ` (${JSON.stringify(error.params.allowedValue)})` : "";
  return { property, reason: `${error.message}${expected}` };
}

/** Deep copy without the properties whose value is undefined or null. */
export function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (!isObject(value)) return value;
  return mapValues(
    Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined && item !== null)),
    compact,
  );
}
