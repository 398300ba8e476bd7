/** `drift.yml`, carried out: who is told what, and that nobody who tells holds a key. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { driftJob, NOTIFY, tellJob, type WorkflowName } from "../../pipeline/jobs.ts";
import { readSecrets } from "../../pipeline/workflows/reads.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow as WorkflowData } from "../../pipeline/workflows/types.ts";
import type { Run, Workflow } from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { variant } from "./variants.ts";
import { loaded, only, pushTo, run as runOf, World } from "./world.ts";

const CHECK = driftJob("staging").id;
const TELL = tellJob("staging").id;
const SCHEDULE = pushTo("main", { name: "schedule" });
const DAY = 86_400_000;

let stacks: Settings[];
let data: Record<WorkflowName, WorkflowData>;
let workflows: Record<WorkflowName, Workflow>;
before(async () => {
  stacks = await variant("Kai's own");
  data = workflowsOf(stacks);
  workflows = await loaded(stacks);
});

/** Runs both jobs of staging. */
function look(world: World, rest: Parameters<World["run"]>[2] = {}): Promise<Run> {
  const { drift } = workflows;
  const jobs = drift.jobs.filter(({ id }) => id === CHECK || id === TELL);
  return world.run({ ...drift, jobs }, SCHEDULE, rest);
}

const summaryOf = (run: Run) =>
  run.job(TELL).steps.find(({ name }) => name === "Tell what was found")?.summary;

describe("drift.yml", () => {
  for (const [outcome, result] of [
    ["clean", "success"],
    ["drifted", "success"],
    ["could-not-check", "failure"],
  ] as const) {
    it(`hands on "${outcome}"; the check is a ${result}, and the telling a success`, async () => {
      using world = new World(stacks);
      world.putDrift(outcome);
      const run = await look(world);
      assert.equal(run.job(CHECK).result, result);
      assert.equal(run.job(TELL).result, "success");
      assert.equal(summaryOf(run)?.trim(), `told staging: ${outcome}`);
    });
  }

  it("is red where a part could not be looked at, also when drift was found before", async () => {
    using world = new World(stacks);
    world.putDrift("could-not-check", { findings: [{}] });
    world.put("drift", "7");
    const run = await look(world);
    assert.equal(run.job(CHECK).result, "failure");
    assert.equal(summaryOf(run)?.trim(), "told staging: could-not-check");
  });

  it("tells that nobody could look, also when the check ends before it has a report", async () => {
    for (const step of ["Install the pipeline program", "Look for drift", "Keep the report"]) {
      using world = new World(stacks);
      const breaks = (id: string, name: string) =>
        id === CHECK && name === step ? ("before" as const) : undefined;
      const run = await look(world, { breaks });
      assert.equal(run.job(CHECK).result, "failure");
      assert.equal(run.job(TELL).result, "success", step);
      assert.equal(summaryOf(run)?.trim(), "told staging: could-not-check", step);
    }
  });

  it("waits for a deployment that is under way, not for other workflows", async () => {
    for (const [file, waits] of [
      ["deploy", true],
      ["infrastructure", true],
      ["drift", false],
    ] as const) {
      using world = new World(stacks);
      world.put("under-way", JSON.stringify({ workflow_runs: [{ path: `.github/workflows/${file}.yml` }] }));
      const run = await look(world);
      assert.equal(run.job(CHECK).result, waits ? "failure" : "success", file);
      assert.equal(world.calls().filter((call) => call === "sleep 30").length, waits ? 40 : 0);
      assert.equal(
        world.calls().some((call) => / kai -- drift --stack /.test(call)),
        !waits,
      );
      assert.equal(summaryOf(run)?.trim(), `told staging: ${waits ? "could-not-check" : "clean"}`);
    }
  });

  it("is not behind deployments that wait for an approval", () => {
    const groups = (file: WorkflowName) =>
      Object.values(data[file].jobs).flatMap(({ concurrency }) => concurrency?.group ?? []);
    const others = new Set([...groups("deploy"), ...groups("infrastructure")]);
    assert.deepEqual(
      groups("drift").filter((group) => others.has(group)),
      [],
    );
  });

  it("tells Slack what is new, and a trouble that lasts once", async () => {
    for (const [outcome, news, before, told, other = "success"] of [
      ["clean", "false", "success", []],
      ["clean", "true", "success", ["clean"]],
      ["drifted", "true", "success", ["drifted"]],
      ["drifted", "false", "success", []],
      ["could-not-check", "false", "success", ["could-not-check"]],
      ["could-not-check", "false", "failure", []],
      ["could-not-check", "false", undefined, ["could-not-check"]],
      // The other stack's trouble made the run before red.
      ["could-not-check", "false", "success", ["could-not-check"], "failure"],
    ] as const) {
      using world = new World(stacks);
      world.putDrift(outcome);
      world.put("news", news);
      const wasRed = before === "failure" || other === "failure";
      const runs = before ? [runOf(wasRed ? "failure" : "success")] : [];
      world.put("drift-runs", JSON.stringify({ workflow_runs: runs }));
      const jobs = [
        { name: driftJob("production").name, conclusion: other },
        { name: driftJob("staging").name, conclusion: before },
      ];
      world.put("drift-jobs", JSON.stringify({ jobs }));
      await look(world);
      assert.deepEqual(
        world.told().map((text) => /drift of staging: ([\w-]+)\. http/.exec(text)?.[1]),
        told,
        `${outcome} ${news} ${before}`,
      );
    }
  });

  it("tells Slack when GitHub could not be told", async () => {
    using world = new World(stacks);
    world.put("fails", "npm run --silent kai -- drift tell *");
    const run = await look(world);
    assert.equal(run.job(TELL).result, "failure");
    assert.match(String(world.told()[0]), /drift of staging: could not be told\./);
  });

  it("gives the job that writes issues no secret but Slack's, and the one that reads clouds no right to write", () => {
    for (const { environment } of stacks) {
      const [check, tell] = [driftJob(environment.name).id, tellJob(environment.name).id];
      const secrets = readSecrets(data.drift).filter(({ job }) => job === tell);
      assert.deepEqual(
        [...new Set(secrets.map(({ secret }) => secret))].filter((one) => one !== "GITHUB_TOKEN"),
        ["SLACK_WEBHOOK"],
      );
      assert.equal(data.drift.jobs[tell]?.environment, undefined);
      assert.deepEqual(data.drift.jobs[tell]?.permissions, {
        actions: "read",
        contents: "read",
        issues: "write",
      });
      const rights = Object.entries(data.drift.jobs[check]?.permissions ?? {});
      assert.deepEqual(
        rights.filter(([right, level]) => right !== "id-token" && level === "write"),
        [],
      );
    }
  });
});

describe("drift that nobody looks for", () => {
  const alarm = async (created: string | undefined) => {
    using world = new World(stacks);
    world.put("drift-runs", JSON.stringify({ workflow_runs: created ? [runOf("success", created)] : [] }));
    const notify = await only(data.deploy, NOTIFY.id);
    const run = await world.run(notify, pushTo("main"));
    assert.equal(run.job(NOTIFY.id).steps[1]?.outcome, "success");
    return world.told()[0] ?? "";
  };
  const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

  it("is told by the next deployment: after three days, and when there never was a check", async () => {
    assert.ok(!(await alarm(ago(2.9))).includes("check for drift"));
    assert.match(await alarm(ago(3.1)), /The last complete check for drift: \d{4}-/);
    assert.match(await alarm(undefined), /The last complete check for drift: never\./);
  });
});

describe("what somebody changed by hand", () => {
  it("is put back by infrastructure.yml, started by hand: planned, approved and done with the clouds read again", async () => {
    for (const [name, refreshes] of [
      ["workflow_dispatch", true],
      ["push", false],
    ] as const) {
      using world = new World(stacks);
      await world.run(workflows.infrastructure, pushTo("main", { name }));
      const calls = world.calls().filter((call) => call.startsWith("pulumi "));
      assert.deepEqual(
        calls.map((call) => call.split(" ")[1]),
        ["preview", "preview", "up"],
      );
      for (const call of calls) assert.equal(call.includes(` --refresh=${refreshes} `), true, call);
    }
  });
});
