/** Two pushes at once, jobs that run again, pull requests of others: nothing is deployed twice, lost or leaked. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { BUILD, COMMENT, IMAGES, NOTIFY, planJob, upJob, type WorkflowName } from "../../pipeline/jobs.ts";
import { ConcurrencyGroups, leaksIn, Run, type Workflow } from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";
import { variant } from "./variants.ts";
import {
  deploying,
  everythingShown,
  hiddenValues,
  loaded,
  PREVIOUS,
  pullRequest,
  pushTo,
  SHA,
  World,
} from "./world.ts";

let stacks: Settings[];
let workflows: Record<WorkflowName, Workflow>;
before(async () => {
  stacks = await variant("Kai's own");
  workflows = await loaded(stacks);
});

const EARLIER = "1111111111111111111111111111111111111111";
const LATER = "2222222222222222222222222222222222222222";
const rolledOut = (world: World) =>
  world.calls().filter((call) => call.includes("set image deployment/kai-api-server "));
const migrated = (world: World) => world.calls().filter((call) => call.includes("migrate up"));

describe("two pushes in quick succession", () => {
  it("are deployed one after the other, each once, and the later one stays", async () => {
    using world = new World(stacks);
    const groups = new ConcurrencyGroups();
    let atWork = 0;
    let most = 0;
    const options = world.options({ groups });
    const open: typeof options.open = async (order) => {
      const machine = await options.open(order);
      if (order.job.id !== deploying("production")) return machine;
      atWork += 1;
      most = Math.max(most, atWork);
      return {
        ...machine,
        carryOut: (call) => machine.carryOut(call),
        hides: (text) => machine.hides(text),
        close: async () => {
          atWork -= 1;
          await machine.close();
        },
      };
    };
    const runs = [EARLIER, LATER].map(
      (sha) => new Run(workflows.deploy, pushTo("main", { sha }), { ...options, open }),
    );
    await Promise.all(runs.map((run) => run.finish()));
    assert.deepEqual(
      runs.map((run) => run.job(deploying("production")).result),
      ["success", "success"],
    );
    assert.equal(most, 1);
    assert.equal(rolledOut(world).length, 2);
    assert.equal(migrated(world).length, 2);
    assert.equal(world.told().length, 2);
  });

  it("of which the later one is built faster: the earlier one is not put over it, and says so", async () => {
    using world = new World(stacks);
    world.put("deployed", LATER);
    world.put("order", "behind");
    const earlier = world.images();
    const run = await world.run(workflows.deploy, pushTo("main", { sha: EARLIER }));
    const { result, deployment, steps } = run.job(deploying("production"));
    assert.equal(result, "failure");
    assert.deepEqual(deployment?.states, ["in_progress", "failure"]);
    assert.match(steps[0]?.log ?? "", /later commit of this branch, is deployed already/);
    assert.deepEqual(world.images(), earlier);
    assert.deepEqual(migrated(world), []);
    assert.match(world.told()[0] ?? "", /: failure\./);
  });

  it("to both branches do not wait for each other, and share the images that one of them built", async () => {
    using world = new World(stacks);
    const groups = new ConcurrencyGroups();
    const runs = ["staging", "main"].map(
      (branch) => new Run(workflows.deploy, pushTo(branch), world.options({ groups })),
    );
    await Promise.all(runs.map((run) => run.finish()));
    assert.ok(runs.every((run) => run.job(NOTIFY.id).result === "success"));
    const built = world
      .calls()
      .filter((call) => call.includes("buildx build") && call.includes("kai-api-server:"));
    assert.equal(built.length, 1);
  });
});

describe("a job that is run again", () => {
  it("deploys what the first attempt built, and no more than what failed", async () => {
    using world = new World(stacks);
    world.put("fails", "yarn test:smoke");
    const first = await world.run(workflows.deploy, pushTo("main"));
    assert.equal(first.job(deploying("production")).result, "failure");
    const builds = () => world.calls().filter((call) => /buildx build|yarn build$/.test(call)).length;
    const before = builds();
    world.put("fails", "nothing");
    // Somebody deployed in the meantime: to run a job again is a wish.
    world.put("order", "behind");
    const second = await world.run(workflows.deploy, pushTo("main"), { again: first });
    assert.equal(second.job(deploying("production")).result, "success");
    assert.equal(builds(), before);
    assert.equal(second.job(BUILD.id).result, "success");
    assert.equal(world.images()["kai-api-server"], "ghcr.io/basilakis/kai-api-server@sha256:built");
    assert.deepEqual(
      world.told().map((text) => text.split(". ")[0]?.split(": ")[1]),
      ["failure", "success"],
    );
  });

  it("takes images that were published before it failed", async () => {
    using world = new World(stacks);
    const breaks = (job: string, step: string) =>
      job === IMAGES.id && step === "Publish kai-ml-services" ? ("before" as const) : undefined;
    const first = await world.run(workflows.deploy, pushTo("main"), { breaks });
    assert.equal(first.job(deploying("production")).result, "skipped");
    const second = await world.run(workflows.deploy, pushTo("main"), { again: first });
    assert.equal(second.job(deploying("production")).result, "success");
    const built = world.calls().filter((call) => call.includes("buildx build"));
    assert.equal(built.length, 2);
  });
});

describe("what was approved", () => {
  const reconcile = async (world: World, found: string) => {
    const options = world.options();
    const open: typeof options.open = (order) => {
      if (order.job.id === upJob("production").id)
        world.put("preview.json", JSON.stringify({ changes: [{}], fingerprint: found }));
      return options.open(order);
    };
    return new Run(workflows.infrastructure, pushTo("main"), { ...options, open }).finish();
  };

  it("is what the engine is held to", async () => {
    using world = new World(stacks);
    const run = await reconcile(world, "f1");
    assert.equal(run.job(upJob("production").id).result, "success");
    const ups = world.calls().filter((call) => call.startsWith("pulumi up"));
    assert.equal(ups.length, 1);
    assert.match(
      ups[0] ?? "",
      /^pulumi up --stack production --refresh=false --yes --skip-preview --plan \S+\/plan /,
    );
  });

  it("is not done when it has become something else", async () => {
    using world = new World(stacks);
    const run = await reconcile(world, "f2");
    const { result, steps } = run.job(upJob("production").id);
    assert.equal(result, "failure");
    const said = steps.find(({ name }) => name === "Plan again")?.log ?? "";
    assert.match(said, /not what was planned as f1.*Run all jobs again/);
    assert.equal(
      world.calls().some((call) => call.startsWith("pulumi up")),
      false,
    );
  });

  it("is not done when nobody approves, or the plan failed", async () => {
    using world = new World(stacks);
    const options = world.options();
    const environments = {
      ...options.environments,
      production: { ...options.environments?.production, approves: async () => false },
    };
    const rejected = await new Run(workflows.infrastructure, pushTo("main"), {
      ...options,
      environments,
    }).finish();
    assert.equal(rejected.job(upJob("production").id).result, "failure");
    world.put("fails", "pulumi preview *");
    const failed = await world.run(workflows.infrastructure, pushTo("main"));
    assert.deepEqual(
      [planJob("production").id, upJob("production").id].map((id) => failed.job(id).result),
      ["failure", "skipped"],
    );
    assert.equal(
      world.calls().some((call) => call.startsWith("pulumi up")),
      false,
    );
  });
});

describe("the comment on a pull request", () => {
  const comments = (world: World) =>
    JSON.parse(world.get("comments")) as { id: number; user: { login: string }; body: string }[];

  it("is one, whatever number of runs, and no other comment is touched", async () => {
    using world = new World(stacks);
    const theirs = { id: 900, user: { login: "eleni-dev" }, body: "<!-- kai preview -->\nmine" };
    world.put("comments", JSON.stringify([theirs]));
    for (let round = 0; round < 3; round++) await world.run(workflows.infrastructure, pullRequest());
    assert.equal(comments(world).length, 2);
    assert.deepEqual(comments(world)[0], theirs);
    const { body } = comments(world)[1] ?? { body: "" };
    assert.match(
      body,
      /^<!-- kai preview -->\nwhat would change in staging\nwhat would change in production\n/,
    );
    assert.ok(body.includes(`For ${SHA}.`));
  });

  it("tells of a preview that failed or was not approved", async () => {
    using world = new World(stacks);
    const options = world.options();
    const environments = {
      ...options.environments,
      "production-preview": { ...options.environments?.["production-preview"], approves: async () => false },
    };
    await new Run(workflows.infrastructure, pullRequest(), { ...options, environments }).finish();
    assert.match(
      comments(world)[0]?.body ?? "",
      /in staging\n### `preview-production`: failure\n\nThere is no preview/,
    );
  });

  it("is left to the run of a newer commit", async () => {
    using world = new World(stacks);
    world.put("head", PREVIOUS);
    const run = await world.run(workflows.infrastructure, pullRequest());
    assert.equal(run.job(COMMENT.id).result, "success");
    assert.deepEqual(comments(world), []);
  });
});

describe("a pull request of somebody else", () => {
  for (const [who, event] of [
    ["a fork", () => pullRequest("somebody/kai", "somebody")],
    ["Dependabot", () => pullRequest("Basilakis/kai", "dependabot[bot]")],
  ] as const) {
    it(`is built, tested and rehearsed, and no job sees a secret or a credential: ${who}`, async () => {
      using world = new World(stacks);
      for (const workflow of [workflows.deploy, workflows.infrastructure]) {
        const run = await world.run(workflow, event());
        assert.deepEqual(leaksIn(everythingShown(run), hiddenValues(stacks)), []);
        assert.ok(run.jobs.every(({ environment }) => environment === undefined));
      }
      const calls = world.calls();
      assert.ok(
        calls.some((call) => call === "yarn test") && calls.some((call) => call.includes("migrate rehearse")),
      );
      assert.ok(
        calls.every((call) => /^(npm (ci|run --silent kai -- migrate rehearse)|yarn|corepack)/.test(call)),
        calls.join("\n"),
      );
      assert.deepEqual(world.told(), []);
    });
  }
});

describe("what runs show", () => {
  it("holds no secret, as it is or encoded, and no tool is given one as an argument", async () => {
    using world = new World(stacks);
    const hidden = hiddenValues(stacks);
    const runs = [
      await world.run(workflows.deploy, pushTo("main")),
      await world.run(workflows.deploy, pushTo("staging")),
      await world.run(workflows.infrastructure, pushTo("main")),
      await world.run(workflows.infrastructure, pullRequest()),
      await world.run(workflows.drift, pushTo("main", { name: "schedule" })),
    ];
    for (const run of runs) {
      assert.ok(run.jobs.every(({ result }) => result === "success" || result === "skipped"));
      assert.deepEqual(leaksIn(everythingShown(run), hidden), []);
    }
    // Names of buckets and ids of distributions are secrets by the specification alone, and stand in every address.
    const closed = Object.entries(hidden).filter(([name]) => !/BUCKET_NAME|DISTRIBUTION_ID/.test(name));
    assert.deepEqual(leaksIn(world.calls().join("\n"), Object.fromEntries(closed)), []);
  });

  it("would not hide that a script prints a secret: the search finds it", async () => {
    using world = new World(stacks);
    const hidden = hiddenValues(stacks);
    world.put("deployed", "");
    const run = await world.run(workflows.deploy, pushTo("main"));
    const [, value = ""] = Object.entries(hidden).find(([name]) => name === "production/JWT_SECRET") ?? [];
    assert.ok(leaksIn(`${everythingShown(run)}${value.split("").join("\n")}`, hidden).length > 0);
  });
});
