/** What is announced of existing repositories, what stands in the way, and what would be weaker. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ADOPTION_PARTS, presentOf } from "../../../github/adoption/present.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import { GitHub } from "../../../sandbox/github/client.ts";
import { createRef } from "../../../sandbox/github/refs.ts";
import { served } from "../../sandbox/github/support.ts";
import { EXISTING, type Existing, type Hands, layDown } from "../../support/existing-repositories.ts";
import { planned } from "./planned.ts";

/** A repository of Basilakis with something in it. */
const having = (lay: (hands: Hands) => void): Existing => ({ name: "shop", owner: "Basilakis", lay });

async function planOf(t: TestContext, existing: Existing, changes: Record<string, unknown> = {}) {
  const on = await served(t);
  return planned(on, layDown(on.world, existing), changes);
}

describe("each existing repository", () => {
  /** Fields that are written beyond the repository's name, as `section.field`. */
  const WRITTEN: Record<string, Record<string, unknown>> = {
    unprotected: {},
    classic: {
      "rules.resolvedConversations": true,
      "rules.requiredReviews": 2,
      "rules.otherChecks": [{ name: "Lint", app: "any" }],
    },
    rulesets: { "rules.signedCommits": true },
    both: {},
    "foreign-environments": {},
    "same-secrets": {},
    "protected-tags": {},
    "without-actions": {},
    organizations: { "repository.owner": "kai-platform", "repository.ownerType": "organization" },
    "master-and-develop": {
      "branches.production": "master",
      "branches.development": "develop",
      "environment.branch": "master",
      "environment.waitMinutes": 5,
      "environment.reviewers": ["eleni-dev", "nikos-ops"],
      "environment.preventSelfReview": true,
    },
  };
  const IMPORTED: Record<string, string[]> = {
    rulesets: ["rules-main-quality"],
    "master-and-develop": ["staging-branch-staging"],
  };
  for (const existing of EXISTING) {
    it(`${existing.name}: fits, weakens nothing, imports what would be refused`, async (t) => {
      const { edits, plan } = await planOf(t, existing);
      const written = edits.map(({ section, field, to }) => [`${section}.${field}`, to]);
      const { "repository.name": name, ...rest } = Object.fromEntries(written);
      assert.equal(name, existing.name);
      assert.deepEqual(rest, WRITTEN[existing.name]);
      assert.deepEqual([plan.problems, plan.losses], [[], []]);
      assert.deepEqual(
        plan.stacks.flatMap(({ imports }) => Object.keys(imports)),
        IMPORTED[existing.name] ?? [],
      );
    });
  }

  it("is left alone in what the pipeline has no opinion on", async (t) => {
    const kept = async (name: string) =>
      (await planOf(t, EXISTING.find((one) => one.name === name) as Existing)).plan.kept;
    const rules = await kept("both");
    for (const object of ["classic rule main", "classic rule dev*", "ruleset signed", "branch staging"])
      assert.ok(rules.includes(object), object);
    const places = await kept("foreign-environments");
    for (const object of ["environment qa", "secret QA_TOKEN of environment qa", "environment github-pages"])
      assert.ok(places.includes(object), object);
    assert.ok((await kept("protected-tags")).includes("ruleset release-tags"));
  });
});

describe("worth knowing", () => {
  const notes = async (t: TestContext, name: string) =>
    (await planOf(t, EXISTING.find((one) => one.name === name) as Existing)).plan.notes.join("\n");

  it("a secret that is overwritten, with its age and the way to keep it", async (t) => {
    const text = await notes(t, "same-secrets");
    assert.match(
      text,
      /SLACK_WEBHOOK, last written 2024-02-01,.*config set --secret kai:slackWebhook --stack production/,
    );
    assert.match(text, /KAI_GITHUB_TOKEN of environment production/);
    assert.doesNotMatch(text, /NPM_TOKEN|SENTRY_DSN/);
  });

  it("Actions that are switched off; a policy that stays", async (t) => {
    assert.match(await notes(t, "without-actions"), /Actions is switched off/);
    assert.match(await notes(t, "master-and-develop"), /fits hotfix\/\* may still deploy to staging/);
  });

  it("a workflow file of the pipeline's name that is another", async (t) => {
    const on = await served(t);
    const record = layDown(on.world, EXISTING.find(({ name }) => name === "without-actions") as Existing);
    const path = ".github/workflows/deploy.yml";
    const { plan } = await planned(on, record, {}, [{ path, content: "on: push\n" }]);
    assert.match(plan.notes.join("\n"), /deploy\.yml is not the pipeline's file.*kai workflow propose/);
    const same = await planned(on, record, {}, [{ path, content: "on: push\njobs: {}\n" }]);
    assert.doesNotMatch(same.plan.notes.join("\n"), /deploy\.yml/);
  });
});

describe("in the way", () => {
  const problem = async (t: TestContext, existing: Existing, changes: Record<string, unknown> = {}) =>
    (await planOf(t, existing, changes)).plan.problems.join("\n");

  it("a branch that git does not keep beside another", async (t) => {
    const text = await problem(
      t,
      having(({ branch }) => branch("development/login")),
    );
    assert.match(text, /development cannot be made.*beside development\/login.*kai:branches\.development/);
  });

  it("an environment that differs in capital letters alone", async (t) => {
    const text = await problem(
      t,
      having(({ environment }) => environment("Production")),
    );
    assert.match(text, /takes the environment Production for production.*kai:environment\.name/);
    const preview = await problem(
      t,
      having(({ environment }) => environment("Production-Preview")),
    );
    assert.match(preview, /takes the environment Production-Preview for production-preview/);
  });

  it("a ruleset that follows the default branch while that changes", async (t) => {
    const text = await problem(
      t,
      having(({ branch, ruleset, record }) => {
        branch("trunk");
        record.repository.default_branch = "trunk";
        ruleset("default", {
          conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
          rules: [{ type: "deletion" }],
        });
      }),
    );
    assert.match(
      text,
      /ruleset default is for the default branch\. That becomes main, and trunk would be without it/,
    );
  });

  it("a main owner who may not write, or does not exist", async (t) => {
    const organization = EXISTING.find(({ name }) => name === "organizations") as Existing;
    assert.match(
      await problem(t, organization, { "rules.mainOwner": "octocat" }),
      /Only octocat may move main, and has no write access/,
    );
    assert.match(
      await problem(t, organization, { "rules.mainOwner": "nobody" }),
      /GitHub has no user nobody/,
    );
  });

  it("nothing that the branches could start from", async (t) => {
    const text = await problem(
      t,
      having(({ record }) => {
        record.refs = {};
      }),
    );
    assert.match(text, /no branch main that the others could start from/);
  });
});

describe("weaker than now", () => {
  const losses = async (t: TestContext, existing: Existing, changes: Record<string, unknown> = {}) =>
    (await planOf(t, existing, changes)).plan.losses.map(({ object, what }) => `${object}: ${what}`);

  it("what a ruleset of our name demands and no setting can say", async (t) => {
    const found = await losses(
      t,
      having(({ ruleset }) =>
        ruleset("main-quality", {
          conditions: { ref_name: { include: ["refs/heads/main", "refs/heads/release/*"], exclude: [] } },
          rules: [{ type: "deletion" }, { type: "creation" }],
        }),
      ),
    );
    assert.deepEqual(found, [
      "branch main: that only who may bypass creates it (ruleset main-quality) is demanded no more",
      "branch release/*: no deletion (ruleset main-quality) is demanded no more",
      "branch release/*: that only who may bypass creates it (ruleset main-quality) is demanded no more",
    ]);
  });

  it("the same people are bound as before, or it is said", async (t) => {
    const found = await losses(
      t,
      having(({ ruleset, branch }) => {
        branch("staging");
        ruleset("staging", {
          conditions: { ref_name: { include: ["refs/heads/staging"], exclude: [] } },
          rules: [{ type: "deletion" }],
        });
      }),
      { "rules.stagingBypass": true },
    );
    // The bypass of administrators is switched off instead.
    assert.deepEqual(found, []);
  });

  it("a classic rule of an organization that classic protection replaces", async (t) => {
    const found = await losses(
      t,
      {
        name: "shop",
        owner: "kai-platform",
        lay: ({ classic }) =>
          classic("main", { isAdminEnforced: true, lockBranch: true, restrictsReviewDismissals: true }),
      },
      { "rules.kind": "classic" },
    );
    assert.match(
      found.join("\n"),
      /that only some dismiss reviews \(classic rule main\) is demanded no more/,
    );
    assert.match(
      found.join("\n"),
      /that only who may bypass moves it \(classic rule main\) is demanded of fewer/,
    );
  });

  it("approvals and waiting that an environment of ours would lose", async (t) => {
    const found = await losses(
      t,
      having(({ environment }) =>
        environment("production-inspection", { reviewers: ["eleni-dev"], waitMinutes: 3 }),
      ),
    );
    assert.deepEqual(found, [
      "environment production-inspection: nobody has to approve any more (now: eleni-dev)",
      "environment production-inspection: jobs wait 0 minute(s) instead of 3",
    ]);
  });
});

describe("refused before anything is planned", () => {
  const refused = async (t: TestContext, change: (hands: Hands) => void, grant = {}) => {
    const on = await served(t);
    layDown(on.world, having(change));
    const github = Object.keys(grant).length > 0 ? on.with(grant) : on.as();
    const target = { owner: "Basilakis", repo: "shop" };
    return presentOf(await readInventory(github, target, ADOPTION_PARTS));
  };

  it("an archived repository, and an internal one", async (t) => {
    await assert.rejects(
      refused(t, ({ record }) => Object.assign(record.repository, { archived: true })),
      /archived.*Unarchive it/,
    );
    await assert.rejects(
      refused(t, ({ record }) => Object.assign(record.repository, { private: true, visibility: "internal" })),
      /is internal/,
    );
  });

  it("a token that may not see everything: each part with its reason", async (t) => {
    await assert.rejects(
      refused(t, ({ environment }) => environment("qa"), {
        permissions: { metadata: "read", administration: "write", contents: "write", actions: "read" },
      }),
      /secrets: .*\n.*docs\/own-accounts\.md/s,
    );
    await assert.rejects(
      refused(t, () => {}, { login: "eleni-dev" }),
      /does not administer Basilakis\/shop/,
    );
  });

  it("a private repository whose plan has no rules", async (t) => {
    await assert.rejects(
      refused(t, ({ record }) => Object.assign(record.repository, { private: true, visibility: "private" })),
      /rulesets: The plan/,
    );
  });
});

describe("a branch that a ruleset names by another kind of ref", () => {
  it("tags are compared with tags", async (t) => {
    const on = await served(t);
    const record = layDown(
      on.world,
      having(({ ruleset }) =>
        ruleset("tags", {
          target: "tag",
          conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
          rules: [{ type: "deletion" }, { type: "creation" }],
        }),
      ),
    );
    createRef(
      new GitHub(on.world, "Basilakis", "token"),
      "shop",
      "refs/tags/x1",
      record.refs["refs/heads/main"]?.object.sha ?? "",
    );
    const { plan } = await planned(on, record, { "rules.protectedTags": ["v*"] });
    assert.deepEqual(
      plan.losses.map(({ object, what }) => `${object}: ${what}`),
      ["tag v*: that only who may bypass creates it (ruleset tags) is demanded no more"],
    );
  });
});
