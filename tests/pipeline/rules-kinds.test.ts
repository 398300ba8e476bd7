import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClassicProtection, type Ruleset, wantedRules } from "../../pipeline/rules.ts";
import { kaiSettings } from "../settings/kai.ts";

const CLASSIC = {
  "rules.kind": "classic",
  "repository.ownerType": "organization",
  "repository.owner": "kai-platform",
};

/** A kind of rule: the setting that asks for it, what the rulesets say then, and what classic protection says. */
interface Kind {
  kind: string;
  changes: Record<string, unknown>;
  ruleset: string;
  rules: Partial<Ruleset["rules"]>;
  /** What is added to main's classic rule; `ruleset`: a ruleset beside it says the same. */
  classic: Partial<ClassicProtection> | "ruleset";
}

const REVIEW: NonNullable<Ruleset["rules"]["pullRequest"]> = {
  requiredApprovingReviewCount: 1,
  dismissStaleReviewsOnPush: true,
  requireLastPushApproval: false,
  allowedMergeMethods: ["squash", "rebase"],
};
const CLASSIC_REVIEW = {
  requiredApprovingReviewCount: 1,
  dismissStaleReviews: true,
  requireLastPushApproval: false,
  pullRequestBypassers: [],
};
const BUILD = { context: "Build and Test", integrationId: 15368 };

const KINDS: Kind[] = [
  {
    kind: "number of approvals",
    changes: { "rules.requiredReviews": 3 },
    ruleset: "main-quality",
    rules: {
      pullRequest: { ...REVIEW, requiredApprovingReviewCount: 3 },
    },
    classic: { requiredPullRequestReviews: { ...CLASSIC_REVIEW, requiredApprovingReviewCount: 3 } },
  },
  {
    kind: "code owners",
    changes: { "rules.codeOwners": true },
    ruleset: "main-quality",
    rules: {
      pullRequest: { ...REVIEW, requireCodeOwnerReview: true },
    },
    classic: { requiredPullRequestReviews: { ...CLASSIC_REVIEW, requireCodeOwnerReviews: true } },
  },
  {
    kind: "last push",
    changes: { "rules.lastPushApproval": true },
    ruleset: "main-quality",
    rules: {
      pullRequest: { ...REVIEW, requireLastPushApproval: true },
    },
    classic: { requiredPullRequestReviews: { ...CLASSIC_REVIEW, requireLastPushApproval: true } },
  },
  {
    kind: "conversations",
    changes: { "rules.resolvedConversations": true },
    ruleset: "main-quality",
    rules: {
      pullRequest: {
        ...REVIEW,
        requiredReviewThreadResolution: true,
      },
    },
    classic: { requireConversationResolution: true },
  },
  {
    kind: "up to date",
    changes: { "rules.upToDate": true },
    ruleset: "main-quality",
    rules: { requiredStatusChecks: { strictRequiredStatusChecksPolicy: true, requiredChecks: [BUILD] } },
    classic: { requiredStatusChecks: { strict: true, contexts: ["Build and Test"] } },
  },
  {
    kind: "signed commits, which GitHub cannot rebase",
    changes: { "rules.signedCommits": true },
    ruleset: "main-quality",
    rules: { requiredSignatures: true, pullRequest: { ...REVIEW, allowedMergeMethods: ["squash"] } },
    classic: { requireSignedCommits: true },
  },
  {
    kind: "checks of other apps, and of anybody",
    changes: {
      "rules.otherChecks": [
        { name: "codecov/project", app: 254 },
        { name: "CLA", app: "any" },
      ],
    },
    ruleset: "main-quality",
    rules: {
      requiredStatusChecks: {
        strictRequiredStatusChecksPolicy: false,
        requiredChecks: [BUILD, { context: "codecov/project", integrationId: 254 }, { context: "CLA" }],
      },
    },
    classic: {
      requiredStatusChecks: { strict: false, contexts: ["Build and Test", "codecov/project", "CLA"] },
    },
  },
  {
    kind: "a freeze",
    changes: { "rules.frozen": ["production"] },
    ruleset: "main-freeze",
    rules: { update: true },
    classic: { lockBranch: true },
  },
  {
    kind: "required deployments",
    changes: { "rules.requiredDeployments": ["staging"] },
    ruleset: "main-quality",
    rules: { requiredDeployments: { requiredDeploymentEnvironments: ["staging"] } },
    classic: "ruleset",
  },
  {
    kind: "tags",
    changes: { "rules.protectedTags": ["v*", "release/*"] },
    ruleset: "tags",
    rules: { update: true, deletion: true },
    classic: "ruleset",
  },
  {
    kind: "patterns",
    changes: {
      "rules.patterns": { branchName: "^[a-z/-]+$", commitMessage: "^feat", authorEmail: "@example\\.com$" },
    },
    ruleset: "patterns",
    rules: {
      branchNamePattern: { operator: "regex", pattern: "^[a-z/-]+$" },
      commitMessagePattern: { operator: "regex", pattern: "^feat" },
      commitAuthorEmailPattern: { operator: "regex", pattern: "@example\\.com$" },
    },
    classic: "ruleset",
  },
];

function named({ rulesets }: { rulesets: Ruleset[] }, name: string): Ruleset {
  return rulesets.find((ruleset) => ruleset.name === name) ?? assert.fail(`there is no ruleset ${name}`);
}

describe("kinds of rules", () => {
  for (const { kind, changes, ruleset, rules, classic } of KINDS) {
    it(`${kind}: a ruleset says it`, async () => {
      const before = wantedRules(await kaiSettings("production"));
      const after = wantedRules(await kaiSettings("production", changes));
      const found = named(after, ruleset);
      const base = before.rulesets.find(({ name }) => name === ruleset)?.rules;
      assert.deepEqual(found.rules, { ...base, ...rules });
      assert.deepEqual(found.bypassActors, [], "nobody may bypass it");
      assert.deepEqual(after.classic, []);
    });

    it(`${kind}: with classic protection`, async () => {
      const before = wantedRules(await kaiSettings("production", CLASSIC));
      const after = wantedRules(await kaiSettings("production", { ...CLASSIC, ...changes }));
      if (classic !== "ruleset") {
        assert.deepEqual(after.rulesets, []);
        assert.deepEqual(after.classic[0], { ...before.classic[0], ...classic });
        return;
      }
      assert.deepEqual(after.classic, before.classic);
      const [beside, ...more] = after.rulesets;
      assert.deepEqual(more, []);
      assert.deepEqual(beside?.rules, rules);
    });
  }

  it("tags and patterns are for the refs that they name", async () => {
    const wanted = wantedRules(
      await kaiSettings("production", {
        "rules.protectedTags": ["v*"],
        "rules.patterns": { commitMessage: "^feat" },
      }),
    );
    const { target, includes } = named(wanted, "tags");
    assert.deepEqual([target, includes], ["tag", ["refs/tags/v*"]]);
    assert.deepEqual(named(wanted, "patterns").includes, ["~ALL"]);
  });

  it("development stays as the specification has it, whatever is asked of main and staging", async () => {
    const changes = Object.assign({ "rules.profile": "hardened" }, ...KINDS.map(({ changes }) => changes));
    const after = wantedRules(await kaiSettings("production", { ...changes, "rules.frozen": [] }));
    const before = wantedRules(await kaiSettings("production"));
    assert.deepEqual(named(after, "development"), named(before, "development"));
  });
});

describe("the hardened profile", () => {
  it("asks of main what the specification does not", async () => {
    const wanted = wantedRules(await kaiSettings("production", { "rules.profile": "hardened" }));
    assert.deepEqual(
      wanted.rulesets.map(({ name }) => name),
      ["main-owner-lock", "main-reviews", "main-quality", "staging", "development", "tags"],
    );
    assert.deepEqual(named(wanted, "main-owner-lock").rules, { update: true, creation: true });
    assert.deepEqual(named(wanted, "main-reviews").rules.pullRequest, {
      requiredApprovingReviewCount: 2,
      dismissStaleReviewsOnPush: true,
      requireLastPushApproval: true,
      requireCodeOwnerReview: true,
      requiredReviewThreadResolution: true,
      allowedMergeMethods: ["squash", "rebase"],
    });
    assert.deepEqual(named(wanted, "main-quality").rules.requiredDeployments, {
      requiredDeploymentEnvironments: ["staging"],
    });
    assert.deepEqual(named(wanted, "staging").bypassActors, []);
  });

  it("changes no ruleset's name of the specification", async () => {
    const names = async (profile: string) =>
      wantedRules(await kaiSettings("production", { "rules.profile": profile })).rulesets.map(
        ({ name }) => name,
      );
    const hardened = new Set(await names("hardened"));
    for (const name of await names("specification")) assert.ok(hardened.has(name), name);
  });
});
