/** `kai drift --html`: the file. The page itself is looked at in a browser (browser.test.ts). */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { writePage } from "../../../cli/drift/page.ts";
import { finding, reportOf, stackWith } from "../tell/support.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kai-page-file-"));
after(() => rmSync(folder, { recursive: true }));
const report = reportOf(stackWith([finding(1)]));

describe("the page's file", () => {
  it("has the picture of the project, also for a stack that is named in full", async () => {
    for (const stack of ["staging", "team/kai/staging"]) {
      const file = join(folder, "drift.html");
      await writePage(file, reportOf(stackWith([finding(1)], { stack })), root);
      assert.match(readFileSync(file, "utf8"), /<svg [\s\S]*Deploy to Staging[\s\S]*rules-1/);
    }
  });

  it("is the same for the same report", async () => {
    const texts = [];
    for (const name of ["one.html", "two.html"]) {
      await writePage(join(folder, name), report, root);
      texts.push(readFileSync(join(folder, name), "utf8"));
    }
    assert.equal(texts[0], texts[1]);
  });

  it("lacks the picture where the configuration cannot be used", async () => {
    const file = join(folder, "bare.html");
    await writePage(file, report, folder);
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes("<svg"));
    assert.match(text, /rules-1/);
  });

  it("that cannot be written is a sentence", async () => {
    await assert.rejects(writePage(join(folder, "no/where.html"), report, root), {
      name: "UserError",
      message: /where\.html cannot be written: a part of that path cannot be made\./,
    });
  });
});
