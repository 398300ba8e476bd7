/** GitHub's official description: which requests there are, what they take, what they answer. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  /** The part of the path may hold slashes. */
  multi?: true;
  schema: object;
}

/** One request, as `npm run schemas:github` extracted it. */
export interface Operation {
  id: string;
  /** The page that error bodies point at. */
  documentation?: string;
  parameters: Parameter[];
  body?: { required: boolean; schema: object };
  /** Schema by status; null: no body, or none that is described. */
  responses: Record<string, object | null>;
}

interface DescriptionFile {
  source: string;
  operations: Record<string, Operation>;
  definitions: Record<string, object>;
}

/** A request that is in the description. */
export interface Match {
  /** `GET /repos/{owner}/{repo}` */
  key: string;
  operation: Operation;
  params: Record<string, string>;
}

let shared: Description | undefined;

/** GitHub's description. It never changes, and compiling it takes a moment: every server of a process uses the same. */
export function officialDescription(): Description {
  shared ??= new Description();
  return shared;
}

export class Description {
  readonly #file: DescriptionFile;
  readonly #ajv = validator(false);
  /** What stands in an address is text. */
  readonly #texts = validator(true);
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #patterns: { key: string; method: string; pattern: RegExp; names: string[]; fixed: number }[];

  constructor() {
    const file = new URL("../../schemas/github-rest.json", import.meta.url);
    this.#file = JSON.parse(readFileSync(file, "utf8")) as DescriptionFile;
    for (const ajv of [this.#ajv, this.#texts])
      ajv.addSchema({ $id: "github", definitions: this.#file.definitions });
    this.#patterns = Object.entries(this.#file.operations)
      .map(([key, operation]) => patternOf(key, operation))
      // The longer fixed text first: `secrets/public-key` is no secret, and `branches/main/protection` no branch.
      .sort((a, b) => b.fixed - a.fixed);
  }

  /** The description of a request by its key. */
  operation(key: string): Operation | undefined {
    return this.#file.operations[key];
  }

  /** The request that a method and a path are. */
  match(method: string, path: string): Match | undefined {
    for (const { key, method: wanted, pattern, names } of this.#patterns) {
      const found = wanted === method ? pattern.exec(path) : null;
      const operation = this.#file.operations[key];
      if (!found || !operation) continue;
      const parts = names.map((name, index) => [name, decoded(found[index + 1] ?? "")]);
      return { key, operation, params: Object.fromEntries(parts) };
    }
    return undefined;
  }

  /** The values of an address's query, in their types; parameters that the description does not know are dropped. */
  query(key: string, search: URLSearchParams): Record<string, string | number | boolean> {
    const values: Record<string, string | number | boolean> = {};
    for (const { name, in: place, schema } of this.#file.operations[key]?.parameters ?? []) {
      const text = search.get(name);
      if (place !== "query" || text === null) continue;
      const holder = { value: text as string | number | boolean };
      const check = this.compile(`${key} ?${name}`, { properties: { value: schema } }, this.#texts);
      // GitHub ignores a value that it cannot read.
      if (check(holder)) values[name] = holder.value;
    }
    return values;
  }

  /** What is wrong with a request's body; undefined where nothing is. */
  bodyProblem(key: string, body: unknown): string | undefined {
    const described = this.#file.operations[key]?.body;
    if (!described || (body === undefined && !described.required)) return undefined;
    const check = this.compile(`${key} body`, described.schema, this.#ajv);
    return check(body ?? {}) ? undefined : bodySentence(check.errors ?? []);
  }

  /** Why an answer is not what the description says; undefined where it is. A status that it does not list is none. */
  answerProblem(key: string, status: number, body: unknown): string | undefined {
    const { responses = {} } = this.#file.operations[key] ?? {};
    const schema = responses[status];
    if (schema === undefined) return status < 300 ? `status ${status} is not described` : undefined;
    if (schema === null) {
      return body === undefined || status >= 400 ? undefined : `status ${status} has no body`;
    }
    const check = this.compile(`${key} ${status}`, schema, this.#ajv);
    if (check(body)) return undefined;
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ");
  }

  /** Whether a refusal's reasons are objects; otherwise they are sentences. */
  hasErrorObjects(key: string, status: number): boolean {
    return JSON.stringify(this.#file.operations[key]?.responses[status] ?? null).includes(
      'validation-error"',
    );
  }

  private compile(name: string, schema: object, ajv: Ajv): ValidateFunction {
    const known = this.#compiled.get(name);
    if (known) return known;
    const compiled = ajv.compile(schema);
    this.#compiled.set(name, compiled);
    return compiled;
  }
}

/** A part of an address; one that is wrongly written stays as it is, and is then found nowhere. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function validator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ strict: false, coerceTypes, allErrors: false });
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  // Empty where there is none: the description's own default for the addresses of a deployment status.
  ajv.addFormat("uri", /^([a-z][a-z0-9+.-]*:\S*)?$/i);
  for (const format of [
    "int64",
    "int32",
    "email",
    "date",
    "repo.nwo",
    "ssh-key",
    "password",
    "hostname",
    "ipv4",
    "ipv6",
    "duration",
  ])
    ajv.addFormat(format, true);
  return ajv;
}

function patternOf(key: string, { parameters }: Operation) {
  const [method = "", path = ""] = key.split(" ");
  const names: string[] = [];
  const source = path.replaceAll(/[.]|\{([^}]+)\}/g, (part, name?: string) => {
    if (name === undefined) return `\\${part}`;
    names.push(name);
    return parameters.some((one) => one.name === name && one.multi) ? "(.+)" : "([^/]+)";
  });
  // The folder at the top has an empty path.
  const pattern = new RegExp(`^${source.replace(/contents\/\(\.\+\)$/, "contents/?(.*)")}$`);
  return { key, method, pattern, names, fixed: path.replaceAll(/\{[^}]+\}/g, "").length };
}

/** The words of GitHub's own checks: `For 'properties/name', 5 is not a string.` */
function bodySentence(errors: readonly ErrorObject[]): string {
  const [error] = errors;
  if (!error) return "Invalid request.";
  const at = error.instancePath.slice(1);
  if (error.keyword === "required")
    return `Invalid request.\n\n"${error.params.missingProperty}" wasn't supplied.`;
  if (error.keyword === "additionalProperties") {
    return `Invalid request.\n\n"${error.params.additionalProperty}" is not a permitted key.`;
  }
  const place = at ? `For 'properties/${at}', ` : "";
  return `Invalid request.\n\n${place}${error.message}.`;
}
