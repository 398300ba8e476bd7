/** What the doctor makes of the project's files. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { readProject } from "../../../cli/doctor/project.ts";
import { copyProject, STACKS } from "../project.ts";

it("files that are right: both stacks, the owner, the workflow files", async (t) => {
  const { names, stacks, model, findings } = await readProject(copyProject(t));
  assert.deepEqual([names, stacks.map(({ stack }) => stack)], [STACKS, STACKS]);
  assert.deepEqual([model?.owner.stack, findings], ["production", []]);
  assert.ok(model?.files?.some(({ path }) => path.endsWith("deploy.yml")));
});

it("one stack alone: its findings, and the files of all", async (t) => {
  const directory = copyProject(t);
  const { names, model } = await readProject(directory, ["staging"]);
  assert.deepEqual([names, model?.stacks.length, model?.owner.stack], [["staging"], 1, "production"]);
  await assert.rejects(readProject(directory, ["stagign"]), /There is no Pulumi\.stagign\.yaml/);
});

it("a mistake in the other stack does not hide the repository", async (t) => {
  const directory = copyProject(t);
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
  const directory = copyProject(t);
  appendFileSync(join(directory, "Pulumi.production.yaml"), "  kai:nonsense: 1\n");
  const { model, findings } = await readProject(directory);
  assert.equal(model, undefined);
  assert.match(findings.at(-1)?.message ?? "", /^The repository is not looked at before/);
});
