import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BUILD, deployJob } from "../../pipeline/jobs.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import { variant } from "./variants.ts";

/** The specification's stages, each step as what it is called or begins with in the workflow. */
const STAGES: [string, string[]][] = [
  [BUILD.id, ["Install dependencies", "Run linting", "Run unit tests", "Build packages"]],
  [
    deployJob("staging").id,
    [
      "Run database migrations",
      "Deploy client to Vercel",
      "Deploy admin to Vercel",
      "Upload client to S3",
      "Invalidate the cache of client",
      "Upload admin to S3",
      "Invalidate the cache of admin",
      "Roll out kai-api-server-staging",
      "Roll out kai-ml-services-staging",
      "Run integration tests",
    ],
  ],
  [
    deployJob("production").id,
    [
      "Run database migrations",
      "Deploy client to Vercel",
      "Deploy admin to Vercel",
      "Upload client to S3",
      "Invalidate the cache of client",
      "Upload admin to S3",
      "Invalidate the cache of admin",
      "Roll out kai-api-server",
      "Roll out kai-ml-services",
      "Run smoke tests",
      "Monitor deployment",
    ],
  ],
];

/** Steps that carry no part of the specification but serve one. */
const SERVING =
  /^(Check out|Set up (Node\.js|yarn)|Check .*|Install the pipeline program|Build (client|admin)|Install kubectl|Connect to the cluster|Sign in to AWS|Return to the previous images)$/;

describe("deploy.yml follows the specification", () => {
  for (const [id, wanted] of STAGES) {
    it(`step by step, in its order, and does nothing else: ${id}`, async () => {
      const { deploy } = workflowsOf(await variant("Kai's own"));
      const names = deploy.jobs[id]?.steps.map(({ name }) => name) ?? [];
      const deploys = id !== BUILD.id;
      const steps = names.filter(
        (name) => !SERVING.test(name) && !(deploys && name === "Install dependencies"),
      );
      assert.deepEqual(steps, wanted);
    });
  }

  it("leaves out what a pipeline does not have, and keeps the order of the rest", async () => {
    const { deploy } = workflowsOf(await variant("no cluster"));
    const names = deploy.jobs[deployJob("production").id]?.steps.map(({ name }) => name) ?? [];
    assert.equal(
      names.some((name) => /kubectl|Roll out|cluster|previous/.test(name)),
      false,
    );
    assert.ok(names.indexOf("Run database migrations") < names.indexOf("Deploy client to Vercel"));
    assert.equal(names.at(-1), "Monitor deployment");
  });

  it("publishes each site where the model hosts it", async () => {
    const hosts = async (name: string) => {
      const { deploy } = workflowsOf(await variant(name));
      const names = deploy.jobs[deployJob("staging").id]?.steps.map((step) => step.name) ?? [];
      return names.filter((step) => /to (Vercel|S3)$/.test(step));
    };
    assert.deepEqual(await hosts("Vercel only"), ["Deploy client to Vercel", "Deploy admin to Vercel"]);
    assert.deepEqual(await hosts("CloudFront only"), ["Upload client to S3", "Upload admin to S3"]);
  });
});
