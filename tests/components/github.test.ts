import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clouds } from "../../sandbox/clouds.ts";
import type { RepositoryRecord, RulesetDocument } from "../../sandbox/github/store.ts";
import { githubTampers } from "../../sandbox/github/tampers.ts";
import { kaiSettings } from "../settings/kai.ts";
import { type GitHubWorld, githubWorld } from "../support/github-world.ts";

const UP = ["up", "--yes", "--skip-preview"];
const REPAIR = [...UP, "--refresh", "--run-program"];
const DRIFT = ["refresh", "--preview-only", "--run-program"];

async function settings(changes: Record<string, unknown> = {}) {
  return {
    production: await kaiSettings("production", changes),
    staging: await kaiSettings("staging", changes),
  };
}

const ORGANIZATION = {
  "repository.owner": "kai-platform",
  "repository.ownerType": "organization",
  "repository.existing": false,
};

function record({ github }: GitHubWorld, fullName = "basilakis/kai"): RepositoryRecord {
  const found = github.store.data.repositories[fullName];
  assert.ok(found, `there is no ${fullName}`);
  return found;
}

function ruleset(world: GitHubWorld, name: string): RulesetDocument {
  const found = record(world).rulesets.find((candidate) => candidate.name === name);
  assert.ok(found, `there is no ruleset ${name}`);
  return found;
}

function types({ rules }: RulesetDocument): string[] {
  return rules.map(({ type }) => type).sort();
}

/** What a preview-only refresh says of each resource: `delete`, or the kinds of change by property. */
async function drift(world: GitHubWorld, stack: "production" | "staging"): Promise<Map<string, string>> {
  const { steps } = JSON.parse(await world.succeed(stack, ...DRIFT, "--json")) as {
    steps: { op: string; urn: string; detailedDiff?: Record<string, { kind: string }> }[];
  };
  return new Map(
    steps
      .filter(({ op }) => op === "update" || op === "delete")
      .map(({ op, urn, detailedDiff }) => [
        urn.split("::").at(-1) ?? "",
        op === "delete" ? "delete" : Object.keys(detailedDiff ?? {}).join(),
      ]),
  );
}

describe("a user's hand-made repository", () => {
  it("is adopted, ruled, tampered with, repaired and let go", async (t) => {
    const world = await githubWorld(t, await settings());
    await t.test("one up adopts it and leaves alone what the pipeline has no opinion on", async () => {
      const before = structuredClone(record(world).repository);
      await world.succeed("production", ...UP);
      const { updated_at: _, ...after } = record(world).repository;
      assert.deepEqual(after, {
        ...Object.fromEntries(Object.entries(before).filter(([key]) => key !== "updated_at")),
        allow_merge_commit: false,
        allow_squash_merge: true,
        allow_rebase_merge: true,
        allow_auto_merge: true,
        delete_branch_on_merge: false,
      });
      assert.equal(record(world).workflow_permissions.default_workflow_permissions, "read");
    });
    await t.test("staging and development start from main's commit", () => {
      const { refs } = record(world);
      const commits = ["main", "staging", "development"].map(
        (name) => refs[`refs/heads/${name}`]?.object.sha,
      );
      assert.equal(new Set(commits).size, 1);
      assert.ok(commits[0]);
    });
    await t.test("the rules of the specification's three sections hold", () => specified(world));
    await t.test("staging owns its environment only; nothing is left to do", async () => {
      await world.succeed("staging", ...UP);
      for (const stack of ["production", "staging"] as const) {
        await world.succeed(stack, "preview", "--refresh", "--expect-no-changes");
        await world.succeed(stack, ...DRIFT, "--expect-no-changes");
      }
    });
    await t.test("environments admit their branches, and hold their secrets", () => environmentsHold(world));
    await t.test("no secret stands in clear text in the state", async () => {
      for (const stack of ["production", "staging"] as const) {
        assert.doesNotMatch(await world.succeed(stack, "stack", "export"), /plain-text/);
      }
      assert.doesNotMatch(JSON.stringify(world.github.store.data), /plain-text/);
    });
    await t.test("every change by hand is found with its property, and repaired", () => tampered(world));
    await t.test("what others own of the repository is no drift", async () => {
      Object.assign(record(world).repository, { description: "By hand", topics: ["new"], has_wiki: false });
      await world.succeed("production", ...DRIFT, "--expect-no-changes");
      await world.succeed("production", ...UP);
      assert.equal(record(world).repository.description, "By hand");
    });
    await t.test("destroying staging leaves production as it was", async () => {
      await world.succeed("staging", "destroy", "--yes", "--skip-preview");
      assert.ok(!record(world).environments.some(({ name }) => name.startsWith("staging")));
      await world.succeed("production", "preview", "--refresh", "--expect-no-changes");
    });
    await t.test("destroying production forgets the repository and its branches", async () => {
      await world.succeed("production", "destroy", "--yes", "--skip-preview");
      const left = record(world);
      assert.deepEqual(Object.keys(left.refs).sort(), [
        "refs/heads/development",
        "refs/heads/main",
        "refs/heads/staging",
      ]);
      assert.deepEqual([left.rulesets, left.environments, left.secrets], [[], [], []]);
      assert.deepEqual(world.github.vault.data, {});
    });
  });
});

/** `Branch Protection Rules`, line by line, on what was created. */
function specified(world: GitHubWorld): void {
  const basilakis = world.github.store.data.accounts.basilakis?.id;
  const [lock, quality] = [ruleset(world, "main-owner-lock"), ruleset(world, "main-quality")];
  const [staging, development] = [ruleset(world, "staging"), ruleset(world, "development")];
  for (const one of [lock, quality, staging, development]) assert.equal(one.enforcement, "active");
  // Only user "Basilakis" can push directly to `main`
  assert.deepEqual(lock.conditions.ref_name.include, ["refs/heads/main"]);
  assert.deepEqual(types(lock), ["update"]);
  assert.deepEqual(lock.bypass_actors, [{ actor_id: basilakis, actor_type: "User", bypass_mode: "always" }]);
  // Reviews, checks, linear history; do not allow bypassing the above settings
  assert.deepEqual(quality.bypass_actors, []);
  assert.deepEqual(types(quality), [
    "deletion",
    "non_fast_forward",
    "pull_request",
    "required_linear_history",
    "required_status_checks",
  ]);
  // Staging: reviews, checks, administrators bypass
  assert.ok(types(staging).includes("pull_request"));
  assert.ok(types(staging).includes("required_status_checks"));
  assert.deepEqual(staging.bypass_actors, [
    { actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" },
  ]);
  // Development: checks, no restrictions on who can push
  assert.ok(types(development).includes("required_status_checks"));
  assert.ok(!types(development).includes("update") && !types(development).includes("pull_request"));
  const checks = development.rules.find(({ type }) => type === "required_status_checks")?.parameters;
  assert.deepEqual(checks?.required_status_checks, [{ context: "Build and Test", integration_id: 15368 }]);
}

function environmentsHold(world: GitHubWorld): void {
  const environment = (name: string) => record(world).environments.find((one) => one.name === name);
  const production = environment("production");
  assert.deepEqual(
    production?.branch_policies.map(({ name, type }) => [name, type]),
    [["main", "branch"]],
  );
  assert.equal(production?.can_admins_bypass, false);
  const review = production?.protection_rules.find((rule) => rule.type === "required_reviewers");
  assert.deepEqual(
    review?.reviewers.map(({ reviewer }) => reviewer.login),
    ["Basilakis"],
  );
  assert.deepEqual(
    environment("staging")?.branch_policies.map(({ name }) => name),
    ["staging"],
  );
  const { vault } = world.github;
  assert.equal(vault.data["Basilakis/kai/production/MONGODB_URI"], "plain-text-of-production");
  assert.equal(vault.data["Basilakis/kai/staging/MONGODB_URI"], "plain-text-of-staging");
  assert.equal(vault.data["Basilakis/kai/DOCKER_PASSWORD"], "plain-text-of-docker");
}

/** Tamper → stack → resource → what the refresh says of it. */
const FOUND: Record<string, [stack: "production" | "staging", resource: string, change: string]> = {
  "github-rule-disabled": ["production", "rules-main-quality", "enforcement"],
  "github-rule-deleted": ["production", "rules-main-owner-lock", "delete"],
  "github-bypass-added": ["production", "rules-main-quality", "bypassActors[0]"],
  "github-check-removed": ["production", "rules-staging", "rules.requiredStatusChecks"],
  "github-force-push-allowed": ["production", "rules-development", "rules.nonFastForward"],
  "github-merge-commits-allowed": ["production", "kai-repository", "allowMergeCommit"],
  "github-branch-deleted": ["production", "kai-branch-development", "delete"],
  "github-default-branch-changed": ["production", "kai-default-branch", "branch"],
  "github-workflow-token-widened": ["production", "kai-workflow-permissions", "defaultWorkflowPermissions"],
  "github-admins-may-bypass": ["production", "production-environment", "canAdminsBypass"],
  "github-reviewer-exchanged": ["production", "production-environment", "reviewers[0].users[0]"],
  "github-branch-policy-widened": ["staging", "staging-branch-staging", "branchPattern"],
  "github-secret-deleted": ["production", "production-secret-MONGODB_URI", "delete"],
};

async function tampered(world: GitHubWorld): Promise<void> {
  assert.deepEqual(githubTampers.map(({ id }) => id).sort(), Object.keys(FOUND).sort());
  for (const tamper of githubTampers) tamper.apply({ clouds: { github: world.github } as Clouds });
  const found = {
    production: await drift(world, "production"),
    staging: await drift(world, "staging"),
  };
  for (const [id, [stack, resource, change]] of Object.entries(FOUND)) {
    const said = found[stack].get(resource) ?? "nothing";
    assert.ok(said.split(",").includes(change), `${id}: drift says ${said} of ${resource}`);
  }
  for (const stack of ["production", "staging"] as const) {
    await world.succeed(stack, ...REPAIR);
    await world.succeed(stack, ...DRIFT, "--expect-no-changes");
  }
  specified(world);
  environmentsHold(world);
}

describe("a repository that the program creates in an organization", () => {
  it("is created with its branches, under classic rules and then under rulesets", async (t) => {
    const world = await githubWorld(t, await settings({ ...ORGANIZATION, "rules.kind": "classic" }));
    await world.succeed("production", ...UP);
    const created = record(world, "kai-platform/kai");
    assert.deepEqual(Object.keys(created.refs).sort(), [
      "refs/heads/development",
      "refs/heads/main",
      "refs/heads/staging",
    ]);
    const [main, staging, development] = ["main", "staging", "development"].map((pattern) =>
      created.branch_protection_rules.find((rule) => rule.pattern === pattern),
    );
    assert.deepEqual([main?.restrictsPushes, main?.pushAllowances], [true, ["Basilakis"]]);
    assert.deepEqual([main?.isAdminEnforced, main?.requiresLinearHistory], [true, true]);
    assert.deepEqual([staging?.isAdminEnforced, staging?.requiresApprovingReviews], [false, true]);
    assert.deepEqual([development?.restrictsPushes, development?.requiresApprovingReviews], [false, false]);
    for (const rule of [main, staging, development]) {
      assert.deepEqual(rule?.requiredStatusCheckContexts, ["Build and Test"]);
    }
    await world.succeed("production", "preview", "--refresh", "--expect-no-changes");

    world.configure(await settings({ ...ORGANIZATION, "rules.kind": "rulesets" }));
    await world.succeed("production", ...UP);
    assert.deepEqual(created.branch_protection_rules, []);
    assert.equal(created.rulesets.length, 4);
    await world.succeed("production", "preview", "--refresh", "--expect-no-changes");

    // The plugin takes a ruleset, secret or policy that is gone already for an error, unless a refresh forgot it before.
    created.rulesets.pop();
    const { code, output } = await world.pulumi("production", "destroy", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /DELETE .*rulesets.*404 Not Found/);
    await world.succeed("production", "destroy", "--yes", "--skip-preview", "--refresh");
    assert.equal(world.github.store.data.repositories["kai-platform/kai"], undefined);
  });
});

describe("the hardened profile", () => {
  it("is adopted, keeps which actions may run, and has nothing left to do", async (t) => {
    const world = await githubWorld(t, await settings({ "rules.profile": "hardened" }));
    record(world).actions_permissions.allowed_actions = "selected";
    await world.succeed("production", ...UP);
    const { enabled, allowed_actions, sha_pinning_required } = record(world).actions_permissions;
    assert.deepEqual([enabled, allowed_actions, sha_pinning_required], [true, "selected", true]);
    assert.deepEqual(types(ruleset(world, "main-reviews")), ["pull_request"]);
    assert.ok(types(ruleset(world, "main-quality")).includes("required_deployments"));
    assert.deepEqual(ruleset(world, "tags").conditions.ref_name.include, ["refs/tags/v*"]);
    await world.succeed("production", "preview", "--refresh", "--expect-no-changes");
    await world.succeed("production", ...DRIFT, "--expect-no-changes");
  });
});

describe("a repository that somebody deleted", () => {
  it("is no drift: the plugin cannot read the rights of its workflows", async (t) => {
    const world = await githubWorld(t, await settings({ ...ORGANIZATION }));
    await world.succeed("production", ...UP);
    delete world.github.store.data.repositories["kai-platform/kai"];
    const { code, output } = await world.pulumi("production", ...DRIFT);
    assert.notEqual(code, 0);
    assert.match(output, /kai-workflow-permissions[\s\S]*404 Not Found/);
  });
});

describe("mistakes", () => {
  it("each gets a sentence, and nothing is made", async (t) => {
    const world = await githubWorld(t, await settings(ORGANIZATION));
    const refused = async (stack: "production" | "staging", expected: RegExp) => {
      const before = JSON.stringify(world.github.store.data);
      const { code, output } = await world.pulumi(stack, "preview");
      assert.notEqual(code, 0);
      assert.match(output, expected);
      assert.doesNotMatch(output, /\n\s+at .*\.ts:/, "no stack of calls");
      assert.equal(JSON.stringify(world.github.store.data), before);
    };
    await t.test("staging before the repository exists", () =>
      refused("staging", /no repository kai-platform\/kai yet.*run `pulumi up --stack production` first/),
    );
    await t.test("users that do not exist", async () => {
      world.configure(await settings({ "rules.mainOwner": "nobody", "environment.reviewers": ["noone"] }));
      await refused(
        "production",
        /no user "nobody", "noone".*kai:rules\.mainOwner or kai:environment\.reviewers/,
      );
    });
    await t.test("a repository to adopt that does not exist", async () => {
      world.configure(await settings({ "repository.name": "absent" }));
      await refused("production", /no repository Basilakis\/absent.*kai:repository\.existing to false/);
    });
    await t.test("a private repository that would be published", async () => {
      Object.assign(record(world).repository, { private: true, visibility: "private" });
      world.configure(await settings());
      await refused("production", /Basilakis\/kai is private, and adopting it would publish it/);
      Object.assign(record(world).repository, { private: false, visibility: "public" });
    });
    await t.test("an expired token", async () => {
      const { token } = world.github.store.data;
      token.expires_at = "2020-01-01T00:00:00Z";
      await refused("production", /401 Bad credentials/);
      token.expires_at = null;
    });
    await t.test("a token without rights answers as GitHub does, and the next up goes on", async () => {
      world.configure(await settings());
      const { token } = world.github.store.data;
      const { permissions } = token;
      token.permissions = { ...permissions, administration: "read" };
      const { code, output } = await world.pulumi("production", ...UP);
      assert.notEqual(code, 0);
      assert.match(output, /403 Resource not accessible by personal access token/);
      token.permissions = permissions;
      await world.succeed("production", ...UP);
      await world.succeed("production", "preview", "--refresh", "--expect-no-changes");
    });
  });
});
