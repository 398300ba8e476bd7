import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../support/world.ts";

const RECORDED = readFileSync(new URL("recorded/namespace.json", import.meta.url), "utf8");

function kai(args: string[], input: string): { status: number | null; out: string; err: string } {
  const all = [join(root, "cli/kai.cjs"), "preview", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { input, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

describe("kai preview", () => {
  it("prints Markdown, and with --json what changes and a fingerprint", () => {
    const shown = kai(["--stack", "staging"], RECORDED);
    assert.equal(shown.status, 0, shown.err);
    assert.match(shown.out, /^### `staging`: 6 to replace, 4 to change\n/);
    const { changes, fingerprint } = JSON.parse(kai(["--stack", "staging", "--json"], RECORDED).out);
    assert.equal(changes.length, 10);
    assert.ok(shown.out.endsWith(`Plan \`${fingerprint}\`\n`));
  });

  it("keeps to a limit, line end and all", () => {
    const { out } = kai(["--stack", "staging", "--limit", "400"], RECORDED);
    assert.ok(Buffer.byteLength(out) <= 400);
    assert.match(out, /\d+ more are in the job's log/);
  });

  it("fails where the preview failed or gave no answer, and still says so in Markdown", () => {
    const failed = kai(
      ["--stack", "s"],
      JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message: "no" }] }),
    );
    assert.deepEqual([failed.status, failed.out.includes("the preview failed")], [1, true]);
    const none = kai(["--stack", "s"], "error: no such stack");
    assert.deepEqual([none.status, none.out.includes("no answer")], [1, true]);
  });

  it("is refused with the code for wrong use", () => {
    assert.equal(kai([], RECORDED).status, 2);
    assert.match(
      kai(["--stack", "s", "--limit", "many"], RECORDED).err,
      /--limit many is not a number of bytes/,
    );
  });
});
