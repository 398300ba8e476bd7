/** What is no drift: an untouched world, and what belongs to nobody and cannot weaken the pipeline. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { compareValues } from "../../../drift/github/secrets.ts";
import { Spots } from "../../../drift/github/spots.ts";
import { BARE_RULE } from "../../../sandbox/github/protection.ts";
import { type DeployedWorld, deployedWorld, LATER, type Options, ruleset } from "./support.ts";

const HARMLESS: Record<string, (world: DeployedWorld) => void> = {
  "another branch": ({ record }) => {
    const main = record().refs["refs/heads/main"];
    assert.ok(main);
    record().refs["refs/heads/feature/x"] = { ...main, ref: "refs/heads/feature/x" };
  },
  "an environment of somebody else, with a secret": ({ record, environment }) => {
    const secrets = [{ name: "MONGODB_URI", created_at: LATER, updated_at: LATER }];
    record().environments.push({ ...environment("staging"), id: 9000, name: "github-pages", secrets });
  },
  "a variable of an environment, which people set by hand": ({ environment }) => {
    const role = { name: "PROVISIONER_ROLE_ARN", value: "arn", created_at: LATER, updated_at: LATER };
    environment("production").variables.push(role);
  },
  "a secret of the repository that is the application's": ({ record }) => {
    record().secrets.push({ name: "CODECOV_TOKEN", created_at: LATER, updated_at: LATER });
  },
  "a deploy key that only reads": ({ record }) => {
    record().deploy_keys.push({ id: 9001, key: "k", title: "mirror", read_only: true, created_at: LATER });
  },
  "rules of other branches": ({ record }) => {
    record().rulesets.push(ruleset("releases", "refs/heads/release/*"));
    record().branch_protection_rules.push({ ...BARE_RULE, id: "x", pattern: "release/*" });
  },
  "a ruleset that is switched off": ({ record }) => {
    record().rulesets.push(ruleset("later", "refs/heads/main", { enforcement: "disabled" }));
  },
  "a selection of the actions that may run, as an adoption keeps it": ({ record }) => {
    record().actions_permissions.allowed_actions = "selected";
  },
  "a ruleset for tags": ({ record }) => {
    record().rulesets.push(ruleset("by hand", "refs/tags/*", { target: "tag" }));
  },
};

const WORLDS: Options[] = [
  {},
  { owner: "kai-platform" },
  { owner: "kai-platform", settings: { "rules.kind": "classic" } },
  { settings: { "rules.profile": "hardened" } },
];

for (const options of WORLDS) {
  it(`nothing is found beside harmless things, with ${JSON.stringify(options)}`, async (t) => {
    const world = await deployedWorld(t, options);
    const look = async () => ({
      production: await world.look("production"),
      staging: await world.look("staging"),
    });
    const nothing = { findings: [], unseen: [], blinded: [] };
    assert.deepEqual(await look(), { production: nothing, staging: nothing }, "untouched");
    for (const [title, change] of Object.entries(HARMLESS)) {
      change(world);
      assert.deepEqual(await look(), { production: nothing, staging: nothing }, title);
    }
  });
}

/** A secret in the state. @param times when its write was noted, and what GitHub answered for it then and later */
function secret(times: { modified?: string; updatedAt: string; remoteUpdatedAt?: string }) {
  const { modified, updatedAt, remoteUpdatedAt = updatedAt } = times;
  return {
    urn: "urn",
    type: "github:index/actionsSecret:ActionsSecret",
    name: "secret",
    id: "kai:A",
    inputs: { secretName: "a" },
    outputs: { updatedAt, remoteUpdatedAt },
    modified,
  };
}

function isFound(state: ReturnType<typeof secret>, updated_at: string): boolean {
  const spots = new Spots();
  compareValues(spots, "production", [state], [{ name: "A", created_at: updated_at, updated_at }]);
  return spots.found.findings.length > 0;
}

it("the time of a secret is compared in both of its spellings", () => {
  const plugin = secret({ updatedAt: "2026-08-31 14:00:00 +0000 UTC" });
  assert.equal(isFound(plugin, "2026-08-31T14:00:00Z"), false);
  assert.equal(isFound(plugin, "2026-08-31T14:00:01Z"), true);
});

it("an old time that GitHub answered the provider is not taken for a write by hand", () => {
  const stale = { updatedAt: "2026-01-01T00:00:00Z", modified: "2026-08-31T14:00:03.5Z" };
  assert.equal(isFound(secret(stale), "2026-08-31T14:00:01Z"), false, "the provider's own write");
  assert.equal(isFound(secret(stale), "2026-08-31T14:00:04Z"), true, "after it");
  assert.equal(isFound(secret(stale), "2026-08-31T13:00:00Z"), true, "long before it");
});

it("a refresh that has read the new time hides nothing", () => {
  const refreshed = secret({
    updatedAt: "2026-08-31T13:00:00Z",
    remoteUpdatedAt: "2026-08-31T14:00:00Z",
    modified: "2026-08-31T14:00:05Z",
  });
  assert.equal(isFound(refreshed, "2026-08-31T14:00:00Z"), true);
});
