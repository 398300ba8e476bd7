/** Each fault of a repository, planted in one where the doctor finds nothing. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { checkGitHub } from "../../../github/doctor/checks.ts";
import { Deeds } from "../../sandbox/github/deeds.ts";
import { healthy, type Patient, writeOnMain } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };

/** What is done to the repository, and the one thing that is found. */
interface Plant {
  title: string;
  plant(on: Patient): unknown;
  found: RegExp;
  /** The exact command, or the beginning of what to do. */
  remedy: RegExp;
}

interface ChecksRule {
  parameters: { required_status_checks: { context: string }[] };
}

const PLANTS: Plant[] = [
  {
    title: "an archived repository",
    plant: (on) => Object.assign(on.record().repository, { archived: true }),
    found: /^error repository: Basilakis\/kai is archived/,
    remedy: /^gh repo unarchive Basilakis\/kai$/,
  },
  {
    title: "another default branch",
    plant: (on) => {
      const { repository, refs } = on.record();
      repository.default_branch = "staging";
      Object.assign(refs["refs/heads/staging"] ?? {}, { object: refs["refs/heads/main"]?.object });
    },
    found: /^warning repository: The default branch is staging/,
    remedy: /^gh repo edit Basilakis\/kai --default-branch main$/,
  },
  {
    title: "a bypass actor who has no access any more",
    plant: (on) => {
      const lock = on.record().rulesets.find(({ name }) => name === "staging");
      lock?.bypass_actors?.push({ actor_id: 583_231, actor_type: "User", bypass_mode: "always" });
    },
    found: /^warning bypass-actors: The ruleset staging lets the user with the id 583231 bypass it/,
    remedy: /gh api user\/583231 --jq .login/,
  },
  {
    title: "a required check that nothing reports",
    plant: (on) => {
      const rules = on.record().rulesets.flatMap((ruleset) => ruleset.rules);
      const [rule] = rules.filter(({ type }) => type === "required_status_checks");
      (rule as unknown as ChecksRule).parameters.required_status_checks.push({ context: "Old CI" });
    },
    found:
      /^warning required-checks: The check "Old CI", which the ruleset main-quality requires, was not reported/,
    remedy: /^Rename the job/,
  },
  {
    title: "the pipeline's own check never reported",
    plant: (on) => on.record().check_runs.splice(0),
    found: /^warning required-checks: The check "Build and Test"/,
    remedy: /^kai workflow propose --base main$/,
  },
  {
    title: "a secret that somebody deleted",
    plant: (on) =>
      on.as().request("DELETE /repos/{owner}/{repo}/environments/{e}/secrets/{s}", {
        ...KAI,
        e: "staging",
        s: "JWT_SECRET",
      }),
    found: /^error missing-secrets: The secret JWT_SECRET is missing in the environment staging\.$/,
    remedy: /^pulumi up --refresh --stack staging$/,
  },
  {
    title: "a secret of the repository that somebody deleted",
    plant: (on) => on.as().actions.deleteRepoSecret({ ...KAI, secret_name: "SLACK_WEBHOOK" }),
    found: /^error missing-secrets: The secret SLACK_WEBHOOK is missing in the repository\.$/,
    remedy: /^pulumi up --refresh --stack production$/,
  },
  {
    title: "an environment that somebody deleted",
    plant: (on) => on.as().repos.deleteAnEnvironment({ ...KAI, environment_name: "staging-preview" }),
    found: /^error missing-secrets: There is no environment staging-preview/,
    remedy: /^pulumi up --refresh --stack staging$/,
  },
  {
    title: "a secret that nothing reads",
    plant: (on) => addSecret(on, "OLD_KEY", "staging"),
    found:
      /^warning unread-secrets: No workflow file of main reads the secret OLD_KEY of the environment staging\.$/,
    remedy: /^gh secret delete OLD_KEY --repo Basilakis\/kai --env staging$/,
  },
  {
    title: "a workflow that reads what nothing provides",
    plant: (on) =>
      plantFile(on, "other.yml", `on: push\njobs: { a: { env: { X: '$\{{ secrets.NPM_TOKEN }}' } } }\n`),
    found: /^warning unprovided-secrets: \.github\/workflows\/other\.yml reads the secret NPM_TOKEN/,
    remedy: /^gh secret set NPM_TOKEN --repo Basilakis\/kai$/,
  },
  {
    title: "a workflow file that somebody changed",
    plant: (on) => plantFile(on, "drift.yml", "name: Drift\non: push\njobs: {}\n"),
    found:
      /^warning workflow-files: \.github\/workflows\/drift\.yml of main differs from the model, first in line 1\.$/,
    remedy: /^kai workflow propose --base main$/,
  },
  {
    title: "a workflow that is switched off",
    plant: async (on) => {
      const { data } = await on.as().actions.listRepoWorkflows(KAI);
      const deploy = data.workflows.find(({ path }) => path.endsWith("deploy.yml"));
      await on.as().actions.disableWorkflow({ ...KAI, workflow_id: deploy?.id ?? 0 });
    },
    found:
      /^error disabled-workflows: GitHub does not run \.github\/workflows\/deploy\.yml: its state is disabled_manually/,
    remedy: /^gh workflow enable \d+ --repo Basilakis\/kai$/,
  },
];

function addSecret(on: Patient, name: string, environment: string): void {
  const at = new Date().toISOString();
  const found = on.record().environments.find((one) => one.name === environment);
  found?.secrets.push({ name, created_at: at, updated_at: at });
}

function plantFile(on: Patient, name: string, text: string): Promise<void> {
  return writeOnMain(on, KAI, `.github/workflows/${name}`, text);
}

/** An organization's repository with classic rules. */
function classic(t: TestContext): Promise<Patient> {
  const settings = {
    "repository.owner": "kai-platform",
    "repository.ownerType": "organization",
    "rules.kind": "classic",
  };
  return healthy(t, { kind: { owner: "kai-platform", rules: "classic" }, settings });
}

describe("a repository that is as the model says", () => {
  it("has nothing to find, with rulesets", async (t) => {
    const on = await healthy(t);
    assert.deepEqual(await on.findings(), []);
  });

  it("nor where one stack is looked at: the other's secrets are not unread", async (t) => {
    const on = await healthy(t);
    const facts = await on.facts();
    for (const stack of facts.stacks) {
      const found = checkGitHub({ ...facts, stacks: [stack] });
      assert.deepEqual(
        found.filter(({ check }) => check.includes("secrets")),
        [],
        stack.stack,
      );
    }
  });

  it("nor with classic rules of an organization", async (t) => {
    const on = await classic(t);
    assert.deepEqual(await on.findings(), []);
  });
});

describe("a repository that is healthy in another way has nothing to find:", () => {
  const OTHERS: Record<string, (on: Patient) => unknown> = {
    "other branches wait for checks of their own": (on) => {
      const checks = [{ context: "Release Tests" }];
      const parameters = { strict_required_status_checks_policy: false, required_status_checks: checks };
      const [first] = on.record().rulesets;
      const conditions = { ref_name: { include: ["refs/heads/release/*"], exclude: [] } };
      const rules = [{ type: "required_status_checks", parameters }];
      if (first) on.record().rulesets.push({ ...first, id: 9_001, name: "releases", conditions, rules });
    },
    "a check that pull requests alone have": async (on) => {
      const rules = on.record().rulesets.flatMap((ruleset) => ruleset.rules);
      const [rule] = rules.filter(({ type }) => type === "required_status_checks");
      (rule as unknown as ChecksRule).parameters.required_status_checks.push({ context: "CLA" });
      const { head } = await new Deeds(on, KAI).propose("eleni-dev", "development");
      await on.as().repos.createCommitStatus({ ...KAI, sha: head, context: "CLA", state: "success" });
    },
    "more statuses than a page has": async (on) => {
      const rules = on.record().rulesets.flatMap((ruleset) => ruleset.rules);
      const [rule] = rules.filter(({ type }) => type === "required_status_checks");
      (rule as unknown as ChecksRule).parameters.required_status_checks.push({ context: "job 0" });
      const sha = on.record().refs["refs/heads/main"]?.object.sha ?? "";
      for (let job = 0; job < 101; job += 1)
        await on.as().repos.createCommitStatus({ ...KAI, sha, context: `job ${job}`, state: "success" });
    },
    "a reusable workflow's own secrets": (on) =>
      plantFile(
        on,
        "reusable.yml",
        `on: { workflow_call: { secrets: { registry_token: { required: true } } } }\njobs: { a: { env: { X: '$\{{ secrets.registry_token }}' } } }\n`,
      ),
    "a step and a comment that speak of secrets": (on) =>
      plantFile(
        on,
        "steps.yml",
        `# reads secrets.NOTHING\non: push\njobs: { a: { env: { X: '$\{{ steps.secrets.outputs.x }}' } } }\n`,
      ),
    "a workflow that gets all secrets": async (on) => {
      addSecret(on, "OLD_KEY", "staging");
      await plantFile(on, "all.yml", `on: push\njobs: { a: { env: { X: '$\{{ toJSON(secrets) }}' } } }\n`);
    },
  };
  for (const [title, change] of Object.entries(OTHERS)) {
    it(title, async (t) => {
      const on = await healthy(t);
      await change(on);
      assert.deepEqual(await on.findings(), []);
    });
  }

  it("an app on a classic rule's list", async (t) => {
    const on = await classic(t);
    const facts = await on.facts();
    const { classicRules } = facts.inventory;
    assert.ok(classicRules.seen);
    for (const rule of classicRules.value)
      rule.pushAllowances.push("release-bot[bot]", "kai-platform/backend");
    assert.deepEqual(
      checkGitHub(facts).filter(({ check }) => check === "classic-actors"),
      [],
    );
  });
});

it("where a stack's configuration is wrong, the repository is looked at, and files are not compared", async (t) => {
  const on = await healthy(t);
  await plantFile(on, "drift.yml", "name: Drift\non: push\njobs: {}\n");
  addSecret(on, "OLD_KEY", "staging");
  Object.assign(on.record().repository, { archived: true });
  const found = checkGitHub({ ...(await on.facts()), files: undefined });
  assert.deepEqual(
    found.filter(({ level }) => level !== "note").map(({ check }) => check),
    ["repository"],
  );
});

it("code owners who must approve, without a file that names them", async (t) => {
  const on = await healthy(t, { settings: { "rules.codeOwners": true } });
  const told = async () =>
    checkGitHub(await on.facts()).find(({ message }) => message.includes("CODEOWNERS"))?.level;
  const before = await told();
  await writeOnMain(on, KAI, ".github/CODEOWNERS", "* @Basilakis\n");
  assert.deepEqual([before !== undefined, await told()], [true, undefined]);
});

it("a command for an environment with a space in its name can be copied", async (t) => {
  const on = await healthy(t);
  const [first] = on.record().environments.filter(({ name }) => name === "staging");
  assert.ok(first);
  on.record().environments.push({ ...first, id: 9_002, name: "the old one", secrets: [] });
  addSecret(on, "OLD_KEY", "the old one");
  const [found] = await on.full();
  assert.equal(found?.remedy, "gh secret delete OLD_KEY --repo Basilakis/kai --env 'the old one'");
});

describe("one fault, one finding:", () => {
  for (const { title, plant, found, remedy } of PLANTS) {
    it(title, async (t) => {
      const on = await healthy(t);
      await plant(on);
      const [first, ...others] = await on.full();
      assert.match(`${first?.level} ${first?.check}: ${first?.message}`, found);
      assert.match(first?.remedy ?? "", remedy);
      assert.deepEqual(others, []);
    });
  }

  it("an owner of another kind than configured", async (t) => {
    const settings = { "repository.ownerType": "organization", "rules.mainOwner": "eleni-dev" };
    const on = await healthy(t, { settings });
    const found = (await on.findings()).filter((line) => !line.startsWith("note"));
    assert.deepEqual(found, [
      "error owner: kai:repository.ownerType says organization, and Basilakis is a user.",
    ]);
  });

  it("another visibility, on a plan that has rules; a fine-grained token sees no checks there", async (t) => {
    const on = await healthy(t);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    Object.assign(on.world.store.data.accounts.basilakis ?? {}, { plan: { name: "pro" } });
    const changes = "the next `up` would change that.";
    assert.deepEqual(await on.findings(), [
      "note token-rights: GITHUB_TOKEN is not enough for `kai promote`: it lacks Checks: read.",
      `warning repository: kai:repository.visibility says public, and the repository is private: ${changes}`,
      'unchecked required-checks: Which checks were reported: The token lacks the permission "Checks: read".',
    ]);
  });

  it("a private repository on the plan Free", async (t) => {
    const on = await healthy(t, { settings: { "repository.visibility": "private" } });
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    const found = (await on.findings()).filter((line) => line.startsWith("error"));
    assert.match(
      found.join("\n"),
      /^error plan: Basilakis\/kai is private, and the plan of Basilakis enforces no rules/,
    );
  });

  it("a main owner whom GitHub does not know, and a reviewer without access", async (t) => {
    const on = await healthy(t, {
      settings: { "rules.mainOwner": "nobody-here", "environment.reviewers": ["octocat"] },
    });
    const found = (await on.full()).filter(({ check }) => check === "people");
    assert.deepEqual(
      found.map(({ message }) => message),
      [
        "GitHub has no user nobody-here, whom kai:rules.mainOwner names.",
        "octocat, whom kai:environment.reviewers of production and kai:environment.reviewers of staging names, has no access to the repository.",
      ],
    );
    assert.equal(
      found[1]?.remedy,
      "gh api --method PUT repos/Basilakis/kai/collaborators/octocat --field permission=push",
    );
  });

  it("a main owner who may only read", async (t) => {
    const on = await healthy(t, { settings: { "rules.mainOwner": "eleni-dev" } });
    for (const person of on.record().collaborators)
      if (person.login === "eleni-dev") person.role_name = "read";
    assert.match(
      (await on.findings()).join("\n"),
      /error people: eleni-dev, whom kai:rules.mainOwner names, may only read\./,
    );
  });

  it("somebody in a classic rule who may not write", async (t) => {
    const on = await classic(t);
    const record = on.record("kai-platform/kai");
    const rule = record.branch_protection_rules.find(({ pattern }) => pattern === "main");
    rule?.pushAllowances.push("octocat");
    assert.deepEqual(await on.findings(), [
      "warning classic-actors: The classic rule for main names octocat, who may not write to the repository.",
    ]);
  });

  it("a stack that is not reconciled yet is a note, not a list of secrets", async (t) => {
    const on = await healthy(t);
    const record = on.record();
    record.environments = record.environments.filter(({ name }) => !name.startsWith("staging"));
    assert.deepEqual(await on.findings(), [
      "note missing-secrets: Nothing of the stack staging is on GitHub yet.",
    ]);
  });

  it("workflow files that are not there at all are a note", async (t) => {
    const on = await healthy(t);
    const ref = on.record().refs["refs/heads/main"];
    const first = Object.values(on.record().commits).find(({ parents }) => parents.length === 0);
    if (ref && first) ref.object.sha = first.sha;
    assert.deepEqual(await on.findings(), [
      "note workflow-files: main has none of the workflow files yet, so nothing is built or deployed.",
    ]);
  });
});
