/** A simulated GitHub without its interface: the functions on its documents, for one test at a time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { GitHub } from "../../../sandbox/github/client.ts";
import type { EnvironmentRequest } from "../../../sandbox/github/environments.ts";
import { BARE_RULE, type ProtectionRequest } from "../../../sandbox/github/protection.ts";
import type { RulesetRequest } from "../../../sandbox/github/rulesets.ts";
import { type GitHubStore, openGitHub } from "../../../sandbox/github/store.ts";
import { CloudError } from "../../../sandbox/provider/declaration.ts";

export let directory: string;
export let world: GitHubStore;
export let github: GitHub;

export function fresh(t: TestContext): void {
  directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  world = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  github = new GitHub(world, "Basilakis", "token");
}

export function refused(status: number, message: RegExp, action: () => unknown): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof CloudError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  });
}

export function kai() {
  return github.repository("kai");
}

export const QUALITY: RulesetRequest = {
  name: "quality",
  target: "branch",
  enforcement: "active",
  bypass_actors: [],
  conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
  rules: [{ type: "deletion" }, { type: "non_fast_forward" }],
};

export const ENVIRONMENT: EnvironmentRequest = {
  wait_timer: 0,
  prevent_self_review: false,
  can_admins_bypass: true,
  reviewers: null,
  deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
};

export const CLASSIC: ProtectionRequest = {
  ...BARE_RULE,
  pattern: "main",
  isAdminEnforced: true,
  requiresLinearHistory: true,
};

export function makePrivate(): void {
  Object.assign(kai().repository, { private: true, visibility: "private" });
}
