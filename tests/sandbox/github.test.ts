import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, it, type TestContext } from "node:test";
import { GitHub } from "../../sandbox/github/client.ts";
import {
  createBranchPolicy,
  deleteEnvironment,
  type EnvironmentRequest,
  getEnvironment,
  putEnvironment,
} from "../../sandbox/github/environments.ts";
import { environmentTypes } from "../../sandbox/github/plugin/environments.ts";
import { repositoryTypes } from "../../sandbox/github/plugin/repository.ts";
import { ruleTypes } from "../../sandbox/github/plugin/rules.ts";
import { createProtection, type ProtectionRequest } from "../../sandbox/github/protection.ts";
import { createBranch, deleteBranch, getBranch } from "../../sandbox/github/refs.ts";
import { createRepository, editRepository } from "../../sandbox/github/repositories.ts";
import { createRuleset, type RulesetRequest, updateRuleset } from "../../sandbox/github/rulesets.ts";
import { MOST_BYTES, MOST_SECRETS, putSecret } from "../../sandbox/github/secrets.ts";
import { type GitHubStore, openGitHub } from "../../sandbox/github/store.ts";
import { CloudError } from "../../sandbox/provider/declaration.ts";

let directory: string;
let world: GitHubStore;
let github: GitHub;

function fresh(t: TestContext): void {
  directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  world = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  github = new GitHub(world, "Basilakis", "token");
}

function refused(status: number, message: RegExp, action: () => unknown): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof CloudError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  });
}

function kai() {
  return github.repository("kai");
}

const QUALITY: RulesetRequest = {
  name: "quality",
  target: "branch",
  enforcement: "active",
  bypass_actors: [],
  conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
  rules: [{ type: "deletion" }, { type: "non_fast_forward" }],
};

const ENVIRONMENT: EnvironmentRequest = {
  wait_timer: 0,
  prevent_self_review: false,
  can_admins_bypass: true,
  reviewers: null,
  deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
};

const CLASSIC: ProtectionRequest = {
  pattern: "main",
  isAdminEnforced: true,
  allowsDeletions: false,
  allowsForcePushes: false,
  lockBranch: false,
  requiresCommitSignatures: false,
  requiresConversationResolution: false,
  requiresLinearHistory: true,
  requiresApprovingReviews: false,
  requiredApprovingReviewCount: 0,
  dismissesStaleReviews: false,
  requiresCodeOwnerReviews: false,
  requireLastPushApproval: false,
  restrictsReviewDismissals: false,
  reviewDismissalAllowances: [],
  bypassPullRequestAllowances: [],
  requiresStatusChecks: false,
  requiresStrictStatusChecks: false,
  requiredStatusCheckContexts: [],
  restrictsPushes: false,
  blocksCreations: false,
  pushAllowances: [],
  bypassForcePushAllowances: [],
};

function makePrivate(): void {
  Object.assign(kai().repository, { private: true, visibility: "private" });
}

describe("repositories", () => {
  beforeEach((t) => fresh(t as TestContext));

  it("starts as life does: a user's repository with one commit, merge commits allowed, no rules, no staging", () => {
    const { repository, refs, rulesets, branch_protection_rules, environments } = kai();
    assert.equal(repository.owner.type, "User");
    assert.equal(repository.allow_merge_commit, true);
    assert.deepEqual(Object.keys(refs), ["refs/heads/main"]);
    assert.deepEqual([rulesets, branch_protection_rules, environments], [[], [], []]);
  });

  it("keeps names unique for an owner, in any case of letters", () => {
    refused(422, /name already exists on this account/, () => createRepository(github, { name: "KAI" }));
  });

  it("keeps one merge method, and a default branch that exists", () => {
    const none = { allow_merge_commit: false, allow_squash_merge: false, allow_rebase_merge: false };
    refused(422, /at least one merge strategy/, () => editRepository(github, "kai", none));
    refused(422, /The branch trunk was not found/, () =>
      editRepository(github, "kai", { default_branch: "trunk" }),
    );
  });

  it("finds a renamed repository by its old name", () => {
    editRepository(github, "kai", { name: "platform" });
    assert.equal(kai().repository.full_name, "Basilakis/platform");
    editRepository(github, "platform", { name: "third" });
    assert.equal(kai().repository.full_name, "Basilakis/third");
  });

  it("does not change an archived repository", () => {
    editRepository(github, "kai", { archived: true });
    refused(403, /archived so is read-only/, () => createRuleset(github, "kai", QUALITY));
  });

  it("creates for an organization, whose creator administers", () => {
    const organization = new GitHub(world, "kai-platform", "token");
    const { repository, collaborators, refs } = createRepository(organization, {
      name: "kai",
      auto_init: true,
    });
    assert.equal(repository.owner.type, "Organization");
    assert.deepEqual(
      collaborators.map(({ login, role_name }) => [login, role_name]),
      [["Basilakis", "admin"]],
    );
    assert.deepEqual(Object.keys(refs), ["refs/heads/main"]);
  });

  it("survives in its file, values in the vault's", () => {
    putSecret(github, { repository: "kai" }, "TOKEN", "the value");
    const [text, vault] = ["github.json", "vault.json"].map((name) =>
      readFileSync(join(directory, name), "utf8"),
    );
    assert.doesNotMatch(String(text), /the value/);
    assert.match(String(vault), /the value/);
    const again = new GitHub(
      openGitHub(join(directory, "github.json"), join(directory, "vault.json")),
      "Basilakis",
      "token",
    );
    assert.deepEqual(
      again.repository("kai").secrets.map(({ name }) => name),
      ["TOKEN"],
    );
  });
});

describe("tokens", () => {
  beforeEach((t) => fresh(t as TestContext));

  const writes: [
    permission: "administration" | "contents" | "secrets" | "environments",
    write: () => unknown,
  ][] = [
    ["administration", () => createRuleset(github, "kai", QUALITY)],
    ["administration", () => putEnvironment(github, "kai", "staging", ENVIRONMENT)],
    ["administration", () => createProtection(github, "kai", CLASSIC)],
    ["contents", () => createBranch(github, "kai", "x", getBranch(github, "kai", "main").object.sha)],
    ["secrets", () => putSecret(github, { repository: "kai" }, "A", "b")],
  ];
  for (const [index, [permission, write]] of writes.entries()) {
    it(`refuses write ${index + 1} without ${permission}, and changes nothing`, () => {
      world.store.data.token = {
        ...world.store.data.token,
        permissions: { ...world.store.data.token.permissions, [permission]: "read" },
      };
      const before = JSON.stringify(world.store.data);
      refused(403, /Resource not accessible by personal access token/, write);
      assert.equal(JSON.stringify(world.store.data), before);
    });
  }

  it("refuses everybody without a token", () => {
    const anonymous = new GitHub(world, "Basilakis", undefined);
    refused(401, /Requires authentication/, () => createRuleset(anonymous, "kai", QUALITY));
  });
});

describe("rules", () => {
  beforeEach((t) => fresh(t as TestContext));

  it("names of rulesets are unique, also after a change", () => {
    createRuleset(github, "kai", QUALITY);
    refused(422, /Name must be unique/, () => createRuleset(github, "kai", QUALITY));
    const other = createRuleset(github, "kai", { ...QUALITY, name: "other" });
    refused(422, /Name must be unique/, () => updateRuleset(github, "kai", other.id, QUALITY));
    updateRuleset(github, "kai", other.id, { ...QUALITY, name: "other", enforcement: "disabled" });
  });

  it("bypass actors exist and suit the owner", () => {
    const by = (actor_type: string, actor_id: number) => () =>
      createRuleset(github, "kai", {
        ...QUALITY,
        bypass_actors: [{ actor_type, actor_id, bypass_mode: "always" }],
      });
    refused(422, /Actor User 1 must be part of the ruleset source/, by("User", 1));
    refused(422, /GitHub Actions integration must be part/, by("Integration", 15368));
    refused(422, /OrganizationAdmin must be part/, by("OrganizationAdmin", 1));
    by("RepositoryRole", 5)();
  });

  it("a private repository of a Free account has no rules", () => {
    makePrivate();
    refused(403, /Upgrade to GitHub Pro or make this repository public/, () =>
      createRuleset(github, "kai", QUALITY),
    );
    refused(403, /Upgrade to GitHub Pro/, () => createProtection(github, "kai", CLASSIC));
    (github.account("Basilakis") as { plan: { name: string } }).plan = { name: "pro" };
    createRuleset(github, "kai", QUALITY);
  });

  it("classic push restrictions are an organization's", () => {
    refused(422, /Only organization repositories can have users and team restrictions/, () =>
      createProtection(github, "kai", { ...CLASSIC, restrictsPushes: true, pushAllowances: ["Basilakis"] }),
    );
    createProtection(github, "kai", CLASSIC);
    refused(422, /Name already protected: main/, () => createProtection(github, "kai", CLASSIC));
  });

  it("a classic rule drops actors without write access, and refuses unknown ones", () => {
    const organization = new GitHub(world, "kai-platform", "token");
    createRepository(organization, { name: "kai", auto_init: true });
    const rule = createProtection(organization, "kai", {
      ...CLASSIC,
      restrictsPushes: true,
      pushAllowances: ["Basilakis", "octocat"],
    });
    assert.deepEqual(rule.pushAllowances, ["Basilakis"]);
    refused(404, /Could not resolve to a User with the login of 'nobody'/, () =>
      createProtection(organization, "kai", { ...CLASSIC, pattern: "x", pushAllowances: ["nobody"] }),
    );
  });

  it("a branch is deleted only where no rule forbids it; the default branch never", () => {
    const { sha } = getBranch(github, "kai", "main").object;
    createBranch(github, "kai", "staging", sha);
    const conditions = { ref_name: { include: ["refs/heads/staging"], exclude: [] } };
    const created = createRuleset(github, "kai", { ...QUALITY, conditions });
    refused(422, /Cannot delete this branch/, () => deleteBranch(github, "kai", "staging"));
    const admin = { actor_type: "RepositoryRole", actor_id: 5, bypass_mode: "always" as const };
    updateRuleset(github, "kai", created.id, { ...QUALITY, conditions, bypass_actors: [admin] });
    deleteBranch(github, "kai", "staging");
    refused(422, /Cannot delete the default branch/, () => deleteBranch(github, "kai", "main"));
  });

  it("a ref name in short form protects nothing", () => {
    createBranch(github, "kai", "staging", getBranch(github, "kai", "main").object.sha);
    const conditions = { ref_name: { include: ["staging"], exclude: [] } };
    createRuleset(github, "kai", { ...QUALITY, conditions });
    deleteBranch(github, "kai", "staging");
  });
});

describe("branches", () => {
  beforeEach((t) => fresh(t as TestContext));

  it("start from a commit that exists, in a repository that has one", () => {
    refused(422, /Object does not exist/, () => createBranch(github, "kai", "x", "0".repeat(40)));
    createRepository(github, { name: "empty" });
    refused(409, /Git Repository is empty/, () => createBranch(github, "empty", "x", "0".repeat(40)));
    refused(422, /Reference already exists/, () =>
      createBranch(github, "kai", "main", getBranch(github, "kai", "main").object.sha),
    );
  });
});

describe("environments and secrets", () => {
  beforeEach((t) => fresh(t as TestContext));

  it("an environment is made or changed by the same request, and keeps its secrets", () => {
    const first = putEnvironment(github, "kai", "staging", ENVIRONMENT);
    putSecret(github, { repository: "kai", environment: "staging" }, "A", "1");
    const second = putEnvironment(github, "kai", "Staging", { ...ENVIRONMENT, wait_timer: 5 });
    assert.equal(second.id, first.id);
    assert.equal(kai().environments.length, 1);
    assert.deepEqual(
      second.secrets.map(({ name }) => name),
      ["A"],
    );
  });

  it("limits reviewers, wait and branch policies", () => {
    const put = (changes: Partial<EnvironmentRequest>) => () =>
      putEnvironment(github, "kai", "staging", { ...ENVIRONMENT, ...changes });
    const reviewers = (count: number) =>
      Array.from({ length: count }, () => ({
        type: "User" as const,
        id: github.account("octocat")?.id ?? 0,
      }));
    put({ reviewers: reviewers(6) })();
    refused(422, /At most 6 reviewers/, put({ reviewers: reviewers(7) }));
    refused(422, /Wait timer must be between/, put({ wait_timer: 43_201 }));
    refused(
      422,
      /cannot have the same value/,
      put({
        deployment_branch_policy: { protected_branches: true, custom_branch_policies: true },
      }),
    );
    refused(422, /ensure the reviewer exists/, put({ reviewers: [{ type: "User", id: 1 }] }));
    makePrivate();
    refused(422, /billing plan supports the required reviewers/, put({ reviewers: reviewers(1) }));
  });

  it("a branch policy needs an environment that has custom ones, and is never doubled", () => {
    const policy = { name: "main", type: "branch" as const };
    refused(404, /Not Found/, () => createBranchPolicy(github, "kai", "staging", policy));
    putEnvironment(github, "kai", "staging", ENVIRONMENT);
    const first = createBranchPolicy(github, "kai", "staging", policy);
    assert.equal(createBranchPolicy(github, "kai", "staging", policy).id, first.id);
    assert.equal(getEnvironment(github, "kai", "staging").branch_policies.length, 1);
  });

  it("limits names, size and number of secrets", () => {
    const place = { repository: "kai" };
    for (const name of ["GITHUB_X", "github_x", "1A", "A-B", "A B", ""]) {
      refused(422, /Secret name is invalid/, () => putSecret(github, place, name, "x"));
    }
    putSecret(github, place, "big", "x".repeat(MOST_BYTES));
    refused(422, /too large/, () => putSecret(github, place, "BIG", "x".repeat(MOST_BYTES + 1)));
    for (let index = 1; index < MOST_SECRETS; index++) putSecret(github, place, `S${index}`, "x");
    refused(422, /limited to 100/, () => putSecret(github, place, "ONE_MORE", "x"));
    putSecret(github, place, "BIG", "overwriting is no new one");
  });

  it("deleting an environment forgets the values of its secrets, and no other", () => {
    for (const name of ["staging", "staging-two"]) {
      putEnvironment(github, "kai", name, ENVIRONMENT);
      putSecret(github, { repository: "kai", environment: name }, "A", "1");
    }
    deleteEnvironment(github, "kai", "staging");
    assert.deepEqual(Object.keys(world.vault.data), ["Basilakis/kai/staging-two/A"]);
  });
});

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
