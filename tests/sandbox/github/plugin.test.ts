import assert from "node:assert/strict";
import { beforeEach, describe, it, type TestContext } from "node:test";
import { getEnvironment } from "../../../sandbox/github/environments.ts";
import { environmentTypes } from "../../../sandbox/github/plugin/environments.ts";
import { repositoryTypes } from "../../../sandbox/github/plugin/repository.ts";
import { ruleTypes } from "../../../sandbox/github/plugin/rules.ts";
import { createRepository } from "../../../sandbox/github/repositories.ts";
import { fresh, github, kai, refused } from "./documents.ts";

describe("the plugin's face", () => {
  beforeEach((t) => fresh(t as TestContext));

  const context = { name: "x", suffix: "0000000" };
  const type = (name: string) => {
    const found = { ...repositoryTypes, ...ruleTypes, ...environmentTypes };
    const [token] = Object.keys(found).filter((key) => key.endsWith(`:${name}`));
    assert.ok(token);
    return found[token] as NonNullable<(typeof found)[string]>;
  };
  const reasons = (name: string, inputs: Record<string, unknown>) =>
    (type(name).check?.(inputs) ?? []).map(({ property }) => property);

  it("a branch that exists is adopted; one without a source is refused", async () => {
    const inputs = { repository: "kai", branch: "main", sourceBranch: "main" };
    assert.equal(await type("Branch").create(github, inputs, context), "kai:main");
    createRepository(github, { name: "empty" });
    refused(404, /git\/ref\/heads\/main: 404 Not Found/, () =>
      type("Branch").create(github, { ...inputs, repository: "empty", branch: "staging" }, context),
    );
  });

  it("a secret overwritten by hand shows in remoteUpdatedAt alone", async () => {
    const secret = type("ActionsSecret");
    const id = await secret.create(github, { repository: "kai", secretName: "A", value: "1" }, context);
    const known = (await secret.read(github, id, {})) ?? {};
    (kai().secrets[0] as { updated_at: string }).updated_at = "2030-01-01T00:00:00Z";
    const found = (await secret.read(github, id, known)) ?? {};
    assert.equal(found.updatedAt, known.updatedAt);
    assert.equal(found.remoteUpdatedAt, "2030-01-01T00:00:00Z");
  });

  it("reviewers taken away by hand go unseen, others are seen", async () => {
    const environment = type("RepositoryEnvironment");
    const octocat = github.account("octocat")?.id;
    const inputs = { repository: "kai", environment: "staging", reviewers: [{ users: [octocat] }] };
    const id = await environment.create(github, inputs, context);
    const known = (await environment.read(github, id, {})) ?? {};
    assert.deepEqual(known.reviewers, [{ users: [octocat], teams: [] }]);
    const document = getEnvironment(github, "kai", "staging");
    document.protection_rules = [];
    assert.deepEqual((await environment.read(github, id, known))?.reviewers, known.reviewers);
  });

  it("refuses in a preview what the plugin refuses, and accepts what it accepts", () => {
    const rules = { enforcement: "active", target: "branch", rules: {} };
    assert.deepEqual(reasons("RepositoryRuleset", { ...rules, enforcement: "on" }), ["enforcement"]);
    assert.deepEqual(reasons("RepositoryRuleset", { ...rules, target: "refs" }), ["target"]);
    const actor = { actorType: "Person", bypassMode: "sometimes" };
    assert.deepEqual(reasons("RepositoryRuleset", { ...rules, bypassActors: [actor] }), [
      "actorType",
      "bypassMode",
    ]);
    const eleven = { pullRequest: { requiredApprovingReviewCount: 11, allowedMergeMethods: ["octopus"] } };
    assert.equal(reasons("RepositoryRuleset", { ...rules, rules: eleven }).length, 2);
    const empty = { requiredStatusChecks: { requiredChecks: [] } };
    assert.equal(reasons("RepositoryRuleset", { ...rules, rules: empty }).length, 1);
    const short = { refName: { includes: ["main"], excludes: [] } };
    assert.deepEqual(reasons("RepositoryRuleset", { ...rules, conditions: short }), []);
    assert.deepEqual(reasons("Repository", { name: "a b", visibility: "open", topics: ["Not"] }), [
      "name",
      "visibility",
      "topics",
    ]);
    assert.deepEqual(reasons("ActionsSecret", { secretName: "GITHUB_A", value: "x" }), ["secretName"]);
    assert.deepEqual(reasons("ActionsSecret", { secretName: "A" }), ["value"]);
    assert.deepEqual(
      reasons("ActionsEnvironmentSecret", { secretName: "A", value: "x", plaintextValue: "y" }),
      ["value"],
    );
    assert.deepEqual(reasons("ActionsEnvironmentSecret", { secretName: "1A", value: "" }), [
      "value",
      "secretName",
    ]);
    const seven = [{ users: [1, 2, 3, 4, 5, 6, 7] }];
    assert.deepEqual(reasons("RepositoryEnvironment", { waitTimer: 43_201, reviewers: seven }), [
      "waitTimer",
      "reviewers",
    ]);
    const both = { protectedBranches: true, customBranchPolicies: true };
    assert.deepEqual(reasons("RepositoryEnvironment", { deploymentBranchPolicy: both }), []);
  });
});
