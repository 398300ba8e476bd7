import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  BUILD,
  deployJob,
  driftJob,
  IMAGES,
  NOTIFY,
  previewJob,
  REHEARSE,
  requiredChecks,
  upJob,
} from "../../pipeline/jobs.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow } from "../../pipeline/workflows/types.ts";
import type { Settings } from "../../settings.ts";
import { wouldRun } from "./evaluate.ts";
import { stacksWith, VARIANTS, variant } from "./variants.ts";

const EVENTS = ["push", "workflow_dispatch", "pull_request", "schedule", "merge_group", "release"];

/** Refs that people push, among them some that only look like a branch that deploys. */
function refs(stacks: readonly Settings[]): string[] {
  const branches = stacks.flatMap((stack) => Object.values(stack.branches));
  return [
    ...[...new Set(branches)].flatMap((name) => [
      `refs/heads/${name}`,
      `refs/tags/${name}`,
      `refs/heads/${name}-2`,
      `refs/heads/feature/${name}`,
      name,
    ]),
    "refs/heads/feature",
    "refs/pull/7/merge",
  ];
}

/** Jobs that run when all that they need succeed. */
function running(workflow: Workflow, github: object): string[] {
  const ran = new Set<string>();
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const success = (job.needs ?? []).every((need) => ran.has(need));
    if (wouldRun(job.if, github, { success })) ran.add(id);
  }
  return [...ran];
}

describe("which jobs run", () => {
  for (const name of Object.keys(VARIANTS)) {
    it(`an environment is reached from its own branch alone: ${name}`, async () => {
      const stacks = await variant(name);
      const { deploy, infrastructure } = workflowsOf(stacks);
      for (const event_name of EVENTS) {
        for (const ref of refs(stacks)) {
          const jobs = [
            ...running(deploy, { event_name, ref }),
            ...running(infrastructure, { event_name, ref }),
          ];
          for (const { environment } of stacks) {
            const starts = event_name === "push" || event_name === "workflow_dispatch";
            const expected = starts && ref === `refs/heads/${environment.branch}`;
            assert.equal(jobs.includes(deployJob(environment.name).id), expected, `${event_name} ${ref}`);
            assert.equal(jobs.includes(upJob(environment.name).id), expected, `${event_name} ${ref}`);
          }
        }
      }
    });
  }

  it("a feature branch and a pull request reach nothing but build, test and the summary", async () => {
    const { deploy } = workflowsOf(await variant("Kai's own"));
    for (const github of [
      { event_name: "push", ref: "refs/heads/feature/x" },
      { event_name: "push", ref: "refs/heads/development" },
      { event_name: "pull_request", ref: "refs/pull/1/merge" },
    ]) {
      assert.deepEqual(running(deploy, github), [BUILD.id, NOTIFY.id]);
    }
  });

  it("a stack without services deploys although no images are built on its branch", async () => {
    for (const changes of [{ services: [] }, { clouds: { digitalocean: false } }]) {
      const [production] = await stacksWith();
      const [, staging] = await stacksWith(changes);
      const { deploy } = workflowsOf([production as Settings, staging as Settings]);
      const github = { event_name: "push", ref: "refs/heads/staging" };
      assert.deepEqual(running(deploy, github), [BUILD.id, deployJob("staging").id, NOTIFY.id]);
    }
  });

  it("nothing is deployed after a failure of what comes before", async () => {
    const { deploy } = workflowsOf(await variant("Kai's own"));
    for (const branch of ["main", "staging"]) {
      const github = { event_name: "push", ref: `refs/heads/${branch}` };
      for (const [id, job] of Object.entries(deploy.jobs)) {
        const runs = wouldRun(job.if, github, { success: false });
        assert.equal(runs, id === NOTIFY.id, id);
      }
    }
  });

  it("pull requests are previewed unless they come from a fork or a bot, which get no secrets", async () => {
    const { infrastructure } = workflowsOf(await variant("Kai's own"));
    const preview = infrastructure.jobs[previewJob("production").id];
    const event = (full_name: string, login: string) => ({
      event_name: "pull_request",
      ref: "refs/pull/1/merge",
      repository: "Basilakis/kai",
      event: { pull_request: { head: { repo: { full_name } }, user: { login } } },
    });
    const runs = (github: object) => wouldRun(preview?.if, github, { success: true });
    assert.equal(runs(event("Basilakis/kai", "someone")), true);
    assert.equal(runs(event("someone/kai", "someone")), false);
    assert.equal(runs(event("Basilakis/kai", "dependabot[bot]")), false);
    assert.equal(runs({ event_name: "push", ref: "refs/heads/main", repository: "Basilakis/kai" }), false);
  });
});

describe("the jobs", () => {
  let stacks: Settings[];
  let workflows: Record<string, Workflow>;
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
      ...names.flatMap((n) => [deployJob(n), previewJob(n), upJob(n), driftJob(n)]),
    ];
    const found = Object.entries(workflows).flatMap(([workflow, { jobs }]) =>
      Object.entries(jobs).map(([id, { name, environment }]) => ({
        workflow,
        id,
        name,
        environment: environment?.name,
      })),
    );
    const wanted = known.map(({ workflow, id, name, environment }) => ({ workflow, id, name, environment }));
    const order = (rows: { id: string }[]) => [...rows].sort((a, b) => a.id.localeCompare(b.id));
    assert.deepEqual(order(found), order(wanted));
  });

  it("include every check that the branch rules require, on every push and pull request", () => {
    const { on, jobs } = workflows.deploy as Workflow;
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
