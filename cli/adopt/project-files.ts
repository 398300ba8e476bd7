/** The project's YAML files, changed field by field so that comments and order stay. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import type { Edit } from "../../github/adoption/fit.ts";
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
    return [...this.#stacks].map(([stack, { document }]) =>
      mergeStack(stack, project, document.toJS() ?? {}),
    );
  }

  /**
   * Writes a field where its section stands: in the stack's own file, or among the project's defaults.
   * @returns the name of that file
   */
  set({ stack, section, field, to }: Edit): string {
    const own = this.#stack(stack);
    const key = keyIn(own.document, section);
    const shared = keyIn(this.#project.document, section);
    if (key === undefined && shared !== undefined) {
      setField(this.#project.document, ["config", shared, "default"], field, to);
      return this.#project.name;
    }
    setField(own.document, ["config", key ?? `kai:${section}`], field, to);
    return own.name;
  }

  /** Adds entries to the stack's `kai:adopt`, and takes others out. */
  adopt(stack: string, imports: Record<string, string>, settled: readonly string[]): void {
    const { document } = this.#stack(stack);
    const path = ["config", keyIn(document, "adopt") ?? "kai:adopt"];
    for (const [name, id] of Object.entries(imports)) setField(document, path, name, id);
    for (const name of settled) document.deleteIn([...path, name]);
    const left = document.getIn(path);
    if (isMap(left) && left.items.length === 0) document.deleteIn(path);
  }

  /** Writes the files that changed. @returns their names */
  async write(): Promise<string[]> {
    const changed = [this.#project, ...this.#stacks.values()].flatMap(({ name, text, document }) => {
      const next = withOldSpaces(text, document.toString({ lineWidth: 0 }));
      return next === text ? [] : [{ name, next }];
    });
    for (const { name, next } of changed) await writeFile(join(this.#directory, name), next);
    return changed.map(({ name }) => name);
  }

  #stack(stack: string): ProjectFile {
    const file = this.#stacks.get(stack);
    if (!file) throw new Error(`there is no file of stack ${stack}`);
    return file;
  }
}

/** The key under which a file has a section, with or without the project's name before it. */
function keyIn(document: Document, section: string): string | undefined {
  return [`kai:${section}`, section].find((key) => document.hasIn(["config", key]));
}

function setField(document: Document, path: readonly string[], field: string, value: unknown): void {
  const group = document.getIn(path);
  if (!isMap(group)) document.setIn(path, document.createNode({ [field]: value }));
  // An empty group is written `{}`, and would stay on one line.
  else if (group.items.length === 0) document.setIn(path, document.createNode({ [field]: value }));
  else
    document.setIn(
      [...path, field],
      Array.isArray(value) ? document.createNode(value, { flow: true }) : value,
    );
}

/** The writer sets spaces within brackets its own way; lines that differ in nothing else stay as somebody wrote them. */
function withOldSpaces(before: string, after: string): string {
  const plain = (line: string) => line.replaceAll(/(?<=[[{]) +| +(?=[\]}])/g, "");
  const old = new Map(before.split("\n").map((line) => [plain(line), line]));
  return after
    .split("\n")
    .map((line) => old.get(plain(line)) ?? line)
    .join("\n");
}
