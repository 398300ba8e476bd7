/** Which classic rules can go, by the rulesets that are there. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { afterUp } from "../../../github/adoption/after-up.ts";
import { judgeClassic } from "../../../github/adoption/classic.ts";
import type { Ruleset } from "../../../github/documents.ts";
import type { ProtectionRequest } from "../../../sandbox/github/protection.ts";
import { served } from "../../sandbox/github/support.ts";
import { layDown } from "../../support/existing-repositories.ts";
import { planned } from "./planned.ts";

/** A repository with a classic rule for main, and what `up` makes of it. */
async function converted(t: TestContext, rule: Partial<ProtectionRequest>) {
  const on = await served(t);
  const record = layDown(on.world, {
    name: "shop",
    owner: "Basilakis",
    lay: ({ classic, branch }) => {
      branch("release/1");
      classic("main", rule);
      classic("release/*", {});
    },
  });
  const { present, settings, ids } = await planned(on, record);
  const [own] = settings;
  assert.ok(own);
  const live = afterUp(present, own, { ids, inState: new Set() });
  const judge = (rulesets: readonly Ruleset[] = live.rulesets) =>
    judgeClassic({ ...live, rulesets: [...rulesets] }, own, ids).find(
      ({ rule: one }) => one.pattern === "main",
    );
  return { present, live, own, ids, judge };
}

describe("a classic rule of the production branch", () => {
  it("stays until the rulesets are there as the configuration says", async (t) => {
    const { present, live, judge } = await converted(t, { isAdminEnforced: true });
    assert.match(
      judge(present.rulesets)?.obstacle ?? "",
      /main-owner-lock, main-quality.*pulumi up --stack production/,
    );
    const disabled = live.rulesets.map((one) =>
      one.name === "main-quality" ? { ...one, enforcement: "disabled" as const } : one,
    );
    assert.match(judge(disabled)?.obstacle ?? "", /main-quality is not there as the configuration says/);
    assert.deepEqual([judge()?.obstacle, judge()?.losses], [undefined, []]);
  });

  it("goes where every demand was carried over", async (t) => {
    const { judge } = await converted(t, {
      isAdminEnforced: true,
      requiresApprovingReviews: true,
      requiredApprovingReviewCount: 3,
      requiresCodeOwnerReviews: true,
      requireLastPushApproval: true,
      dismissesStaleReviews: true,
      requiresConversationResolution: true,
      requiresCommitSignatures: true,
      requiresLinearHistory: true,
      requiresStatusChecks: true,
      requiresStrictStatusChecks: true,
      requiredStatusCheckContexts: ["Build and Test", "Lint"],
    });
    assert.deepEqual([judge()?.obstacle, judge()?.losses], [undefined, []]);
  });

  const LOST: [string, Partial<ProtectionRequest>, RegExp][] = [
    [
      "a lock",
      { lockBranch: true, isAdminEnforced: true },
      /only who may bypass moves it .* of fewer people/,
    ],
    ["who may dismiss reviews", { restrictsReviewDismissals: true }, /only some dismiss reviews .* no more/],
  ];
  for (const [what, rule, reason] of LOST) {
    it(`stays for ${what}, which no ruleset of ours demands`, async (t) => {
      const { judge } = await converted(t, rule);
      assert.match(
        judge()
          ?.losses.map((loss) => loss.what)
          .join("\n") ?? "",
        reason,
      );
    });
  }

  it("is judged by what is live: a ruleset of somebody else counts", async (t) => {
    const { live, own, ids } = await converted(t, { lockBranch: true, isAdminEnforced: true });
    const [model] = live.rulesets;
    assert.ok(model);
    const freeze: Ruleset = {
      ...model,
      id: 99,
      name: "freeze",
      bypass_actors: [],
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "update" }],
    };
    const judged = (rest: Partial<Ruleset>) =>
      judgeClassic({ ...live, rulesets: [...live.rulesets, { ...freeze, ...rest }] }, own, ids)[0]?.losses
        .length;
    assert.equal(judged({}), 0);
    assert.equal(judged({ enforcement: "evaluate" }), 1);
    assert.equal(
      judged({ conditions: { ref_name: { include: ["~ALL"], exclude: ["refs/heads/main"] } } }),
      1,
    );
    const administrators = { actor_type: "RepositoryRole", actor_id: 5, bypass_mode: "always" as const };
    assert.equal(judged({ bypass_actors: [administrators] }), 1);
  });
});

it("a rule of other branches stays", async (t) => {
  const { live, own, ids } = await converted(t, {});
  const release = judgeClassic(live, own, ids).find(({ rule }) => rule.pattern === "release/*");
  assert.match(release?.obstacle ?? "", /not for one of the pipeline's branches alone/);
});
