/** The project's files keep their comments, their order and their spaces. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ProjectFiles } from "../../../cli/adopt/project-files.ts";
import { root } from "../../support/world.ts";

const NAMES = ["Pulumi.yaml", "Pulumi.production.yaml", "Pulumi.staging.yaml"];

/** A copy of the project's own files. */
function copy(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of NAMES) copyFileSync(join(root, name), join(directory, name));
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  /** Lines that only one of the two texts has. */
  const difference = (name: string) => {
    const [before, after] = [readFileSync(join(root, name), "utf8"), read(name)].map((text) =>
      text.split("\n"),
    );
    return {
      gone: before?.filter((line) => !after?.includes(line)),
      come: after?.filter((line) => !before?.includes(line)),
    };
  };
  return { directory, read, difference };
}

it("a field goes where its section stands, and nothing else changes", async (t) => {
  const { directory, difference } = copy(t);
  const files = await ProjectFiles.open(directory);
  const set = (section: "repository" | "environment", field: string, to: unknown) =>
    files.set({ stack: "production", section, field, from: undefined, to });
  assert.equal(set("repository", "name", "shop"), "Pulumi.yaml");
  assert.equal(set("environment", "reviewers", ["eleni-dev", "nikos-ops"]), "Pulumi.production.yaml");
  assert.equal(set("environment", "preventSelfReview", true), "Pulumi.production.yaml");
  assert.equal(set("environment", "waitMinutes", 5), "Pulumi.production.yaml");
  assert.deepEqual(await files.write(), ["Pulumi.yaml", "Pulumi.production.yaml"]);
  assert.deepEqual(difference("Pulumi.yaml"), { gone: ["      name: kai"], come: ["      name: shop"] });
  assert.deepEqual(difference("Pulumi.production.yaml"), {
    gone: ["    reviewers: [Basilakis]", "    preventSelfReview: false"],
    come: ["    reviewers: [ eleni-dev, nikos-ops ]", "    preventSelfReview: true", "    waitMinutes: 5"],
  });
  for (const { config } of files.stacks())
    assert.equal((config.repository as { name: string }).name, "shop", "both stacks read the shared default");
});

it("imports are added, and taken out again without a trace", async (t) => {
  const { directory, difference, read } = copy(t);
  const before = read("Pulumi.staging.yaml");
  const files = await ProjectFiles.open(directory);
  files.adopt("staging", { "staging-branch-staging": "shop:staging:7" }, []);
  await files.write();
  assert.deepEqual(difference("Pulumi.staging.yaml"), {
    gone: [],
    come: ["  kai:adopt:", "    staging-branch-staging: shop:staging:7"],
  });
  const again = await ProjectFiles.open(directory);
  again.adopt("staging", {}, ["staging-branch-staging"]);
  assert.deepEqual(await again.write(), ["Pulumi.staging.yaml"]);
  assert.equal(read("Pulumi.staging.yaml"), before);
});

it("a section that a stack has for itself is changed there", async (t) => {
  const { directory, read } = copy(t);
  const file = join(directory, "Pulumi.staging.yaml");
  writeFileSync(file, `${read("Pulumi.staging.yaml")}  kai:rules: { mainOwner: Basilakis }\n`);
  const files = await ProjectFiles.open(directory);
  const edit = { stack: "staging", section: "rules", field: "requiredReviews", from: 1, to: 2 } as const;
  assert.equal(files.set(edit), "Pulumi.staging.yaml");
  assert.equal(files.set({ ...edit, stack: "production" }), "Pulumi.yaml");
});

/** A project whose stack file says this, and what the file says after a field of the rules and an import were set. */
async function edited(t: TestContext, text: string, name = "kai"): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "kai-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
  writeFileSync(join(directory, "Pulumi.production.yaml"), text);
  const files = await ProjectFiles.open(directory);
  files.set({ stack: "production", section: "rules", field: "mainOwner", from: undefined, to: "eleni-dev" });
  files.adopt("production", { "rules-main-quality": "kai:7" }, []);
  await files.write();
  return readFileSync(join(directory, "Pulumi.production.yaml"), "utf8");
}

describe("files that people wrote their own way", () => {
  const ADOPT = "  kai:adopt:\n    rules-main-quality: kai:7\n";

  it("an alias, and a group as text, keep what they stand for", async (t) => {
    const RULES = "  kai:rules:\n    mainOwner: eleni-dev\n    requiredReviews: 2\n";
    const shared = "shared: &rules\n  mainOwner: Basilakis\n  requiredReviews: 2\n";
    assert.equal(
      await edited(t, `${shared}config:\n  kai:rules: *rules\n`),
      `${shared}config:\n${RULES}${ADOPT}`,
    );
    const json = `'{"mainOwner":"Basilakis","requiredReviews":2}'`;
    assert.equal(await edited(t, `config:\n  kai:rules: ${json}\n`), `config:\n${RULES}${ADOPT}`);
  });

  it("no configuration, or nothing below it, is a beginning", async (t) => {
    const all = `config:\n  kai:rules:\n    mainOwner: eleni-dev\n${ADOPT}`;
    assert.equal(await edited(t, ""), all);
    assert.equal(await edited(t, "encryptionsalt: v1:a\nconfig:\n"), `encryptionsalt: v1:a\n${all}`);
  });

  it("ends of lines, indents and spaces before comments stay", async (t) => {
    const windows = "# ours\r\nconfig:\r\n  kai:rules:\r\n    mainOwner: Basilakis # one\r\n";
    assert.equal(
      await edited(t, windows),
      windows.replace("Basilakis", "eleni-dev") + ADOPT.replaceAll("\n", "\r\n"),
    );
    const wide =
      "config:\n    # who\n    kai:rules:\n        kind: rulesets    # both\n        mainOwner: Basilakis\n";
    assert.equal(
      await edited(t, wide),
      `${wide.replace("Basilakis", "eleni-dev")}    kai:adopt:\n        rules-main-quality: kai:7\n`,
    );
    const lists = "config:\n  kai:services:\n  - name: api\n  kai:rules: {mainOwner: Basilakis}\n";
    assert.equal(
      await edited(t, lists),
      lists.replace("{mainOwner: Basilakis}", "{ mainOwner: eleni-dev }") + ADOPT,
    );
  });

  it("a file in which nothing changes is not written, however it is laid out", async (t) => {
    const { directory } = copy(t);
    const odd =
      "config:\n    kai:services:\n    - name: api\n    kai:registry: {server: ghcr.io,username: a}\n";
    writeFileSync(join(directory, "Pulumi.odd.yaml"), odd);
    assert.deepEqual(await (await ProjectFiles.open(directory)).write(), []);
  });

  it("a project of another name has its keys below that", async (t) => {
    assert.equal(
      await edited(t, "config:\n  shop:rules:\n    mainOwner: Basilakis\n", "shop"),
      `config:\n  shop:rules:\n    mainOwner: eleni-dev\n${ADOPT.replace("kai:adopt", "shop:adopt")}`,
    );
  });
});
