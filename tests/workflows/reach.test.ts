import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  BUILD,
  COMMENT,
  deployJob,
  driftJob,
  IMAGES,
  NOTIFY,
  planJob,
  previewJob,
  REHEARSE,
  requiredChecks,
  tellJob,
  upJob,
  type WorkflowName,
} from "../../pipeline/jobs.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow as WorkflowData } from "../../pipeline/workflows/types.ts";
import {
  assumingMachines,
  type Outcome,
  Run,
  type Workflow,
  type WorkflowEvent,
} from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { stacksWith, VARIANTS, variant } from "./variants.ts";
import { environmentsOf, loaded, pullRequest, pushTo } from "./world.ts";

const EVENTS = [
  "push",
  "workflow_dispatch",
  "schedule",
  "merge_group",
  "release",
  "pull_request_target",
  "workflow_run",
];

/** Refs that people push, among them some that only look like a branch that deploys. */
function refs(stacks: readonly Settings[]): string[] {
  const names = new Set(stacks.flatMap((stack) => Object.values(stack.branches)));
  const alike = (name: string) => [
    `refs/heads/${name}`,
    `refs/tags/${name}`,
    `refs/heads/${name}-2`,
    `refs/heads/feature/${name}`,
    `refs/heads/${name}x`,
  ];
  return [...[...names].flatMap(alike), "refs/heads/feature"];
}

/** Every event that could start anything: each kind on each ref, and pull requests from here, a fork and a bot. */
function events(stacks: readonly Settings[]): WorkflowEvent[] {
  const onRefs = EVENTS.flatMap((name) => refs(stacks).map((ref) => pushTo("", { name, ref })));
  return [...onRefs, ...pullRequests()];
}

const pullRequests = () => [
  pullRequest(),
  pullRequest("somebody/kai"),
  pullRequest("Basilakis/kai", "dependabot[bot]"),
  { ...pullRequest("somebody/kai"), name: "pull_request_target", ref: "refs/heads/main" },
];

/** Ids of jobs that run, and those of them that an environment refuses. */
async function reached(
  workflow: Workflow,
  event: WorkflowEvent,
  stacks: readonly Settings[],
  assumed: ReadonlyMap<string, Outcome> = new Map(),
): Promise<{ ran: string[]; refused: string[] }> {
  const options = { open: assumingMachines(assumed), environments: environmentsOf(stacks) };
  const { jobs } = await new Run(workflow, event, options).finish();
  const started = jobs.filter(({ verdict }) => verdict?.holds);
  return {
    ran: started.filter(({ refused }) => !refused).map(({ id }) => id),
    refused: started.filter(({ refused }) => refused).map(({ id }) => id),
  };
}

/** What the specification and the pipeline's rules say must run, in words of their own. */
function wanted(name: WorkflowName, event: WorkflowEvent, stacks: readonly Settings[]): string[] {
  const starts = event.name === "push" || event.name === "workflow_dispatch";
  const isPull = event.name === "pull_request";
  const isOwn =
    isPull && event.actor !== "dependabot[bot]" && JSON.stringify(event.payload).includes('"Basilakis/kai"');
  const isBranch = event.ref.startsWith("refs/heads/");
  const deployed = starts
    ? stacks.filter(({ environment }) => event.ref === `refs/heads/${environment.branch}`)
    : [];
  const each = (job: typeof deployJob) => deployed.map(({ environment }) => job(environment.name).id);
  if (name === "deploy") {
    if (!isPull && !(event.name === "push" && isBranch) && event.name !== "workflow_dispatch") return [];
    const builds = deployed.some(({ clouds, services }) => clouds.digitalocean && services.length > 0);
    return [BUILD.id, ...(builds ? [IMAGES.id] : []), ...each(deployJob), NOTIFY.id];
  }
  if (name === "infrastructure") {
    const previews = isOwn ? stacks.map(({ environment }) => previewJob(environment.name).id) : [];
    const rehearses = isPull && stacks.some(({ clouds }) => clouds.database);
    return [
      ...(rehearses ? [REHEARSE.id] : []),
      ...previews,
      ...each(planJob),
      ...each(upJob),
      ...(isOwn ? [COMMENT.id] : []),
    ];
  }
  // On a branch that the inspection environments shut out, somebody who starts it by hand is refused.
  const runs = event.name === "schedule" || event.name === "workflow_dispatch";
  const look = (name: string) => [driftJob(name).id, tellJob(name).id];
  return runs ? stacks.flatMap(({ environment }) => look(environment.name)) : [];
}

const inOrder = (ids: readonly string[]) => [...ids].sort();

describe("which jobs run", () => {
  for (const name of Object.keys(VARIANTS)) {
    it(`for each event on each ref, what must and nothing else: ${name}`, async () => {
      const stacks = (await variant(name)).map(
        ({ repository, ...rest }) => ({ ...rest, repository }) as Settings,
      );
      const workflows = await loaded(stacks);
      for (const event of events(stacks)) {
        for (const [file, workflow] of Object.entries(workflows) as [WorkflowName, Workflow][]) {
          const { ran, refused } = await reached(workflow, event, stacks);
          const message = `${file} ${event.name} ${event.ref}`;
          assert.deepEqual(inOrder([...ran, ...refused]), inOrder(wanted(file, event, stacks)), message);
          // Condition and branch policy agree: only what has no condition is left to the policy.
          assert.ok(
            refused.every((id) => file === "drift" && id.startsWith("drift-")),
            message,
          );
        }
      }
    });
  }

  it("and what an earlier result leaves of them: nothing is deployed behind a job that did not succeed", async () => {
    const stacks = await variant("Kai's own");
    const workflows = await loaded(stacks);
    for (const branch of ["main", "staging", "feature"]) {
      for (const workflow of [workflows.deploy, workflows.infrastructure]) {
        const all = (await reached(workflow, pushTo(branch), stacks)).ran;
        for (const id of all) {
          for (const outcome of ["failure", "cancelled"] as const) {
            const { ran } = await reached(workflow, pushTo(branch), stacks, new Map([[id, outcome]]));
            const dependent = all.filter((other) => other !== NOTIFY.id && waitsFor(workflow, other, id));
            assert.deepEqual(
              inOrder(ran),
              inOrder(all.filter((one) => !dependent.includes(one))),
              `${branch} ${id}`,
            );
          }
        }
      }
    }
  });

  it("whatever inputs somebody sends: there are none, and GitHub refuses the request", async () => {
    const stacks = await variant("Kai's own");
    for (const workflow of Object.values(await loaded(stacks))) {
      const event = pushTo("main", { name: "workflow_dispatch", inputs: { environment: "production" } });
      await assert.rejects(reached(workflow, event, stacks), /has no input environment/);
    }
  });

  it("production from its branch alone, staging from its own, said in so many words", async () => {
    const stacks = await variant("Kai's own");
    const workflows = await loaded(stacks);
    for (const event of events(stacks)) {
      const places = new Map<string, boolean>();
      for (const workflow of Object.values(workflows)) {
        const run = new Run(workflow, event, {
          open: assumingMachines(),
          environments: environmentsOf(stacks),
        });
        for (const { environment, refused, steps } of (await run.finish()).jobs)
          if (environment && !refused && steps.length > 0) places.set(environment, true);
      }
      const starts = event.name === "push" || event.name === "workflow_dispatch";
      assert.equal(
        places.has("production"),
        starts && event.ref === "refs/heads/main",
        `${event.name} ${event.ref}`,
      );
      assert.equal(
        places.has("staging"),
        starts && event.ref === "refs/heads/staging",
        `${event.name} ${event.ref}`,
      );
    }
  });

  it("of a pull request from a fork: build, test and the rehearsal, without a secret", async () => {
    const stacks = await variant("Kai's own");
    const workflows = await loaded(stacks);
    const fork = pullRequest("somebody/kai");
    assert.deepEqual((await reached(workflows.deploy, fork, stacks)).ran, [BUILD.id, NOTIFY.id]);
    assert.deepEqual((await reached(workflows.infrastructure, fork, stacks)).ran, [REHEARSE.id]);
    const secrets = { SLACK_WEBHOOK: "https://hooks" };
    const run = new Run(workflows.deploy, fork, {
      open: assumingMachines(),
      secrets,
      environments: environmentsOf(stacks),
    });
    for (const environment of [undefined, "production", "staging"])
      assert.deepEqual(run.secretsIn(environment), {});
  });

  it("a stack without services deploys although no images are built on its branch", async () => {
    for (const changes of [{ services: [] }, { clouds: { digitalocean: false } }]) {
      const [production] = await stacksWith();
      const [, staging] = await stacksWith(changes);
      const stacks = [production as Settings, staging as Settings];
      const { deploy } = await loaded(stacks);
      const { ran } = await reached(deploy, pushTo("staging"), stacks);
      assert.deepEqual(ran, [BUILD.id, deployJob("staging").id, NOTIFY.id]);
    }
  });

  it("`up` is left out where the plan says that nothing changes", async () => {
    const stacks = await variant("Kai's own");
    const { infrastructure } = await loaded(stacks);
    for (const [changes, expected] of [
      ["0", "skipped"],
      ["3", "success"],
    ]) {
      const options = {
        open: withOutputs({ changes: String(changes), fingerprint: "f" }),
        environments: environmentsOf(stacks),
      };
      const run = await new Run(infrastructure, pushTo("main"), options).finish();
      assert.equal(run.job(upJob("production").id).result, expected);
    }
  });
});

/** Machines whose steps all give the same outputs. */
function withOutputs(outputs: Record<string, string>): ReturnType<typeof assumingMachines> {
  const open = assumingMachines();
  return async (order) => {
    const machine = await open(order);
    return { ...machine, carryOut: async (call) => ({ ...(await machine.carryOut(call)), outputs }) };
  };
}

/** Whether a job waits for another, by however many in between. */
function waitsFor(workflow: Workflow, id: string, other: string): boolean {
  const needs = workflow.jobs.find((job) => job.id === id)?.needs ?? [];
  return needs.includes(other) || needs.some((need) => waitsFor(workflow, need, other));
}

describe("the jobs", () => {
  let stacks: Settings[];
  let workflows: Record<string, WorkflowData>;
  before(async () => {
    stacks = await variant("Kai's own");
    workflows = workflowsOf(stacks);
  });

  it("have the ids and names of the model, and no others", () => {
    const names = stacks.map(({ environment }) => environment.name);
    const known = [
      BUILD,
      IMAGES,
      NOTIFY,
      REHEARSE,
      COMMENT,
      ...names.flatMap((n) => [deployJob(n), previewJob(n), planJob(n), upJob(n), driftJob(n), tellJob(n)]),
    ];
    const found = Object.entries(workflows).flatMap(([workflow, { jobs }]) =>
      Object.entries(jobs).map(([id, { name, environment }]) => ({
        workflow,
        id,
        name,
        environment: environment?.name,
      })),
    );
    const expected = known.map(({ workflow, id, name, environment }) => ({
      workflow,
      id,
      name,
      environment,
    }));
    const order = (rows: { id: string }[]) => [...rows].sort((a, b) => a.id.localeCompare(b.id));
    assert.deepEqual(order(found), order(expected));
  });

  it("include every check that the branch rules require, on every push and pull request", () => {
    const { on, jobs } = workflows.deploy as WorkflowData;
    assert.deepEqual(on.push, { branches: ["**"] });
    assert.equal(on.pull_request, null);
    for (const check of requiredChecks()) {
      const job = Object.values(jobs).find(({ name }) => name === check);
      assert.ok(job, check);
      assert.equal(job.if, undefined);
      assert.equal(job.needs, undefined);
    }
  });
});
