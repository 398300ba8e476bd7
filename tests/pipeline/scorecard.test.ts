import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { branchProtectionScore } from "../../pipeline/scorecard.ts";
import { kaiSettings } from "../settings/kai.ts";

const CLASSIC = {
  "rules.kind": "classic",
  "repository.ownerType": "organization",
  "repository.owner": "kai-platform",
};
const HARDENED = { "rules.profile": "hardened" };

/** Settings → score and highest tier, each reckoned by hand from checks/evaluation/branch_protection.go. */
const SCORES: [title: string, changes: Record<string, unknown>, score: number, tier: number][] = [
  // 3, and of the second tier the approval (2) and the pull request (1) of 5: 3 + 3 * 3 / 5 = 4.8
  ["the specification", {}, 4, 1],
  ["the specification, classic", CLASSIC, 4, 1],
  // 3 + 3 * 4 / 5 = 5.4
  ["with branches that are up to date", { "rules.upToDate": true }, 5, 1],
  ["with the last push approved", { "rules.lastPushApproval": true }, 5, 1],
  // 3 + 3 + 2, and of the fourth tier nothing
  ["with both", { "rules.upToDate": true, "rules.lastPushApproval": true }, 8, 3],
  // 8.5 and 8.5
  ["hardened with one approval", { ...HARDENED, "rules.requiredReviews": 1 }, 8, 3],
  ["hardened without code owners", { ...HARDENED, "rules.codeOwners": false }, 8, 3],
  // 9 and one of two: 9.5
  ["hardened", HARDENED, 9, 4],
  ["hardened, classic", { ...HARDENED, ...CLASSIC }, 10, 5],
];

describe("OpenSSF Scorecard's Branch-Protection", () => {
  for (const [title, changes, score, tier] of SCORES) {
    it(`${title}: ${score} of 10`, async () => {
      const found = branchProtectionScore(await kaiSettings("production", changes));
      assert.deepEqual([found.score, found.tier], [score, tier]);
    });
  }

  it("says what is missing, tier by tier, with the line that mends it", async () => {
    const { missing } = branchProtectionScore(await kaiSettings("production"));
    assert.deepEqual(
      missing.map(({ tier, reason }) => [tier, /`(.*)`/.exec(reason)?.[1] ?? reason.split(":")[0]]),
      [
        [2, "upToDate: true"],
        [2, "lastPushApproval: true"],
        [4, "requiredReviews: 2"],
        [4, "codeOwners: true"],
        [
          5,
          'somebody may bypass a ruleset of main, which counts as "administrators may" whatever the ruleset says',
        ],
      ],
    );
    assert.deepEqual(
      branchProtectionScore(await kaiSettings("production", { ...HARDENED, ...CLASSIC })).missing,
      [],
    );
  });

  it("a review by code owners counts with the file alone", async () => {
    const settings = await kaiSettings("production", { ...HARDENED, ...CLASSIC });
    const { score, missing } = branchProtectionScore(settings, { hasCodeOwners: false });
    assert.deepEqual([score, missing.map(({ reason }) => reason)], [8, ["there is no file CODEOWNERS"]]);
  });
});
