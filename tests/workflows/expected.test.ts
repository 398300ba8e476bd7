import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import { renderWorkflows, type WorkflowFile } from "../../pipeline/workflows/render.ts";
import { variant } from "./variants.ts";

const FOLDER = new URL("expected/", import.meta.url);

/**
 * Kai's files, kept so that a change of the model shows what it does to them. After a change that is meant:
 * `UPDATE_EXPECTED=1 node --test tests/workflows/expected.test.ts`, and read the difference.
 */
describe("Kai's workflow files", () => {
  let files: WorkflowFile[];
  before(async () => {
    files = renderWorkflows(await variant("Kai's own"));
    if (!process.env.UPDATE_EXPECTED) return;
    await mkdir(FOLDER, { recursive: true });
    for (const { path, content } of files) await writeFile(new URL(basename(path), FOLDER), content);
  });

  it("are three", () => {
    assert.deepEqual(
      files.map(({ path }) => path),
      [".github/workflows/deploy.yml", ".github/workflows/infrastructure.yml", ".github/workflows/drift.yml"],
    );
  });

  for (const name of ["deploy.yml", "infrastructure.yml", "drift.yml"]) {
    it(`are what is kept: ${name}`, async () => {
      const rendered = files.find(({ path }) => basename(path) === name)?.content;
      assert.equal(rendered, await readFile(new URL(name, FOLDER), "utf8"));
    });
  }

  it("say that they are generated, and how", () => {
    for (const { content } of files) assert.match(content, /^# Generated .*`kai workflow render`/);
  });

  it("hold no alias, no folded line, and mean what the model means", () => {
    for (const { content } of files) {
      assert.doesNotMatch(content, /^\s*(- )?[\w-]+: [&*>]/m);
      assert.equal(typeof parse(content), "object");
    }
  });

  it("keep text that looks like an expression as text", async () => {
    const [deploy] = renderWorkflows(await variant("domains and hosts"));
    assert.ok(deploy?.content.includes("GREETING: say $" + "{{ '$" + "{{' }} secrets.X }}"));
  });
});
