/** What a rotation touches, by where the value comes from. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { upArguments } from "../../../cli/secrets/engine.ts";
import { changedWith, describeReaders, renewalOf, targetsOf } from "../../../cli/secrets/plan.ts";
import { ownedSecrets } from "../../../pipeline/secrets.ts";
import { CONFIGURATION_SECRETS, type Settings } from "../../../settings.ts";
import { kaiSettings } from "../../settings/kai.ts";

const PARENT = "urn:pulumi:staging::kai::kai:pipeline:Delivery$t";

function resource(name: string, isOld = false) {
  return { urn: `${PARENT}::${name}`, type: "t", ...(isOld && { delete: true }) };
}

async function generated(): Promise<Settings> {
  return kaiSettings("staging", { jwtSecret: undefined });
}

describe("how a secret is renewed", () => {
  it("what the stack mints or generates is a resource, the rest is asked for", async () => {
    const settings = await generated();
    const resources = ["KUBE_CONFIG_DATA", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "JWT_SECRET"];
    assert.deepEqual(
      resources.map((name) => renewalOf(settings, name)),
      ["deployer-token", "site-deployer-key", "site-deployer-key", "jwt-secret"].map((of) => ({
        kind: "resource",
        resource: of,
      })),
    );
    assert.deepEqual(renewalOf(settings, "VERCEL_TOKEN"), { kind: "configuration", key: "vercelToken" });
    assert.deepEqual(renewalOf(await kaiSettings("staging"), "JWT_SECRET"), {
      kind: "configuration",
      key: "jwtSecret",
    });
  });

  it("each configured secret of the table can be rotated, in a stack that has it", async () => {
    const settings = await kaiSettings("production");
    const renewals = ownedSecrets(settings)
      .filter(({ source }) => source.kind === "configuration" || source.kind === "generated")
      .map(({ name }) => renewalOf(settings, name));
    const keys = new Set(renewals.map((renewal) => renewal?.kind === "configuration" && renewal.key));
    assert.deepEqual([...keys].sort(), CONFIGURATION_SECRETS.map(({ key }) => key).sort());
  });

  it("a plain setting, an output and a role are no credentials", async () => {
    const settings = await kaiSettings("staging", { "aws.credentials": "oidc" });
    for (const name of ["AWS_REGION", "CLIENT_BUCKET_NAME", "VERCEL_ORG_ID"])
      assert.throws(() => renewalOf(settings, name), /is no credential/);
    assert.throws(() => renewalOf(settings, "AWS_ROLE_ARN"), /nothing is stored that could be rotated/);
    assert.equal(renewalOf(settings, "NOTHING_LIKE_IT"), undefined);
  });

  it("a value with several names changes under all of them, an access key under both", async () => {
    const settings = await kaiSettings("staging");
    const names = (name: string) =>
      changedWith(settings, renewalOf(settings, name) as never).map((row) => row.name);
    assert.deepEqual(names("SUPABASE_KEY"), ["SUPABASE_KEY", "SUPABASE_KEY_STAGING"]);
    assert.deepEqual(names("AWS_SECRET_ACCESS_KEY"), ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    assert.match(
      describeReaders(settings, { kind: "configuration", key: "supabaseKey" }),
      /^SUPABASE_KEY, SUPABASE_KEY_STAGING in the environment\(s\) staging on GitHub, and the cluster's kai-secrets/,
    );
  });
});

describe("what the engine is told", () => {
  it("replaces what is minted, and lets what depends on it follow", async () => {
    const settings = await generated();
    const renewal = { kind: "resource", resource: "jwt-secret" } as const;
    const targets = targetsOf(settings, renewal, [resource("jwt-secret"), resource("other")]);
    const urn = `${PARENT}::jwt-secret`;
    assert.deepEqual(upArguments(targets), ["--replace", urn, "--target", urn, "--target-dependents"]);
  });

  it("makes nothing a second time where a rotation stopped: AWS allows two keys", async () => {
    const settings = await kaiSettings("staging");
    const renewal = { kind: "resource", resource: "site-deployer-key" } as const;
    const key = "site-deployer-key";
    const targets = targetsOf(settings, renewal, [resource(key), resource(key, true)]);
    assert.deepEqual(targets, { targets: [`${PARENT}::${key}`], continues: true });
    assert.deepEqual(upArguments(targets), ["--target", `${PARENT}::${key}`, "--target-dependents"]);
  });

  it("names each holder of a configured value that the state has, and nothing else", async () => {
    const settings = await kaiSettings("staging");
    const all = [
      "namespace-secrets",
      "namespace-pull-secret",
      "staging-secret-SUPABASE_KEY",
      "staging-secret-MONGODB_URI",
    ];
    const targets = targetsOf(
      settings,
      { kind: "configuration", key: "supabaseKey" },
      all.map((name) => resource(name)),
    );
    assert.deepEqual(targets.targets, [
      `${PARENT}::namespace-secrets`,
      `${PARENT}::staging-secret-SUPABASE_KEY`,
    ]);
  });

  it("also what a stack has in its cluster alone: the registry's password, whose secret is the other stack's", async () => {
    const settings = await kaiSettings("staging");
    const renewal = renewalOf(settings, "DOCKER_PASSWORD");
    assert.deepEqual(renewal, { kind: "configuration", key: "dockerPassword" });
    const targets = targetsOf(settings, renewal as never, [resource("namespace-pull-secret")]);
    assert.deepEqual(targets.targets, [`${PARENT}::namespace-pull-secret`]);
    assert.match(
      describeReaders(settings, renewal as never),
      /^the cluster's \S+ \(what reads it rolls over\)$/,
    );
  });

  it("nothing before the first up", async () => {
    const settings = await kaiSettings("staging");
    assert.throws(
      () => targetsOf(settings, { kind: "configuration", key: "vercelToken" }, []),
      /Run `pulumi up --stack staging` first/,
    );
  });
});
