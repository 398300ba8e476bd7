import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { requiredChecks } from "../../pipeline/jobs.ts";
import {
  type ClassicProtection,
  describeProtection,
  type Ruleset,
  toClassic,
  toRulesets,
} from "../../pipeline/rules.ts";
import { kaiSettings } from "../settings/kai.ts";

/** The specification's lines, in its own words, each with what it must become for both kinds of owner. */
const LINES: {
  branch: string;
  line: string;
  ruleset: (sets: Ruleset[]) => void;
  classic: (protection: ClassicProtection) => void;
}[] = [
  {
    branch: "main",
    line: 'Only user "Basilakis" can push directly to `main`',
    ruleset: (sets) => {
      const [lock, ...more] = sets.filter(({ rules }) => rules.update);
      assert.deepEqual(more, []);
      assert.deepEqual(lock?.bypassActors, [{ actorType: "User", login: "Basilakis", mode: "always" }]);
      assert.deepEqual(Object.keys(lock?.rules ?? {}), ["update"]);
    },
    classic: ({ restrictPushes }) =>
      assert.deepEqual(restrictPushes, { pushAllowances: ["/Basilakis"], blocksCreations: true }),
  },
  {
    branch: "main",
    line: "Require pull request reviews before merging",
    ruleset: (sets) => assert.equal(only(sets, "pullRequest").pullRequest?.requiredApprovingReviewCount, 1),
    classic: ({ requiredPullRequestReviews }) =>
      assert.equal(requiredPullRequestReviews?.requiredApprovingReviewCount, 1),
  },
  {
    branch: "main",
    line: "Require status checks to pass before merging",
    ruleset: (sets) =>
      assert.deepEqual(only(sets, "requiredStatusChecks").requiredStatusChecks?.requiredChecks, [
        { context: "Build and Test", integrationId: 15368 },
      ]),
    classic: ({ requiredStatusChecks }) =>
      assert.deepEqual(requiredStatusChecks?.contexts, ["Build and Test"]),
  },
  {
    branch: "main",
    line: "Require linear history (no merge commits)",
    ruleset: (sets) => assert.equal(only(sets, "requiredLinearHistory").requiredLinearHistory, true),
    classic: ({ requiredLinearHistory }) => assert.equal(requiredLinearHistory, true),
  },
  {
    branch: "main",
    line: "Do not allow bypassing the above settings",
    ruleset: (sets) =>
      assert.deepEqual(
        sets.filter(({ rules }) => !rules.update).map(({ bypassActors }) => bypassActors),
        [[]],
      ),
    classic: ({ enforceAdmins, requiredPullRequestReviews }) => {
      assert.equal(enforceAdmins, true);
      assert.deepEqual(requiredPullRequestReviews?.pullRequestBypassers, []);
    },
  },
  {
    branch: "staging",
    line: "Require pull request reviews before merging",
    ruleset: (sets) => assert.equal(only(sets, "pullRequest").pullRequest?.requiredApprovingReviewCount, 1),
    classic: ({ requiredPullRequestReviews }) =>
      assert.equal(requiredPullRequestReviews?.requiredApprovingReviewCount, 1),
  },
  {
    branch: "staging",
    line: "Require status checks to pass before merging",
    ruleset: (sets) => assert.ok(only(sets, "requiredStatusChecks")),
    classic: ({ requiredStatusChecks }) =>
      assert.deepEqual(requiredStatusChecks?.contexts, ["Build and Test"]),
  },
  {
    branch: "staging",
    line: "Allow administrators to bypass",
    ruleset: (sets) =>
      assert.deepEqual(
        sets.map(({ bypassActors }) => bypassActors),
        [[{ actorType: "RepositoryRole", actorId: 5, mode: "always" }]],
      ),
    classic: ({ enforceAdmins }) => assert.equal(enforceAdmins, false),
  },
  {
    branch: "development",
    line: "Require status checks to pass before merging",
    ruleset: (sets) => assert.ok(only(sets, "requiredStatusChecks")),
    classic: ({ requiredStatusChecks }) =>
      assert.deepEqual(requiredStatusChecks?.contexts, ["Build and Test"]),
  },
  {
    branch: "development",
    line: "No restrictions on who can push",
    ruleset: (sets) => {
      assert.equal(
        sets.some(({ rules }) => rules.update || rules.pullRequest),
        false,
      );
    },
    classic: ({ restrictPushes, requiredPullRequestReviews }) => {
      assert.equal(restrictPushes, undefined);
      assert.equal(requiredPullRequestReviews, undefined);
    },
  },
];

/** The rules of the one ruleset that has a rule. */
function only(sets: Ruleset[], rule: keyof Ruleset["rules"]): Ruleset["rules"] {
  const having = sets.filter(({ rules }) => rules[rule] !== undefined);
  assert.equal(having.length, 1);
  return having[0]?.rules ?? {};
}

describe("the specification's branch rules, line by line", () => {
  let rulesets: Ruleset[];
  let classic: ClassicProtection[];
  before(async () => {
    const protections = describeProtection(await kaiSettings("production"));
    rulesets = toRulesets(protections);
    classic = toClassic(protections);
  });

  for (const { branch, line, ruleset, classic: check } of LINES) {
    it(`${branch}: ${line} (user, rulesets)`, () => {
      ruleset(rulesets.filter(({ includes }) => includes.includes(`refs/heads/${branch}`)));
    });
    it(`${branch}: ${line} (organization, classic)`, () => {
      const protection = classic.find(({ pattern }) => pattern === branch);
      assert.ok(protection);
      check(protection);
    });
  }

  it("a push by force and a deletion are refused on every branch", () => {
    const quality = rulesets.filter(({ rules }) => !rules.update);
    assert.equal(quality.length, 3);
    for (const { rules } of quality) assert.ok(rules.deletion && rules.nonFastForward);
    for (const { allowsDeletions, allowsForcePushes } of classic) {
      assert.deepEqual([allowsDeletions, allowsForcePushes], [false, false]);
    }
  });
});

describe("what the provider accepts although it is wrong", () => {
  it("never happens: refs are in full, conditions present, check lists not empty, actors known", async () => {
    for (const mainPushMode of ["merge-only", "direct"]) {
      const sets = toRulesets(
        describeProtection(await kaiSettings("production", { "rules.mainPushMode": mainPushMode })),
      );
      for (const { includes, rules, bypassActors } of sets) {
        assert.equal(includes.length, 1);
        for (const name of includes) assert.match(name, /^refs\/heads\/./);
        if (rules.requiredStatusChecks) assert.ok(rules.requiredStatusChecks.requiredChecks.length > 0);
        for (const actor of bypassActors) {
          assert.ok(actor.actorType === "User" ? actor.login !== "" : actor.actorId > 0);
        }
      }
    }
  });
});

describe("names and choices", () => {
  it("rulesets have the names that people look for", async () => {
    const sets = toRulesets(describeProtection(await kaiSettings("production")));
    assert.deepEqual(
      sets.map(({ name }) => name),
      ["main-owner-lock", "main-quality", "staging", "development"],
    );
  });

  it("`direct` lets the main owner, and nobody else, past the pull request", async () => {
    const protections = describeProtection(
      await kaiSettings("production", { "rules.mainPushMode": "direct" }),
    );
    const rulesets = toRulesets(protections);
    const reviews = rulesets.find(({ name }) => name === "main-reviews");
    assert.deepEqual(reviews?.bypassActors, [{ actorType: "User", login: "Basilakis", mode: "always" }]);
    assert.deepEqual(Object.keys(reviews?.rules ?? {}), ["pullRequest"]);
    const quality = rulesets.find(({ name }) => name === "main-quality");
    assert.deepEqual(quality?.bypassActors, [], "checks and linear history bind everybody");
    assert.equal(quality?.rules.pullRequest, undefined);
    assert.deepEqual(toClassic(protections)[0]?.requiredPullRequestReviews?.pullRequestBypassers, [
      "/Basilakis",
    ]);
  });

  it("renamed branches keep their rules, and the number of reviews comes from the settings", async () => {
    const settings = await kaiSettings("production", {
      "branches.production": "trunk",
      "environment.branch": "trunk",
      "rules.requiredReviews": 2,
    });
    const [lock, quality] = toRulesets(describeProtection(settings));
    assert.deepEqual(lock?.includes, ["refs/heads/trunk"]);
    assert.equal(lock?.name, "trunk-owner-lock");
    assert.equal(quality?.rules.pullRequest?.requiredApprovingReviewCount, 2);
  });

  it("every required check is the name of a job", () => {
    assert.deepEqual(requiredChecks(), ["Build and Test"]);
  });
});
