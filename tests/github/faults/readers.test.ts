/** Commands that only look: a GitHub in trouble is never taken for something that is absent, or that may not be seen. */
import { describe, it } from "node:test";
import { ADOPTION_PARTS, presentOf } from "../../../github/adoption/present.ts";
import type { Action } from "../../../github/can/answer.ts";
import { can } from "../../../github/can/can.ts";
import { checkGitHub } from "../../../github/doctor/checks.ts";
import { readFacts } from "../../../github/doctor/facts.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import { renderWorkflows } from "../../../pipeline/workflows/render.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import type { Served } from "../../sandbox/github/support.ts";
import { kaiSettings } from "../../settings/kai.ts";
import { disturbEveryCall } from "./every-call.ts";

/** With something of every kind. */
async function furnished(on: Served) {
  const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
  const github = on.as();
  await github.repos.createOrUpdateEnvironment({
    ...place,
    environment_name: "production",
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await github.repos.createDeploymentBranchPolicy({ ...place, environment_name: "production", name: "main" });
  return place;
}

describe("disturbed at each request", () => {
  it("the inventory that kai adopt reads", async (t) => {
    const calls = await disturbEveryCall(t, {
      prepare: furnished,
      run: async (github, target) => presentOf(await readInventory(github, target, ADOPTION_PARTS)),
      answersAgain: true,
    });
    t.diagnostic(`${calls} requests`);
  });

  for (const [action, target] of [
    ["push", "main"],
    ["merge", "staging"],
    ["delete", "development"],
    ["deploy", "production"],
  ] as [Action, string][]) {
    it(`kai can … ${action}`, async (t) => {
      const calls = await disturbEveryCall(t, {
        prepare: furnished,
        run: (github, place) => can(github, place, { user: "eleni-dev", action, target }),
        answersAgain: true,
      });
      t.diagnostic(`${calls} requests`);
    });
  }

  it("kai doctor", async (t) => {
    const stacks = await Promise.all([kaiSettings("production"), kaiSettings("staging")]);
    const [owner] = stacks;
    const files = renderWorkflows([...stacks].reverse());
    const calls = await disturbEveryCall(t, {
      prepare: furnished,
      run: async (github) =>
        checkGitHub(await readFacts(github, { stacks, owner, files }, Date.parse("2026-06-01T00:00:00Z"))),
      answersAgain: true,
    });
    t.diagnostic(`${calls} requests`);
  });
});
