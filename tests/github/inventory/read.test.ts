/** What can be read of a repository, in how many requests, and what a token may not see. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../../errors.ts";
import { githubClient } from "../../../github/client.ts";
import { covers } from "../../../github/decisions/patterns.ts";
import type { Part, Seen } from "../../../github/inventory/inventory.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import { nodeId, now, type RulesetDocument } from "../../../sandbox/github/store.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import { BOT, type Served, served, TOKEN } from "../../sandbox/github/support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const ORGANIZATION = { owner: "kai-platform", repo: "kai" };
const EVERYTHING: readonly Part[] = [
  "branches",
  "rulesets",
  "classicRules",
  "environments",
  "secrets",
  "variables",
  "collaborators",
  "deployKeys",
  "workflows",
  "workflowFiles",
  "actions",
];

/** The client that commands use, with the requests that it sent. */
function counting(on: Served) {
  const github = githubClient({ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: on.server.url });
  const requests: string[] = [];
  github.hook.before("request", ({ method, url }) => {
    requests.push(`${method} ${url.replace(on.server.url, "")}`);
  });
  return { github, requests };
}

function value<T>(part: Seen<T>): T {
  assert.ok(part.seen, part.seen ? "" : part.reason);
  return part.value;
}

function ruleset(id: number, source_type: RulesetDocument["source_type"] = "Repository"): RulesetDocument {
  return {
    id,
    node_id: nodeId("RRS", id),
    name: `rule-${id}`,
    target: "branch",
    source_type,
    source: source_type === "Repository" ? "Basilakis/kai" : "kai-platform",
    enforcement: "active",
    bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
    conditions: { ref_name: { include: ["refs/heads/release/*"], exclude: [] } },
    rules: [{ type: "deletion" }],
    created_at: now(),
    updated_at: now(),
  };
}

describe("reading a repository", () => {
  it("has its rules, people, values and files", async (t) => {
    const on = await served(t);
    await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const record = on.record();
    record.secrets.push({ name: "A", created_at: now(), updated_at: now() });
    record.variables.push({ name: "B", value: "b", created_at: now(), updated_at: now() });
    record.deploy_keys.push({
      id: 9,
      key: "ssh-ed25519 AAAA",
      title: "ci",
      read_only: true,
      created_at: now(),
    });
    await on.as().repos.createOrUpdateEnvironment({
      ...KAI,
      environment_name: "a/b",
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await on.as().repos.createDeploymentBranchPolicy({ ...KAI, environment_name: "a/b", name: "main" });
    const all = await readInventory(on.as(), KAI, EVERYTHING);
    assert.equal(all.repository.full_name, "Basilakis/kai");
    assert.equal(all.repository.permissions.admin, true);
    assert.deepEqual(
      value(all.branches).map(({ name }) => name),
      ["main", "staging", "development"],
    );
    const rulesets = value(all.rulesets);
    assert.deepEqual(
      rulesets.map(({ name }) => name),
      record.rulesets.map(({ name }) => name),
    );
    assert.deepEqual(rulesets[0]?.bypass_actors, record.rulesets[0]?.bypass_actors);
    assert.deepEqual(rulesets[0]?.rules, record.rulesets[0]?.rules);
    assert.deepEqual(value(all.classicRules), []);
    const [environment] = value(all.environments);
    assert.equal(environment?.name, "a/b");
    assert.deepEqual(
      value(environment?.branch_policies ?? { seen: false, reason: "none" }).map(({ name }) => name),
      ["main"],
    );
    assert.deepEqual(value(all.secrets), record.secrets);
    assert.deepEqual(
      value(all.variables).map(({ value: text }) => text),
      ["b"],
    );
    assert.deepEqual(
      value(all.collaborators).map(({ login, role_name }) => `${login} ${role_name}`),
      ["Basilakis admin", "eleni-dev write", "nikos-ops write"],
    );
    assert.deepEqual(
      value(all.deployKeys).map(({ title, read_only }) => ({ title, read_only })),
      [{ title: "ci", read_only: true }],
    );
    assert.deepEqual(value(all.actions), {
      enabled: true,
      allowed_actions: "all",
      sha_pinning_required: false,
      default_workflow_permissions: "write",
      can_approve_pull_request_reviews: false,
    });
  });

  it("has rulesets that are for no refs", async (t) => {
    const on = await served(t);
    await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const [main] = on.record().rulesets;
    Object.assign(main ?? assert.fail(), { target: "push", conditions: null, rules: undefined });
    const { rulesets, repository } = await readInventory(on.as(), KAI, ["rulesets"]);
    const [pushes] = value(rulesets);
    assert.deepEqual(pushes?.conditions.ref_name, { include: [], exclude: [] });
    assert.deepEqual(pushes?.rules, []);
    assert.equal(covers(pushes ?? assert.fail(), "refs/heads/main", repository), false);
  });

  it("has classic rules in full, also of a pattern that no branch has", async (t) => {
    const on = await served(t);
    await layDown(on, { owner: "kai-platform", rules: "classic" });
    const { classicRules } = await readInventory(on.as(), ORGANIZATION, ["classicRules"]);
    const [main] = value(classicRules);
    assert.equal(main?.pattern, "main");
    assert.deepEqual(main?.pushAllowances, ["Basilakis"]);
    assert.deepEqual(main?.requiredStatusCheckContexts, ["Build and Test"]);
    assert.equal(value(classicRules).length, 3);
  });

  it("has workflow files and states, in one request each", async (t) => {
    const on = await served(t);
    const file = { path: ".github/workflows/a.yml", content: "name: A\non: push\njobs: {}\n" };
    await on.as().repos.createOrUpdateFileContents({
      ...KAI,
      ...file,
      message: "m",
      content: Buffer.from(file.content).toString("base64"),
    });
    await on.as().actions.disableWorkflow({ ...KAI, workflow_id: "a.yml" });
    const { github, requests } = counting(on);
    const { workflowFiles, workflows } = await readInventory(github, KAI, ["workflowFiles", "workflows"]);
    assert.deepEqual(value(workflowFiles), [file]);
    assert.deepEqual(
      value(workflows).map(({ path, state }) => `${path} ${state}`),
      [`${file.path} disabled_manually`],
    );
    assert.equal(requests.length, 3);
  });

  it("has the rulesets that an organization imposes, and members of the organization", async (t) => {
    const on = await served(t);
    on.organizationRepository().rulesets.push(ruleset(77, "Organization"));
    on.world.store.data.accounts["kai-platform"]!.members!.octocat = "member";
    const read = await readInventory(on.as(), ORGANIZATION, ["rulesets", "collaborators"]);
    assert.deepEqual(
      value(read.rulesets).map(({ source_type }) => source_type),
      ["Organization"],
    );
    assert.ok(
      value(read.collaborators).some(({ login, role_name }) => login === "octocat" && role_name === "read"),
    );
    await assert.rejects(
      on.as().repos.deleteRepoRuleset({ ...ORGANIZATION, ruleset_id: 77 }),
      ({ status }: { status: number }) => status === 404,
    );
  });

  it("needs 120 requests for 100 rulesets, 1,000 branches, 100 secrets and 3 environments", async (t) => {
    const on = await served(t);
    const record = on.record();
    const main = record.refs["refs/heads/main"];
    assert.ok(main);
    for (let n = 0; n < 999; n++) record.refs[`refs/heads/b${n}`] = { ...main, ref: `refs/heads/b${n}` };
    for (let n = 0; n < 100; n++) {
      record.rulesets.push(ruleset(5000 + n));
      record.secrets.push({ name: `S${n}`, created_at: now(), updated_at: now() });
    }
    for (const environment_name of ["a", "b", "c"]) {
      await on.as().repos.createOrUpdateEnvironment({ ...KAI, environment_name });
    }
    const { github, requests } = counting(on);
    const read = await readInventory(github, KAI, ["branches", "rulesets", "secrets", "environments"]);
    assert.equal(value(read.branches).length, 1000);
    assert.equal(value(read.rulesets).length, 100);
    assert.equal(value(read.secrets).length, 100);
    // The repository, 10 pages, a list and each ruleset, a page, a list and two lists an environment.
    assert.equal(requests.length, 1 + 10 + 1 + 100 + 1 + 1 + 3 * 2);
  });
});

/** @returns part → why it may not be seen */
async function unseen(github: Octokit, target = KAI): Promise<Record<string, string>> {
  const { repository: _, ...parts } = await readInventory(github, target, EVERYTHING);
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) => (part.seen ? [] : [[name, part.reason]])),
  );
}

describe("what a token may not see", () => {
  it("is told with the permission that a fine-grained token lacks", async (t) => {
    const on = await served(t);
    assert.deepEqual(await unseen(on.with({ permissions: { metadata: "read", administration: "read" } })), {
      secrets: 'The token lacks the permission "Secrets: read".',
      variables: 'The token lacks the permission "Variables: read".',
    });
    const { classicRules, deployKeys, actions } = await unseen(
      on.with({ permissions: { metadata: "read" } }),
    );
    assert.match(classicRules ?? "", /Resource not accessible by personal access token/);
    assert.equal(deployKeys, 'The token lacks the permission "Administration: read".');
    assert.equal(actions, 'The token lacks the permission "Administration: read".');
  });

  it("is told with the scope that a classic token lacks", async (t) => {
    const on = await served(t);
    const reasons = await unseen(on.with({ scopes: ["gist"] }));
    assert.equal(reasons.secrets, 'The token lacks the scope "repo".');
  });

  it("is told with GitHub's words where the user lacks the role", async (t) => {
    const on = await served(t);
    assert.deepEqual(await unseen(on.as("eleni-dev")), {
      classicRules: "Only administrators of the repository see classic rules.",
      deployKeys: `The token's user may not see this. GitHub answers: "Must have admin rights to Repository.".`,
      actions: `The token's user may not see this. GitHub answers: "Must have admin rights to Repository.".`,
    });
  });

  it("is told with the plan that lacks it", async (t) => {
    const on = await served(t);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    const { rulesets } = await unseen(on.as());
    assert.match(rulesets ?? "", /^The plan of the repository's owner does not have this\./);
  });

  it("is told of secrets in environments while the environments are seen", async (t) => {
    const on = await served(t);
    await on.as().repos.createOrUpdateEnvironment({ ...KAI, environment_name: "a" });
    const weak = on.with({ permissions: { metadata: "read" } });
    const { environments } = await readInventory(weak, KAI, ["environments"]);
    const [environment] = value(environments);
    assert.deepEqual(environment?.secrets, {
      seen: false,
      reason: 'The token lacks the permission "Environments: read".',
    });
  });

  it("leaves bypass actors absent, which is not the same as empty", async (t) => {
    const on = await served(t);
    on.record().rulesets.push(ruleset(77));
    const seenBy = async (github: Octokit) =>
      value((await readInventory(github, KAI, ["rulesets"])).rulesets)[0]?.bypass_actors;
    assert.equal((await seenBy(on.as()))?.length, 1);
    assert.equal(await seenBy(on.with({ permissions: { metadata: "read" } })), undefined);
    assert.equal(await seenBy(on.as(BOT)), undefined);
  });
});

describe("no inventory at all", () => {
  const refused = (reading: Promise<unknown>, pattern: RegExp) =>
    assert.rejects(reading, (error: Error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, pattern);
      return true;
    });

  it("of a repository that the token is not shown", async (t) => {
    const on = await served(t);
    await refused(
      readInventory(on.as(), { ...KAI, repo: "none" }, []),
      /shows no repository Basilakis\/none/,
    );
  });
});
