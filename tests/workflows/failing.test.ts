/** Every step of every job fails in turn, before it does anything and after it did all. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  BUILD,
  COMMENT,
  IMAGES,
  NOTIFY,
  planJob,
  tellJob,
  upJob,
  type WorkflowName,
} from "../../pipeline/jobs.ts";
import { type JobRun, leaksIn, Run, type Workflow, type WorkflowEvent } from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { variant } from "./variants.ts";
import {
  carryingOut,
  deploying,
  everythingShown,
  hiddenValues,
  loaded,
  pullRequest,
  pushTo,
  World,
} from "./world.ts";

let stacks: Settings[];
let workflows: Record<WorkflowName, Workflow>;
let hidden: Record<string, string>;
before(async () => {
  stacks = await variant("Kai's own");
  workflows = await loaded(stacks);
  hidden = hiddenValues(stacks);
});

const RETURN = "Return to the previous images";

/** What holds of every run, however it ended. */
function assertTrue(run: Run, world: World, earlier: Record<string, string>): void {
  assert.deepEqual(leaksIn(everythingShown(run), hidden), []);
  assert.deepEqual(leaksIn(world.told().join("\n"), hidden), []);
  for (const job of run.jobs) {
    const states = { success: "success", failure: "failure", cancelled: "error", skipped: undefined };
    // The deployment record ends as the deployment did, and there is one for each.
    if (job.deployment)
      assert.deepEqual(job.deployment.states, ["in_progress", states[job.result ?? "skipped"]]);
    assert.equal(job.deployment !== undefined, isDeployment(job) && job.steps.length > 0, job.id);
  }
  for (const { id, result } of run.jobs.filter(isDeployment)) {
    const environment = id.slice("deploy-".length);
    const services = stacks.find((stack) => stack.environment.name === environment)?.services ?? [];
    for (const { name } of services) {
      const isNew = world.images()[name]?.endsWith("@sha256:built");
      assert.equal(isNew, result === "success", `${id} leaves ${name} at ${world.images()[name]}`);
      if (!isNew) assert.equal(world.images()[name], earlier[name]);
    }
  }
}

const isDeployment = ({ id }: JobRun) => id.startsWith("deploy-");

/** The outcome that people are told, from the results alone. */
function outcomeOf(run: Run): string {
  const results = run.jobs.filter(({ id }) => id !== NOTIFY.id).map(({ result }) => result);
  return results.includes("failure") ? "failure" : results.includes("cancelled") ? "cancelled" : "success";
}

/** Steps that a job may still run once one has failed. */
const AFTERWARDS = new Set([RETURN, "Keep the report", "Tell Slack"]);

interface Case {
  title: string;
  file: WorkflowName;
  event: () => WorkflowEvent;
  /** Jobs whose steps fail in turn. */
  jobs: string[];
  /** Default: both. Staging's steps are production's, so one of the two shows that they are in order there too. */
  when?: readonly ("before" | "after")[];
}

const CASES: Case[] = [
  {
    title: "production is deployed",
    file: "deploy",
    event: () => pushTo("main"),
    jobs: [BUILD.id, IMAGES.id, deploying("production")],
  },
  {
    title: "staging is deployed",
    file: "deploy",
    event: () => pushTo("staging"),
    jobs: [deploying("staging")],
    when: ["before"],
  },
  {
    title: "production is reconciled",
    file: "infrastructure",
    event: () => pushTo("main"),
    jobs: [planJob("production").id, upJob("production").id],
  },
  {
    title: "a pull request is previewed",
    file: "infrastructure",
    event: () => pullRequest(),
    jobs: ["rehearse", "preview-staging", "preview-production", COMMENT.id],
  },
  {
    title: "drift is looked for",
    file: "drift",
    event: () => pushTo("main", { name: "schedule" }),
    jobs: ["drift-staging", "drift-production"],
  },
];

describe("when a step fails", () => {
  for (const { title, file, event, jobs, when: times = ["before", "after"] as const } of CASES) {
    for (const job of jobs) {
      it(`nothing runs behind it, and everybody is told the truth: ${title}, ${job}`, async () => {
        const steps = workflows[file].jobs.find(({ id }) => id === job)?.steps ?? [];
        const names = steps.map(({ fields }) => String(fields.find("name")));
        assert.ok(names.length > 0);
        for (const [index, name] of names.entries()) {
          if (AFTERWARDS.has(name)) continue;
          for (const when of times) {
            using world = new World(stacks);
            const earlier = world.images();
            const breaks = (id: string, step: string) => (id === job && step === name ? when : undefined);
            const options = world.options({ breaks });
            const open = carryingOut(options.open, job, NOTIFY.id);
            const run = await new Run(workflows[file], event(), { ...options, open }).finish();
            const message = `${job}: ${name}, ${when}`;
            const ran = run.job(job).steps.filter(({ outcome }) => outcome !== "skipped");
            const expected = [
              ...names.slice(0, index + 1),
              ...names.slice(index + 1).filter((one) => AFTERWARDS.has(one)),
            ];
            assert.deepEqual(
              ran.map((step) => step.name),
              expected,
              message,
            );
            assert.equal(run.job(job).result, "failure", message);
            assertTrue(run, world, earlier);
            for (const other of run.jobs) {
              const tells = [
                NOTIFY.id,
                COMMENT.id,
                ...stacks.map(({ environment }) => tellJob(environment.name).id),
              ];
              if (!other.job.needs.includes(job) || tells.includes(other.id)) continue;
              assert.equal(other.result, "skipped", `${message}: ${other.id}`);
            }
            if (file === "deploy") {
              assert.deepEqual(
                world.told().map((text) => text.split(". ")[0]?.split(": ")[1]),
                ["failure"],
                message,
              );
              assert.equal(run.job(NOTIFY.id).result, "failure");
            }
          }
        }
      });
    }
  }

  it("of the notification, the deployment is what it was", async () => {
    for (const name of ["Summarize", "Tell Slack", "End as the other jobs did"]) {
      using world = new World(stacks);
      const earlier = world.images();
      const breaks = (id: string, step: string) =>
        id === NOTIFY.id && step === name ? ("before" as const) : undefined;
      const run = await world.run(workflows.deploy, pushTo("main"), { breaks });
      assert.equal(run.job(deploying("production")).result, "success");
      assertTrue(run, world, earlier);
      assert.equal(run.job(NOTIFY.id).result, name === "Tell Slack" ? "success" : "failure");
    }
  });

  it("of returning, the job says so, and every service that can return does", async () => {
    using world = new World(stacks);
    world.put("fails", "yarn test:smoke");
    world.put("unhealthy", "old-kai-api-server");
    const run = await world.run(workflows.deploy, pushTo("main"));
    const back = run.job(deploying("production")).steps.find(({ name }) => name === RETURN);
    assert.equal(back?.outcome, "failure");
    assert.equal(world.images()["kai-api-server"], "old-kai-api-server");
    assert.equal(world.images()["kai-ml-services"], "old-kai-ml-services");
  });

  it("nowhere: every step but the return runs, and all is new", async () => {
    for (const branch of ["main", "staging"]) {
      using world = new World(stacks);
      const earlier = world.images();
      const run = await world.run(workflows.deploy, pushTo(branch));
      assertTrue(run, world, earlier);
      const skipped = run.jobs.flatMap(({ steps }) => steps).filter(({ outcome }) => outcome === "skipped");
      assert.deepEqual(
        skipped.map(({ name }) => name),
        [RETURN],
      );
      assert.deepEqual(world.told().length, 1);
      assert.equal(outcomeOf(run), "success");
    }
  });
});

describe("when somebody cancels", () => {
  for (const branch of ["main", "staging"]) {
    it(`at any step, the earlier images are back and the record is no success: ${branch}`, async () => {
      const job = deploying(branch === "main" ? "production" : "staging");
      const names =
        workflows.deploy.jobs
          .find(({ id }) => id === job)
          ?.steps.map(({ fields }) => String(fields.find("name"))) ?? [];
      for (const name of names.slice(0, -1)) {
        using world = new World(stacks);
        const earlier = world.images();
        const run = await cancelledAt(world, workflows.deploy, pushTo(branch), job, name);
        assert.equal(run.job(job).result, "cancelled", name);
        assertTrue(run, world, earlier);
        const ran = run.job(job).steps.filter(({ outcome }) => outcome !== "skipped");
        assert.deepEqual(
          ran.map((step) => step.name),
          [...names.slice(0, names.indexOf(name) + 1), RETURN],
        );
        assert.deepEqual(
          world.told().map((text) => text.split(". ")[0]?.split(": ")[1]),
          ["cancelled"],
        );
      }
    });
  }

  it("in the middle of a roll-out, what was rolled out before returns too", async () => {
    using world = new World(stacks);
    const earlier = world.images();
    world.put("hangs", "kubectl *rollout status deployment/kai-ml-services *");
    const run = new Run(workflows.deploy, pushTo("main"), world.options());
    const finished = run.finish();
    while (!world.get("hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(world.images()["kai-ml-services"] ?? "", /@sha256:built$/);
    world.put("hangs", "nothing");
    run.cancel();
    await finished;
    assert.equal(run.job(deploying("production")).result, "cancelled");
    assertTrue(run, world, earlier);
  });

  it("in the middle of reconciling, the engine is asked to end and nothing runs behind it", async () => {
    using world = new World(stacks);
    const run = await cancelledAt(
      world,
      workflows.infrastructure,
      pushTo("main"),
      upJob("production").id,
      "Plan again",
    );
    assert.equal(run.job(upJob("production").id).result, "cancelled");
    assert.equal(
      world.calls().some((call) => call.startsWith("pulumi up")),
      false,
    );
  });
});

/** A run that is cancelled as soon as one step begins. */
async function cancelledAt(
  world: World,
  workflow: Workflow,
  event: WorkflowEvent,
  job: string,
  step: string,
): Promise<Run> {
  const options = world.options();
  const run: Run = new Run(workflow, event, {
    ...options,
    open: carryingOut(options.open, job, NOTIFY.id),
    onStep: (id, name) => {
      if (id === job && name === step) run.cancel();
    },
  });
  return run.finish();
}
