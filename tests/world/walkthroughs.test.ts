/**
 * The walk-throughs of docs/changing.md and docs/drift.md, done as they stand: a block of YAML is merged into the file
 * that the line before it names, in a copy of the project; commands run in one sandbox, one after another; what a block
 * is followed by as `text` are parts of lines that it prints, in that order.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Document, isMap, isSeq, type Node, parseDocument, type YAMLMap } from "yaml";
import { exitCodes } from "../../cli/exit-codes.ts";
import { reconciledFolder, root } from "../support/world.ts";

/** What the reader does: an edit of a file, or commands with what they print among others. */
type Step = { edit: string; text: string } | { script: string; lines: string[] };

const BLOCK = /(?:^([^\n]*)\n\n)?^```(yaml|sh)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

/** The steps of a page's section. */
function stepsOf(path: string, title: string): Step[] {
  const page = readFileSync(join(root, path), "utf8");
  const [, rest] = page.split(`\n## ${title}\n`);
  assert.ok(rest !== undefined, `${path} has no section "${title}"`);
  const [section = ""] = rest.split(/^## /m);
  return [...section.matchAll(BLOCK)].map(([, before = "", language, text = "", printed = ""]): Step => {
    if (language === "sh") return { script: text, lines: printed.split("\n").filter((line) => line !== "") };
    const file = /`(Pulumi\.(?:\w+\.)?yaml)`[^`]*:$/.exec(before)?.[1];
    assert.ok(file, `no file is named before:\n${text}`);
    return { edit: file, text };
  });
}

let folder = "";
const project = () => join(folder, "project");
const world = () => join(folder, "world");

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "kai-walk-"));
  const left = new Set(["node_modules", ".git", ".sandbox", "tests"]);
  cpSync(root, project(), { recursive: true, filter: (path) => !left.has(relative(root, path)) });
  symlinkSync(join(root, "node_modules"), join(project(), "node_modules"));
  cpSync(await reconciledFolder(), world(), { recursive: true, verbatimSymlinks: true });
  // `npm run sandbox -- WORDS`, in this test's world.
  const npm = `#!/bin/sh\nshift 3\nexec "${process.execPath}" cli/kai.cjs sandbox --directory "${world()}" "$@"\n`;
  writeFileSync(join(folder, "npm"), npm, { mode: 0o755 });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Merges what a block shows into a file: groups by key, lists by adding to them. */
function edit(file: string, text: string): void {
  const path = join(project(), file);
  const document = parseDocument(existsSync(path) ? readFileSync(path, "utf8") : "");
  merge(document, [], parseDocument(text).contents as Node);
  writeFileSync(path, document.toString());
}

function merge(document: Document, path: string[], added: Node): void {
  const present = document.getIn(path);
  if (isMap(added) && isMap(present))
    for (const { key, value } of (added as YAMLMap<{ value: string }, Node>).items)
      merge(document, [...path, key.value], value as Node);
  else if (isSeq(added) && isSeq(present)) present.items.push(...added.items);
  else if (path.length === 0) document.contents = added as Document.Parsed["contents"];
  else document.setIn(path, added);
}

function commands(script: string): Promise<string> {
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter), NO_COLOR: "1" };
  return new Promise((resolve, reject) => {
    // What a shell does not do by itself: the first command that fails ends the block.
    execFile("bash", ["-ceo", "pipefail", script], { cwd: project(), env }, (error, stdout, stderr) =>
      error && error.code !== exitCodes.drift
        ? reject(new Error(`${script}\n${stdout}\n${stderr}`))
        : resolve(stdout),
    );
  });
}

async function walk(path: string, title: string): Promise<void> {
  const steps = stepsOf(path, title);
  assert.ok(steps.length > 1, `${path}, "${title}" shows nothing to do`);
  for (const step of steps) {
    if ("edit" in step) {
      edit(step.edit, step.text);
      continue;
    }
    const printed = (await commands(step.script)).split("\n");
    let place = 0;
    for (const line of step.lines) {
      const at = printed.findIndex((text, index) => index >= place && text.includes(line.trim()));
      assert.ok(at >= 0, `"${line}" is not printed, or not there, by\n${step.script}\n${printed.join("\n")}`);
      place = at + 1;
    }
  }
}

describe("the walk-throughs", () => {
  // First, since the others leave changes that wait for an `up`.
  it("docs/drift.md, One report, step by step", () => walk("docs/drift.md", "One report, step by step"));

  for (const title of ["Change the workflow", "Add a service", "Add a site", "Add an environment"])
    it(`docs/changing.md, ${title}`, () => walk("docs/changing.md", title));
});
