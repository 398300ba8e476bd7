/** Deployments and secrets: the answer is what a workflow gets, started by that person on that branch. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { decideDeployment } from "../../../github/decisions/deployment.ts";
import { environments } from "../../../pipeline/branches.ts";
import { type Deeds, ending, type Place, write } from "../../sandbox/github/deeds.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import { BOT, type Served, served } from "../../sandbox/github/support.ts";
import { kaiSettings } from "../../settings/kai.ts";
import { needs, Scene, USERS } from "./scene.ts";

const PEOPLE = USERS.filter((user) => user !== BOT);
const BRANCHES = ["main", "staging", "development"];
const PLACE: Place = { owner: "Basilakis", repo: "kai" };

const workflow = (environment: string) =>
  `name: Probe\non: workflow_dispatch\njobs:\n  probe:\n    runs-on: ubuntu-latest\n    environment: ${environment}\n    steps:\n      - run: "true"\n`;

const path = (environment: string) => `.github/workflows/${environment}.yml`;

/** The specification's rules, environments and secrets, with a workflow for each environment on every branch. */
async function laidDown(t: TestContext) {
  const on = await served(t);
  const both = [await kaiSettings("staging"), await kaiSettings("production")];
  const wanted = both.flatMap((settings) => environments(settings));
  for (const { name } of wanted) await write(on, path(name), workflow(name), "main");
  await layDown(on, { owner: "Basilakis", rules: "rulesets" });
  for (const one of wanted) await createEnvironment(on, one);
  const secret = {
    name: "EVERYWHERE",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  };
  on.record().secrets.push({ ...secret, name: "SLACK_WEBHOOK" });
  for (const environment of on.record().environments) {
    environment.secrets.push({
      ...secret,
      name: `ONLY_${environment.name.toUpperCase().replaceAll("-", "_")}`,
    });
  }
  return { on, scene: new Scene(on, PLACE), names: wanted.map(({ name }) => name) };
}

async function createEnvironment(on: Served, wanted: ReturnType<typeof environments>[number]): Promise<void> {
  const github = on.as();
  const ids = wanted.reviewers.map((login) => on.world.store.data.accounts[login.toLowerCase()]?.id ?? 0);
  await github.repos.createOrUpdateEnvironment({
    ...PLACE,
    environment_name: wanted.name,
    wait_timer: wanted.waitMinutes,
    prevent_self_review: wanted.preventSelfReview,
    reviewers: ids.map((id) => ({ type: "User" as const, id })),
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  for (const name of wanted.branchPatterns) {
    await github.repos.createDeploymentBranchPolicy({ ...PLACE, environment_name: wanted.name, name });
  }
}

/** What becomes of a job: `refused` also where it cannot be started. */
async function started(on: Served, user: string, environment: string, ref: string): Promise<string> {
  const dispatch = { ...PLACE, workflow_id: `${environment}.yml`, ref };
  if ((await ending(on.as(user).actions.createWorkflowDispatch(dispatch))) !== "done") return "refused";
  return on.record().runs.at(-1)?.deployments[0]?.state ?? "let in";
}

/** Puts a file of one's own on a branch, as a workflow could be: by a push, or a pull request that another approves. */
async function put(on: Served, deeds: Deeds, user: string, branch: string) {
  if ((await write(on, "own.txt", user, branch, user)) === "done") return true;
  if ((await deeds.create(user, "theirs", await deeds.head(branch))) !== "done") return false;
  if ((await write(on, "own.txt", user, "theirs", user)) !== "done") return false;
  await deeds.passes(await deeds.head("theirs"));
  const direct = await deeds.push(user, branch, await deeds.head("theirs"));
  if (direct === "done") return true;
  const asked = { ...PLACE, base: branch, head: "theirs", title: "Probe" };
  const { data } = await on.as(user).pulls.create(asked);
  await deeds.review(user === "nikos-ops" ? "eleni-dev" : "nikos-ops", data.number);
  return (await deeds.merge(user, data.number)) === "done";
}

describe("deployments", () => {
  it("each person, each environment, each branch", async (t) => {
    const { on, scene, names } = await laidDown(t);
    for (const user of PEOPLE) {
      for (const name of names) {
        const answer = await scene.ask(user, "deploy", name);
        for (const branch of BRANCHES) {
          const state = await scene.in(() => started(on, user, name, branch));
          const mayStart = !answer.reasons.some(
            ({ verdict, origin }) => verdict === "forbids" && origin?.kind === "role",
          );
          const expected =
            mayStart && answer.from?.includes(branch)
              ? needs(answer, "required_reviewers")
                ? "waiting"
                : "let in"
              : "refused";
          assert.equal(state, expected, `${user} deploys ${branch} to ${name}: ${JSON.stringify(answer)}`);
        }
      }
    }
  });

  it("of protected branches alone: names what rests on rulesets, and takes no tag", async (t) => {
    const { on, scene } = await laidDown(t);
    const production = on.record().environments.find(({ name }) => name === "production");
    assert.ok(production);
    production.deployment_branch_policy = { protected_branches: true, custom_branch_policies: false };
    const answer = await scene.ask("Basilakis", "deploy", "production");
    assert.deepEqual(
      answer.open.map(({ id }) => id),
      ["protected-by-rulesets"],
    );
    const tag = "refs/tags/main";
    const conditions = { ref_name: { include: [tag], exclude: [] } };
    const [first] = on.record().rulesets;
    if (first) on.record().rulesets.push({ ...first, target: "tag", conditions });
    assert.match(decideDeployment(on.record(), production, tag).refused ?? "", /^Tag "main" is not allowed/);
    // A tag's rules protect no branch.
    on.record().rulesets.splice(0, on.record().rulesets.length - 1);
    assert.equal(decideDeployment(on.record(), production, "refs/heads/any").refused, undefined);
  });

  it("says who must approve, and what else the person decides", async (t) => {
    const { scene } = await laidDown(t);
    const own = await scene.ask("Basilakis", "deploy", "production");
    const texts = own.reasons.map(({ text }) => text).join("\n");
    assert.match(texts, /Jobs of main may deploy there/);
    assert.match(texts, /Basilakis must approve the job\. Basilakis can do that alone/);
    assert.match(texts, /Basilakis can change what main holds by merging a pull request/);
    const other = await scene.ask("eleni-dev", "deploy", "production");
    assert.match(JSON.stringify(other.reasons), /eleni-dev can start a workflow on main, with what it holds/);
    assert.equal((await scene.ask("Basilakis", "deploy", "production-preview")).answer, "no");
    await assert.rejects(
      scene.ask("Basilakis", "deploy", "moon"),
      /There is no environment "moon"\. There are: /,
    );
  });
});

describe("secrets", () => {
  it("of each environment, for each person and branch", async (t) => {
    const { on, scene, names } = await laidDown(t);
    for (const user of PEOPLE) {
      for (const name of names) {
        const answer = await scene.ask(user, "read-secret", `only_${name.replaceAll("-", "_")}`);
        assert.equal(answer.answer === "yes", (answer.from ?? []).length > 0, JSON.stringify(answer));
        for (const branch of BRANCHES) {
          const isRead = await scene.in(
            async (deeds) =>
              (await put(on, deeds, user, branch)) && (await started(on, user, name, branch)) !== "refused",
          );
          const expected = answer.from?.includes(`refs/heads/${branch}`) === true;
          assert.equal(isRead, expected, `${user} reads ${name}'s on ${branch}: ${JSON.stringify(answer)}`);
        }
      }
    }
  });

  it("of a preview: whoever may push a branch, by a pull request, once it is approved", async (t) => {
    const { scene } = await laidDown(t);
    const answer = await scene.ask("eleni-dev", "read-secret", "ONLY_PRODUCTION_PREVIEW");
    assert.deepEqual([answer.answer, answer.from], ["yes", ["refs/pull/1/merge"]]);
    assert.match(JSON.stringify(answer.reasons), /opening a pull request from a branch/);
    assert.match(JSON.stringify(answer.reasons), /Basilakis must approve the job/);
  });

  it("of the repository: everybody with write access, who are named", async (t) => {
    const { scene } = await laidDown(t);
    const answer = await scene.ask("eleni-dev", "read-secret", "slack_webhook");
    assert.equal(answer.answer, "yes");
    assert.match(JSON.stringify(answer.reasons), /everybody with write access can print it/);
    assert.match(JSON.stringify(answer.reasons), /So can: Basilakis, nikos-ops\./);
    assert.equal((await scene.ask("octocat", "read-secret", "slack_webhook")).answer, "no");
    await assert.rejects(
      scene.ask("eleni-dev", "read-secret", "NONE"),
      /There is no secret "NONE"\. There are: /,
    );
  });
});
