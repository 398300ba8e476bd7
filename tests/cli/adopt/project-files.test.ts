/** The project's files keep their comments, their order and their spaces. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
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
