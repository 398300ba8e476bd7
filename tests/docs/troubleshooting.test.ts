/** The messages that docs/troubleshooting.md explains are those that the program, the engine or a cloud prints. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../support/world.ts";

/** Messages of the engine and of the clouds, which are not in this project's source. */
const NOT_OURS = [
  "Resource not accessible by personal access token",
  "incorrect passphrase",
  "the stack is currently locked",
  "failed to load checkpoint: EOF",
  "pending operations",
  "already exists",
  "invalid version slug",
  "ImagePullBackOff",
];

const page = readFileSync(join(root, "docs/troubleshooting.md"), "utf8");
const source = globSync("{*.ts,{cli,components,database,engine,pipeline,sandbox,settings}/**/*.{ts,cjs}}", {
  cwd: root,
})
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n")
  // A sentence over several lines of source is one sentence.
  .replaceAll(/["`] ?\+\s*["`]/g, "")
  // What is filled in when the message is printed.
  .replaceAll(/\$\{[^}]*\}/g, "…");

describe("docs/troubleshooting.md", () => {
  const cells = [...page.matchAll(/^\| (.*?) \|/gm)].map(([, cell = ""]) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
  const ours = messages.filter(
    (text) => !NOT_OURS.includes(text) && text.includes(" ") && !/^(kai|pulumi) [a-z]/.test(text),
  );

  it("has messages to check", () => assert.ok(ours.length >= 9, ours.join("\n")));

  for (const message of ours) {
    it(`explains what is printed: ${message}`, () => {
      const parts = message.split(/…|\b(?:STAGING|24)\b|_STAGING/).map((part) => part.trim());
      for (const part of parts.filter((text) => text.length > 3 && !text.startsWith("kai:")))
        assert.ok(source.includes(part), `nothing prints "${part}"`);
    });
  }
});
