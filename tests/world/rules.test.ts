import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rulesOn } from "../../sandbox/github/refs.ts";
import {
  openGitHub,
  type ProtectionRuleDocument,
  type RepositoryRecord,
} from "../../sandbox/github/store.ts";
import { freshWorld, reconciledFolder, type TestWorld } from "../support/world.ts";

/** The job of deploy.yml that must be green, and the GitHub App of Actions that must say so. */
const CHECK = { context: "Build and Test", integration_id: 15368 };

/** One line of the specification's "Branch Protection Rules", and what shows it in either of GitHub's mechanisms. */
interface Line {
  branch: "main" | "staging" | "development";
  text: string;
  rulesets(record: RepositoryRecord): void;
  classic(rule: ProtectionRuleDocument): void;
}

const LINES: Line[] = [
  {
    branch: "main",
    text: 'Only user "Basilakis" can push directly to `main`',
    rulesets(record) {
      const writers = record.collaborators.map(({ login }) => login);
      const pushers = writers.filter((login) => !rulesOn(record, "main", login).includes("update"));
      assert.deepEqual(pushers, ["Basilakis"]);
    },
    classic: ({ restrictsPushes, pushAllowances }) =>
      assert.deepEqual(
        { restrictsPushes, pushAllowances },
        { restrictsPushes: true, pushAllowances: ["Basilakis"] },
      ),
  },
  {
    branch: "main",
    text: "Require pull request reviews before merging",
    rulesets: (record) => needsReview(record, "main", "Basilakis"),
    classic: needsReviewClassic,
  },
  {
    branch: "main",
    text: "Require status checks to pass before merging",
    rulesets: (record) => needsChecks(record, "main", "Basilakis"),
    classic: needsChecksClassic,
  },
  {
    branch: "main",
    text: "Require linear history (no merge commits)",
    rulesets(record) {
      assert.ok(rulesOn(record, "main", "Basilakis").includes("required_linear_history"));
      assert.equal(record.repository.allow_merge_commit, false);
    },
    classic: ({ requiresLinearHistory }) => assert.equal(requiresLinearHistory, true),
  },
  {
    branch: "main",
    text: "Do not allow bypassing the above settings",
    rulesets(record) {
      const bypassed = on(record, "main").filter(({ bypass_actors }) => bypass_actors.length > 0);
      assert.deepEqual(
        bypassed.flatMap(({ rules }) => rules.map(({ type }) => type)),
        ["update"],
        "somebody may bypass more than the lock that lets the owner push",
      );
    },
    classic: ({ isAdminEnforced, bypassPullRequestAllowances }) =>
      assert.deepEqual([isAdminEnforced, bypassPullRequestAllowances], [true, []]),
  },
  {
    branch: "staging",
    text: "Require pull request reviews before merging",
    rulesets: (record) => needsReview(record, "staging", "eleni-dev"),
    classic: needsReviewClassic,
  },
  {
    branch: "staging",
    text: "Require status checks to pass before merging",
    rulesets: (record) => needsChecks(record, "staging", "eleni-dev"),
    classic: needsChecksClassic,
  },
  {
    branch: "staging",
    text: "Allow administrators to bypass",
    rulesets(record) {
      const bound = (role: string) =>
        record.collaborators
          .filter(({ role_name }) => role_name === role)
          .filter(({ login }) => rulesOn(record, "staging", login).length > 0);
      assert.deepEqual(bound("admin"), []);
      assert.deepEqual(
        bound("write"),
        record.collaborators.filter(({ role_name }) => role_name === "write"),
      );
    },
    classic: ({ isAdminEnforced }) => assert.equal(isAdminEnforced, false),
  },
  {
    branch: "development",
    text: "Require status checks to pass before merging",
    rulesets: (record) => needsChecks(record, "development", "eleni-dev"),
    classic: needsChecksClassic,
  },
  {
    branch: "development",
    text: "No restrictions on who can push",
    rulesets(record) {
      for (const { login } of record.collaborators) {
        const bound = rulesOn(record, "development", login);
        assert.ok(!bound.includes("update") && !bound.includes("pull_request"), `${login}: ${bound}`);
      }
    },
    classic: ({ restrictsPushes, requiresApprovingReviews, lockBranch }) =>
      assert.deepEqual([restrictsPushes, requiresApprovingReviews, lockBranch], [false, false, false]),
  },
];

describe("branch rules in the repository of a user", () => {
  for (const { branch, text, rulesets } of LINES) {
    it(`${branch}: ${text}`, async () => rulesets(repository(await userGitHub(), "basilakis/kai")));
  }

  it("are rulesets that are active, and nothing else", async () => {
    const record = repository(await userGitHub(), "basilakis/kai");
    assert.deepEqual(record.branch_protection_rules, []);
    assert.ok(record.rulesets.every(({ enforcement }) => enforcement === "active"));
  });
});

describe("branch rules in the repository of an organization", () => {
  it("hold line by line, as classic protection and as rulesets", async (t) => {
    const world = await freshWorld(t);
    await up(world, "classic");
    const record = repository(world.clouds.github, "kai-platform/kai");
    assert.deepEqual(
      { type: record.repository.owner.type, rulesets: record.rulesets },
      { type: "Organization", rulesets: [] },
    );
    for (const { branch, text, classic } of LINES) {
      const rule = record.branch_protection_rules.find(({ pattern }) => pattern === branch);
      await t.test(`classic, ${branch}: ${text}`, () => classic(rule ?? assert.fail("there is no rule")));
    }
    await t.test("classic: force pushes and deletions are forbidden", () => {
      for (const rule of record.branch_protection_rules)
        assert.deepEqual([rule.allowsForcePushes, rule.allowsDeletions], [false, false], rule.pattern);
    });

    // People who are no owners of the organization; the program leaves it to people who they are. Its owner, who is no
    // collaborator, is listed with them.
    const owner = world.clouds.github.store.data.accounts.basilakis?.id ?? 0;
    record.collaborators.push(
      { login: "Basilakis", id: owner, role_name: "admin" },
      { login: "eleni-dev", id: 61_400_233, role_name: "write" },
    );
    await up(world, "rulesets");
    assert.deepEqual(record.branch_protection_rules, []);
    for (const { branch, text, rulesets } of LINES)
      await t.test(`rulesets, ${branch}: ${text}`, () => rulesets(record));
  });
});

/** Only what GitHub is about: the other clouds have no part in the rules. */
async function up(world: TestWorld, kind: "classic" | "rulesets"): Promise<void> {
  for (const stack of world.stacks) {
    world.configure(stack, {
      repository: {
        owner: "kai-platform",
        ownerType: "organization",
        name: "kai",
        existing: false,
        visibility: "public",
      },
      rules: { kind, mainOwner: "Basilakis", requiredReviews: 1, mainPushMode: "merge-only" },
      clouds: { digitalocean: false, aws: false, vercel: false, database: false },
      sites: [],
    });
  }
  await world.succeed("pulumi", "up", "--yes", "--skip-preview", "--stack", "production");
}

async function userGitHub() {
  const directory = await reconciledFolder();
  return openGitHub(join(directory, "clouds/github.json"), join(directory, "vaults/github.json"));
}

function repository({ store }: ReturnType<typeof openGitHub>, fullName: string): RepositoryRecord {
  return store.data.repositories[fullName] ?? assert.fail(`there is no ${fullName}`);
}

function on({ rulesets }: RepositoryRecord, branch: string) {
  return rulesets.filter(({ conditions }) => conditions.ref_name.include.includes(`refs/heads/${branch}`));
}

/** Parameters of a rule that binds somebody on a branch. */
function parameters(record: RepositoryRecord, branch: string, login: string, rule: string) {
  assert.ok(rulesOn(record, branch, login).includes(rule), `${rule} does not bind ${login} on ${branch}`);
  return on(record, branch)
    .flatMap(({ rules }) => rules)
    .find(({ type }) => type === rule)?.parameters;
}

function needsReview(record: RepositoryRecord, branch: string, login: string): void {
  const review = parameters(record, branch, login, "pull_request");
  assert.equal(review?.required_approving_review_count, 1);
}

function needsChecks(record: RepositoryRecord, branch: string, login: string): void {
  const checks = parameters(record, branch, login, "required_status_checks");
  assert.deepEqual(checks?.required_status_checks, [CHECK]);
}

function needsReviewClassic(rule: ProtectionRuleDocument): void {
  assert.deepEqual([rule.requiresApprovingReviews, rule.requiredApprovingReviewCount], [true, 1]);
}

function needsChecksClassic(rule: ProtectionRuleDocument): void {
  assert.deepEqual([rule.requiresStatusChecks, rule.requiredStatusCheckContexts], [true, [CHECK.context]]);
}
