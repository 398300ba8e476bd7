import assert from "node:assert/strict";
import { beforeEach, describe, it, type TestContext } from "node:test";
import {
  createBranchPolicy,
  deleteEnvironment,
  type EnvironmentRequest,
  getEnvironment,
  putEnvironment,
} from "../../../sandbox/github/environments.ts";
import { MOST_BYTES, MOST_SECRETS, putSecret } from "../../../sandbox/github/secrets.ts";
import { ENVIRONMENT, fresh, github, kai, makePrivate, refused, world } from "./documents.ts";

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
