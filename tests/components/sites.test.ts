/** The sites' components, declared in simulated clouds. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isSecret } from "@pulumi/pulumi";
import { BucketSite, type BucketSiteArgs } from "../../components/bucket-site.ts";
import { DeployIdentity, type DeployIdentityArgs } from "../../components/deploy-identity.ts";
import { awsProvider, vercelProvider } from "../../components/providers.ts";
import { VercelSite, type VercelSiteArgs } from "../../components/vercel-site.ts";
import { awsCloud } from "../../sandbox/aws/provider.ts";
import { openAws } from "../../sandbox/aws/store.ts";
import { vercelCloud } from "../../sandbox/vercel/provider.ts";
import { openVercel } from "../../sandbox/vercel/store.ts";
import { declare, settled } from "../support/declared.ts";

const region = { aws: { region: "eu-central-1", credentials: "keys" as const } };
const bucketArns = ["arn:aws:s3:::one", "arn:aws:s3:::two"];
const distributionArns = ["arn:aws:cloudfront::123456789012:distribution/E1"];

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-sites-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function account(t: TestContext) {
  const directory = folder(t);
  return openAws(join(directory, "aws.json"), join(directory, "vault.json"));
}

const siteArgs: BucketSiteArgs = {
  bucketName: "staging-client-kai",
  partName: (part) => `kai-staging-client-${part}`,
  routing: "static",
  hashedAssetPaths: ["/static/*"],
  production: false,
  tags: { environment: "staging" },
};

async function site(t: TestContext, args: Partial<BucketSiteArgs> = {}, aws = account(t)) {
  const declared = await declare([awsCloud(aws)], (options) => {
    return new BucketSite("client", { ...siteArgs, ...args }, { ...options, provider: awsProvider(region) });
  });
  return { ...declared, aws };
}

async function identity(t: TestContext, credentials: DeployIdentityArgs["credentials"], aws = account(t)) {
  const declared = await declare([awsCloud(aws)], (options) => {
    const args = { identityName: "kai-deployer", credentials, bucketArns, distributionArns, tags: {} };
    return new DeployIdentity("deployer", args, { ...options, provider: awsProvider(region) });
  });
  return { ...declared, aws };
}

async function vercelSite(t: TestContext, args: Partial<VercelSiteArgs> = {}) {
  const directory = folder(t);
  const vercel = openVercel(join(directory, "vercel.json"), join(directory, "vault.json"), "t".repeat(24));
  const declared = await declare([vercelCloud(vercel)], (options) => {
    const whole = {
      projectName: "kai-staging-client",
      directory: "packages/client",
      framework: "gatsby",
      outputDirectory: "public",
      variables: { API_URL: "https://api.example.com", api_url: "other" },
      ...args,
    };
    const provider = vercelProvider({ vercel: { team: "kai" } });
    return new VercelSite("client", whole, { ...options, provider });
  });
  return { ...declared, vercel };
}

test("names and types of a site are pinned: another name would replace what holds its files", async (t) => {
  const { resources } = await site(t, { domain: "kai.example.com" });
  assert.deepEqual(resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort(), [
    "Bucket client-bucket",
    "BucketLifecycleConfiguration client-lifecycle",
    "BucketOwnershipControls client-ownership",
    "BucketPolicy client-policy",
    "BucketPublicAccessBlock client-public-access",
    "BucketServerSideEncryptionConfiguration client-encryption",
    "BucketVersioning client-versioning",
    "CachePolicy client-page-cache",
    "Certificate client-certificate",
    "Distribution client-distribution",
    "Function client-router",
    "OriginAccessControl client-origin-access",
    "ResponseHeadersPolicy client-assets-headers",
    "ResponseHeadersPolicy client-pages-headers",
  ]);
});

test("nothing of a site differs right after it was created", async (t) => {
  for (const args of [
    {},
    { routing: "spa" as const, hashedAssetPaths: [] },
    { domain: "kai.example.com" },
    { production: true },
  ]) {
    const { resources } = await site(t, args);
    for (const resource of resources) assert.deepEqual(await resource.drift(), [], resource.name);
  }
});

test("only the site's own distribution reads the bucket, and nobody without TLS", async (t) => {
  const { find, value } = await site(t);
  const { bucket, region: _region, ...access } = find("BucketPublicAccessBlock").inputs;
  assert.deepEqual(access, {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  assert.equal(bucket, "staging-client-kai");
  const { Statement } = JSON.parse(String(find("BucketPolicy").inputs.policy));
  const distribution = await settled(value.distributionArn);
  for (const allowed of Statement.filter(({ Effect }: { Effect: string }) => Effect === "Allow")) {
    assert.deepEqual(allowed.Principal, { Service: "cloudfront.amazonaws.com" });
    assert.deepEqual(allowed.Condition, { StringEquals: { "AWS:SourceArn": distribution } });
  }
  const denied = Statement.find(({ Effect }: { Effect: string }) => Effect === "Deny");
  assert.deepEqual(denied.Condition, { Bool: { "aws:SecureTransport": "false" } });
});

test("hashed files are cached for ever, pages are asked for again and routed", async (t) => {
  const { find } = await site(t);
  const { defaultCacheBehavior: pages, orderedCacheBehaviors } = find("Distribution").inputs as {
    defaultCacheBehavior: Record<string, unknown>;
    orderedCacheBehaviors: Record<string, unknown>[];
  };
  assert.equal(pages.cachePolicyId, find("CachePolicy").id);
  assert.deepEqual(pages.functionAssociations, [
    {
      eventType: "viewer-request",
      functionArn: "arn:aws:cloudfront::123456789012:function/kai-staging-client-router",
    },
  ]);
  assert.equal(find("CachePolicy").inputs.defaultTtl, 0);
  assert.deepEqual(
    orderedCacheBehaviors.map(({ pathPattern, cachePolicyId }) => [pathPattern, cachePolicyId]),
    [["/static/*", "658327ea-f89d-4fab-a63d-7e88639e58f6"]],
  );
  for (const behavior of [pages, ...orderedCacheBehaviors])
    assert.equal(behavior.viewerProtocolPolicy, "redirect-to-https");
  const plain = await site(t, { hashedAssetPaths: [] });
  assert.deepEqual(plain.find("Distribution").inputs.orderedCacheBehaviors, []);
  assert.match(plain.find("ResponseHeadersPolicy").name, /pages-headers$/);
});

test("a pre-rendered site shows its own page for what is missing, an app routes by itself", async (t) => {
  const { find } = await site(t);
  assert.deepEqual(find("Distribution").inputs.customErrorResponses, [
    { errorCode: 404, responseCode: 404, responsePagePath: "/404.html", errorCachingMinTtl: 10 },
  ]);
  const app = await site(t, { routing: "spa" });
  assert.equal(app.find("Distribution").inputs.customErrorResponses, undefined);
  assert.notEqual(app.find("Function").inputs.code, find("Function").inputs.code);
});

test("production keeps its files and waits; elsewhere a destroy takes everything", async (t) => {
  const production = await site(t, { production: true });
  assert.equal(production.find("Bucket").options.protect, true);
  assert.equal(production.find("Bucket").inputs.forceDestroy, false);
  assert.equal(production.find("Distribution").inputs.waitForDeployment, true);
  const staging = await site(t);
  assert.equal(staging.find("Bucket").options.protect, false);
  assert.equal(staging.find("Bucket").inputs.forceDestroy, true);
  assert.equal(staging.find("Distribution").inputs.waitForDeployment, false);
});

test("a domain waits for its certificate without holding the `up`, and is attached once it is issued", async (t) => {
  const { find, value, aws } = await site(t, { domain: "kai.example.com" });
  assert.deepEqual(find("Distribution").inputs.aliases, []);
  assert.deepEqual(find("Distribution").inputs.viewerCertificate, { cloudfrontDefaultCertificate: true });
  assert.equal(find("Certificate").inputs.region, "us-east-1");
  const [record] = await settled(value.validationRecords);
  assert.match(record?.name ?? "", /^_\w+\.kai\.example\.com\.$/);

  // The next refresh sees an issued certificate.
  const cloud = awsCloud(aws);
  const certificate = cloud.resources["aws:acm/certificate:Certificate"];
  assert.ok(certificate);
  const issued = {
    ...cloud,
    resources: {
      ...cloud.resources,
      "aws:acm/certificate:Certificate": {
        ...certificate,
        create(...args: Parameters<typeof certificate.create>) {
          const id = String(certificate.create(...args));
          for (const document of Object.values(aws.store.data.certificates)) document.Status = "ISSUED";
          return id;
        },
      },
    },
  };
  const next = await declare([issued], (options) => {
    const args = { ...siteArgs, bucketName: "other-bucket", domain: "kai.example.com" };
    const renamed = { ...args, partName: (part: string) => `other-${part}` };
    return new BucketSite("client", renamed, { ...options, provider: awsProvider(region) });
  });
  assert.deepEqual(next.find("Distribution").inputs.aliases, ["kai.example.com"]);
  assert.deepEqual(next.find("Distribution").inputs.viewerCertificate, {
    acmCertificateArn: next.find("Certificate").id,
    sslSupportMethod: "sni-only",
    minimumProtocolVersion: "TLSv1.2_2021",
  });
});

test("a content security policy is reported, and none is enforced that could break a site", async (t) => {
  const inputs = (await site(t)).find("ResponseHeadersPolicy", "pages-headers").inputs as {
    customHeadersConfig: { items: { header: string; value: string }[] };
    securityHeadersConfig: { contentSecurityPolicy?: unknown };
  };
  const { items } = inputs.customHeadersConfig;
  assert.ok(items.some(({ header }) => header === "Content-Security-Policy-Report-Only"));
  assert.equal(inputs.securityHeadersConfig.contentSecurityPolicy, undefined);
});

test("keys: a user with one policy of three statements, and a key whose secret stays secret", async (t) => {
  const { find, value, aws, resources } = await identity(t, { kind: "keys" });
  const { Statement } = JSON.parse(String(find("UserPolicy").inputs.policy));
  assert.equal(Statement.length, 3);
  assert.deepEqual(Statement[0].Resource, bucketArns);
  assert.deepEqual(Statement[2].Resource, distributionArns);
  assert.ok(value.secretAccessKey && value.accessKeyId);
  assert.equal(await isSecret(value.secretAccessKey), true);
  const id = await settled(value.accessKeyId);
  const secret = await settled(value.secretAccessKey);
  assert.equal(aws.vault.data.secretAccessKeys[id], secret);
  assert.ok(!JSON.stringify(aws.store.data).includes(secret));
  assert.equal(value.roleArn, undefined);
  for (const resource of resources) assert.deepEqual(await resource.drift(), [], resource.name);
});

const trust = {
  owner: "Basilakis",
  ownerId: "11",
  repository: "kai",
  repositoryId: "22",
  environment: "staging",
  createsProvider: true,
};

test("oidc: a role for one environment of one repository, in both forms of the subject", async (t) => {
  const { find, value, resources } = await identity(t, { kind: "oidc", trust });
  const { Statement } = JSON.parse(String(find("Role").inputs.assumeRolePolicy));
  const { StringEquals } = Statement[0].Condition;
  assert.deepEqual(StringEquals["token.actions.githubusercontent.com:sub"], [
    "repo:Basilakis/kai:environment:staging",
    "repo:Basilakis@11/kai@22:environment:staging",
  ]);
  assert.equal(Statement[0].Principal.Federated, find("OpenIdConnectProvider").id);
  assert.ok(value.roleArn);
  assert.equal(await settled(value.roleArn), "arn:aws:iam::123456789012:role/kai-deployer");
  assert.equal(value.secretAccessKey, undefined);
  for (const resource of resources) assert.deepEqual(await resource.drift(), [], resource.name);
});

test("oidc: an account holds one provider, so others refer to it", async (t) => {
  const federated = async (change: object) => {
    const { find, resources } = await identity(t, { kind: "oidc", trust: { ...trust, ...change } });
    assert.ok(!resources.some(({ type }) => type.endsWith(":OpenIdConnectProvider")));
    return JSON.parse(String(find("Role").inputs.assumeRolePolicy)).Statement[0].Principal.Federated;
  };
  const other = "arn:aws:iam::999999999999:oidc-provider/token.actions.githubusercontent.com";
  assert.equal(await federated({ providerArn: other }), other);
  assert.equal(
    await federated({ createsProvider: false }),
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  );
});

test("a Vercel project is deployed to by the workflow alone, and says what else would drift unseen", async (t) => {
  const { find, value, resources } = await vercelSite(t, { domain: "www.example.com" });
  const { inputs, id } = find("Project");
  assert.equal(inputs.gitRepository, undefined);
  assert.equal(inputs.enableAffectedProjectsDeployments, false);
  assert.equal(inputs.rootDirectory, "packages/client");
  assert.equal(inputs.outputDirectory, "public");
  assert.equal(await settled(value.projectId), id);
  assert.match(await settled(value.teamId), /^team_/);
  assert.equal(find("ProjectDomain").inputs.domain, "www.example.com");
  const variables = resources.filter(({ type }) => type.endsWith(":ProjectEnvironmentVariable"));
  assert.deepEqual(variables.map(({ inputs: { key } }) => key).sort(), ["API_URL", "api_url"]);
  for (const variable of variables) assert.equal(variable.inputs.sensitive, false);
  for (const resource of resources) assert.deepEqual(await resource.drift(), [], resource.name);
});

test("a framework with a server of its own keeps its output folder", async (t) => {
  const { find } = await vercelSite(t, { framework: "nextjs" });
  assert.equal(find("Project").inputs.outputDirectory, undefined);
});

test("what is kept on disk holds the secret access key in the vault alone", async (t) => {
  const directory = folder(t);
  const aws = openAws(join(directory, "aws.json"), join(directory, "vault.json"));
  const { value } = await identity(t, { kind: "keys" }, aws);
  assert.ok(value.secretAccessKey);
  const secret = await settled(value.secretAccessKey);
  assert.ok(!readFileSync(join(directory, "aws.json"), "utf8").includes(secret));
  assert.ok(readFileSync(join(directory, "vault.json"), "utf8").includes(secret));
});
