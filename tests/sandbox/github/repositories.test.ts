import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it, type TestContext } from "node:test";
import { GitHub } from "../../../sandbox/github/client.ts";
import { putEnvironment } from "../../../sandbox/github/environments.ts";
import { createProtection } from "../../../sandbox/github/protection.ts";
import { createBranch, getBranch } from "../../../sandbox/github/refs.ts";
import { createRepository, editRepository } from "../../../sandbox/github/repositories.ts";
import { createRuleset } from "../../../sandbox/github/rulesets.ts";
import { putSecret } from "../../../sandbox/github/secrets.ts";
import { openGitHub } from "../../../sandbox/github/store.ts";
import { CLASSIC, directory, ENVIRONMENT, fresh, github, kai, QUALITY, refused, world } from "./documents.ts";

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

  it("creates for an organization: its owner administers without being on the list of people", () => {
    const organization = new GitHub(world, "kai-platform", "token");
    const record = createRepository(organization, { name: "kai", auto_init: true });
    const { repository, collaborators, refs } = record;
    assert.equal(repository.owner.type, "Organization");
    assert.deepEqual([organization.roleIn(record), collaborators], ["admin", []]);
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
