/** What the README shows of the tour is what the tour and the drift report print, but for the seconds. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { describeReport, driftReport } from "../../drift/report.ts";
import { tampers } from "../../sandbox/tamper.ts";
import { root } from "../support/world.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const excerpt = /<!-- excerpt of the tour -->\s+```text\n(.*?)```/s.exec(readme)?.[1] ?? "";

describe("the README's excerpt of the tour", () => {
  it("has the tour's steps, in the tour's order", () => {
    const source = readFileSync(join(root, "sandbox/tour.ts"), "utf8");
    const known = [...source.matchAll(/["`]([A-Z][^"`\n]*)["`]/g)].map(([, title = ""]) =>
      title.replaceAll(/\$\{[^}]*\}/g, "…"),
    );
    const shown = [...excerpt.matchAll(/^- (.*)$/gm)].map(([, title = ""]) =>
      title.replace(/\b(production|staging)\b/, "…"),
    );
    assert.ok(shown.length >= 4);
    const places = shown.map((title) => known.indexOf(title));
    for (const [index, place] of places.entries()) {
      assert.ok(place >= 0, `the tour has no step "${shown[index]}"`);
      assert.ok(
        place >= Math.max(...places.slice(0, index), 0),
        `"${shown[index]}" comes earlier in the tour`,
      );
    }
  });

  it("shows the change by hand in its own words", () => {
    const change = tampers.find(({ id }) => id === "github-rule-disabled");
    assert.ok(change && excerpt.includes(`\n    ${change.title}\n`));
  });

  it("shows the report that drift prints", () => {
    const type = "github:index/repositoryRuleset:RepositoryRuleset";
    const report = driftReport([
      {
        stack: "production",
        outcome: "drifted",
        objects: 119,
        findings: [
          {
            urn: `urn:pulumi:production::kai::${type}::rules-main-quality`,
            type,
            name: "rules-main-quality",
            id: "1011",
            cloud: "github",
            kind: "changed",
            property: "enforcement",
            wanted: "active",
            found: "disabled",
            replaces: false,
          },
        ],
      },
    ]);
    const text = describeReport(report, { width: Number.POSITIVE_INFINITY, paint: (_style, part) => part });
    const lines = (of: string) => of.split("\n").map((line) => line.trimEnd());
    const indented = lines(text).map((line) => (line === "" ? "" : `    ${line}`));
    assert.ok(lines(excerpt).join("\n").includes(indented.join("\n")), text);
  });
});
