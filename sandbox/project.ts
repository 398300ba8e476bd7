/**
 * The world's project folder: a second `Pulumi.yaml` whose `main` is the user's program, and stack files of its own,
 * so that nothing done in the sandbox ever touches the user's files.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Document, parseDocument } from "yaml";
import { readStacks } from "../settings-files.ts";

/** Where things of the project are. */
export interface ProjectFolders {
  /** The user's project: Pulumi.yaml, Pulumi.<stack>.yaml, index.ts. */
  program: string;
  /** The world's project folder. */
  project: string;
  /** Copies of the user's stack files as they were last taken over. */
  base: string;
}

/**
 * Brings the world's project up to date with the user's files; what was set in the sandbox stays.
 * Answers the stacks, the one that owns the repository first: the others need what it makes.
 */
export async function syncProject(folders: ProjectFolders): Promise<string[]> {
  mkdirSync(folders.project, { recursive: true });
  mkdirSync(folders.base, { recursive: true });
  const project = parseDocument(readFileSync(join(folders.program, "Pulumi.yaml"), "utf8"));
  project.set("main", relative(folders.project, join(folders.program, String(project.get("main")))));
  writeFileSync(join(folders.project, "Pulumi.yaml"), project.toString());
  const files = await readStacks(folders.program);
  for (const { stack } of files) syncStackFile(folders, `Pulumi.${stack}.yaml`);
  return files
    .sort((a, b) => Number(b.config.ownsRepository === true) - Number(a.config.ownsRepository === true))
    .map(({ stack }) => stack);
}

/** Takes over each configuration key that the user changed since the last time. */
function syncStackFile({ program, project, base }: ProjectFolders, name: string): void {
  const text = readFileSync(join(program, name), "utf8");
  const target = join(project, name);
  if (!existsSync(target)) {
    writeFileSync(target, text);
  } else {
    const own = parseDocument(readFileSync(target, "utf8"));
    const last = join(base, name);
    const before = existsSync(last) ? config(parseDocument(readFileSync(last, "utf8"))) : {};
    const after = config(parseDocument(text));
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
      if (key in after) own.setIn(["config", key], after[key]);
      else own.deleteIn(["config", key]);
    }
    writeFileSync(target, own.toString());
  }
  writeFileSync(join(base, name), text);
}

function config(document: Document): Record<string, unknown> {
  return (document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
}
