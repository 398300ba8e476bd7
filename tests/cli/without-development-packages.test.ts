import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root, run } from "../support/world.ts";

const HIDE = ["--import", join(root, "tests/cli/hide-development-packages.ts")];

function kai(...args: string[]) {
  const { DATABASE_URL: _, ...env } = process.env;
  return run(process.execPath, [...HIDE, join(root, "cli/main.ts"), ...args], env);
}

describe("an installation without development packages", () => {
  const commands: [args: string[], code: number, says: RegExp][] = [
    [["--help"], 0, /recover.*migrate.*workflow/s],
    [["drift", "--directory", tmpdir()], 1, /^There is no Pulumi/],
    [["recover", "--stack", "none"], 1, /^There is no Pulumi\.none\.yaml/],
    [["migrate", "status"], 2, /^No database is named/],
    [["migrate", "status", "--database-url", "postgresql://a:b@127.0.0.1:1/c"], 3, /ECONNREFUSED/],
    [["workflow", "render", "--help"], 0, /Usage: kai workflow render/],
  ];
  for (const [args, code, says] of commands)
    it(`is enough for kai ${args.join(" ")}`, async () => {
      const ended = await kai(...args);
      assert.equal(ended.code, code, ended.output);
      assert.match(ended.output, says);
    });

  it("is told what the sandbox needs, and gets no half-made world", async () => {
    const directory = join(tmpdir(), `kai-no-world-${process.pid}`);
    const { code, output } = await kai("sandbox", "--directory", directory, "true");
    assert.equal(code, 1);
    assert.match(output, /^The sandbox needs the development packages.*`npm ci`[^\n]*\n$/);
    assert.ok(!existsSync(directory));
  });
});
