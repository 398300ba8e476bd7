/** The project's YAML files, changed field by field so that comments and order stay. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isNode, parse, parseDocument } from "yaml";
import type { Edit } from "../../github/adoption/fit.ts";
import { decoded } from "../../settings.ts";
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
    const own = this.#stack(stack);
    const key = this.#keyIn(own, section);
    const shared = this.#keyIn(this.#project, section);
    if (key === undefined && shared !== undefined) {
      setField(this.#project.document, ["config", shared, "default"], field, to);
      return this.#project.name;
    }
    setField(own.document, ["config", key ?? this.#keyOf(section)], field, to);
    return own.name;
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
