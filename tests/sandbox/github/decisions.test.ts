/** Rules beyond the specification's profile, each by what it lets happen over the interface. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { decideDeployment } from "../../../sandbox/github/decisions/deployment.ts";
import { Deeds, type Ending, ending } from "./deeds.ts";
import { BOT, type Served, served } from "./support.ts";

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

/** A file on a branch, past every rule that is not its. */
function write(on: Served, path: string, text: string, branch: string, login?: string): Promise<Ending> {
  const content = Buffer.from(text).toString("base64");
  return ending(
    on.as(login).repos.createOrUpdateFileContents({ ...KAI, path, message: path, content, branch }),
  );
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

describe("merges", () => {
  it("are written as GitHub writes them", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, KAI);
    const commitAt = async () => (await on.as().repos.getCommit({ ...KAI, ref: "main" })).data;
    const before = await deeds.head("main");
    const merged = await deeds.propose(WRITER, "main");
    await deeds.merge(OWNER, merged.number, "merge");
    const merge = await commitAt();
    assert.deepEqual(
      merge.parents.map(({ sha }) => sha),
      [before, merged.head],
    );
    assert.match(merge.commit.message, /^Merge pull request #1 from Basilakis\/work\/1\n\nwork\/1$/);
    const squashed = await deeds.propose(WRITER, "main");
    await deeds.merge(OWNER, squashed.number, "squash");
    const squash = await commitAt();
    assert.deepEqual(
      [squash.parents.length, squash.commit.message, squash.commit.verification?.verified],
      [1, "Change 2 (#2)", true],
    );
    const rebased = await deeds.propose(WRITER, "main");
    await deeds.merge(OWNER, rebased.number, "rebase");
    const rebase = await commitAt();
    // A new commit, although the branch could have been moved to the old one.
    assert.notEqual(rebase.sha, rebased.head);
    assert.deepEqual([rebase.commit.message, rebase.commit.verification?.verified], ["Change 3", false]);
  });

  it("are refused where both sides changed a file, and done by a push of the head", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, KAI);
    const { number, branch, head } = await deeds.propose(WRITER, "main");
    await write(on, "same.txt", "theirs", branch);
    await write(on, "same.txt", "ours", "main");
    assert.match(await deeds.merge(OWNER, number), /405 Pull Request is not mergeable/);
    const second = await deeds.propose(WRITER, "main");
    assert.equal(await deeds.push(WRITER, "main", second.head), "done");
    const { data } = await on.as().pulls.get({ ...KAI, pull_number: second.number });
    assert.deepEqual([data.state, data.merged], ["closed", true]);
    assert.notEqual(head, second.head);
  });
});

describe("environments", () => {
  it("let jobs of their branches in, and make them wait for their reviewers", async (t) => {
    const on = await served(t);
    const place = { ...KAI, environment_name: "production" };
    const reviewers = [{ type: "User" as const, id: 58_231_104 }];
    const deployment_branch_policy = { protected_branches: false, custom_branch_policies: true };
    const rules = { wait_timer: 5, reviewers, prevent_self_review: true, deployment_branch_policy };
    const { data: environment } = await on.as().repos.createOrUpdateEnvironment({ ...place, ...rules });
    await on.as().repos.createDeploymentBranchPolicy({ ...place, name: "release/*" });
    const workflow = "on: workflow_dispatch\njobs:\n  deploy:\n    environment: { name: production }\n";
    await write(on, ".github/workflows/deploy.yml", workflow, "main");
    const deeds = new Deeds(on, KAI);
    await deeds.create(OWNER, "release/1", await deeds.head("main"));
    const dispatch = async (login: string, ref: string) => {
      await on.as(login).actions.createWorkflowDispatch({ ...KAI, workflow_id: "deploy.yml", ref });
      const { data } = await on.as().actions.listWorkflowRunsForRepo(KAI);
      return data.workflow_runs[0] ?? assert.fail("no run");
    };
    const refused = await dispatch(WRITER, "main");
    assert.deepEqual([refused.status, refused.conclusion], ["completed", "failure"]);
    const [deployment] = (await on.as().repos.listDeployments(KAI)).data;
    const { data: statuses } = await on
      .as()
      .repos.listDeploymentStatuses({ ...KAI, deployment_id: deployment?.id ?? 0 });
    assert.equal(
      statuses[0]?.description,
      'Branch "main" is not allowed to deploy to production due to environment protection rules.',
    );
    const waiting = await dispatch(WRITER, "release/1");
    assert.equal(waiting.status, "waiting");
    const run = { ...KAI, run_id: waiting.id };
    const { data: pending } = await on.as().actions.getPendingDeploymentsForRun(run);
    assert.deepEqual(
      [pending[0]?.environment.name, pending[0]?.wait_timer, pending[0]?.current_user_can_approve],
      ["production", 5, true],
    );
    const answer = (login: string, state: "approved" | "rejected", run_id: number) =>
      ending(
        on.as(login).actions.reviewPendingDeploymentsForRun({
          ...KAI,
          run_id,
          environment_ids: [environment.id],
          state,
          comment: "c",
        }),
      );
    assert.match(await answer(OTHER, "approved", waiting.id), /422 nikos-ops is not allowed to review/);
    assert.equal(await answer(OWNER, "approved", waiting.id), "done");
    const status = async () => (await on.as().actions.getWorkflowRun(run)).data.status;
    assert.equal(await status(), "waiting");
    const kept = on.record().runs.find(({ id }) => id === waiting.id) ?? assert.fail();
    kept.created_at = new Date(Date.now() - 6 * 60_000).toISOString();
    assert.equal(await status(), "queued");
    assert.equal((await on.as().actions.getReviewsForRun(run)).data[0]?.state, "approved");
    // Nobody approves what they started themselves, where the environment forbids it.
    const own = await dispatch(OWNER, "release/1");
    assert.match(await answer(OWNER, "approved", own.id), /422 Basilakis is not allowed to review/);
    const rejected = await dispatch(WRITER, "release/1");
    assert.equal(await answer(OWNER, "rejected", rejected.id), "done");
    assert.equal(
      (await on.as().actions.getWorkflowRun({ ...KAI, run_id: rejected.id })).data.conclusion,
      "failure",
    );
  });

  it("for protected branches take every branch where none is protected", async (t) => {
    const on = await served(t);
    const place = { ...KAI, environment_name: "staging" };
    const deployment_branch_policy = { protected_branches: true, custom_branch_policies: false };
    await on.as().repos.createOrUpdateEnvironment({ ...place, deployment_branch_policy });
    const [environment] = on.record().environments;
    assert.ok(environment);
    const decide = (ref: string) => decideDeployment(on.record(), environment, ref).refused;
    assert.equal(decide("refs/heads/any"), undefined);
    await on.as().repos.createRepoRuleset({
      ...KAI,
      name: "r",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
      rules: [{ type: "deletion" }],
    });
    assert.match(String(decide("refs/heads/any")), /not allowed/);
    assert.equal(decide("refs/heads/main"), undefined);
  });
});
