/** The project's own workflow keeps to the rules that it makes for others. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { validateWorkflows } from "../../cli/workflow/validate.ts";
import { ACTIONS, PROGRAM_NODE, RUNNER } from "../../pipeline/workflows/pins.ts";
import type { ActionStep, RunStep, Step, Workflow } from "../../pipeline/workflows/types.ts";
import { root } from "../support/world.ts";

const path = ".github/workflows/ci.yml";
const content = readFileSync(join(root, path), "utf8");
const workflow = parse(content) as Workflow;

const isAction = (step: Step): step is ActionStep => "uses" in step;
const isScript = (step: Step): step is RunStep => "run" in step;

describe(path, () => {
  it("is accepted by GitHub's own parser", async () => {
    assert.deepEqual(await validateWorkflows([{ path, content }]), []);
  });

  it("names actions and runner as the rendered workflows do", () => {
    for (const job of Object.values(workflow.jobs)) {
      assert.equal(job["runs-on"], RUNNER);
      for (const { uses } of job.steps.filter(isAction)) {
        const action = Object.values(ACTIONS).find((known) => known.uses === uses);
        assert.ok(action, `${uses} is not in pipeline/workflows/pins.ts`);
        assert.ok(content.includes(`${uses} # ${action.version}`), `${uses} has no release beside it`);
      }
      const node = job.steps.filter(isAction).find(({ uses }) => uses === ACTIONS.setupNode.uses);
      assert.equal(node?.with?.["node-version"], PROGRAM_NODE);
    }
  });

  it("gives each job its rights and a time-out, and the workflow none", () => {
    assert.deepEqual(workflow.permissions, {});
    for (const job of Object.values(workflow.jobs)) {
      assert.deepEqual(job.permissions, { contents: "read" });
      assert.ok(Number(job["timeout-minutes"]) > 0);
    }
  });

  it("runs the script that decides", () => {
    const runs = Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.filter(isScript).map(({ run }) => run),
    );
    assert.deepEqual(runs, [".ci/run"]);
    assert.ok(statSync(join(root, ".ci/run")).mode & 0o100, ".ci/run is not executable");
  });
});
