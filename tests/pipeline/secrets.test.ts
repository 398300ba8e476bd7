import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import {
  checkSecrets,
  ownedSecrets,
  type SecretRead,
  type SecretRow,
  secretsIn,
  secretTable,
} from "../../pipeline/secrets.ts";
import { CONFIGURATION_SECRETS } from "../../settings.ts";
import { kaiSettings } from "../settings/kai.ts";

/** The specification's list, word for word. */
const SPECIFIED = `
  VERCEL_TOKEN VERCEL_ORG_ID VERCEL_PROJECT_ID_CLIENT VERCEL_PROJECT_ID_ADMIN
  DIGITALOCEAN_ACCESS_TOKEN KUBE_CONFIG_DATA
  DOCKER_USERNAME DOCKER_PASSWORD DOCKER_REGISTRY
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION CLIENT_BUCKET_NAME ADMIN_BUCKET_NAME
  CLOUDFRONT_DISTRIBUTION_ID_CLIENT CLOUDFRONT_DISTRIBUTION_ID_ADMIN
  MONGODB_URI SUPABASE_URL SUPABASE_KEY SUPABASE_URL_STAGING SUPABASE_KEY_STAGING
  SUPABASE_URL_PRODUCTION SUPABASE_KEY_PRODUCTION JWT_SECRET`
  .trim()
  .split(/\s+/);

describe("the table of secrets", () => {
  let staging: SecretRow[];
  let production: SecretRow[];
  before(async () => {
    staging = secretTable(await kaiSettings("staging"));
    production = secretTable(await kaiSettings("production"));
  });

  it("has the specification's 24 names, and marks no other as specified", () => {
    assert.equal(SPECIFIED.length, 24);
    const names = [...staging, ...production]
      .filter(({ specification }) => specification)
      .map(({ name }) => name);
    assert.deepEqual([...new Set(names)].sort(), [...SPECIFIED].sort());
  });

  it("has each name once a stack", () => {
    for (const table of [staging, production]) {
      assert.equal(new Set(table.map(({ name }) => name)).size, table.length);
    }
  });

  it("has nothing for images and roll-outs where there are no services", async () => {
    const names = secretTable(await kaiSettings("production", { services: [] })).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => /^DOCKER_|^KUBE_/.test(name)),
      [],
    );
    assert.ok(names.includes("DIGITALOCEAN_ACCESS_TOKEN"));
  });

  it("keeps another environment's database out of reach", () => {
    const names = staging.map(({ name }) => name);
    assert.ok(names.includes("SUPABASE_KEY_STAGING") && names.includes("DATABASE_URL_STAGING"));
    assert.equal(
      names.some((name) => name.endsWith("_PRODUCTION")),
      false,
    );
  });

  it("keeps to the environment what is not needed outside it", () => {
    const repository = production.filter(({ scope }) => scope === "repository").map(({ name }) => name);
    assert.deepEqual(repository, ["SLACK_WEBHOOK"]);
  });

  it("lets the owner of the repository alone create the repository's secrets", async () => {
    const scopes = (rows: SecretRow[]) => new Set(rows.map(({ scope }) => scope));
    assert.deepEqual(scopes(ownedSecrets(await kaiSettings("staging"))), new Set(["environment"]));
    assert.deepEqual(
      scopes(ownedSecrets(await kaiSettings("production"))),
      new Set(["environment", "repository"]),
    );
  });

  it("puts into the inspection and preview environments what their jobs need, and no more", async () => {
    const settings = await kaiSettings("staging");
    for (const environment of ["staging-inspection", "staging-preview"]) {
      const names = secretsIn(settings, environment).map(({ name }) => name);
      assert.deepEqual(names.sort(), [
        "DATABASE_URL_STAGING",
        "DIGITALOCEAN_ACCESS_TOKEN",
        "KAI_GITHUB_TOKEN",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG_PASSPHRASE",
        "VERCEL_TOKEN",
      ]);
    }
    assert.deepEqual(secretsIn(settings), []);
  });

  it("lets the job that builds the images alone, and the owner alone, hold the registry's password", async () => {
    const owner = await kaiSettings("production");
    const names = secretsIn(owner, "images").map(({ name }) => name);
    assert.deepEqual(names.sort(), ["DOCKER_PASSWORD", "DOCKER_REGISTRY", "DOCKER_USERNAME"]);
    for (const environment of ["production", "production-inspection", "production-preview"])
      assert.ok(!secretsIn(owner, environment).some(({ name }) => name === "DOCKER_PASSWORD"));
    assert.ok(!ownedSecrets(await kaiSettings("staging")).some(({ name }) => name === "DOCKER_PASSWORD"));
  });

  it("leaves out optional secrets that are not set", async () => {
    const settings = await kaiSettings("production", {
      slackWebhook: "",
      pulumiPassphrase: "",
      jwtSecret: "",
    });
    const names = ownedSecrets(settings).map(({ name }) => name);
    assert.equal(names.includes("SLACK_WEBHOOK") || names.includes("PULUMI_CONFIG_PASSPHRASE"), false);
    assert.ok(names.includes("PULUMI_ACCESS_TOKEN") && names.includes("JWT_SECRET"));
  });

  it("takes every configured secret, and asks for none that is not known", () => {
    const used = new Set(
      production.flatMap(({ source }) =>
        source.kind === "configuration" || source.kind === "generated" ? [source.key] : [],
      ),
    );
    assert.deepEqual([...used].sort(), CONFIGURATION_SECRETS.map(({ key }) => key).sort());
  });

  it("declares every configured secret in Pulumi.yaml as a secret", async () => {
    const project = await readFile(new URL("../../Pulumi.yaml", import.meta.url), "utf8");
    for (const { key } of CONFIGURATION_SECRETS)
      assert.match(project, new RegExp(`^  ${key}:\\n    secret: true`, "m"));
  });

  it("has names that GitHub accepts", () => {
    for (const { name } of [...staging, ...production]) {
      assert.match(name, /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/);
    }
  });

  it("holds a role instead of two keys where the workflow signs in by OIDC", async () => {
    const names = secretTable(await kaiSettings("production", { "aws.credentials": "oidc" })).map(
      ({ name }) => name,
    );
    assert.ok(names.includes("AWS_ROLE_ARN"));
    assert.equal(names.includes("AWS_ACCESS_KEY_ID"), false);
  });

  it("follows the sites and the clouds", async () => {
    const names = (rows: SecretRow[]) => rows.map(({ name }) => name);
    const oneSite = names(
      secretTable(
        await kaiSettings("production", { "sites.0.hosting": "vercel", "sites.1.hosting": "cloudfront" }),
      ),
    );
    assert.ok(oneSite.includes("VERCEL_PROJECT_ID_CLIENT") && oneSite.includes("ADMIN_BUCKET_NAME"));
    assert.equal(
      oneSite.includes("CLIENT_BUCKET_NAME") || oneSite.includes("VERCEL_PROJECT_ID_ADMIN"),
      false,
    );
    const bare = names(
      secretTable(
        await kaiSettings("production", {
          sites: [],
          clouds: { aws: false, vercel: false, digitalocean: false, database: false },
        }),
      ),
    );
    assert.deepEqual(bare, [
      "SLACK_WEBHOOK",
      "PULUMI_ACCESS_TOKEN",
      "PULUMI_CONFIG_PASSPHRASE",
      "KAI_GITHUB_TOKEN",
    ]);
  });
});

describe("the table against what workflows read", () => {
  let table: SecretRow[];
  let reads: SecretRead[];
  before(async () => {
    table = secretTable(await kaiSettings("staging"));
    reads = table.flatMap(({ name, readers }) =>
      readers.map(({ id, environment }) => ({ job: id, secret: name, ...(environment && { environment }) })),
    );
  });

  it("agrees when every reader reads", () => {
    assert.deepEqual(checkSecrets(table, reads), []);
  });

  it("GitHub's own token needs no row", () => {
    assert.deepEqual(checkSecrets(table, [...reads, { job: "build", secret: "GITHUB_TOKEN" }]), []);
  });

  it("names a secret that nothing provides", () => {
    const read = { job: "deploy-staging", environment: "staging", secret: "VERCEL_TOKN" };
    assert.match(
      checkSecrets(table, [...reads, read]).join(),
      /deploy-staging reads the secret VERCEL_TOKN, which nothing/,
    );
  });

  it("names a secret that nothing reads", () => {
    const without = reads.filter(({ secret }) => secret !== "JWT_SECRET");
    assert.deepEqual(checkSecrets(table, without), [
      "the secret JWT_SECRET is provided, but no workflow reads it",
    ]);
  });

  it("names a job that reads what it should not", () => {
    const read = { job: "build", secret: "MONGODB_URI" };
    assert.match(checkSecrets(table, [...reads, read]).join(), /job build reads .* not among its readers/);
  });

  it("names a job that cannot see what it reads", () => {
    const moved = reads.map((read) =>
      read.job === "deploy-staging" && read.secret === "JWT_SECRET"
        ? { job: read.job, secret: read.secret }
        : read,
    );
    assert.match(
      checkSecrets(table, moved).join(),
      /JWT_SECRET, which it cannot see from outside any environment/,
    );
  });
});
