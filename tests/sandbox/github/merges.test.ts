/** How merges are written, and which jobs environments let in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideDeployment } from "../../../github/decisions/deployment.ts";
import { Deeds, ending, write } from "./deeds.ts";
import { served } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const [OWNER, WRITER, OTHER] = ["Basilakis", "eleni-dev", "nikos-ops"];

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

  it("join changes of one file, line by line", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, KAI);
    const lines = (first: string, last: string) => [first, "2", "3", "4", "5", last].join("\n");
    await write(on, "shared.txt", lines("1", "6"), "main");
    const { number, branch } = await deeds.propose(WRITER, "main");
    const change = async (text: string, on_: string) => {
      const { data } = await on.as().repos.getContent({ ...KAI, path: "shared.txt", ref: on_ });
      const content = Buffer.from(text).toString("base64");
      const sha = "sha" in data ? data.sha : "";
      await on.as().repos.createOrUpdateFileContents({
        ...KAI,
        path: "shared.txt",
        message: "m",
        content,
        branch: on_,
        sha,
      });
    };
    await change(lines("first", "6"), branch);
    await change(lines("1", "last"), "main");
    const { data: files } = await on.as().pulls.listFiles({ ...KAI, pull_number: number });
    const shared = files.find(({ filename }) => filename === "shared.txt");
    assert.deepEqual([shared?.additions, shared?.deletions], [1, 1]);
    assert.equal(await deeds.merge(OWNER, number), "done");
    const { data } = await on.as().repos.getContent({ ...KAI, path: "shared.txt" });
    assert.ok("content" in data);
    assert.equal(Buffer.from(data.content, "base64").toString(), lines("first", "last"));
  });

  it("are refused where both sides changed the same lines, and done by a push of the head", async (t) => {
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
