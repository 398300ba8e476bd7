/** Rules beyond the specification's profile, each by what it lets happen over the interface. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Deeds, ending, write } from "./deeds.ts";
import { BOT, served } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const [OWNER, WRITER, OTHER] = ["Basilakis", "eleni-dev", "nikos-ops"];

interface Rule {
  type: string;
  parameters?: Record<string, unknown>;
}

const pullRequest = (parameters: Record<string, unknown> = {}): Rule => ({
  type: "pull_request",
  parameters: {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
    ...parameters,
  },
});

/** A repository where these rules are on every branch of a pattern, `main` by default. */
async function ruled(t: TestContext, rules: Rule[], more: Record<string, unknown> = {}) {
  const on = await served(t);
  const { include = ["refs/heads/main"], ...rest } = more;
  const conditions = { ref_name: { include: include as string[], exclude: [] } };
  const ruleset = {
    ...KAI,
    name: "r",
    enforcement: "active" as const,
    conditions,
    rules: rules as never,
    ...rest,
  };
  await on.as().repos.createRepoRuleset(ruleset);
  return { on, deeds: new Deeds(on, KAI) };
}

describe("reviews", () => {
  it("are dismissed by a push that changes something", async (t) => {
    const { on, deeds } = await ruled(t, [pullRequest({ dismiss_stale_reviews_on_push: true })]);
    const { number, branch } = await deeds.propose(WRITER, "main");
    await deeds.review(OTHER, number);
    await write(on, "later.txt", "x", branch);
    assert.match(await deeds.merge(OWNER, number), /At least 1 approving review/);
    await deeds.review(OTHER, number);
    assert.equal(await deeds.merge(OWNER, number), "done");
  });

  it("stay after a push where nothing dismisses them", async (t) => {
    const { on, deeds } = await ruled(t, [pullRequest()]);
    const { number, branch } = await deeds.propose(WRITER, "main");
    await deeds.review(OTHER, number);
    await write(on, "later.txt", "x", branch);
    assert.equal(await deeds.merge(OWNER, number), "done");
  });

  it("of the last pusher do not count where another must approve", async (t) => {
    const { on, deeds } = await ruled(t, [pullRequest({ require_last_push_approval: true })]);
    const { number, branch } = await deeds.propose(WRITER, "main");
    await write(on, "later.txt", "x", branch, OTHER);
    await deeds.review(OTHER, number);
    assert.match(await deeds.merge(OWNER, number), /approval from someone other than the last pusher/);
    await deeds.review(OWNER, number);
    assert.equal(await deeds.merge(OWNER, number), "done");
  });

  it("of a code owner are needed for what they own", async (t) => {
    const on = await served(t);
    await write(on, ".github/CODEOWNERS", `*.txt @${OTHER}\n/docs/ @${OWNER}\n`, "main");
    const ruleset = {
      ...KAI,
      name: "r",
      enforcement: "active" as const,
      rules: [pullRequest({ require_code_owner_review: true })] as never,
    };
    await on.as().repos.createRepoRuleset({
      ...ruleset,
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    });
    const deeds = new Deeds(on, KAI);
    const { number } = await deeds.propose(WRITER, "main");
    await deeds.review(OWNER, number);
    assert.match(await deeds.merge(OWNER, number), /Waiting on code owner review/);
    await deeds.review(OTHER, number);
    assert.equal(await deeds.merge(OWNER, number), "done");
  });

  it("are not given to oneself, and a dismissed one counts no more", async (t) => {
    const { on, deeds } = await ruled(t, [pullRequest()]);
    const { number } = await deeds.propose(WRITER, "main");
    assert.match(await deeds.review(WRITER, number), /422 .*Can not approve your own pull request/);
    await deeds.review(OTHER, number);
    const { data } = await on.as().pulls.listReviews({ ...KAI, pull_number: number });
    await on
      .as()
      .pulls.dismissReview({ ...KAI, pull_number: number, review_id: data[0]?.id ?? 0, message: "no" });
    assert.match(await deeds.merge(OWNER, number), /At least 1 approving review/);
  });
});

describe("checks", () => {
  const checks = (more: Record<string, unknown> = {}): Rule => ({
    type: "required_status_checks",
    parameters: {
      required_status_checks: [{ context: "Build and Test", integration_id: 15_368 }],
      strict_required_status_checks_policy: false,
      ...more,
    },
  });

  it("count from the app that is named, and skipped ones pass", async (t) => {
    const { on, deeds } = await ruled(t, [checks()]);
    const sha = await deeds.commit("main");
    await on.as().repos.createCommitStatus({ ...KAI, sha, state: "success", context: "Build and Test" });
    assert.match(await deeds.push(WRITER, "main", sha), /Required status check "Build and Test" is expected/);
    const app = { id: 1, slug: "another", name: "Another" };
    const another = on.with({ login: "another[bot]", app, permissions: { checks: "write" } });
    await another.checks.create({ ...KAI, name: "Build and Test", head_sha: sha, conclusion: "success" });
    assert.match(await deeds.push(WRITER, "main", sha), /is expected/);
    const report = (conclusion: string) =>
      on.as(BOT).checks.create({
        ...KAI,
        name: "Build and Test",
        head_sha: sha,
        conclusion: conclusion as "skipped",
      });
    await report("failure");
    assert.match(await deeds.push(WRITER, "main", sha), /is failing/);
    await report("skipped");
    assert.equal(await deeds.push(WRITER, "main", sha), "done");
  });

  it("several at once are counted in the refusal", async (t) => {
    const required_status_checks = [{ context: "One" }, { context: "Two" }];
    const { on, deeds } = await ruled(t, [checks({ required_status_checks })]);
    const sha = await deeds.commit("main");
    assert.match(await deeds.push(WRITER, "main", sha), /2 of 2 required status checks are expected/);
    await on.as().repos.createCommitStatus({ ...KAI, sha, state: "success", context: "One" });
    assert.match(
      await deeds.push(WRITER, "main", sha),
      /1 of 2 required status checks have not succeeded: 1 expected/,
    );
  });

  it("strict ones want the head to contain its base", async (t) => {
    const { on, deeds } = await ruled(t, [checks({ strict_required_status_checks_policy: true })]);
    const [one, other] = [await deeds.propose(WRITER, "main"), await deeds.propose(WRITER, "main")];
    for (const { head } of [one, other]) await deeds.passes(head);
    assert.equal(await deeds.merge(WRITER, one.number), "done");
    assert.match(await deeds.merge(WRITER, other.number), /not up to date with the base branch/);
    const { data } = await on.as().pulls.get({ ...KAI, pull_number: other.number });
    assert.equal(data.mergeable_state, "behind");
    await on.as(WRITER).pulls.updateBranch({ ...KAI, pull_number: other.number });
    await deeds.passes(await deeds.head(other.branch));
    assert.equal(await deeds.merge(WRITER, other.number), "done");
  });

  it("are asked of a new branch, unless the rule says otherwise", async (t) => {
    const include = ["refs/heads/release/*"];
    const strict = await ruled(t, [checks()], { include });
    const untested = await strict.deeds.commit("main");
    assert.match(await strict.deeds.create(WRITER, "release/1", untested), /is expected/);
    assert.equal(await strict.deeds.create(WRITER, "release/1/x", untested), "done");
    const lax = await ruled(t, [checks({ do_not_enforce_on_create: true })], { include });
    assert.equal(await lax.deeds.create(WRITER, "release/1", await lax.deeds.commit("main")), "done");
  });
});

describe("other rules", () => {
  it("required deployments want the very commit in the environment", async (t) => {
    const parameters = { required_deployment_environments: ["staging"] };
    const { on, deeds } = await ruled(t, [{ type: "required_deployments", parameters }]);
    const { number, head } = await deeds.propose(WRITER, "main");
    const deploy = async (ref: string, state: "success" | "failure") => {
      const { data } = await on.as().repos.createDeployment({
        ...KAI,
        ref,
        environment: "staging",
        auto_merge: false,
        required_contexts: [],
      });
      assert.ok("id" in data);
      await on.as().repos.createDeploymentStatus({ ...KAI, deployment_id: data.id, state });
    };
    await deploy("main", "success");
    assert.match(await deeds.merge(WRITER, number), /Missing successful active staging deployment/);
    await deploy(head, "failure");
    assert.match(await deeds.merge(WRITER, number), /Missing successful active staging deployment/);
    await deploy(head, "success");
    assert.equal(await deeds.merge(WRITER, number), "done");
  });

  it("linear history refuses merge commits, pushed or made", async (t) => {
    const { deeds } = await ruled(t, [{ type: "required_linear_history" }]);
    const [one, other] = [await deeds.commit("main"), await deeds.commit("main")];
    const reason = /This branch must not contain merge commits/;
    assert.match(await deeds.push(OWNER, "main", await deeds.commit("main", [one, other])), reason);
    const { number } = await deeds.propose(WRITER, "main");
    assert.match(await deeds.merge(OWNER, number, "merge"), reason);
    assert.equal(await deeds.merge(OWNER, number, "rebase"), "done");
  });

  it("signatures are GitHub's on squashes, nobody's on rebases and commits through the interface", async (t) => {
    const { on, deeds } = await ruled(t, [{ type: "required_signatures" }]);
    const reason = /Commits must have verified signatures/;
    assert.match(await deeds.push(OWNER, "main", await deeds.commit("main")), reason);
    assert.match(await write(on, "a.txt", "x", "main"), /^409 .*verified signatures/s);
    assert.equal(await write(on, "a.txt", "x", "main", BOT), "done");
    const { number } = await deeds.propose(WRITER, "main");
    assert.match(await deeds.merge(OWNER, number, "rebase"), reason);
    assert.equal(await deeds.merge(OWNER, number, "squash"), "done");
  });

  it("of tags bind tags alone, and patterns stop at a slash", async (t) => {
    const { on, deeds } = await ruled(t, [{ type: "creation" }, { type: "deletion" }], {
      target: "tag",
      include: ["refs/tags/v*"],
    });
    const sha = await deeds.head("main");
    const tag = (name: string) => ending(on.as().git.createRef({ ...KAI, ref: `refs/tags/${name}`, sha }));
    assert.match(await tag("v1"), /Cannot create ref due to creations being restricted/);
    assert.equal(await tag("v1/a"), "done");
    assert.equal(await deeds.create(WRITER, "v2", sha), "done");
  });

  it("a bypass for pull requests lifts rules from merges, not from pushes; evaluate and disabled bind nobody", async (t) => {
    const bypass_actors = [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "pull_request" }];
    const { on, deeds } = await ruled(t, [pullRequest()], { bypass_actors });
    assert.match(await deeds.push(OWNER, "main", await deeds.commit("main")), /through a pull request/);
    const { number } = await deeds.propose(WRITER, "main");
    assert.match(await deeds.merge(WRITER, number), /At least 1 approving review/);
    assert.equal(await deeds.merge(OWNER, number), "done");
    const [ruleset] = on.record().rulesets;
    assert.ok(ruleset);
    for (const enforcement of ["disabled", "evaluate"] as const) {
      ruleset.enforcement = enforcement;
      assert.equal(await deeds.push(WRITER, "main", await deeds.commit("main")), "done");
    }
  });
});
