/** What a token is not shown is told, and never taken for gone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Octokit } from "@octokit/rest";
import type { StackReport } from "../../../drift/check.ts";
import type { Difference } from "../../../drift/differences.ts";
import { withBlindSpots, withoutBlindSpots } from "../../../drift/github/compare.ts";
import type { BlindSpots } from "../../../drift/github/spots.ts";
import type { TokenDocument } from "../../../sandbox/github/store.ts";
import { type DeployedWorld, deployedWorld, LATER } from "./support.ts";

const READ = { metadata: "read", contents: "read", actions: "read" } as const;
const ALL_READ = { ...READ, administration: "read", environments: "read", secrets: "read" } as const;

/** Whose token, and what it is not shown; nothing else is said of an untouched world. */
const TOKENS: Record<string, { github: (world: DeployedWorld) => Octokit; unseen: RegExp[] }> = {
  "everything that own-accounts.md lists for the drift check": {
    github: weak({ permissions: { ...ALL_READ, administration: "write" } }),
    unseen: [],
  },
  "read-only rights": {
    github: weak({ permissions: ALL_READ }),
    unseen: [/^who may bypass the ruleset main-owner-lock: .*needs "Administration: write"/],
  },
  "no right for secrets": {
    github: weak({ permissions: { ...READ, administration: "write" } }),
    unseen: [
      /^secrets of the repository: The token lacks the permission "Secrets: read"\.$/,
      /^secrets of the environment production: The token lacks the permission "Environments: read"\.$/,
    ],
  },
  "a writer's classic token": {
    github: (world) => world.as("eleni-dev"),
    unseen: [
      /^deploy keys: The token's user may not see this\. GitHub answers: "Must have admin rights/,
      /^classic rules: Only administrators of the repository see classic rules\.$/,
      /^who may bypass the ruleset main-quality: /,
      /^whether Actions is on: /,
    ],
  },
  "a stranger's classic token": {
    github: (world) => world.as("octocat"),
    unseen: [/^collaborators: /, /^secrets of the repository: /],
  },
  "a classic token without the scope": {
    github: weak({ scopes: ["gist"] }),
    unseen: [/^deploy keys: The token lacks the scope "repo"\.$/],
  },
};

function weak(grant: Partial<TokenDocument>) {
  return (world: DeployedWorld) => world.with(grant);
}

describe("what a token is not shown", () => {
  for (const [title, { github, unseen }] of Object.entries(TOKENS)) {
    it(`with ${title}`, async (t) => {
      const world = await deployedWorld(t);
      const spots = await world.look("production", github(world));
      assert.deepEqual(spots.findings, []);
      const told = spots.unseen.map(({ what, reason }) => `${what}: ${reason}`);
      for (const pattern of unseen) {
        assert.ok(
          told.some((line) => pattern.test(line)),
          `${pattern} in ${told.join("\n")}`,
        );
      }
      assert.equal(told.length === 0, unseen.length === 0, told.join("\n"));
    });
  }

  it("is not lost where it is: the same token finds what it sees", async (t) => {
    const world = await deployedWorld(t);
    world.record().rulesets.splice(0, 1);
    world.environment("production").protection_rules = [];
    const { findings } = await world.look("production", world.with({ permissions: READ }));
    assert.deepEqual(
      findings.map(({ name, property }) => `${name} ${property}`),
      ["production-environment reviewers"],
    );
  });

  it("of a private repository on a plan without rules is told with the plan", async (t) => {
    const world = await deployedWorld(t);
    Object.assign(world.record().repository, { private: true, visibility: "private" });
    const { unseen } = await world.look();
    assert.match(
      unseen.find(({ what }) => what === "rulesets")?.reason ?? "",
      /^The plan of the repository's owner does not have this/,
    );
  });
});

const RULESET: Difference = {
  urn: "urn:lock",
  type: "github:index/repositoryRuleset:RepositoryRuleset",
  name: "rules-main-owner-lock",
  id: "1",
  cloud: "github",
  kind: "changed",
  property: "bypassActors[0]",
  wanted: { actorId: 1 },
  replaces: false,
};
const SECRET: Difference = {
  urn: "urn:secret",
  type: "github:index/actionsSecret:ActionsSecret",
  name: "secret",
  id: "kai:A",
  cloud: "github",
  kind: "deleted",
  replaces: false,
};

function report(...findings: Difference[]): StackReport {
  return { stack: "production", outcome: findings.length > 0 ? "drifted" : "clean", objects: 3, findings };
}

function spots(changes: Partial<BlindSpots>): BlindSpots {
  return { findings: [], unseen: [], blinded: [], ...changes };
}

describe("the engine's findings and the blind spots", () => {
  const unseen = [{ what: "secrets", reason: "The token lacks a right." }];

  it("what the engine takes for gone or emptied, and the token is not shown, is no drift", () => {
    const blinded = [{ urn: "urn:lock", property: "bypassActors" }, { urn: "urn:secret" }];
    const merged = withBlindSpots(report(RULESET, SECRET), spots({ unseen, blinded }));
    assert.deepEqual(merged, { ...report(), unseen });
    const other = { ...RULESET, property: "enforcement" };
    assert.deepEqual(withBlindSpots(report(other), spots({ blinded })).findings, [other]);
  });

  it("what both see is told once, by the engine, whose up repairs it", () => {
    const ours = { ...RULESET, property: "bypassActors", remedy: "By hand." };
    assert.deepEqual(withBlindSpots(report(RULESET), spots({ findings: [ours] })).findings, [RULESET]);
    assert.deepEqual(withBlindSpots(report(), spots({ findings: [ours] })).outcome, "drifted");
  });

  it("a secret that was written over is told once, by its times", () => {
    const theirs: Difference = { ...SECRET, kind: "changed", property: "remoteUpdatedAt" };
    const ours: Difference = { ...theirs, property: "updatedAt", found: LATER, remedy: "Write it again." };
    assert.deepEqual(withBlindSpots(report(theirs), spots({ findings: [ours] })).findings, [ours]);
  });

  it("a stack that could not be checked stays so, with what is known of it", () => {
    const could: StackReport = { ...report(), outcome: "could-not-check", reason: "AWS did not answer." };
    const merged = withBlindSpots(could, spots({ findings: [RULESET] }));
    assert.deepEqual(merged, { ...could, findings: [RULESET] });
  });

  it("a GitHub that cannot be asked makes a clean stack unchecked, and leaves drift what it is", () => {
    assert.deepEqual(withoutBlindSpots(report(), "No token.", false), {
      ...report(),
      outcome: "could-not-check",
      reason: "No token.",
    });
    const drifted = withoutBlindSpots(report(RULESET), "No token.", false);
    assert.equal(drifted.outcome, "drifted");
    assert.deepEqual(drifted.unseen, [
      { what: "what the provider does not see of GitHub", reason: "No token." },
    ]);
  });

  it("a repository that the token is not shown is not gone", () => {
    const hidden = withoutBlindSpots(report(SECRET), "Not shown.", true);
    assert.deepEqual(hidden, { ...report(), outcome: "could-not-check", reason: "Not shown." });
    assert.deepEqual(withoutBlindSpots(report(SECRET), "No token.", false).findings, [SECRET]);
    assert.deepEqual(withoutBlindSpots(report(SECRET, RULESET), "Not shown.", true).findings, [RULESET]);
  });
});
