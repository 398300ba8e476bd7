import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { MigrationError } from "../errors.ts";
import type { HistoryTable } from "../history/history.ts";
import type { Target } from "../target.ts";

/** A database with the name under which results speak of it. */
export interface NamedTarget {
  name: string;
  target: Target;
}

const variable = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "must be the name of an environment variable that holds the connection string",
  );

const entry = z.union([
  variable.transform((url) => ({ url })),
  z.strictObject({
    /** Name of the environment variable with the connection string. */
    url: variable,
    /** Where the history is kept. */
    schema: z.string().min(1).optional(),
    table: z.string().min(1).optional(),
    /** Schema in which unqualified names are looked up and created: for one schema for each tenant. */
    searchPath: z.string().min(1).optional(),
  }),
]);

type Entry = z.infer<typeof entry> & { schema?: string; table?: string; searchPath?: string };

/**
 * Reads a file (YAML or JSON) that names databases: `berlin: DATABASE_URL_BERLIN`, or
 * `tenant-a: { url: DATABASE_URL, schema: tenant_a, searchPath: tenant_a }`. It names environment variables, because
 * connection strings are secrets.
 * @param only Names to take; empty for all.
 * @param history Where entries keep their history that say nothing about it.
 * @throws MigrationError (kind `settings`) with everything that is wrong; values of entries are never in it
 */
export async function readTargets(
  file: string,
  only: readonly string[],
  history: HistoryTable,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<NamedTarget[]> {
  const entries = Object.entries(await readEntries(file));
  const names = entries.map(([name]) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw refused(file, [`it has no target ${unknown.join(", ")}; it has ${names.join(", ")}`]);
  }
  const chosen = entries.filter(([name]) => only.length === 0 || only.includes(name));
  const missing = chosen
    .filter(([, { url }]) => !environment[url])
    .map(([name, { url }]) => `${url} (${name})`);
  if (missing.length > 0)
    throw refused(file, [`these environment variables are not set: ${missing.join(", ")}`]);
  const targets = chosen.map(([name, one]) => ({ name, target: targetOf(one, history, environment) }));
  const twins = sameDatabase(targets);
  if (twins.length > 0) throw refused(file, twins);
  return targets;
}

async function readEntries(file: string): Promise<Record<string, Entry>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refused(file, [
      error.code === "ENOENT" ? "there is no such file" : `it cannot be read (${error.code})`,
    ]);
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // The rest of the message quotes the text, which may hold what does not belong there.
    throw refused(file, [`it is neither YAML nor JSON: ${(error as Error).message.split(":\n")[0]}`]);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw refused(file, ["it must map names to variables, for example `berlin: DATABASE_URL_BERLIN`"]);
  }
  const problems: string[] = [];
  const found: Record<string, Entry> = {};
  for (const [name, value] of Object.entries(content)) {
    const result = entry.safeParse(value);
    if (result.success) found[name] = result.data;
    else problems.push(`${name}: ${problemOf(value)}`);
  }
  if (Object.keys(content).length === 0) problems.push("it names no target");
  if (problems.length > 0) throw refused(file, problems);
  return found;
}

function problemOf(value: unknown): string {
  const url = typeof value === "object" && value !== null && "url" in value ? value.url : value;
  if (typeof url === "string" && url.includes("://")) {
    return "holds a connection string, which is a secret; put it into an environment variable and name that";
  }
  const shape = entry.options[1].safeParse(value);
  const isObject = typeof value === "object" && value !== null;
  const issue = isObject && !shape.success ? shape.error.issues[0] : undefined;
  if (issue) return [issue.path.join("."), issue.message].filter(Boolean).join(" ");
  return "must be the name of an environment variable, or { url, schema, table, searchPath }";
}

function targetOf(
  { url, schema, table, searchPath }: Entry,
  history: HistoryTable,
  environment: NodeJS.ProcessEnv,
): Target {
  const connectionString = environment[url]!;
  return {
    connectionString: searchPath ? withSearchPath(connectionString, searchPath) : connectionString,
    schema: schema ?? history.schema,
    table: table ?? history.table,
  };
}

/** As an option of the session's start, so that it outlives the reset between two files. */
function withSearchPath(connectionString: string, schema: string): string {
  const url = URL.parse(connectionString);
  // What is no address is refused when it is connected to, with the remedy.
  if (!url) return connectionString;
  const name = `"${schema.replaceAll('"', '""')}"`.replaceAll(/[\\ ]/g, "\\$&");
  const before = url.searchParams.get("options");
  url.searchParams.set("options", [before, `-csearch_path=${name}`].filter(Boolean).join(" "));
  return url.href;
}

function sameDatabase(targets: readonly NamedTarget[]): string[] {
  const groups = Map.groupBy(targets, ({ target }) =>
    JSON.stringify([target.connectionString, target.schema, target.table]),
  );
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => `${group.map(({ name }) => name).join(" and ")} are the same database and history`);
}

function refused(file: string, problems: readonly string[]): MigrationError {
  const text =
    problems.length === 1 ? ` ${problems[0]}` : `\n${problems.map((problem) => `- ${problem}`).join("\n")}`;
  return new MigrationError("settings", `The targets file ${file} cannot be used:${text}. Nothing was done.`);
}
