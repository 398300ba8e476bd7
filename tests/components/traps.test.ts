/**
 * The provider's traps, row by row as github-ci.md 2.2 lists them, and what real-plugins.md found that it accepts although
 * it is wrong: what the program sends, looked at in what it declares.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { Branch } from "@pulumi/github/branch.js";
import * as pulumi from "@pulumi/pulumi";
import { Delivery } from "../../components/delivery.ts";
import { findUsers } from "../../components/github-lookups.ts";
import { githubProvider } from "../../components/providers.ts";
import { settledNotes } from "../../pipeline/contradictions.ts";
import { ownedSecrets } from "../../pipeline/secrets.ts";
import { renderWorkflows } from "../../pipeline/workflows/render.ts";
import { githubCloud } from "../../sandbox/github/provider.ts";
import { openGitHub } from "../../sandbox/github/store.ts";
import type { Properties } from "../../sandbox/provider/values.ts";
import { kaiSettings } from "../settings/kai.ts";
import { type Declared, declare } from "../support/declared.ts";

const ORGANIZATION = {
  "repository.owner": "kai-platform",
  "repository.ownerType": "organization",
  "repository.existing": false,
};
const CLASSIC = { ...ORGANIZATION, "rules.kind": "classic" };
const HARDENED = { "rules.profile": "hardened" };

/** Everything that GitHub's part of the program declares with Kai's settings, some of them changed. */
async function delivered(changes: Record<string, unknown> = {}): Promise<Declared[]> {
  const directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  const world = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  const settings = await kaiSettings("production", changes);
  const secrets = new Map(ownedSecrets(settings).map(({ name }) => [name, pulumi.secret("plain-text")]));
  const token = process.env.GITHUB_TOKEN;
  process.env.GITHUB_TOKEN = "token";
  try {
    const { resources } = await declare([githubCloud(world)], (options) => {
      const provider = githubProvider(settings);
      const users = new Map([["Basilakis", 58_231_104]]);
      return new Delivery("delivery", { settings, users, secrets }, { ...options, provider });
    });
    return resources;
  } finally {
    if (token === undefined) delete process.env.GITHUB_TOKEN;
    else process.env.GITHUB_TOKEN = token;
    rmSync(directory, { recursive: true, force: true });
  }
}

function ofType(resources: readonly Declared[], type: string): Declared[] {
  const found = resources.filter((one) => one.type.endsWith(`:${type}`));
  assert.ok(found.length > 0, `there is no ${type}`);
  return found;
}

/** Every value under a key, however deep. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(inner, key),
  ]);
}

let specified: Declared[];
let hardened: Declared[];
let direct: Declared[];
let classic: Declared[];
before(async () => {
  specified = await delivered();
  hardened = await delivered(HARDENED);
  direct = await delivered({ "rules.mainPushMode": "direct" });
  classic = await delivered({ ...CLASSIC, ...HARDENED });
});

const rulesets = () => [specified, hardened, direct, classic].flatMap((all) => all.filter(isRuleset));
const isRuleset = ({ type }: Declared) => type.endsWith(":RepositoryRuleset");

describe("github-ci.md 2.2", () => {
  it("Actor names: a user is written with a slash, which tells it from a node id", () => {
    const actors = ofType(classic, "BranchProtection").flatMap(({ inputs }) => [
      ...valuesOf(inputs, "pushAllowances"),
      ...valuesOf(inputs, "pullRequestBypassers"),
    ]);
    assert.deepEqual(new Set(actors.flat()), new Set(["/Basilakis"]));
  });

  it("`repositoryId`: always the node id, of which a name would be another resource", () => {
    for (const { inputs } of ofType(classic, "BranchProtection"))
      assert.match(String(inputs.repositoryId), /^R_/);
  });

  it("Perpetual diff, an actor without write access: refused before anything is declared", async () => {
    const settings = await kaiSettings("production", CLASSIC);
    const people = ["eleni-dev", "nikos-ops"].map((login) => ({ login, role: "write" }));
    assert.throws(
      () => settledNotes(settings, { people: [...people, { login: "Basilakis", role: "read" }] }),
      /has no write access to kai-platform\/kai/,
    );
  });

  it("Perpetual diff, force pushes allowed beside those who may: neither is ever sent", () => {
    for (const { inputs } of ofType(classic, "BranchProtection")) {
      assert.equal(inputs.allowsForcePushes, false);
      assert.equal(inputs.forcePushBypassers, undefined);
    }
  });

  it("Rulesets, order of bypass actors: there is one at most", () => {
    for (const { inputs, name } of rulesets())
      assert.ok((inputs.bypassActors as unknown[]).length <= 1, name);
  });

  it("Rulesets, null bypass list: a list without anybody is an empty one", () => {
    for (const { inputs } of rulesets()) assert.ok(Array.isArray(inputs.bypassActors));
  });

  it("Rulesets, `update_allows_fetch_and_merge`: never sent", () => {
    for (const { inputs } of rulesets()) assert.deepEqual(valuesOf(inputs, "updateAllowsFetchAndMerge"), []);
  });

  it("Docs munging: the literals of `bypassMode` are the provider's and not its documentation's", () => {
    const modes = rulesets().flatMap(({ inputs }) => valuesOf(inputs, "bypassMode"));
    assert.deepEqual(new Set(modes), new Set(["always"]));
  });

  it("RepositoryEnvironment: `preventSelfReview` is stated where nobody reviews too; drift of reviewers is `kai drift`'s", () => {
    for (const { inputs } of ofType(specified, "RepositoryEnvironment")) {
      assert.equal(typeof inputs.preventSelfReview, "boolean");
      const reviewers = valuesOf(inputs, "users").flat();
      assert.ok(reviewers.length <= 6);
      assert.equal(
        inputs.reviewers === undefined,
        reviewers.length === 0,
        "an empty block cannot be taken back",
      );
    }
  });

  it("Deployment branches: named one by one, never `protectedBranches`, which rulesets do not count for", () => {
    for (const { inputs } of ofType(specified, "RepositoryEnvironment")) {
      assert.deepEqual(inputs.deploymentBranchPolicy, {
        protectedBranches: false,
        customBranchPolicies: true,
      });
      const policies = ofType(specified, "RepositoryEnvironmentDeploymentPolicy");
      assert.ok(policies.some((policy) => policy.inputs.environment === inputs.environment));
    }
  });

  it("ActionsSecret fields: `value`, and none of the deprecated ones", () => {
    for (const { inputs } of secrets()) {
      assert.equal(inputs.value, "plain-text");
      for (const old of ["plaintextValue", "encryptedValue", "destroyOnDrift"])
        assert.equal(inputs[old], undefined);
    }
  });

  it("Secret history: deleted before it is made anew, not after", () => {
    for (const { options } of secrets()) assert.equal(options.deleteBeforeReplace, true);
  });

  it("Secret drift, adopted values: nothing is ignored or imported, so `up` writes ours; overwritten ones are `kai drift`'s", () => {
    for (const { options } of secrets()) {
      assert.equal(options.ignoreChanges, undefined);
      assert.equal(options.import, undefined);
    }
  });

  it("Secret content in state: the value is a secret of the engine", () => {
    for (const one of secrets()) assert.ok(one.secrets.has("value"), one.name);
  });

  it("ActionsEnvironmentSecret: the same as those of the repository", () => {
    for (const { inputs, options } of ofType(specified, "ActionsEnvironmentSecret")) {
      assert.deepEqual(Object.keys(inputs).sort(), ["environment", "repository", "secretName", "value"]);
      assert.equal(options.deleteBeforeReplace, true);
    }
  });

  it("Names: none begins with GITHUB_, and none differs from another by case alone", () => {
    for (const type of ["ActionsSecret", "ActionsEnvironmentSecret"]) {
      const names = ofType(specified, type).map(
        ({ inputs }) => `${String(inputs.environment ?? "")}/${String(inputs.secretName)}`,
      );
      for (const name of names) assert.doesNotMatch(name, /\/GITHUB_/i);
      assert.equal(new Set(names.map((name) => name.toUpperCase())).size, names.length);
    }
  });

  it("RepositoryFile, alone, with branches and with developers: workflow files are proposed by `kai workflow propose`", async () => {
    assert.deepEqual(
      specified.filter(({ type }) => /RepositoryFile|RepositoryPullRequest/.test(type)),
      [],
    );
    const files = renderWorkflows([await kaiSettings("staging"), await kaiSettings("production")]);
    assert.ok(files.every(({ path }) => path.startsWith(".github/workflows/")));
  });

  it("RepositoryFile and branches: staging and development start from main, and rules come last", () => {
    const branches = new Map(ofType(specified, "Branch").map(({ inputs }) => [inputs.branch, inputs]));
    for (const name of ["staging", "development"]) assert.equal(branches.get(name)?.sourceBranch, "main");
    for (const { options } of [...specified, ...classic].filter(isRule)) {
      const waitsFor = options.dependsOn as pulumi.Resource[];
      assert.equal(waitsFor.filter((resource) => resource instanceof Branch).length, 3);
    }
  });

  it("Branch: where it started is nobody's concern later, and it is left where the stack is destroyed", () => {
    for (const { inputs, options } of ofType(specified, "Branch")) {
      assert.equal(inputs.sourceSha, undefined);
      assert.deepEqual(options.ignoreChanges, ["sourceBranch", "sourceSha"]);
      assert.equal(options.retainOnDelete, true);
    }
  });

  it("Repository import: imported by name, protected, kept; nothing deprecated is sent", () => {
    const [{ inputs, options }] = ofType(specified, "Repository") as [Declared];
    assert.equal(options.import, "kai");
    assert.deepEqual([options.protect, options.retainOnDelete], [true, true]);
    for (const old of ["hasDownloads", "vulnerabilityAlerts", "defaultBranch"])
      assert.equal(inputs[old], undefined);
    assert.ok((options.ignoreChanges as string[]).includes("hasDownloads"));
    assert.equal(ofType(specified, "BranchDefault")[0]?.inputs.branch, "main");
  });

  it("Repo hardening: jobs' tokens read; hardened, actions are pinned, and who may run stays as it was", () => {
    const [permissions] = ofType(specified, "WorkflowRepositoryPermissions");
    assert.equal(permissions?.inputs.defaultWorkflowPermissions, "read");
    assert.equal(permissions?.inputs.canApprovePullRequestReviews, false);
    assert.ok(!specified.some(({ type }) => type.endsWith(":ActionsRepositoryPermissions")));
    const [pinned] = ofType(hardened, "ActionsRepositoryPermissions");
    assert.equal(pinned?.inputs.shaPinningRequired, true);
    assert.deepEqual([pinned?.options.import, pinned?.options.retainOnDelete], ["kai", true]);
    assert.deepEqual(pinned?.options.ignoreChanges, ["enabled", "allowedActions", "allowedActionsConfig"]);
  });
});

describe("what the provider accepts although it is wrong (real-plugins.md)", () => {
  it("a ref in short form protects nothing: all are in full", () => {
    const refs = rulesets().flatMap(({ inputs }) => valuesOf(inputs, "includes").flat());
    for (const ref of refs) assert.match(String(ref), /^refs\/(heads|tags)\/./);
  });

  it("a bypass actor without an id: each has one", () => {
    for (const { inputs } of rulesets())
      for (const actor of inputs.bypassActors as Properties[]) assert.ok(Number(actor.actorId) > 0);
  });

  it("a bypass actor that does not exist: refused before anything is declared", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: () => {
        const details = "GET https://api.github.com/users/nobody: 404 Not Found []";
        throw Object.assign(new Error(details), { details });
      },
    });
    const provider = githubProvider(await kaiSettings("production"));
    await assert.rejects(findUsers(["nobody"], provider), /GitHub has no user "nobody"/);
  });

  it("both kinds of branch policy at once, or neither: GitHub refuses them in the `up` only", () => {
    for (const all of [specified, hardened, classic])
      for (const { inputs } of ofType(all, "RepositoryEnvironment")) {
        const policy = inputs.deploymentBranchPolicy as Properties;
        assert.notEqual(policy.protectedBranches, policy.customBranchPolicies);
      }
  });

  it("an empty list of checks: the rule is left out", () => {
    for (const { inputs } of rulesets())
      for (const checks of valuesOf(inputs, "requiredChecks")) assert.ok((checks as unknown[]).length > 0);
  });
});

function isRule({ type }: Declared): boolean {
  return /:(RepositoryRuleset|BranchProtection)$/.test(type);
}

function secrets(): Declared[] {
  return [...ofType(specified, "ActionsSecret"), ...ofType(specified, "ActionsEnvironmentSecret")];
}
