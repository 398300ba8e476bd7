import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextStep } from "../../../drift/tell/life.ts";
import { LONGEST, summaryMarkdown } from "../../../drift/tell/markdown.ts";
import { isMarked, takeApart } from "../../../drift/tell/seen.ts";
import { finding, stackWith } from "./support.ts";

const HOSTILE =
  "a|b\\|c`d``e\n| x |\r\n# h <img src=x onerror=alert(1)> --> @nikos-ops #1 \u202e\u0007[x](http://x)";

function bodyOf(...args: Parameters<typeof stackWith>): string {
  return String(nextStep(stackWith(...args), undefined, "2026-11-25").write?.body);
}

/** Bars that end a cell. */
const barsIn = (row: string) => row.match(/(?<!\\)\|/g)?.length ?? 0;

describe("findings as Markdown", () => {
  it("have the worst first, as the report has them, with both ways out", () => {
    const own = finding(2, {
      severity: "low",
      ways: {
        revert: "Delete it in Settings.",
        adopt: 'Add "x" to kai:drift.accepts in Pulumi.staging.yaml.',
      },
    });
    const body = bodyOf([finding(1), own]);
    assert.match(body, /2 findings: 1 high, 1 low/);
    const rows = body.split("\n").filter((line) => /^\| \d/.test(line));
    assert.match(
      String(rows[0]),
      /^\| 1 \| high \| protection \| `rules-1` \(`github`\) \| `enforcement` \|/,
    );
    assert.match(String(rows[1]), /^\| 2 \| low \|/);
    assert.match(body, /`pulumi up --refresh --stack staging`/);
    assert.match(body, /- Finding 2: `Delete it in Settings\.` To keep it: `Add "x"/);
    assert.ok(!body.includes("- Finding 1:"));
  });

  it("say of an object that it is gone, of a secret nothing, of what is not set that it is not", () => {
    const { wanted: _, ...added } = finding(3, { cloud: "aws" });
    const gone = finding(1, { kind: "deleted" });
    const secret = finding(2, { wanted: "[secret]", found: "[secret]" });
    const rows = bodyOf([gone, secret, added])
      .split("\n")
      .filter((line) => /^\| \d/.test(line));
    assert.match(String(rows[0]), /\| is gone \| +\| +\|/);
    assert.match(String(rows[1]), /\| a secret \| another secret \|/);
    assert.match(String(rows[2]), /\| not set \| `"disabled"` \|/);
  });

  it("let no text from outside out of its cell, its line or its code", () => {
    for (const field of ["name", "cloud", "property", "item", "wanted", "found"] as const) {
      const body = bodyOf([finding(1, { [field]: HOSTILE, ways: { revert: HOSTILE, adopt: HOSTILE } })]);
      const rows = body.split("\n").filter((line) => line.startsWith("|"));
      assert.deepEqual(rows.map(barsIn), [9, 9, 9], field);
      const outside = body.replaceAll(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
      for (const sign of ["onerror", "@nikos", "](http", "\u202e", "\u0007"])
        assert.ok(!outside.includes(sign), `${field}: ${sign}`);
    }
    const stack = nextStep(stackWith([finding(1)], { stack: HOSTILE }), undefined, "2026-11-25");
    assert.equal(String(stack.write?.body).match(/^<!--/gm)?.length, 2);
  });

  it("that look like the hidden text of an issue are not taken for it", () => {
    const marks = (stack: string) =>
      [...bodyOf([finding(1)], { stack }).matchAll(/<!-- [^\n]*/g)].map(([mark]) => mark);
    const found = [...marks("staging"), ...marks("production")].join("\n");
    const body = bodyOf([finding(1), finding(2, { found })]);
    assert.equal(isMarked("production", body), false);
    assert.deepEqual([...(takeApart("staging", body)?.known.keys() ?? [])].length, 2);
  });

  it("fit into an issue and a summary, however many there are, and what does not fit is counted", () => {
    for (const count of [1, 200, 5000]) {
      const all = Array.from({ length: count }, (_, index) =>
        finding(index, { found: "ü".repeat(200), ways: { revert: "Delete it." } }),
      );
      const body = bodyOf(all);
      const rows = body.split("\n").filter((line) => /^\| \d/.test(line)).length;
      assert.ok(body.length <= LONGEST.issue, `${count}: ${body.length}`);
      assert.equal(
        /(\d+) more do not fit here/.exec(body)?.[1],
        rows < count ? String(count - rows) : undefined,
      );
      assert.ok(count === 1 ? rows === 1 : rows > 50, `${count}: ${rows}`);
      const summary = summaryMarkdown(stackWith(all), LONGEST.summary);
      assert.ok(Buffer.byteLength(summary) <= LONGEST.summary);
      assert.equal(summary.includes("more do not fit"), count === 5000);
    }
  });

  it("leave people's own text its room", () => {
    const first = bodyOf([finding(1)]);
    const notes = "n".repeat(30_000);
    const all = Array.from({ length: 2000 }, (_, index) => finding(index));
    const present = { number: 1, isOpen: true, labels: ["drift"], body: `${notes}\n${first}` };
    const body = String(nextStep(stackWith(all), present, "2026-11-26").write?.body);
    assert.ok(body.startsWith(notes));
    assert.ok(body.length <= LONGEST.issue, String(body.length));
  });

  it("of thousands are not news each day", () => {
    const all = Array.from({ length: 4000 }, (_, index) => finding(index));
    const body = bodyOf(all);
    const again = nextStep(
      stackWith(all),
      { number: 1, isOpen: true, labels: ["drift"], body },
      "2026-11-26",
    );
    assert.deepEqual([again.done, again.changed, again.comment], ["updated", false, undefined]);
  });
});

describe("the summary", () => {
  it("says what could not be checked or seen, and why", () => {
    const unseen = [{ what: "secrets of the repository", reason: 'The token lacks "Secrets: read".' }];
    const clouds = [
      { cloud: "aws", outcome: "could-not-check" as const, reason: "It does not answer." },
      { cloud: "github", outcome: "checked" as const },
    ];
    const text = summaryMarkdown(
      stackWith([], { outcome: "could-not-check", reason: "AWS does not answer.", unseen, clouds }),
      10_000,
    );
    assert.match(text, /^### Drift of `staging`: could not check\n\n`AWS does not answer\.`/);
    assert.match(text, /- Could not be checked: `aws`: `It does not answer\.`/);
    assert.ok(!text.includes("`github`"));
    assert.match(text, /- Could not be seen: `secrets of the repository`: `The token lacks/);
    assert.equal(summaryMarkdown(stackWith([]), 10_000), "### Drift of `staging`: clean\n");
  });
});
