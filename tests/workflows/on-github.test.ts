/** What runs leave on the simulated GitHub: checks that decide on merges, one deployment record each with its true end. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { BUILD, deployJob, type WorkflowName } from "../../pipeline/jobs.ts";
import { type JobResult, Run, type Workflow } from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { Deeds, type Place } from "../sandbox/github/deeds.ts";
import { layDown } from "../sandbox/github/profile.ts";
import { BOT, type Served, served, TOKEN } from "../sandbox/github/support.ts";
import { root } from "../support/world.ts";
import { variant } from "./variants.ts";
import { carryingOut, deploying, loaded, pullRequest, pushTo, World } from "./world.ts";

let stacks: Settings[];
let workflows: Record<WorkflowName, Workflow>;
before(async () => {
  stacks = await variant("Kai's own");
  workflows = await loaded(stacks);
});

/** GitHub makes these by itself for every run: a check for each job that ended, and a record with its states. */
async function report(on: Served, place: Place, run: Run): Promise<void> {
  const github = on.as(BOT);
  const { sha: head_sha } = run.event;
  for (const { name, result, deployment } of run.jobs) {
    const conclusion = result as Exclude<JobResult, undefined>;
    await github.checks.create({ ...place, name, head_sha, status: "completed", conclusion });
    if (!deployment) continue;
    const { environment } = deployment;
    const made = await github.repos.createDeployment({
      ...place,
      ref: head_sha,
      environment,
      auto_merge: false,
      required_contexts: [],
    });
    assert.ok("id" in made.data);
    for (const state of deployment.states) {
      await github.repos.createDeploymentStatus({ ...place, deployment_id: made.data.id, state });
    }
  }
}

describe("a merge into main", () => {
  it("waits for the check of the very job: refused where any step of it fails, let in where all pass", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const deeds = new Deeds(on, place);
    const steps = workflows.deploy.jobs.find(({ id }) => id === BUILD.id)?.steps ?? [];
    const names = [...steps.map(({ fields }) => String(fields.find("name"))), undefined];
    for (const failing of names) {
      using world = new World(stacks);
      const pull = await deeds.propose("eleni-dev", "main");
      const options = world.options({
        breaks: (job, step) => (job === BUILD.id && step === failing ? "before" : undefined),
      });
      const run = await new Run(workflows.deploy, { ...pullRequest(), sha: pull.head }, options).finish();
      await report(on, place, run);
      assert.equal(await deeds.review("nikos-ops", pull.number), "done");
      const ending = await deeds.merge("Basilakis", pull.number);
      if (failing === undefined) assert.equal(ending, "done");
      else assert.match(ending, /^405 .*Build and Test/s, failing);
    }
  });
});

describe("the record of a deployment", () => {
  it("is one for each, and ends as the deployment did; the commit's checks say the same", async (t) => {
    const on = await served(t);
    const place = { owner: "Basilakis", repo: "kai" };
    const deeds = new Deeds(on, place);
    const sha = await deeds.head("main");
    const job = deploying("production");
    for (const [index, failing] of ["Run database migrations", "Run smoke tests", undefined].entries()) {
      using world = new World(stacks);
      const options = world.options({
        breaks: (id, step) => (id === job && step === failing ? "after" : undefined),
      });
      const run = new Run(workflows.deploy, pushTo("main", { sha }), {
        ...options,
        open: carryingOut(options.open, job),
      });
      await report(on, place, await run.finish());
      const expected = failing === undefined ? "success" : "failure";
      const { data } = await on.as().repos.listDeployments({ ...place, environment: "production" });
      assert.equal(data.length, index + 1);
      const [newest] = data;
      assert.ok(newest);
      const statuses = await on.as().repos.listDeploymentStatuses({ ...place, deployment_id: newest.id });
      assert.deepEqual(statuses.data.map(({ state }) => state).sort(), [expected, "in_progress"].sort());
      const checks = await on
        .as()
        .checks.listForRef({ ...place, ref: sha, check_name: deployJob("production").name });
      assert.equal(checks.data.check_runs[0]?.conclusion, expected);
    }
  });
});

describe("docs/workflows.md, being on call", () => {
  /** The commands of the section with the parts of lines that they print, in order. */
  const [, text = ""] = readFileSync(join(root, "docs/workflows.md"), "utf8").split(
    "\n## On call: a failed deployment\n",
  );
  const [section = ""] = text.split(/^## /m);
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```\n\n```text\n(.*?)^```$/gms)];
  const [failed, undone, mended] = blocks.map(([, script = "", printed = ""]) => ({ script, printed })) as [
    Block,
    Block,
    Block,
  ];

  it("shows what failed and what runs now, and that the failed job run again mends it", async (t) => {
    using world = new World(stacks);
    const on = await served(t);
    const place = { owner: "Basilakis", repo: "kai" };
    const sha = await new Deeds(on, place).head("main");
    const run = async (rest: Parameters<World["options"]>[0], ...carriedOut: string[]) => {
      const options = world.options(rest);
      const open = carryingOut(options.open, ...carriedOut);
      const ended = await new Run(workflows.deploy, pushTo("main", { sha }), { ...options, open }).finish();
      await report(on, place, ended);
      return ended;
    };
    const job = deploying("production");
    const before = world.images();
    const first = await run({ breaks: (_, step) => (step === "Run smoke tests" ? "after" : undefined) }, job);
    assert.deepEqual(world.images(), before);
    await shows(t, on, failed);
    await shows(t, on, undone);
    await run({ again: first }, job);
    assert.notDeepEqual(world.images(), before);
    await shows(t, on, mended);
  });
});

interface Block {
  script: string;
  printed: string;
}

/** Runs a block as somebody with `gh`, which this stands in for: an answer of GitHub's interface through jq. */
async function shows(t: TestContext, on: Served, { script, printed }: Block): Promise<void> {
  const bin = mkdtempSync(join(tmpdir(), "kai-on-call-"));
  t.after(() => rmSync(bin, { recursive: true }));
  const gh = `#!/bin/sh\ncurl --silent --fail --user "x:${TOKEN}" "${on.server.url}/$2" | jq --raw-output "$4"\n`;
  const npm = `#!/bin/sh\nshift 3\nexec "${process.execPath}" cli/kai.cjs "$@"\n`;
  for (const [name, text] of Object.entries({ gh, npm }))
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter), NO_COLOR: "1" };
  const { stdout } = await promisify(execFile)("bash", ["-ceo", "pipefail", script], { cwd: root, env });
  let place = 0;
  for (const line of printed.trim().split("\n")) {
    place = stdout.indexOf(line, place);
    assert.ok(place >= 0, `"${line}" is not printed by\n${script}\n${stdout}`);
  }
}
