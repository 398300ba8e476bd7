import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secretTable } from "../../pipeline/secrets.ts";
import { expression } from "../../pipeline/workflows/expressions.ts";
import { readSecrets, secretProblems } from "../../pipeline/workflows/reads.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow } from "../../pipeline/workflows/types.ts";
import { variant } from "./variants.ts";

/** A workflow of one job with one step whose variable holds a text. */
function reading(text: string): Workflow {
  return {
    name: "x",
    on: {},
    permissions: {},
    defaults: { run: { shell: "bash" } },
    jobs: {
      a: {
        name: "A",
        "runs-on": "x",
        permissions: {},
        "timeout-minutes": 1,
        steps: [{ name: "s", env: { V: text }, run: "ls" }],
      },
    },
  };
}
const names = (text: string) => readSecrets(reading(expression(text))).map(({ secret }) => secret);

describe("secrets that a workflow reads", () => {
  it("are found however they are written", () => {
    assert.deepEqual(names("secrets.A"), ["A"]);
    assert.deepEqual(names("secrets['A']"), ["A"]);
    assert.deepEqual(names("format('{0}{1}', secrets.A, SECRETS.B) || secrets.A"), ["A", "B"]);
  });

  it("are told apart from text", () => {
    assert.deepEqual(names("'secrets.A'"), []);
    assert.deepEqual(names("steps.secrets.outputs.A"), []);
    assert.deepEqual(readSecrets(reading("secrets.A")), []);
  });

  it("must have a name", () => {
    assert.throws(() => names("toJSON(secrets)"), /without naming them: toJSON\(secrets\)/);
    assert.throws(() => names("secrets[github.ref]"), /without naming them/);
  });

  it("carry the job and its environment", async () => {
    const { drift } = workflowsOf(await variant("Kai's own"));
    const read = readSecrets(drift).find(({ secret }) => secret === "DATABASE_URL_STAGING");
    assert.deepEqual(read, {
      job: "drift-staging",
      environment: "staging-inspection",
      secret: "DATABASE_URL_STAGING",
    });
  });
});

describe("workflows and the table of secrets", () => {
  it("disagree when a job reads what nothing provides", async () => {
    const stacks = await variant("Kai's own");
    const workflows = Object.values(workflowsOf(stacks));
    const [deploy] = structuredClone(workflows);
    const step = deploy?.jobs["deploy-staging"]?.steps[0];
    assert.ok(step);
    step.env = { X: expression("secrets.STRIPE_KEY") };
    const problems = secretProblems(stacks, [deploy as Workflow, ...workflows.slice(1)]);
    assert.deepEqual(problems, [
      "staging: job deploy-staging reads the secret STRIPE_KEY, which nothing provides",
    ]);
  });

  it("disagree when no job reads what is provided", async () => {
    const stacks = await variant("Kai's own");
    const workflows = structuredClone(workflowsOf(stacks));
    for (const step of workflows.deploy.jobs["deploy-staging"]?.steps ?? []) delete step.env?.JWT_SECRET;
    const problems = secretProblems(stacks, Object.values(workflows));
    assert.deepEqual(problems, ["staging: the secret JWT_SECRET is provided, but no workflow reads it"]);
  });

  it("agree on every single reader of Kai's, both ways", async () => {
    const stacks = await variant("Kai's own");
    const reads = new Set(
      Object.values(workflowsOf(stacks))
        .flatMap(readSecrets)
        .map(({ job, secret }) => `${job} ${secret}`),
    );
    const declared = new Set(
      stacks.flatMap(secretTable).flatMap(({ name, readers }) => readers.map(({ id }) => `${id} ${name}`)),
    );
    assert.deepEqual(
      [...declared].filter((pair) => !reads.has(pair)),
      [],
    );
    assert.deepEqual(
      [...reads].filter((pair) => !declared.has(pair)),
      [],
    );
  });
});
