/** The project's YAML files, changed field by field so that comments and order stay. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isNode, isSeq, parse, parseDocument } from "yaml";
import type { SettingStep } from "../../drift/adoption.ts";
import type { Ignored } from "../../drift/ignored.ts";
import type { Edit } from "../../github/adoption/fit.ts";
import { CONFIGURATION_SECRETS, decoded, parseSettings, type Settings } from "../../settings.ts";
import { mergeStack, readStacks, type StackFile } from "../../settings-files.ts";

interface ProjectFile {
  name: string;
  text: string;
  document: Document;
}

export class ProjectFiles {
  readonly #directory: string;
  readonly #project: ProjectFile;
  readonly #stacks: ReadonlyMap<string, ProjectFile>;

  private constructor(directory: string, project: ProjectFile, stacks: ReadonlyMap<string, ProjectFile>) {
    this.#directory = directory;
    this.#project = project;
    this.#stacks = stacks;
  }

  /** @throws UserError if a file is absent or no YAML */
  static async open(directory: string): Promise<ProjectFiles> {
    const names = (await readStacks(directory)).map(({ stack }) => stack);
    const read = async (name: string): Promise<ProjectFile> => {
      const text = await readFile(join(directory, name), "utf8");
      return { name, text, document: parseDocument(text) };
    };
    const files = names.map(async (stack) => [stack, await read(`Pulumi.${stack}.yaml`)] as const);
    return new ProjectFiles(directory, await read("Pulumi.yaml"), new Map(await Promise.all(files)));
  }

  /** The configuration of each stack, with the changes so far. */
  stacks(): StackFile[] {
    const project = this.#project.document.toJS() ?? {};
    return [...this.#stacks].map(([stack, { document }]) => {
      const file = mergeStack(stack, project, document.toJS() ?? {});
      const config = Object.entries(file.config).map(([key, value]) => [key, decoded(value)]);
      return { ...file, config: Object.fromEntries(config) };
    });
  }

  /**
   * Writes a field where its section stands: in the stack's own file, or among the project's defaults.
   * @returns the name of that file
   */
  set({ stack, section, field, to }: Edit): string {
    const { file, path } = this.#place(stack, section);
    setField(file.document, path, field, to);
    return file.name;
  }

  /**
   * Writes a value at a place within a section, where the section stands.
   * @returns the name of that file; undefined where a list has no item of the name
   */
  setIn(stack: string, section: string, steps: readonly SettingStep[], value: unknown): string | undefined {
    const { file, path } = this.#place(stack, section);
    const place: (string | number)[] = [...path];
    for (const step of steps) {
      const key = typeof step === "string" ? step : indexOf(file.document.getIn(place), step.name);
      if (key === undefined) return undefined;
      place.push(key);
    }
    setField(file.document, place.slice(0, -1), String(place.at(-1)), value);
    return file.name;
  }

  /** Adds an entry to the stack's own `kai:drift.ignore`. @returns the name of its file */
  ignore(stack: string, entry: Ignored): string {
    const file = this.#stack(stack);
    const { document, name } = file;
    const path = ["config", this.#keyIn(file, "drift") ?? this.#keyOf("drift")];
    const entries = document.getIn([...path, "ignore"]);
    if (isSeq(entries) && entries.items.length > 0) entries.add(document.createNode(entry));
    else setField(document, path, "ignore", [entry]);
    return name;
  }

  /**
   * The settings of each stack, with the changes so far. Secrets that are not set yet will be before the `up`; an optional
   * one that is not set is not made.
   * @throws UserError that lists every problem of a stack's configuration
   */
  settings(): Settings[] {
    const needed = CONFIGURATION_SECRETS.filter(({ neededBy }) => neededBy !== "optional");
    const secrets = Object.fromEntries(needed.map(({ key }) => [key, true]));
    const stacks = this.stacks();
    const configs = Object.fromEntries(stacks.map(({ stack, config }) => [stack, config]));
    return stacks.map(({ stack, config }) => {
      const { [stack]: _, ...siblings } = configs;
      return parseSettings(stack, { ...config, ...secrets }, { siblings });
    });
  }

  /** Adds entries to the stack's `kai:adopt`, and takes others out. */
  adopt(stack: string, imports: Record<string, string>, settled: readonly string[]): void {
    const file = this.#stack(stack);
    const { document } = file;
    const path = ["config", this.#keyIn(file, "adopt") ?? this.#keyOf("adopt")];
    for (const [name, id] of Object.entries(imports)) setField(document, path, name, id);
    for (const name of settled) document.deleteIn([...path, name]);
    const left = document.getIn(path);
    if (isMap(left) && left.items.length === 0) document.deleteIn(path);
  }

  /** Writes the files that changed, each as a whole or not at all. @returns their names */
  async write(): Promise<string[]> {
    // The writer would lay out some files anew in which nothing changed.
    const changed = [this.#project, ...this.#stacks.values()].filter(
      ({ text, document }) => !isDeepStrictEqual(document.toJS(), parse(text)),
    );
    for (const file of changed) {
      const path = join(this.#directory, file.name);
      await writeFile(`${path}.new`, rendered(file));
      await rename(`${path}.new`, path);
    }
    return changed.map(({ name }) => name);
  }

  /** The key under which a file has a section, with or without the project's name before it. */
  #keyIn({ document }: ProjectFile, section: string): string | undefined {
    return [this.#keyOf(section), section].find((key) => document.hasIn(["config", key]));
  }

  #keyOf(section: string): string {
    return `${this.#project.document.get("name")}:${section}`;
  }

  /** Where a section stands: in the stack's own file, or among the project's defaults. */
  #place(stack: string, section: string): { file: ProjectFile; path: string[] } {
    const own = this.#stack(stack);
    const key = this.#keyIn(own, section);
    const shared = this.#keyIn(this.#project, section);
    if (key === undefined && shared !== undefined) {
      return { file: this.#project, path: ["config", shared, "default"] };
    }
    return { file: own, path: ["config", key ?? this.#keyOf(section)] };
  }

  #stack(stack: string): ProjectFile {
    const file = this.#stacks.get(stack);
    if (!file) throw new Error(`there is no file of stack ${stack}`);
    return file;
  }
}

/** The place of the item with a name, in a list of named items. */
function indexOf(list: unknown, name: string): number | undefined {
  if (!isSeq(list)) return undefined;
  const index = list.items.findIndex((item) => isMap(item) && item.get("name") === name);
  return index < 0 ? undefined : index;
}

function setField(
  document: Document,
  path: readonly (string | number)[],
  field: string,
  value: unknown,
): void {
  // A file may say `config:` and nothing below it.
  if (document.has("config") && document.get("config") === undefined)
    document.set("config", document.createNode({}));
  const group = document.getIn(path, true);
  if (isMap(group) && group.items.length > 0) {
    const node = Array.isArray(value) ? document.createNode(value, { flow: true }) : value;
    document.setIn([...path, field], node);
    return;
  }
  // What an alias or a text in JSON stands for is written out. An empty group is written `{}`, and would stay on one line.
  const present = isNode(group) ? decoded(group.toJS(document)) : undefined;
  document.setIn(path, document.createNode({ ...(present as object | undefined), [field]: value }));
}

/** The text of a document, in the manner in which the file was written. */
function rendered({ text, document }: ProjectFile): string {
  const before = text.replaceAll("\r\n", "\n");
  const [, indent = "  "] = /^config:.*\n(?: *(?:#.*)?\n)*( +)\S/m.exec(before) ?? [];
  const indentSeq = !/^( *)[^\s#-].*:\n\1- /m.test(before);
  const after = withOldSpaces(before, document.toString({ lineWidth: 0, indent: indent.length, indentSeq }));
  return before === text ? after : after.replaceAll("\n", "\r\n");
}

/**
 * The writer sets spaces within brackets and before comments its own way; lines that differ in nothing else stay as
 * somebody wrote them.
 */
function withOldSpaces(before: string, after: string): string {
  const plain = (line: string) => line.replaceAll(/(?<=[[{]) +| +(?=[\]}])/g, "").replace(/(?<=\S) +#/, " #");
  const old = new Map(before.split("\n").map((line) => [plain(line), line]));
  return after
    .split("\n")
    .map((line) => old.get(plain(line)) ?? line)
    .join("\n");
}
