/**
 * Extracts the requests that the simulated GitHub answers from GitHub's official description, so that requests and
 * answers are checked against it. Run: npm run schemas:github
 *
 * The package unpacks to 385 MB, which is why it is fetched here and is no development dependency.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "../github/http/routes/index.ts";

const PACKAGE = "@octokit/openapi@23.0.2";
/** Of the description inside it, so that another content of the same version is noticed. */
const SHA256 = "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a";

type Json = { [key: string]: unknown };

function download(): Json {
  const folder = mkdtempSync(join(tmpdir(), "kai-openapi-"));
  try {
    const options = { cwd: folder, encoding: "utf8" } as const;
    const archive = execFileSync("npm", ["pack", PACKAGE, "--silent"], options).trim();
    execFileSync("tar", ["xzf", archive, "package/generated/api.github.com.json"], options);
    const text = readFileSync(join(folder, "package/generated/api.github.com.json"));
    const found = createHash("sha256").update(text).digest("hex");
    if (found !== SHA256) throw new Error(`${PACKAGE} holds another description than expected: ${found}`);
    return JSON.parse(text.toString("utf8")) as Json;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies what is asked for, with every definition that it refers to. */
class Extractor {
  readonly definitions: Json = {};
  readonly #description: Json;

  constructor(description: Json) {
    this.#description = description;
  }

  /** The object that is meant, where there is a reference. */
  resolve(value: unknown): Json {
    const { $ref } = value as { $ref?: string };
    if (!$ref) return value as Json;
    return $ref
      .slice(2)
      .split("/")
      .reduce<Json>((at, key) => at[key.replaceAll("~1", "/")] as Json, this.#description);
  }

  operation(method: string, path: string): Json {
    const item = (this.#description.paths as Json)[path] as Json | undefined;
    const operation = item?.[method.toLowerCase()] as Json | undefined;
    if (!operation) throw new Error(`The official description has no ${method} ${path}.`);
    const body = operation.requestBody ? this.resolve(operation.requestBody) : undefined;
    return {
      id: operation.operationId,
      documentation: (operation.externalDocs as Json | undefined)?.url,
      parameters: ((operation.parameters ?? []) as unknown[]).map((one) => this.parameter(this.resolve(one))),
      ...(body && {
        body: { required: body.required === true, schema: taken(open(this.schema(json(body)) as Json)) },
      }),
      responses: Object.fromEntries(
        Object.entries(operation.responses as Json).map(([status, response]) => {
          const schema = json(this.resolve(response));
          return [status, schema ? this.schema(schema) : null];
        }),
      ),
    };
  }

  private parameter(parameter: Json): Json {
    return {
      name: parameter.name,
      in: parameter.in,
      ...(parameter["x-multi-segment"] === true && { multi: true }),
      schema: this.schema(parameter.schema),
    };
  }

  /** A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes a type. */
  schema(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.schema(item));
    if (typeof value !== "object" || value === null) return value;
    const schema = value as Json;
    if (typeof schema.$ref === "string") return { $ref: this.reference(schema.$ref) };
    const { nullable, ...rest } = schema;
    const copy = Object.fromEntries(
      Object.entries(rest)
        .filter(([key]) => !DROPPED.has(key) && !key.startsWith("x-"))
        .map(([key, item]) => [
          // The alternatives of the description overlap: two error bodies without a required member are one.
          key === "oneOf" ? "anyOf" : key,
          key === "properties" ? this.properties(item as Json) : NESTED.has(key) ? this.schema(item) : item,
        ]),
    );
    return nullable === true ? orNull(copy) : copy;
  }

  /** Names of properties are no keywords. */
  private properties(properties: Json): Json {
    return Object.fromEntries(Object.entries(properties).map(([name, item]) => [name, this.schema(item)]));
  }

  private reference($ref: string): string {
    const name = $ref.split("/").at(-1) ?? "";
    if (!(name in this.definitions)) {
      this.definitions[name] = {};
      this.definitions[name] = this.schema(this.resolve({ $ref }));
    }
    return `github#/definitions/${name}`;
  }
}

/** Text for people, and what the other tools of the description use. */
const DROPPED = new Set([
  "description",
  "example",
  "examples",
  "title",
  "externalDocs",
  "deprecated",
  "discriminator",
  "default",
]);
const NESTED = new Set(["items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"]);

function json(value: Json): unknown {
  return ((value.content as Json | undefined)?.["application/json"] as Json | undefined)?.schema;
}

function orNull(schema: Json): Json {
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  if (typeof schema.type === "string") return { ...schema, type: [schema.type, "null"] };
  return { anyOf: [schema, { type: "null" }] };
}

/** GitHub takes members that the description does not name: the github plugin's `can_admins_bypass` is one. */
function open({ additionalProperties, ...schema }: Json): Json {
  return additionalProperties === false
    ? schema
    : { ...schema, ...(additionalProperties !== undefined && { additionalProperties }) };
}

/**
 * Members that the description requires and GitHub does not: `checks` took the place of `contexts`, and the github plugin
 * sends them alone.
 */
const NOT_NEEDED = "contexts";

function taken(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === "required" && Array.isArray(value) ? value.filter((name) => name !== NOT_NEEDED) : value,
  );
}

function sorted(object: Json): Json {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const extractor = new Extractor(download());
const operations = Object.fromEntries(
  Object.keys(routes)
    .sort()
    .map((key) => {
      const [method = "", path = ""] = key.split(" ");
      return [key, extractor.operation(method, path)];
    }),
);
const result = { source: PACKAGE, operations, definitions: sorted(extractor.definitions) };
const file = new URL("./github-rest.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(result)}\n`);
console.log(
  `${Object.keys(operations).length} requests, ${Object.keys(extractor.definitions).length} definitions`,
);
