import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { UserError } from "./errors.ts";

/** What a project's files say about one stack, without the engine: defaults of Pulumi.yaml and the stack's own. */
export interface StackFile {
  /** Name of the stack, from the file's name. */
  stack: string;
  /** Values below `kai:`, keys without that prefix; a secret is `true` when it is set. */
  config: Record<string, unknown>;
  /** Keys whose value is encrypted as a whole. */
  encrypted: ReadonlySet<string>;
}

/** Where the engine was started. */
export interface StartedIn {
  /** Variables of the process. */
  environment: Record<string, string | undefined>;
  /** Its working directory, an absolute path. */
  cwd: string;
}

/**
 * The folder of Pulumi.yaml and the stack files.
 *
 * `root` is what the engine names (`pulumi.getRootDirectory()`). A language host older than the CLI leaves it out,
 * and the SDK then answers an address that is no folder. The working directory is that of the program, which need not
 * be the project's (`main` in Pulumi.yaml may name a file elsewhere), so what the command was told comes first:
 * `PULUMI_OPTION_CWD`, and the folder in which somebody typed it.
 */
export async function projectDirectory(
  root: string | undefined,
  { environment, cwd }: StartedIn = { environment: process.env, cwd: process.cwd() },
): Promise<string> {
  if (root && (await isFolder(root))) return root;
  const { PULUMI_OPTION_CWD: told, PWD: typed = cwd } = environment;
  const likely = told === undefined ? typed : resolve(typed, told);
  return (await isFolder(likely)) && (await readdir(likely)).includes("Pulumi.yaml") ? likely : cwd;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** Reads `Pulumi.yaml` and `Pulumi.<stack>.yaml` of a folder. @throws UserError if either is absent or no YAML. */
export async function readStackFile(directory: string, stack: string): Promise<StackFile> {
  const project = await readYaml(join(directory, "Pulumi.yaml"), "Run the command in the project's folder.");
  const own = await readYaml(
    join(directory, `Pulumi.${stack}.yaml`),
    `Copy Pulumi.staging.yaml, or run \`pulumi stack init ${stack}\`.`,
  );
  return mergeStack(stack, project, own);
}

/** Reads every stack that has a file beside Pulumi.yaml, in the order of their names. */
export async function readStacks(directory: string): Promise<StackFile[]> {
  const names = (await readdir(directory)).flatMap(
    (file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? [],
  );
  return Promise.all(names.sort().map((stack) => readStackFile(directory, stack)));
}

/** A stack's configuration from the contents of Pulumi.yaml and of its own file. */
export function mergeStack(
  stack: string,
  project: Record<string, unknown>,
  own: Record<string, unknown>,
): StackFile {
  const namespace = String(project.name);
  const config: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(groupOf(project.config))) {
    const value = isGroup(declaration) ? declaration.default : declaration;
    if (value !== undefined && !foreign(key, namespace)) config[localKey(key, namespace)] = value;
  }
  const encrypted = new Set<string>();
  for (const [key, value] of Object.entries(groupOf(own.config))) {
    if (foreign(key, namespace)) continue;
    const isSecret = isGroup(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
    config[localKey(key, namespace)] = isSecret ? true : value;
    if (isSecret) encrypted.add(localKey(key, namespace));
  }
  return { stack, config, encrypted };
}

function foreign(key: string, namespace: string): boolean {
  return key.includes(":") && !key.startsWith(`${namespace}:`);
}

function localKey(key: string, namespace: string): string {
  return key.startsWith(`${namespace}:`) ? key.slice(namespace.length + 1) : key;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function groupOf(value: unknown): Record<string, unknown> {
  return isGroup(value) ? value : {};
}

async function readYaml(path: string, remedy: string): Promise<Record<string, unknown>> {
  const content = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new UserError(`There is no ${path}. ${remedy}`);
    throw error;
  });
  try {
    return groupOf(parse(content));
  } catch (error) {
    throw new UserError(`${path} is not valid YAML: ${(error as Error).message}`);
  }
}
