import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { BUILD, deployJob, driftJob, IMAGES, NOTIFY } from "../../pipeline/jobs.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { RunStep, Workflow, WorkflowJob } from "../../pipeline/workflows/types.ts";
import { Runner } from "./run.ts";
import { variant } from "./variants.ts";

let deploy: Workflow;
let drift: Workflow;
before(async () => {
  ({ deploy, drift } = workflowsOf(await variant("Kai's own")));
});

function stepOf(workflow: Workflow, job: string, name: string): RunStep {
  const step = workflow.jobs[job]?.steps.find((candidate) => candidate.name === name);
  assert.ok(step && "run" in step, `${job} has no script ${name}`);
  return step;
}

/** A value for every expression that is recognisable wherever it turns up. */
const values = (expression: string): string => {
  if (expression.startsWith("needs.")) return "sha256:new";
  if (expression === "secrets.DOCKER_REGISTRY") return "ghcr.io";
  if (expression === "secrets.DOCKER_USERNAME") return "Basilakis";
  if (expression === "secrets.KUBE_CONFIG_DATA") return Buffer.from("secret-kubeconfig").toString("base64");
  if (expression.startsWith("secrets.")) return `value-of-${expression.slice("secrets.".length)}`;
  return "";
};

describe("publishing an image", () => {
  const publish = () => stepOf(deploy, IMAGES.id, "Publish kai-api-server");

  it("builds what the registry does not have, under the commit's name", () => {
    using runner = new Runner();
    assert.equal(runner.run(publish(), values).status, 0);
    assert.equal(runner.output("image-kai-api-server", "digest"), "sha256:built");
    const build = runner.calls().find((call) => call.startsWith("docker buildx build"));
    assert.match(build ?? "", /--tag ghcr\.io\/basilakis\/kai-api-server:0123456789abcdef/);
    assert.match(build ?? "", /--file Dockerfile\.api/);
  });

  it("takes what is there already, so that production runs what staging ran", () => {
    using runner = new Runner();
    runner.put("published", "");
    assert.equal(runner.run(publish(), values).status, 0);
    assert.equal(runner.output("image-kai-api-server", "digest"), "sha256:published");
    assert.equal(
      runner.calls().some((call) => call.includes("buildx build")),
      false,
    );
  });
});

describe("the job that deploys production", () => {
  const job = () => deploy.jobs[deployJob("production").id] as WorkflowJob;
  const OLD = { "image-kai-api-server": "old-api", "image-kai-ml-services": "old-ml" };
  const NEW = {
    "image-kai-api-server": "ghcr.io/basilakis/kai-api-server@sha256:new",
    "image-kai-ml-services": "ghcr.io/basilakis/kai-ml-services@sha256:new",
  };
  const prepared = (): Runner => {
    const runner = new Runner();
    for (const [name, image] of Object.entries(OLD)) runner.put(name, image);
    return runner;
  };
  const images = (runner: Runner) =>
    Object.fromEntries(Object.keys(OLD).map((name) => [name, runner.get(name)]));

  it("runs every step but the return, and leaves the new images by digest", () => {
    using runner = prepared();
    const ran = runner.runJob(job(), values);
    const names = job().steps.map(({ name }) => name);
    assert.deepEqual(ran, names.slice(0, -1));
    assert.deepEqual(images(runner), NEW);
    assert.equal(runner.output("vercel-client", "url"), "https://site.vercel.app");
  });

  it("asks each cloud for what the specification says, in order", () => {
    using runner = prepared();
    runner.runJob(job(), values);
    const calls = runner.calls();
    const wanted = [
      /^npm run --silent kai -- migrate up --environment production --dir migrations/,
      /^npx --yes vercel@[\d.]+ pull --yes --environment=production/,
      /^npx --yes vercel@[\d.]+ build --prod/,
      /^npx --yes vercel@[\d.]+ deploy --prebuilt --prod/,
      /^aws s3 sync packages\/client\/public s3:\/\/value-of-CLIENT_BUCKET_NAME/,
      /^aws cloudfront create-invalidation --distribution-id value-of-CLOUDFRONT_DISTRIBUTION_ID_CLIENT/,
      /^aws cloudfront wait invalidation-completed .* --id I1/,
      /^kubectl --namespace kai set image deployment\/kai-api-server api-server=/,
      /^kubectl --namespace kai rollout status deployment\/kai-api-server --timeout=10m/,
      /^yarn test:smoke/,
    ];
    const positions = wanted.map((pattern) => calls.findIndex((call) => pattern.test(call)));
    assert.ok(
      positions.every((place) => place >= 0),
      JSON.stringify({ positions, calls }, null, 2),
    );
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
    );
  });

  it("uploads hashed files first and for a year, then the rest, and removes pages that are gone", () => {
    using runner = prepared();
    runner.run(stepOf(deploy, deployJob("production").id, "Upload client to S3"), values);
    const sync = "aws s3 sync packages/client/public s3://value-of-CLIENT_BUCKET_NAME";
    assert.deepEqual(runner.calls(), [
      `${sync} --exclude * --include static/* --cache-control public, max-age=31536000, immutable`,
      `${sync} --exclude static/* --delete --cache-control public, max-age=0, must-revalidate`,
    ]);
  });

  it("stops at any step that fails, and returns to the earlier images", () => {
    const names = job().steps.map(({ name }) => name);
    for (const breaks of names.slice(0, -1)) {
      using runner = prepared();
      const ran = runner.runJob(job(), values, breaks);
      const expected = [...names.slice(0, names.indexOf(breaks) + 1), "Return to the previous images"];
      assert.deepEqual(ran, expected, breaks);
      assert.deepEqual(images(runner), OLD, breaks);
    }
  });

  it("returns when a new image does not become ready", () => {
    using runner = prepared();
    runner.put("unhealthy", "kai-ml-services@sha256:new");
    const ran = runner.runJob(job(), values);
    assert.equal(ran.includes("Run smoke tests"), false);
    assert.deepEqual(images(runner), OLD);
  });

  it("does not roll out without a digest", () => {
    using runner = prepared();
    const { status, output } = runner.run(
      stepOf(deploy, deployJob("production").id, "Roll out kai-api-server"),
    );
    assert.equal(status, 1);
    assert.match(output, /Publish Images gave no digest for kai-api-server/);
    assert.deepEqual(images(runner), OLD);
  });

  it("shows no credential in the arguments of any program", () => {
    using runner = prepared();
    runner.runJob(job(), values);
    const open = ["BUCKET_NAME", "DISTRIBUTION_ID"];
    for (const call of runner.calls()) {
      const shown = /value-of-(\w+)/.exec(call)?.[1] ?? "";
      assert.ok(shown === "" || open.some((part) => shown.includes(part)), call);
      assert.doesNotMatch(call, /secret-kubeconfig/);
    }
  });
});

describe("monitoring", () => {
  it("fails when a container restarted after the roll-out", () => {
    using runner = new Runner();
    const step = stepOf(deploy, deployJob("production").id, "Monitor deployment");
    runner.put("image-kai-api-server", "a");
    runner.put("image-kai-ml-services", "b");
    assert.equal(runner.run(step).status, 0);
    // The first look is the baseline; every later one sees more restarts.
    const restarting = {
      ...step,
      run: step.run.replace('before="$(restarts)"', 'before="$(restarts)"; echo 3 > "$WORLD/restarts"'),
    };
    const { status, output } = runner.run(restarting);
    assert.equal(status, 1);
    assert.match(output, /restarted after the roll-out/);
  });
});

describe("the notification", () => {
  const cases: [string, Record<string, string>, number][] = [
    ["success", { build: "success", "deploy-staging": "skipped", "deploy-production": "success" }, 0],
    ["failure", { build: "success", "deploy-staging": "skipped", "deploy-production": "failure" }, 1],
    ["failure", { build: "cancelled", images: "failure" }, 1],
    ["cancelled", { build: "success", "deploy-production": "cancelled" }, 1],
  ];
  for (const [outcome, results, status] of cases) {
    it(`says ${outcome} of ${Object.values(results).join(", ")}, and ends so`, () => {
      using runner = new Runner();
      const needs = Object.fromEntries(
        Object.entries(results).map(([job, result]) => [job, { result, outputs: {} }]),
      );
      const read = (expression: string) =>
        expression === "toJSON(needs)" ? JSON.stringify(needs) : values(expression);
      for (const name of ["Summarize", "Tell Slack"]) {
        const done = runner.run(stepOf(deploy, NOTIFY.id, name), read);
        assert.equal(done.status, 0, done.output);
      }
      assert.equal(
        JSON.parse(runner.written("posted")).text.split(". ")[0],
        `Basilakis/kai, main: ${outcome}`,
      );
      assert.equal(
        runner.calls().some((call) => call.includes("SLACK_WEBHOOK")),
        false,
      );
      for (const [job, result] of Object.entries(results)) {
        assert.ok(runner.written("summary").includes(`| ${job} | ${result} |`));
      }
      assert.equal(runner.run(stepOf(deploy, NOTIFY.id, "End as the other jobs did"), read).status, status);
    });
  }

  it("is left out without a webhook", () => {
    using runner = new Runner();
    assert.equal(runner.run(stepOf(deploy, NOTIFY.id, "Tell Slack"), () => "").status, 0);
    assert.deepEqual(runner.calls(), []);
  });
});

describe("the check before everything", () => {
  const check = () => stepOf(deploy, BUILD.id, "Check what the steps need");
  const SCRIPTS = ["lint", "test", "build", "test:integration", "test:smoke"];

  it("passes when all files and scripts are there", () => {
    using runner = new Runner();
    const files = [
      "yarn.lock",
      "Dockerfile.api",
      "packages/ml/Dockerfile.mcp",
      "infrastructure/package-lock.json",
    ];
    for (const file of files) {
      mkdirSync(join(runner.workspace, file, ".."), { recursive: true });
      writeFileSync(join(runner.workspace, file), "");
    }
    const scripts = Object.fromEntries(SCRIPTS.map((name) => [name, "true"]));
    writeFileSync(join(runner.workspace, "package.json"), JSON.stringify({ scripts }));
    const { status, output } = runner.run(check());
    assert.equal(status, 0, output);
  });

  it("names everything that is missing at once", () => {
    using runner = new Runner();
    writeFileSync(join(runner.workspace, "package.json"), "{}");
    const { status, output } = runner.run(check());
    assert.equal(status, 1);
    for (const missing of ["yarn.lock", "Dockerfile.api", "infrastructure/package-lock.json", ...SCRIPTS]) {
      assert.ok(output.includes(missing), missing);
    }
  });
});

describe("the drift job", () => {
  for (const [code, outcome] of [
    ["0", "no drift"],
    ["7", "drift found"],
    ["3", "could not be checked"],
    ["1", "could not be checked"],
  ] as const) {
    it(`ends with ${code} for "${outcome}" and shows the report`, () => {
      using runner = new Runner();
      runner.put("drift", code);
      const { status } = runner.run(stepOf(drift, driftJob("staging").id, "Look for drift"), values);
      assert.equal(String(status), code);
      assert.equal(runner.output("drift", "outcome"), outcome);
      assert.match(runner.written("summary"), /what was found/);
    });
  }
});
