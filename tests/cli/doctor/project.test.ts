/** What the doctor makes of the project's files. */
import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { readProject } from "../../../cli/doctor/project.ts";
import { CONFIGURATION_SECRETS } from "../../../settings.ts";
import { root } from "../../support/world.ts";

const STACKS = ["production", "staging"];

/** A copy of the project's files in which every secret is set. */
function copy(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-project-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ["Pulumi.yaml", ...STACKS.map((stack) => `Pulumi.${stack}.yaml`)])
    copyFileSync(join(root, name), join(directory, name));
  const secrets = CONFIGURATION_SECRETS.map(({ key }) => `  kai:${key}:\n    secure: v1:AAAA\n`);
  for (const stack of STACKS)
    appendFileSync(join(directory, `Pulumi.${stack}.yaml`), `\n${secrets.join("")}`);
  return directory;
}

it("files that are right: both stacks, the owner, the workflow files", async (t) => {
  const { names, stacks, model, findings } = await readProject(copy(t));
  assert.deepEqual([names, stacks.map(({ stack }) => stack)], [STACKS, STACKS]);
  assert.deepEqual([model?.owner.stack, findings], ["production", []]);
  assert.ok(model?.files?.some(({ path }) => path.endsWith("deploy.yml")));
});

it("one stack alone: its findings, and the files of all", async (t) => {
  const directory = copy(t);
  const { names, model } = await readProject(directory, ["staging"]);
  assert.deepEqual([names, model?.stacks.length, model?.owner.stack], [["staging"], 1, "production"]);
  await assert.rejects(readProject(directory, ["stagign"]), /There is no Pulumi\.stagign\.yaml/);
});

it("a mistake in the other stack does not hide the repository", async (t) => {
  const directory = copy(t);
  appendFileSync(join(directory, "Pulumi.staging.yaml"), "  kai:nonsense: 1\n");
  const { stacks, model, findings } = await readProject(directory);
  assert.deepEqual(
    findings.map(({ level, message }) => `${level} ${message}`),
    [
      "error kai:nonsense of staging is not a setting",
      "unchecked Workflow files are not compared before the configuration of every stack is right.",
    ],
  );
  assert.deepEqual([stacks.length, model?.stacks.length, model?.files], [1, 1, undefined]);
});

it("a mistake in the stack that owns the repository does", async (t) => {
  const directory = copy(t);
  appendFileSync(join(directory, "Pulumi.production.yaml"), "  kai:nonsense: 1\n");
  const { model, findings } = await readProject(directory);
  assert.equal(model, undefined);
  assert.match(findings.at(-1)?.message ?? "", /^The repository is not looked at before/);
});
