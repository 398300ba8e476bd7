import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { BOT } from "../../sandbox/github/support.ts";
import { type Staged, staged } from "./staged.ts";

/** The promotion is refused by these conditions alone, and main stays. */
async function refusedBy(
  scene: Staged,
  expected: Record<string, RegExp>,
  wish = {},
  github = scene.client(),
) {
  const before = await scene.main();
  const found = await scene.promote(wish, github);
  const failing = found.conditions.filter(({ state }) => state === "fails");
  assert.equal(found.outcome, "refused", JSON.stringify(found));
  assert.deepEqual(failing.map(({ id }) => id).sort(), Object.keys(expected).sort(), JSON.stringify(failing));
  for (const { id, text, remedy } of failing) {
    assert.match(text, expected[id] ?? /nothing/);
    assert.ok(remedy, `${id} has no remedy`);
  }
  assert.equal(await scene.main(), before);
  return failing;
}

it("what staging runs is found behind more failed deployments than a page has", async (t) => {
  const stage = await staged(t);
  const sha = await stage.commit();
  const [good] = stage.on.record().deployments;
  assert.ok(good);
  for (let id = 90_000; id < 90_101; id += 1) {
    const statuses = good.statuses.map((one) => ({ ...one, state: "failure" as const }));
    stage.on.record().deployments.push({ ...good, id, sha: await stage.main(), statuses });
  }
  const { outcome, conditions } = await stage.promote({}, stage.client(), true);
  const deployment = conditions.find(({ id }) => id === "deployment");
  assert.deepEqual([outcome, deployment?.text], ["would promote", `staging runs ${sha.slice(0, 10)}.`]);
});

describe("a promotion", () => {
  it("moves main to the very commit, when all holds", async (t) => {
    const scene = await staged(t);
    const sha = await scene.commit();
    const dry = await scene.promote({}, scene.client(), true);
    assert.equal(dry.outcome, "would promote");
    assert.ok(
      dry.conditions.every(({ state }) => state === "holds"),
      JSON.stringify(dry.conditions),
    );
    assert.notEqual(await scene.main(), sha);
    assert.equal((await scene.promote()).outcome, "promoted");
    assert.equal(await scene.main(), sha);
    assert.equal((await scene.promote()).outcome, "already there");
  });

  it("works in an organization, with both mechanisms", async (t) => {
    for (const rules of ["rulesets", "classic"] as const) {
      const scene = await staged(t, { owner: "kai-platform", rules });
      const sha = await scene.commit();
      const found = await scene.promote();
      assert.equal(found.outcome, "promoted", JSON.stringify(found));
      assert.equal(await scene.main(), sha);
    }
  });

  it("takes the commit that staging had when it began", async (t) => {
    const scene = await staged(t);
    const sha = await scene.commit();
    const github = scene.client();
    // Somebody pushes to staging while the conditions are looked at.
    let isPushed = false;
    github.hook.before("request", async ({ url }) => {
      if (isPushed || !url.includes("/deployments")) return;
      isPushed = true;
      await scene.commit({ isGreen: false, images: false, deployed: "never" });
    });
    assert.equal((await scene.promote({}, github)).outcome, "promoted");
    assert.ok(isPushed);
    assert.equal(await scene.main(), sha);
  });

  it("takes an earlier commit that is named, which staging still runs or ran before a later one", async (t) => {
    const scene = await staged(t);
    const first = await scene.commit();
    await scene.commit({ deployed: "in_progress" });
    await refusedBy(scene, { deployment: /has not ended \(in progress\)/ });
    assert.equal((await scene.promote({ commit: first }, scene.client(), true)).outcome, "would promote");
    await scene.commit();
    assert.equal((await scene.promote({ commit: first.slice(0, 12) })).outcome, "promoted");
    assert.equal(await scene.main(), first);
    await assert.rejects(scene.promote({ commit: "0".repeat(40) }), /has no commit 0000/);
    const elsewhere = await scene.deeds.commit("development");
    await assert.rejects(scene.promote({ commit: elsewhere }), /is not on staging/);
  });
});

describe("a promotion is refused", () => {
  it("where main has what staging lacks", async (t) => {
    const scene = await staged(t);
    await scene.commit();
    const hotfix = await scene.deeds.commit("main");
    await scene.deeds.passes(hotfix);
    assert.equal(await scene.deeds.push("Basilakis", "main", hotfix), "done");
    await refusedBy(scene, { "fast-forward": /main has a commit that/, rules: /Cannot force-push/ });
  });

  it("where a check is missing, runs or failed", async (t) => {
    const scene = await staged(t);
    const sha = await scene.commit({ isGreen: false });
    const rules = /Required status check "Build and Test"/;
    await refusedBy(scene, { checks: /"Build and Test" is not green on .*: nothing was reported/, rules });
    const { place, on } = scene;
    await on
      .as(BOT)
      .checks.create({ ...place, name: "Build and Test", head_sha: sha, status: "in_progress" });
    await refusedBy(scene, { checks: /: it runs/, rules });
    await scene.check("Build and Test", sha, "failure");
    await refusedBy(scene, { checks: /: it failed/, rules });
  });

  it("where the images are not pushed; nobody asks the registry where nothing was said", async (t) => {
    const scene = await staged(t);
    const sha = await scene.commit({ images: false });
    const dry = await scene.promote({}, scene.client(), true);
    assert.equal(dry.conditions.find(({ id }) => id === "images")?.state, "unknown");
    assert.equal(dry.outcome, "would promote");
    await scene.check("Publish Images", sha, "failure");
    await refusedBy(scene, { images: /"Publish Images" failed on/ });
  });

  it("where staging never ran it, failed to, is not done, or runs something else", async (t) => {
    const scene = await staged(t);
    const earlier = await scene.commit();
    const sha = await scene.commit({ deployed: "never" });
    await refusedBy(scene, { deployment: /was never deployed to staging/ });
    await scene.deploy(sha, "failure");
    await refusedBy(scene, { deployment: /The deployment of .* to staging failed/ });
    await scene.deploy(sha, "in_progress");
    await refusedBy(scene, { deployment: /has not ended/ });
    await scene.deploy(sha, "success");
    // A rollback: the earlier commit is deployed again, so that this one is inactive.
    await scene.deploy(earlier, "success");
    await refusedBy(scene, { deployment: new RegExp(`staging runs ${earlier.slice(0, 10)} now`) });
    await refusedBy(scene, { deployment: /staging runs/ }, { commit: sha });
  });

  it("where the open pull request of that commit is not approved", async (t) => {
    const scene = await staged(t);
    await scene.commit();
    const { place, on, deeds } = scene;
    const { data: pull } = await on
      .as("eleni-dev")
      .pulls.create({ ...place, base: "main", head: "staging", title: "Promote" });
    await refusedBy(scene, { approvals: /Pull request #1 is not approved: At least 1 approving review/ });
    await deeds.review("nikos-ops", pull.number, "REQUEST_CHANGES");
    await refusedBy(scene, { approvals: /Changes were requested/ });
    await deeds.review("nikos-ops", pull.number);
    assert.equal((await scene.promote()).outcome, "promoted");
    assert.ok((await on.as().pulls.get({ ...place, pull_number: pull.number })).data.merged);
  });

  it("where somebody may not move main: another writer, a stranger, a job", async (t) => {
    const scene = await staged(t);
    await scene.commit();
    const { tokens } = scene.on.server;
    const as = (login: string) => scene.client(tokens[login]);
    const approvals = /No open pull request to main/;
    await refusedBy(scene, { rules: /Cannot update this protected ref/, approvals }, {}, as("eleni-dev"));
    await refusedBy(scene, { rules: /octocat has no role/, approvals }, {}, as("octocat"));
    const job = {
      token: /a job's own, and what it pushes starts no workflow/,
      rules: /Cannot update/,
      approvals,
    };
    await refusedBy(scene, job, {}, as(BOT));
  });

  it("where main is merged to alone, with the setting that makes it possible", async (t) => {
    const scene = await staged(t, { mainPushMode: "merge-only" });
    await scene.commit();
    const expected = { rules: /main changes through pull requests alone/, approvals: /No open pull request/ };
    const failing = await refusedBy(scene, expected);
    const remedy = failing.find(({ id }) => id === "rules")?.remedy ?? "";
    assert.match(remedy, /kai:rules\.mainPushMode direct --stack production/);
    assert.match(remedy, /squash and rebase write new ones/);
  });

  it("by GitHub, where main is merged to alone and the commit's pull request is approved: that is tried", async (t) => {
    const scene = await staged(t, { mainPushMode: "merge-only" });
    await scene.commit();
    const { place, on, deeds } = scene;
    await on.as("eleni-dev").pulls.create({ ...place, base: "main", head: "staging", title: "Promote" });
    await deeds.review("nikos-ops", 1);
    const before = await scene.main();
    const dry = await scene.promote({}, scene.client(), true);
    assert.match(dry.conditions.find(({ state }) => state === "unknown")?.text ?? "", /leaves open/);
    await assert.rejects(
      scene.promote(),
      /GitHub did not move main .*Changes must be made through a pull request.*mainPushMode direct/s,
    );
    assert.equal(await scene.main(), before);
  });
});

/** Something happens right before the branch is moved. */
function beforeMoving(scene: Staged, what: () => Promise<unknown>) {
  const github = scene.client();
  let isDone = false;
  github.hook.before("request", async ({ method }) => {
    if (method !== "PATCH" || isDone) return;
    isDone = true;
    await what();
  });
  return github;
}

describe("two at once", () => {
  it("of one commit: main is there, whoever was first", async (t) => {
    const scene = await staged(t);
    const sha = await scene.commit();
    const both = await Promise.all([scene.promote(), scene.promote()]);
    assert.ok(both.every(({ outcome }) => outcome === "promoted" || outcome === "already there"));
    assert.equal(await scene.main(), sha);
  });

  it("of two commits: the later one wins, the other is told", async (t) => {
    const scene = await staged(t);
    const first = await scene.commit();
    const second = await scene.commit();
    const github = beforeMoving(scene, () => scene.promote({ commit: second }));
    await assert.rejects(
      scene.promote({ commit: first }, github),
      new RegExp(`Somebody was faster: main is at ${second.slice(0, 10)} by now, which contains`),
    );
    assert.equal(await scene.main(), second);
  });

  it("with a hotfix on main: nothing is lost, and the promotion is told", async (t) => {
    const scene = await staged(t);
    await scene.commit();
    const hotfix = await scene.deeds.commit("main");
    await scene.deeds.passes(hotfix);
    const github = beforeMoving(scene, () => scene.deeds.push("Basilakis", "main", hotfix));
    await assert.rejects(scene.promote({}, github), /Somebody was faster: .*does not build on that/);
    assert.equal(await scene.main(), hotfix);
  });
});

describe("a GitHub in trouble", () => {
  const faulty = async (
    t: TestContext,
    kind: "lost-answer" | "cut" | "500" | "primary-limit",
    count = 10,
  ) => {
    const scene = await staged(t);
    const sha = await scene.commit();
    const before = await scene.main();
    // The update of the branch is the only write.
    scene.on.faults.plan({ kind, count, cloud: "github", operation: "update" });
    return { scene, sha, before };
  };

  it("whose answer gets lost: main is read back, and it was moved", async (t) => {
    const { scene, sha } = await faulty(t, "lost-answer");
    // A client that does not try again.
    assert.equal((await scene.promote({}, scene.on.as())).outcome, "promoted");
    assert.equal(await scene.main(), sha);
  });

  it("whose answer gets lost once: asking again does no harm", async (t) => {
    const { scene, sha } = await faulty(t, "lost-answer", 1);
    assert.equal((await scene.promote()).outcome, "promoted");
    assert.equal(await scene.main(), sha);
  });

  for (const [kind, client, expected] of [
    ["cut", "as", /GitHub did not move main .* main is where it was/],
    ["500", "as", /GitHub did not move main .*Server Error.* main is where it was/],
    ["primary-limit", "client", /GitHub did not move main .*limit.* main is where it was/],
  ] as const) {
    it(`that does nothing (${kind}): main is where it was, in one sentence`, async (t) => {
      const { scene, before } = await faulty(t, kind);
      const github = client === "as" ? scene.on.as() : scene.client();
      await assert.rejects(scene.promote({}, github), expected);
      scene.on.faults.clear();
      assert.equal(await scene.main(), before);
    });
  }

  it("that answers nothing any more: it is not known, and the same command finds out", async (t) => {
    const { scene } = await faulty(t, "lost-answer");
    const github = scene.on.as();
    github.hook.error("request", (error, { method }) => {
      if (method === "PATCH")
        scene.on.faults.plan({ kind: "cut", count: 1, cloud: "github", operation: "read" });
      throw error;
    });
    await assert.rejects(scene.promote({}, github), /It is not known whether main was moved .*it finds out/);
    scene.on.faults.clear();
    assert.equal((await scene.promote()).outcome, "already there");
  });
});
