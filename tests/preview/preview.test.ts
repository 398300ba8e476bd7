import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readPreview } from "../../preview/changes.ts";
import { previewMarkdown } from "../../preview/markdown.ts";

/** `pulumi preview --json` of staging in the sandbox, after the namespace got another name; shortened. */
const RECORDED = readFileSync(new URL("recorded/namespace.json", import.meta.url), "utf8");

const step = (op: string, name: string, rest: object = {}) => ({
  op,
  urn: `urn:pulumi:staging::kai::aws:s3/bucket:Bucket::${name}`,
  newState: { type: "aws:s3/bucket:Bucket", inputs: { secret: "[secret]", plain: "pl4in" } },
  ...rest,
});
const document = (steps: object[], diagnostics: object[] = []) => JSON.stringify({ steps, diagnostics });
const markdown = (text: string, limit = 65_536) =>
  previewMarkdown(readPreview(text), { stack: "staging", limit });

describe("a preview", () => {
  it("puts what is replaced on top, with what forces it, and the rest below its cloud", () => {
    const lines = markdown(RECORDED).split("\n");
    assert.equal(lines[0], "### `staging`: 6 to replace, 4 to change");
    const [replaced, changed] = [
      lines.findIndex((line) => /replace/.test(line) && line.startsWith("- ")),
      lines.findIndex((line) => line.startsWith("- change")),
    ];
    assert.ok(replaced > 0 && replaced < changed);
    assert.ok(lines.includes("**DigitalOcean**"));
    assert.match(
      markdown(RECORDED),
      /- Kubernetes: replace `[\w-]+` \(`kubernetes:[^`]+`\): because of `metadata\.namespace`/,
    );
  });

  it("shows no value of any property, so no secret", () => {
    assert.doesNotMatch(
      markdown(
        document([step("create", "a"), step("update", "b", { detailedDiff: { plain: { kind: "update" } } })]),
      ),
      /pl4in|\[secret\]/,
    );
  });

  it("has the same fingerprint whenever it would do the same, and another for every difference", () => {
    const print = (...steps: object[]) => readPreview(document(steps))?.fingerprint;
    const one = step("create", "a");
    const two = step("replace", "b", { replaceReasons: ["bucket"] });
    assert.equal(print(one, two), print(two, one));
    const reordered = {
      ...one,
      newState: { inputs: { plain: "pl4in", secret: "[secret]" }, type: "aws:s3/bucket:Bucket" },
    };
    assert.equal(print(reordered, two), print(one, two));
    assert.equal(print(one, two, step("same", "c")), print(one, two));
    for (const other of [
      [one],
      [two],
      [one, { ...two, op: "update" }],
      [one, step("replace", "c", { replaceReasons: ["bucket"] })],
      [step("create", "a", { newState: { type: "aws:s3/bucket:Bucket", inputs: { plain: "other" } } }), two],
    ]) {
      assert.notEqual(print(...other), print(one, two));
    }
  });

  it("that changes nothing says so", () => {
    assert.match(markdown(document([step("same", "a")])), /^### `staging`: nothing changes\n/);
  });

  it("that failed shows its errors first, and one without an answer says where to look", () => {
    const failed = markdown(
      document(
        [step("create", "a")],
        [
          { severity: "error", message: "no such\nregion" },
          { severity: "warning", message: "old" },
        ],
      ),
    );
    assert.match(failed, /^### `staging`: the preview failed\n\n\*\*Errors\*\*\n- `no such region`\n/);
    assert.doesNotMatch(failed, /old/);
    for (const text of ["", "error: no stack named 'staging' found", "{"]) {
      assert.equal(readPreview(text), undefined);
      assert.match(markdown(text), /no answer[\s\S]*job's log/);
    }
  });

  it("reads the answer behind what the engine prints before it", () => {
    assert.equal(readPreview(`warning: old version\n${document([step("create", "a")])}`)?.changes.length, 1);
  });

  it("fits whatever limit there is, counts what does not, and keeps what is replaced", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => step("create", `bucket-${index}`));
    for (const limit of [500, 5_000, 30_000, 65_536]) {
      const text = markdown(
        document([...many, step("replace", "precious", { replaceReasons: ["bucket"] })]),
        limit,
      );
      assert.ok(Buffer.byteLength(text) <= limit, `${Buffer.byteLength(text)} of ${limit}`);
      assert.match(text, /replace `precious`/);
      assert.match(text, /\n\d+ more are in the job's log\.\n/);
      assert.match(text, /\nPlan `[0-9a-f]{16}`\n$/);
    }
  });

  it("keeps names from outside text, whatever is in them", () => {
    const hostile = [
      "`",
      "``` x",
      "</details><script>alert(1)</script>",
      "@everybody",
      "[a](https://evil)",
      "a\n# b",
      "x`y``z",
      "\u202eabc",
      "<!-- kai preview -->",
      "::set-output name=x::y",
      "|",
      "",
    ];
    for (const name of hostile) assertQuoted(name);
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), assertQuoted), { numRuns: 300 });
  });
});

/** A line holds one item: the name stands inside code whose fence it cannot close. */
function assertQuoted(name: string): void {
  const text = markdown(document([step("create", name)]));
  const lines = text.split("\n").filter((line) => line.startsWith("- "));
  assert.equal(lines.length, 1, JSON.stringify(text));
  const [, fence = "", inside = ""] = /^- create (`+)(.*)\1 \(`aws/.exec(lines[0] ?? "") ?? [];
  assert.notEqual(fence, "", JSON.stringify(lines[0]));
  const runs = inside.match(/`+/g) ?? [];
  assert.ok(
    runs.every((run) => run.length < fence.length),
    JSON.stringify(lines[0]),
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asserted
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
}
