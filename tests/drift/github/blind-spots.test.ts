/** What refresh cannot see of GitHub: each change by hand is found with wanted and found, and nothing else is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Difference } from "../../../drift/differences.ts";
import { addBlob, filesOf, treeOf } from "../../../sandbox/github/git/objects.ts";
import { BARE_RULE } from "../../../sandbox/github/protection.ts";
import {
  commitOnGitHub,
  nodeId,
  type ProtectionRuleDocument,
  type RepositoryRecord,
} from "../../../sandbox/github/store.ts";
import { type DeployedWorld, deployedWorld, LATER, type Options, ruleset } from "./support.ts";

/** A change that somebody makes by hand, and what must be said of it. */
interface Row {
  title: string;
  world?: Options;
  stack?: "staging";
  change(world: DeployedWorld): void;
  /** One finding each: object, property, wanted, found. */
  expected: [name: string, property: string, wanted: unknown, found: unknown][];
}

const nothing = undefined;
const IN_ORGANIZATION: Options = { owner: "kai-platform" };

function classic(pattern: string): ProtectionRuleDocument {
  return { ...BARE_RULE, id: nodeId("BPR", 9002), pattern, requiresCommitSignatures: true };
}

/** Commits a file to the default branch. */
function commit(record: RepositoryRecord, path: string, content: string): void {
  const ref = record.refs[`refs/heads/${record.repository.default_branch}`];
  assert.ok(ref);
  const files = filesOf(record, record.commits[ref.object.sha]?.tree ?? "");
  files.set(path, { name: path, mode: "100644", sha: addBlob(record, Buffer.from(content)) });
  const tree = treeOf(record, files);
  const parents = [{ sha: ref.object.sha }];
  ref.object.sha = commitOnGitHub(record, { message: "by hand", tree, parents, author: "eleni-dev" }).sha;
}

const DEPLOY = ".github/workflows/deploy.yml";

function contentOf({ model }: DeployedWorld, path: string): string {
  return model.files.find((file) => file.path === path)?.content ?? "";
}

const ROWS: Row[] = [
  {
    title: "reviewers are taken away",
    change: (world) => {
      world.environment("production").protection_rules = [{ id: 1, type: "branch_policy" }];
    },
    expected: [["production-environment", "reviewers", ["user 58231104"], []]],
  },
  {
    title: "another person becomes the reviewer",
    change: (world) => {
      const review = world
        .environment("production-preview")
        .protection_rules.find(({ type }) => type === "required_reviewers");
      assert.ok(review?.type === "required_reviewers");
      review.reviewers = [{ type: "User", reviewer: { id: 61_400_233, login: "eleni-dev" } }];
    },
    expected: [["production-preview-environment", "reviewers", ["user 58231104"], ["user 61400233"]]],
  },
  {
    title: "whoever started a deployment may approve it",
    world: {
      settings: {
        "environment.preventSelfReview": true,
        "environment.reviewers": ["Basilakis", "eleni-dev"],
      },
    },
    change: (world) => {
      const review = world
        .environment("production")
        .protection_rules.find(({ type }) => type === "required_reviewers");
      assert.ok(review?.type === "required_reviewers");
      review.prevent_self_review = false;
    },
    expected: [["production-environment", "preventSelfReview", true, false]],
  },
  {
    title: "the wait is taken away",
    world: { settings: { "environment.waitMinutes": 30 } },
    change: (world) => {
      const production = world.environment("production");
      production.protection_rules = production.protection_rules.filter(({ type }) => type !== "wait_timer");
    },
    expected: [["production-environment", "waitTimer", 30, 0]],
  },
  {
    title: "administrators may skip the approval",
    change: (world) => {
      world.environment("production").can_admins_bypass = true;
    },
    expected: [["production-environment", "canAdminsBypass", false, true]],
  },
  {
    title: "every branch may deploy",
    stack: "staging",
    change: (world) => {
      world.environment("staging").deployment_branch_policy = null;
    },
    expected: [
      [
        "staging-environment",
        "deploymentBranchPolicy",
        { protectedBranches: false, customBranchPolicies: true },
        null,
      ],
    ],
  },
  {
    title: "one more branch may deploy",
    stack: "staging",
    change: (world) => {
      const policy = { id: 9003, node_id: "x", name: "feature/*", type: "branch" } as const;
      world.environment("staging").branch_policies.push(policy);
    },
    expected: [
      [
        "staging-environment",
        'deploymentPolicies["feature/*"]',
        nothing,
        "a branch of this name may use the environment",
      ],
    ],
  },
  {
    title: "tags may deploy",
    change: (world) => {
      const policy = { id: 9003, node_id: "x", name: "v*", type: "tag" } as const;
      world.environment("production").branch_policies.push(policy);
    },
    expected: [
      [
        "production-environment",
        'deploymentPolicies["v*"]',
        nothing,
        "a tag of this name may use the environment",
      ],
    ],
  },
  {
    title: "a secret of an environment is written over",
    change: (world) => overwrite(world.environment("production").secrets, "MONGODB_URI"),
    expected: [["production-secret-MONGODB_URI", "updatedAt", "ours", LATER]],
  },
  {
    title: "a secret of the other stack's environment is written over",
    stack: "staging",
    change: (world) => overwrite(world.environment("staging").secrets, "JWT_SECRET"),
    expected: [["staging-secret-JWT_SECRET", "updatedAt", "ours", LATER]],
  },
  {
    title: "a secret of the repository is written over",
    change: (world) => overwrite(world.record().secrets, "SLACK_WEBHOOK"),
    expected: [["repository-SLACK_WEBHOOK", "updatedAt", "ours", LATER]],
  },
  {
    title: "a secret is added to an environment",
    change: (world) => {
      const secret = { name: "SLACK_WEBHOOK", created_at: LATER, updated_at: LATER };
      world.environment("production").secrets.push(secret);
    },
    expected: [["production-environment", 'secrets["SLACK_WEBHOOK"]', nothing, `written at ${LATER}`]],
  },
  {
    title: "a ruleset is added to a branch",
    change: (world) => world.record().rulesets.push(ruleset("by hand", "refs/heads/main")),
    expected: [
      [
        "kai-repository",
        'rulesets["by hand"]',
        nothing,
        { from: "the repository", rules: ["required_signatures"] },
      ],
    ],
  },
  {
    title: "a ruleset is added to every branch",
    change: (world) => world.record().rulesets.push(ruleset("by hand", "~ALL")),
    expected: [
      [
        "kai-repository",
        'rulesets["by hand"]',
        nothing,
        { from: "the repository", rules: ["required_signatures"] },
      ],
    ],
  },
  {
    title: "a ruleset for pushes is added",
    change: (world) =>
      world.record().rulesets.push(ruleset("by hand", "~ALL", { target: "push", rules: [] })),
    expected: [["kai-repository", 'rulesets["by hand"]', nothing, { from: "the repository", rules: [] }]],
  },
  {
    title: "the organization imposes a ruleset",
    world: IN_ORGANIZATION,
    change: (world) =>
      world.record().rulesets.push(ruleset("by hand", "refs/heads/main", { source_type: "Organization" })),
    expected: [
      [
        "kai-repository",
        'rulesets["by hand"]',
        nothing,
        { from: "the organization", rules: ["required_signatures"] },
      ],
    ],
  },
  {
    title: "a bypass actor is added",
    change: (world) =>
      world.ruleset("main-quality").bypass_actors.push({
        actor_id: 4,
        actor_type: "RepositoryRole",
        bypass_mode: "always",
      }),
    expected: [
      [
        "rules-main-quality",
        "bypassActors",
        [],
        [{ actorType: "RepositoryRole", actorId: 4, bypassMode: "always" }],
      ],
    ],
  },
  {
    title: "a bypass actor is taken away",
    change: (world) => {
      world.ruleset("main-owner-lock").bypass_actors = [];
    },
    expected: [
      [
        "rules-main-owner-lock",
        "bypassActors",
        [{ actorType: "User", actorId: 58_231_104, bypassMode: "always" }],
        [],
      ],
    ],
  },
  {
    title: "a classic rule is added",
    change: (world) => world.record().branch_protection_rules.push(classic("main")),
    expected: [["kai-repository", 'branchProtections["main"]', nothing, { requiresCommitSignatures: true }]],
  },
  {
    title: "a classic rule is added by a pattern",
    change: (world) => world.record().branch_protection_rules.push(classic("sta*")),
    expected: [["kai-repository", 'branchProtections["sta*"]', nothing, { requiresCommitSignatures: true }]],
  },
  {
    title: "a classic rule is added beside classic ones",
    world: { owner: "kai-platform", settings: { "rules.kind": "classic" } },
    change: (world) => world.record().branch_protection_rules.push(classic("ma*")),
    expected: [["kai-repository", 'branchProtections["ma*"]', nothing, { requiresCommitSignatures: true }]],
  },
  {
    title: "somebody becomes an administrator",
    world: IN_ORGANIZATION,
    change: (world) =>
      world.record().collaborators.push({ login: "octocat", id: 583_231, role_name: "admin" }),
    expected: [
      ["kai-repository", 'collaborators["octocat"]', nothing, "admin, from outside the organization"],
    ],
  },
  {
    title: "a member becomes a maintainer",
    world: IN_ORGANIZATION,
    change: (world) => {
      Object.assign(world.world.store.data.accounts["kai-platform"]?.members ?? {}, {
        "nikos-ops": "member",
      });
      world.record().collaborators.push({ login: "nikos-ops", id: 70_112_845, role_name: "maintain" });
    },
    expected: [["kai-repository", 'collaborators["nikos-ops"]', nothing, "maintain"]],
  },
  {
    title: "somebody from outside the organization may write",
    world: IN_ORGANIZATION,
    change: (world) =>
      world.record().collaborators.push({ login: "octocat", id: 583_231, role_name: "write" }),
    expected: [
      ["kai-repository", 'collaborators["octocat"]', nothing, "write, from outside the organization"],
    ],
  },
  {
    title: "a deploy key that may write is added",
    change: (world) =>
      world
        .record()
        .deploy_keys.push({ id: 9004, key: "k", title: "ci", read_only: false, created_at: LATER }),
    expected: [["kai-repository", 'deployKeys["ci"]', nothing, `may write, since ${LATER}`]],
  },
  {
    title: "the repository is archived",
    change: (world) => {
      world.record().repository.archived = true;
    },
    expected: [["kai-repository", "archived", false, true]],
  },
  {
    title: "Actions is switched off",
    change: (world) => {
      world.record().actions_permissions.enabled = false;
    },
    expected: [["kai-repository", "actions.enabled", true, false]],
  },
  {
    title: "only local actions are allowed",
    change: (world) => {
      world.record().actions_permissions.allowed_actions = "local_only";
    },
    expected: [["kai-repository", "actions.allowed_actions", "all", "local_only"]],
  },
  {
    title: "a workflow is disabled",
    change: (world) => {
      const record = world.record();
      commit(record, DEPLOY, contentOf(world, DEPLOY));
      record.workflows.push({
        id: 9005,
        path: DEPLOY,
        state: "disabled_manually",
        created_at: LATER,
        updated_at: LATER,
      });
    },
    expected: [["kai-repository", `workflows["${DEPLOY}"].state`, "active", "disabled_manually"]],
  },
  {
    title: "a workflow file is edited",
    change: (world) => commit(world.record(), DEPLOY, "name: Mine\non: push\njobs: {}\n"),
    expected: [["kai-repository", `workflowFiles["${DEPLOY}"]`, "ours", "line 1: name: Mine"]],
  },
];

function overwrite(secrets: { name: string; updated_at: string }[], name: string): void {
  const secret = secrets.find((one) => one.name === name);
  assert.ok(secret, name);
  secret.updated_at = LATER;
}

/** A finding as rows write it; `ours` for a text that only the program knows. */
function shown(world: DeployedWorld, { name, property, wanted, found }: Difference) {
  const [line] = contentOf(world, DEPLOY).split("\n");
  const isOurs = wanted === `line 1: ${line}` || (property === "updatedAt" && String(wanted) < LATER);
  return [name, property, isOurs ? "ours" : wanted, found];
}

/** Rows of one world share it; each gives its documents back as they were. */
const groups = Map.groupBy(ROWS, ({ world = {} }) => JSON.stringify(world));

describe("blind spots of the provider", () => {
  for (const [options, rows] of groups) {
    it(`of the stack files with ${options}`, async (t) => {
      const world = await deployedWorld(t, JSON.parse(options));
      for (const row of rows) await t.test(row.title, () => finds(world, row));
    });
  }
});

async function finds(world: DeployedWorld, row: Row): Promise<void> {
  const { change, expected } = row;
  const [stack, other] = row.stack
    ? (["staging", "production"] as const)
    : (["production", "staging"] as const);
  const { store } = world.world;
  const before = structuredClone(store.data);
  assert.deepEqual((await world.look(stack)).findings, [], "untouched");
  change(world);
  try {
    const { findings, unseen } = await world.look(stack);
    assert.deepEqual(
      findings.map((finding) => shown(world, finding)),
      expected,
    );
    for (const { remedy } of findings) assert.ok(remedy);
    assert.deepEqual(unseen, []);
    assert.deepEqual((await world.look(other)).findings, [], "the other stack says nothing of it");
  } finally {
    Object.assign(store.data, before);
  }
}
