import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { BUILD, IMAGES, NOTIFY } from "../../pipeline/jobs.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow } from "../../pipeline/workflows/types.ts";
import type { StepRun } from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { variant } from "./variants.ts";
import { deploying, only, pushTo, SHA, secretValue, World } from "./world.ts";

let stacks: Settings[];
let deploy: Workflow;
before(async () => {
  stacks = await variant("Kai's own");
  ({ deploy } = workflowsOf(stacks));
});

/** Runs some steps of one job on the branch of production. @returns the last one */
async function last(world: World, data: Workflow, job: string, steps?: string[]): Promise<StepRun> {
  const run = await world.run(await only(data, job, steps), pushTo("main"));
  const found = run.job(job).steps.at(-1);
  assert.ok(found, job);
  return found;
}

describe("publishing an image", () => {
  const publish = (world: World) => last(world, deploy, IMAGES.id, ["Publish kai-api-server"]);

  it("builds what the registry does not have, under the commit's name", async () => {
    using world = new World(stacks);
    const { outputs, log } = await publish(world);
    assert.deepEqual(outputs, { digest: "sha256:built" }, log);
    const build = world.calls().find((call) => call.startsWith("docker buildx build"));
    assert.match(build ?? "", new RegExp(`--tag ghcr[.]io/basilakis/kai-api-server:${SHA}`));
    assert.match(build ?? "", /--file Dockerfile\.api/);
  });

  it("takes what is there already, so that production runs what staging ran", async () => {
    using world = new World(stacks);
    world.put("published-kai-api-server", "sha256:published");
    assert.deepEqual((await publish(world)).outputs, { digest: "sha256:published" });
    assert.equal(
      world.calls().some((call) => call.includes("buildx build")),
      false,
    );
  });
});

describe("the job that deploys production", () => {
  it("asks each cloud for what the specification says, in order, and leaves the new images by digest", async () => {
    using world = new World(stacks);
    const { outcome, log } = await last(world, deploy, deploying("production"));
    assert.equal(outcome, "skipped", log);
    const secret = (name: string) => secretValue("production", name).replaceAll("+", "[+]");
    const wanted = [
      "npm run --silent kai -- migrate up --environment production --dir migrations",
      "npx --yes vercel@[\\d.]+ pull --yes --environment=production",
      "npx --yes vercel@[\\d.]+ build --prod",
      "npx --yes vercel@[\\d.]+ deploy --prebuilt --prod",
      `aws s3 sync packages/client/public s3://${secret("CLIENT_BUCKET_NAME")}`,
      `aws cloudfront create-invalidation --distribution-id ${secret("CLOUDFRONT_DISTRIBUTION_ID_CLIENT")}`,
      "aws cloudfront wait invalidation-completed .* --id I1",
      "kubectl --namespace kai set image deployment/kai-api-server api-server=",
      "kubectl --namespace kai rollout status deployment/kai-api-server --timeout=10m",
      "yarn test:smoke",
    ];
    const calls = world.calls();
    const positions = wanted.map((pattern) =>
      calls.findIndex((call) => new RegExp(`^${pattern}`).test(call)),
    );
    assert.ok(!positions.includes(-1), JSON.stringify({ positions, calls }, null, 2));
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
    const images = world.images();
    assert.equal(images["kai-api-server"], "ghcr.io/basilakis/kai-api-server@sha256:new");
    assert.equal(images["kai-api-server-staging"], "old-kai-api-server-staging");
  });

  it("uploads hashed files first and for a year, then the rest, and removes pages that are gone", async () => {
    using world = new World(stacks);
    await last(world, deploy, deploying("production"), ["Upload client to S3"]);
    const sync = `aws s3 sync packages/client/public s3://${secretValue("production", "CLIENT_BUCKET_NAME")}`;
    assert.deepEqual(world.calls(), [
      `${sync} --exclude * --include static/* --cache-control public, max-age=31536000, immutable`,
      `${sync} --exclude static/* --delete --cache-control public, max-age=0, must-revalidate`,
    ]);
  });

  it("returns when a new image does not become ready", async () => {
    using world = new World(stacks);
    const before = world.images();
    world.put("unhealthy", "kai-ml-services@sha256:new");
    const run = await world.run(await only(deploy, deploying("production")), pushTo("main"));
    const { result, steps } = run.job(deploying("production"));
    assert.equal(result, "failure");
    assert.equal(steps.find(({ name }) => name === "Run smoke tests")?.outcome, "skipped");
    assert.deepEqual(world.images(), before);
  });

  it("does not roll out without a digest", async () => {
    using world = new World(stacks);
    const data = structuredClone(deploy);
    const step = data.jobs[deploying("production")]?.steps.find(
      ({ name }) => name === "Roll out kai-api-server",
    );
    assert.ok(step?.env);
    step.env.DIGEST = "";
    const { outcome, log } = await last(world, data, deploying("production"), ["Roll out kai-api-server"]);
    assert.equal(outcome, "failure");
    assert.match(log, /Publish Images gave no digest for kai-api-server/);
    assert.deepEqual(world.calls(), []);
  });
});

describe("the order of deployments", () => {
  const check = (world: World) =>
    last(world, deploy, deploying("production"), ["Check that nothing newer is deployed"]);

  it("is kept: an earlier commit is not put over a later one", async () => {
    using world = new World(stacks);
    world.put("order", "behind");
    const { outcome, log } = await check(world);
    assert.equal(outcome, "failure");
    assert.match(log, /fedcba\w+, a later commit of this branch, is deployed already/);
  });

  for (const order of ["ahead", "identical", "diverged"]) {
    it(`lets a commit pass that is ${order}`, async () => {
      using world = new World(stacks);
      world.put("order", order);
      assert.equal((await check(world)).outcome, "success");
    });
  }

  it("asks for nothing where nothing was deployed", async () => {
    using world = new World(stacks);
    world.put("deployed", "");
    assert.equal((await check(world)).outcome, "success");
    assert.equal(world.calls().length, 1);
  });

  it("is somebody's own where a job is run again", async () => {
    using world = new World(stacks);
    world.put("order", "behind");
    const file = await only(deploy, deploying("production"), ["Check that nothing newer is deployed"]);
    const first = await world.run(file, pushTo("main"));
    const second = await world.run(file, pushTo("main"), { again: first });
    assert.equal(second.job(deploying("production")).result, "success");
  });
});

describe("monitoring", () => {
  const watched = async (world: World, changes: Record<string, string> = {}) => {
    const data = structuredClone(deploy);
    const step = data.jobs[deploying("production")]?.steps.find(({ name }) => name === "Monitor deployment");
    assert.ok(step?.env && "run" in step);
    Object.assign(step.env, changes);
    return last(world, data, deploying("production"), ["Monitor deployment"]);
  };
  const SITE = {
    ADDRESSES: "https://kai.example.com/ https://api.example.com/health",
    CHECKS: "5",
    ALLOWED_PERCENT: "1",
  };

  it("looks as often as the configuration says, and passes", async () => {
    using world = new World(stacks);
    assert.equal((await watched(world)).outcome, "success");
    const calls = world.calls();
    assert.equal(calls.filter((call) => call === "sleep 30").length, 9);
    assert.equal(
      calls.filter((call) => call.includes("rollout status deployment/kai-api-server ")).length,
      10,
    );
  });

  it("fails when a container restarted after the roll-out", async () => {
    using world = new World(stacks);
    world.put("restarts", "0 0\n0 3\n");
    const { outcome, log } = await watched(world);
    assert.equal(outcome, "failure");
    assert.match(log, /restarted after the roll-out/);
  });

  it("allows a share of failed requests in the whole time, and no more", async () => {
    using world = new World(stacks);
    world.put("answers", `${"ok\n".repeat(20)}bad\n`);
    assert.equal((await watched(world, SITE)).outcome, "success");
    world.put("answers", "bad\nok\nbad\n");
    const { outcome, log } = await watched(world, SITE);
    assert.equal(outcome, "failure");
    assert.match(log, /2 requests failed, and 1 may/);
  });

  it("ends at once where the budget is used up", async () => {
    using world = new World(stacks);
    world.put("answers", "bad\n".repeat(100));
    assert.equal((await watched(world, SITE)).outcome, "failure");
    assert.equal(world.calls().filter((call) => call.startsWith("curl")).length, 20);
    assert.equal(world.calls().includes("sleep 30"), false);
  });
});

describe("the notification", () => {
  const cases: [string, Record<string, string>][] = [
    ["success", { build: "success", "deploy-staging": "skipped", "deploy-production": "success" }],
    ["failure", { build: "success", "deploy-staging": "skipped", "deploy-production": "failure" }],
    ["failure", { build: "cancelled", images: "failure" }],
    ["cancelled", { build: "success", "deploy-production": "cancelled" }],
  ];
  for (const [outcome, results] of cases) {
    it(`says ${outcome} of ${Object.values(results).join(", ")}, and ends so`, async () => {
      using world = new World(stacks);
      const data = structuredClone(deploy);
      const summarize = data.jobs[NOTIFY.id]?.steps[0];
      assert.ok(summarize);
      const needs = Object.entries(results).map(([job, result]) => [job, { result, outputs: {} }]);
      summarize.env = { NEEDS: JSON.stringify(Object.fromEntries(needs)) };
      const run = await world.run(await only(data, NOTIFY.id), pushTo("main"));
      const { steps, result } = run.job(NOTIFY.id);
      assert.equal(world.told().length, 1);
      assert.match(world.told()[0] ?? "", new RegExp(`^Basilakis/kai, main: ${outcome}[.] https://`));
      assert.equal(result, outcome === "success" ? "success" : "failure");
      for (const [job, end] of Object.entries(results))
        assert.ok(steps[0]?.summary.includes(`| ${job} | ${end} |`));
    });
  }

  it("is left out without a webhook", async () => {
    using world = new World(stacks);
    const run = await world.run(await only(deploy, NOTIFY.id), pushTo("main"), { secrets: {} });
    assert.equal(run.job(NOTIFY.id).result, "success");
    assert.deepEqual(world.told(), []);
  });

  it("does not fail the run when Slack does not answer", async () => {
    using world = new World(stacks);
    world.put("fails", "curl --config *");
    const run = await world.run(await only(deploy, NOTIFY.id), pushTo("main"));
    const tell = run.job(NOTIFY.id).steps.find(({ name }) => name === "Tell Slack");
    assert.deepEqual([tell?.outcome, tell?.conclusion], ["failure", "success"]);
    assert.equal(run.job(NOTIFY.id).result, "success");
  });
});

describe("the check before everything", () => {
  const check = (world: World) => last(world, deploy, BUILD.id, ["Check out", "Check what the steps need"]);

  it("passes when all files and scripts are there", async () => {
    using world = new World(stacks);
    const { outcome, log } = await check(world);
    assert.equal(outcome, "success", log);
  });

  it("names everything that is missing at once", async () => {
    using world = new World(stacks);
    world.files = { "package.json": "{}" };
    const { outcome, log } = await check(world);
    assert.equal(outcome, "failure");
    const missing = ["yarn.lock", "Dockerfile.api", "infrastructure/package-lock.json"];
    for (const one of [...missing, "lint", "test", "build", "test:integration", "test:smoke"]) {
      assert.ok(log.includes(one), one);
    }
  });

  for (const [file, manager] of [
    ["package-lock.json", "npm"],
    ["pnpm-lock.yaml", "pnpm"],
  ] as const) {
    it(`tells by ${file} which package manager the repository has`, async () => {
      using world = new World(stacks);
      const { "yarn.lock": _, ...rest } = world.files;
      world.files = { ...rest, [file]: "" };
      const { outcome, log } = await check(world);
      assert.equal(outcome, "failure");
      assert.ok(log.includes(`${file} is there: set kai:workflow.packageManager to ${manager}.`), log);
    });
  }
});
