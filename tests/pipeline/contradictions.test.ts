import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { UserError } from "../../errors.ts";
import {
  type Contradiction,
  contradictions,
  explain,
  type Option,
  type RepositoryFacts,
  settledNotes,
} from "../../pipeline/contradictions.ts";
import { CONTRADICTIONS } from "../../settings/branch-rules-schema.ts";
import type { ContradictionId } from "../../settings.ts";
import { kaiSettings } from "../settings/kai.ts";

type Changes = Record<string, unknown>;

function people(...entries: string[]): NonNullable<RepositoryFacts["people"]> {
  return entries.map((entry) => {
    const [login = "", role = ""] = entry.split(" ");
    return { login, role };
  });
}

const OWNER = "Basilakis admin";
const TWO = people(OWNER, "eleni-dev write");
const THREE = people(OWNER, "eleni-dev write", "nikos-ops write");
const ENVIRONMENTS = [
  { name: "staging", branch: "staging" },
  { name: "production", branch: "main" },
];
/** As the first user has it. */
const KAI: RepositoryFacts = { people: THREE, environments: ENVIRONMENTS };
const ORGANIZATION = { "repository.ownerType": "organization", "repository.owner": "kai-platform" };

/** One contradiction: what makes it appear, how grave it is, and words of its explanation. */
interface Case {
  id: ContradictionId;
  title: string;
  changes: Changes;
  facts?: RepositoryFacts;
  severity: Contradiction["severity"];
  says: RegExp;
}

const CASES: Case[] = [
  {
    id: "lone-maintainer",
    title: "one person may write",
    changes: {},
    facts: { people: people(OWNER, "octocat read") },
    severity: "deadlock",
    says: /need 1 approval, .* only Basilakis has write access/,
  },
  {
    id: "lone-maintainer",
    title: "two people, and two approvals",
    changes: { "rules.requiredReviews": 2 },
    facts: { people: TWO },
    severity: "deadlock",
    says: /need 2 approvals, .* only Basilakis and eleni-dev have write access/,
  },
  {
    id: "lone-maintainer",
    title: "one person, hardened",
    changes: { "rules.profile": "hardened" },
    facts: { people: people(OWNER) },
    severity: "deadlock",
    says: /`stagingBypass: true` in kai:rules/,
  },
  {
    id: "lone-maintainer",
    title: "one person, who has a way past",
    changes: { "rules.mainPushMode": "direct" },
    facts: { people: people(OWNER) },
    severity: "note",
    says: /gh api --method PUT repos\/Basilakis\/kai\/collaborators\/LOGIN/,
  },
  {
    id: "lone-maintainer",
    title: "a user's repository of which nothing is known",
    changes: {},
    severity: "note",
    says: /authors cannot approve their own/,
  },
  {
    id: "owner-without-write",
    title: "who moves main cannot write",
    changes: {},
    facts: { people: people("Basilakis read", "eleni-dev write", "nikos-ops write") },
    severity: "deadlock",
    says: /`mainOwner: eleni-dev` in kai:rules[\s\S]*collaborators\/Basilakis/,
  },
  {
    id: "other-administrators",
    title: "a classic list does not bind them",
    changes: { ...ORGANIZATION, "rules.kind": "classic" },
    facts: { people: people(OWNER, "eleni-dev maintain", "nikos-ops write") },
    severity: "note",
    says: /does not bind eleni-dev \(maintain\)\./,
  },
  {
    id: "last-push-of-two",
    title: "a reviewer's correction",
    changes: { "rules.lastPushApproval": true },
    facts: { people: TWO },
    severity: "note",
    says: /until its author pushes again/,
  },
  {
    id: "lone-approver",
    title: "the other reviewer does not see a private repository",
    changes: {
      "repository.visibility": "private",
      "environment.reviewers": ["Basilakis", "octocat"],
      "environment.preventSelfReview": true,
    },
    facts: { people: THREE },
    severity: "deadlock",
    says: /`preventSelfReview: false` in kai:environment/,
  },
  {
    id: "pull-request-and-direct-push",
    title: "the specification's own",
    changes: {},
    facts: KAI,
    severity: "note",
    says: /nobody pushes directly/,
  },
  {
    id: "linear-history-and-promotion",
    title: "the specification's own",
    changes: {},
    facts: KAI,
    severity: "note",
    says: /differ by a commit after each promotion/,
  },
  {
    id: "up-to-date-and-promotion",
    title: "a squash leaves staging behind",
    changes: { "rules.upToDate": true },
    facts: KAI,
    severity: "deadlock",
    says: /nothing could be promoted a second time/,
  },
  {
    id: "direct-push-without-staging",
    title: "past the review",
    changes: { "rules.mainPushMode": "direct" },
    facts: KAI,
    severity: "note",
    says: /nobody reviewed and no environment ran before[\s\S]*`requiredDeployments: \[staging\]`/,
  },
  {
    id: "signed-commits",
    title: "what GitHub does not sign",
    changes: { "rules.signedCommits": true },
    facts: KAI,
    severity: "note",
    says: /bots need a GitHub App/,
  },
  {
    id: "frozen-branch",
    title: "for the time being",
    changes: { "rules.frozen": ["production", "development"] },
    facts: KAI,
    severity: "note",
    says: /Nobody may change main, development/,
  },
  {
    id: "unreported-check",
    title: "no job is called so",
    changes: { "rules.otherChecks": [{ name: "Lint" }, { name: "Coverage", app: 254 }] },
    facts: KAI,
    severity: "deadlock",
    says: /called "Lint",[\s\S]*`otherChecks: \[{ name: "Lint", app: 15368 }, { name: "Coverage", app: 254 }\]`/,
  },
  {
    id: "unreported-check",
    title: "a job that a path filter skips",
    changes: { "rules.otherChecks": [{ name: "Rehearse Migrations" }] },
    facts: KAI,
    severity: "deadlock",
    says: /No job that runs on every pull request is called "Rehearse Migrations"/,
  },
  {
    id: "code-owners-without-file",
    title: "nobody owns anything",
    changes: { "rules.codeOwners": true },
    facts: { ...KAI, hasCodeOwners: false },
    severity: "note",
    says: /has no file CODEOWNERS/,
  },
  {
    id: "deployment-without-deployer",
    title: "an environment of no stack",
    changes: { "rules.requiredDeployments": ["stage"] },
    facts: KAI,
    severity: "deadlock",
    says: /deployed to stage,[\s\S]*`requiredDeployments: \[staging\]`/,
  },
  {
    id: "deployment-without-deployer",
    title: "the environment that main itself deploys",
    changes: { "rules.requiredDeployments": ["staging", "production"] },
    facts: KAI,
    severity: "deadlock",
    says: /deployed to production,/,
  },
  {
    id: "private-without-rules",
    title: "on the Free plan",
    changes: { "repository.visibility": "private" },
    facts: { ...KAI, hasRules: false },
    severity: "refused",
    says: /it is private, and its owner's plan is Free/,
  },
  {
    id: "private-without-rules",
    title: "on a plan that is not known",
    changes: { "repository.visibility": "private" },
    facts: KAI,
    severity: "note",
    says: /paid plans only/,
  },
  {
    id: "private-without-approvals",
    title: "of a user, on Pro too",
    changes: { "repository.visibility": "private" },
    facts: { ...KAI, hasRules: true },
    severity: "deadlock",
    says: /\(production and production-preview\), .* and Basilakis is a user/,
  },
  {
    id: "private-without-approvals",
    title: "of an organization on Team",
    changes: { ...ORGANIZATION, "repository.visibility": "private" },
    facts: { ...KAI, hasRules: true, plan: "team" },
    severity: "deadlock",
    says: /the plan of kai-platform is team/,
  },
  {
    id: "private-without-approvals",
    title: "of an organization whose plan is not known",
    changes: { ...ORGANIZATION, "repository.visibility": "private" },
    facts: { ...KAI, hasRules: true },
    severity: "note",
    says: /not known: on another plan `up` fails with 422/,
  },
  {
    id: "patterns-without-enterprise",
    title: "of a user",
    changes: { "rules.patterns": { commitMessage: "^feat" } },
    facts: KAI,
    severity: "refused",
    says: /Basilakis is a user/,
  },
  {
    id: "patterns-without-enterprise",
    title: "of an organization on Team",
    changes: { ...ORGANIZATION, "rules.patterns": { commitMessage: "^feat" } },
    facts: { ...KAI, plan: "team" },
    severity: "refused",
    says: /the plan of kai-platform is team/,
  },
  {
    id: "patterns-without-enterprise",
    title: "of an organization whose plan is not known",
    changes: { ...ORGANIZATION, "rules.patterns": { commitMessage: "^feat" } },
    facts: KAI,
    severity: "note",
    says: /not known: on another plan `up` fails with 422/,
  },
];

async function find({ changes, facts }: Pick<Case, "changes" | "facts">, id: ContradictionId) {
  const settings = await kaiSettings("production", changes);
  return contradictions(settings, facts).find((found) => found.id === id);
}

/** The configuration after somebody wrote an option's lines. */
function written({ write }: Option): Changes {
  const values = parse(write?.lines.join("\n") ?? "") as Record<string, unknown>;
  const section = write?.section.slice("kai:".length);
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${section}.${key}`, value]));
}

describe("contradictions", () => {
  for (const one of CASES) {
    it(`${one.id}, ${one.title}: ${one.severity}`, async () => {
      const found = await find(one, one.id);
      assert.ok(found, "it is not found");
      assert.equal(found.severity, one.severity);
      assert.match(explain(found), one.says);
    });

    it(`${one.id}, ${one.title}: each line that is offered settles it`, async () => {
      const found = await find(one, one.id);
      const offered = found?.options.filter(({ write }) => write) ?? [];
      assert.ok(offered.length > 0);
      for (const option of offered) {
        const after = await find({ ...one, changes: { ...one.changes, ...written(option) } }, one.id);
        const isSettled = after === undefined || (one.severity !== "note" && after.severity === "note");
        assert.ok(isSettled, `${option.write?.lines} does not settle it`);
      }
    });
  }

  it("have a case each", () => {
    assert.deepEqual(new Set<string>(CASES.map(({ id }) => id)), new Set(Object.keys(CONTRADICTIONS)));
  });

  it("the specification's own default has two, and works", async () => {
    const settings = await kaiSettings("production");
    assert.deepEqual(
      contradictions(settings, KAI).map(({ id, severity }) => [id, severity]),
      [
        ["pull-request-and-direct-push", "note"],
        ["linear-history-and-promotion", "note"],
      ],
    );
    assert.equal(settledNotes(settings, KAI).length, 2);
  });

  it("the hardened profile works with three people", async () => {
    const settings = await kaiSettings("production", { "rules.profile": "hardened" });
    const found = contradictions(settings, { ...KAI, hasCodeOwners: true });
    assert.deepEqual(
      found.map(({ id, severity }) => [id, severity]),
      [["last-push-of-two", "note"]],
    );
  });

  it("environments that are called otherwise are offered by their names, and none where there is one stack", async () => {
    const changes = { "rules.mainPushMode": "direct" };
    const environments = [{ name: "acceptance", branch: "staging" }, ENVIRONMENTS[1] ?? assert.fail()];
    const lines = async (facts: RepositoryFacts) =>
      (await find({ changes, facts }, "direct-push-without-staging"))?.options.flatMap(
        ({ write }) => write?.lines ?? [],
      );
    assert.deepEqual((await lines({ ...KAI, environments }))?.slice(0, 1), [
      "requiredDeployments: [acceptance]",
    ]);
    const alone = await lines({ ...KAI, environments: environments.slice(1) });
    assert.ok(!alone?.some((line) => line.startsWith("requiredDeployments")), String(alone));
    const promoted = await find(
      { changes: {}, facts: { ...KAI, environments } },
      "linear-history-and-promotion",
    );
    assert.match(explain(promoted ?? assert.fail()), /`kai promote acceptance production` moves main/);
  });

  it("a role of an organization's own may write", async () => {
    const facts = { ...KAI, people: people("Basilakis release-manager", "eleni-dev write") };
    assert.equal(await find({ changes: ORGANIZATION, facts }, "owner-without-write"), undefined);
    assert.equal(await find({ changes: ORGANIZATION, facts }, "lone-maintainer"), undefined);
  });

  it("are those of the stack that owns the repository", async () => {
    const settings = await kaiSettings("staging");
    assert.deepEqual(contradictions(settings, { people: people(OWNER) }), []);
  });

  it("a check that another workflow has reported is reported", async () => {
    const changes = { "rules.otherChecks": [{ name: "Lint" }] };
    assert.equal(
      await find({ changes, facts: { ...KAI, reportedChecks: ["Lint"] } }, "unreported-check"),
      undefined,
    );
  });

  it("a check of the pipeline's own jobs needs no app", async () => {
    const changes = { "rules.otherChecks": [{ name: "Build and Test" }] };
    assert.equal(await find({ changes, facts: KAI }, "unreported-check"), undefined);
  });
});

describe("rules that cannot work", () => {
  it("are refused all at once, each with its ways out", async () => {
    const settings = await kaiSettings("production", {
      "rules.upToDate": true,
      "rules.requiredDeployments": ["production"],
    });
    assert.throws(
      () => settledNotes(settings, { people: people(OWNER), environments: ENVIRONMENTS }),
      (error) => {
        assert.ok(error instanceof UserError);
        for (const id of ["lone-maintainer", "up-to-date-and-promotion", "deployment-without-deployer"]) {
          assert.match(error.message, new RegExp(`\\(${id}\\)`));
          assert.match(error.message, new RegExp(`accepts: \\[${id}\\]`));
        }
        assert.doesNotMatch(error.message, /pull-request-and-direct-push/, "a note is no reason to stop");
        return true;
      },
    );
  });

  it("are taken where they are meant, and what GitHub refuses is not", async () => {
    const facts = { people: people(OWNER), hasRules: false };
    const meant = await kaiSettings("production", { "rules.accepts": ["lone-maintainer"] });
    assert.equal(settledNotes(meant, { people: facts.people }).length, 2);
    const refused = await kaiSettings("production", {
      "repository.visibility": "private",
      "rules.accepts": ["lone-maintainer", "private-without-rules"],
    });
    assert.throws(() => settledNotes(refused, facts), /its owner's plan is Free/);
  });
});
