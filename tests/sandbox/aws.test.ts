/** The simulated AWS refuses what AWS refuses, and shows what somebody changed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { BucketSite } from "../../components/bucket-site.ts";
import { DeployIdentity } from "../../components/deploy-identity.ts";
import { awsProvider } from "../../components/providers.ts";
import { awsCloud } from "../../sandbox/aws/provider.ts";
import { openAws } from "../../sandbox/aws/store.ts";
import { awsTampers } from "../../sandbox/aws/tampers.ts";
import { CloudError } from "../../sandbox/provider/declaration.ts";
import type { Properties } from "../../sandbox/provider/values.ts";
import { declare } from "../support/declared.ts";

function account(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-aws-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const files = [join(directory, "aws.json"), join(directory, "vault.json")] as const;
  return { ...openAws(...files), files };
}

/** The plugin's calls for one account, without an engine. */
function client(aws: ReturnType<typeof account>) {
  const cloud = awsCloud(aws);
  const api = cloud.connect({ region: "us-east-1" });
  const type = (token: string) => {
    const declaration = cloud.resources[token];
    assert.ok(declaration, token);
    return declaration;
  };
  const context = { name: "thing", suffix: "0123456" };
  const completed = (token: string, inputs: Properties): Properties => ({
    ...type(token).defaults?.(inputs, context),
    ...inputs,
  });
  return {
    data: aws.store.data,
    check: (token: string, inputs: Properties) => type(token).check?.(completed(token, inputs)) ?? [],
    create: (token: string, inputs: Properties) =>
      type(token).create(api, completed(token, inputs), context) as string,
    read: (token: string, id: string) => type(token).read(api, id, {}) as Properties | undefined,
    update: (token: string, id: string, inputs: Properties) =>
      type(token).update?.(api, id, completed(token, inputs), context),
    remove: (token: string, id: string, oldInputs: Properties = {}) =>
      type(token).delete(api, id, { ...context, oldInputs }),
  };
}

const BUCKET = "aws:s3/bucket:Bucket";
const ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const ORIGIN_ACCESS = "aws:cloudfront/originAccessControl:OriginAccessControl";
const CACHE = "aws:cloudfront/cachePolicy:CachePolicy";
const FUNCTION = "aws:cloudfront/function:Function";
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const USER = "aws:iam/user:User";
const USER_POLICY = "aws:iam/userPolicy:UserPolicy";
const KEY = "aws:iam/accessKey:AccessKey";
const ROLE = "aws:iam/role:Role";
const OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
const CERTIFICATE = "aws:acm/certificate:Certificate";

const refused = (status: number, code: string) => (error: unknown) => {
  assert.ok(error instanceof CloudError, String(error));
  assert.equal(error.status, status, error.message);
  assert.match(error.message, new RegExp(code));
  return true;
};

const originAccess = {
  originAccessControlOriginType: "s3",
  signingBehavior: "always",
  signingProtocol: "sigv4",
};
const noKeys = {
  cookiesConfig: { cookieBehavior: "none" },
  headersConfig: { headerBehavior: "none" },
  queryStringsConfig: { queryStringBehavior: "none" },
};
const code = "function handler(event) { return event.request; }";
const runtime = "cloudfront-js-2.0";

const behavior = {
  targetOriginId: "bucket",
  viewerProtocolPolicy: "redirect-to-https",
  allowedMethods: ["GET", "HEAD"],
  cachedMethods: ["GET", "HEAD"],
  cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
};
const distribution = {
  enabled: true,
  origins: [{ originId: "bucket", domainName: "b.s3.us-east-1.amazonaws.com" }],
  defaultCacheBehavior: behavior,
  restrictions: { geoRestriction: { restrictionType: "none" } },
  viewerCertificate: { cloudfrontDefaultCertificate: true },
};

const policy = (statement: Properties) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const publicRead = (bucket: string) =>
  policy({
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${bucket}/*`,
  });
const trust = policy({
  Effect: "Allow",
  Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/x" },
  Action: "sts:AssumeRoleWithWebIdentity",
});

test("S3: a bucket's name is unique in the world, and follows the rules", (t) => {
  const aws = client(account(t));
  aws.create(BUCKET, { bucket: "kai-client" });
  assert.throws(() => aws.create(BUCKET, { bucket: "kai-client" }), refused(409, "BucketAlreadyOwnedByYou"));
  assert.throws(() => aws.create(BUCKET, { bucket: "assets" }), refused(409, "BucketAlreadyExists"));
  for (const bucket of ["Upper", "under_score", "-dash", "a..b", "10.0.0.1", "xn--a", "site-s3alias"])
    assert.throws(() => aws.create(BUCKET, { bucket }), refused(400, "InvalidBucketName"), bucket);
  assert.equal(aws.check(BUCKET, { bucket: "x".repeat(64) }).length, 1);
});

test("S3: a bucket with files stays, unless the program says that they may go", (t) => {
  const aws = client(account(t));
  const id = aws.create(BUCKET, { bucket: "kai-client" });
  const document = aws.data.buckets[id];
  assert.ok(document);
  document.Objects["index.html"] = 12;
  assert.throws(() => aws.remove(BUCKET, id, { forceDestroy: false }), refused(409, "BucketNotEmpty"));
  aws.remove(BUCKET, id, { forceDestroy: true });
  assert.equal(aws.read(BUCKET, id), undefined);
});

test("S3: a public policy is refused while public policies are blocked", (t) => {
  const aws = client(account(t));
  const bucket = aws.create(BUCKET, { bucket: "kai-client" });
  assert.throws(
    () => aws.create(POLICY, { bucket, policy: publicRead(bucket) }),
    refused(403, "BlockPublicPolicy"),
  );
  const narrowed = JSON.parse(publicRead(bucket));
  narrowed.Statement[0].Condition = { StringEquals: { "aws:SourceAccount": "123456789012" } };
  aws.create(POLICY, { bucket, policy: JSON.stringify(narrowed) });
  aws.create(ACCESS, { bucket, blockPublicPolicy: false });
  aws.create(POLICY, { bucket, policy: publicRead(bucket) });
});

test("S3: a policy must be JSON, whole, and about its own bucket", (t) => {
  const aws = client(account(t));
  const bucket = aws.create(BUCKET, { bucket: "kai-client" });
  assert.equal(aws.check(POLICY, { bucket, policy: "{" }).length, 1);
  for (const text of [
    publicRead("another"),
    policy({ Effect: "Maybe", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}` }),
    policy({ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}` }),
    policy({ Effect: "Allow", Principal: "*", Action: "GetObject", Resource: `arn:aws:s3:::${bucket}` }),
  ])
    assert.throws(() => aws.create(POLICY, { bucket, policy: text }), refused(400, "MalformedPolicy"));
});

test("S3: a lifecycle rule does something and has a name of its own", (t) => {
  const aws = client(account(t));
  const bucket = aws.create(BUCKET, { bucket: "kai-client" });
  const rule = { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 30 } };
  assert.throws(
    () => aws.create(LIFECYCLE, { bucket, rules: [{ id: "none", status: "Enabled" }] }),
    refused(400, "At least one action"),
  );
  assert.throws(() => aws.create(LIFECYCLE, { bucket, rules: [rule, rule] }), refused(400, "unique"));
  assert.equal(aws.check(LIFECYCLE, { bucket, rules: [{ ...rule, status: "On" }] }).length, 1);
});

test("CloudFront: names are unique, and what a distribution uses stays", (t) => {
  const aws = client(account(t));
  const access = aws.create(ORIGIN_ACCESS, { ...originAccess, name: "origin" });
  const cache = aws.create(CACHE, { name: "pages", parametersInCacheKeyAndForwardedToOrigin: noKeys });
  const router = aws.create(FUNCTION, { name: "router", code, runtime });
  assert.throws(
    () => aws.create(ORIGIN_ACCESS, { ...originAccess, name: "origin" }),
    refused(409, "OriginAccessControlAlreadyExists"),
  );
  assert.throws(
    () => aws.create(FUNCTION, { name: "router", code, runtime }),
    refused(409, "FunctionAlreadyExists"),
  );
  const functionArn = aws.read(FUNCTION, router)?.arn;
  const id = aws.create(DISTRIBUTION, {
    ...distribution,
    origins: [{ ...distribution.origins[0], originAccessControlId: access }],
    defaultCacheBehavior: {
      ...behavior,
      cachePolicyId: cache,
      functionAssociations: [{ eventType: "viewer-request", functionArn }],
    },
  });
  assert.throws(() => aws.remove(ORIGIN_ACCESS, access), refused(409, "OriginAccessControlInUse"));
  assert.throws(() => aws.remove(CACHE, cache), refused(409, "CachePolicyInUse"));
  assert.throws(() => aws.remove(FUNCTION, router), refused(409, "FunctionInUse"));
  aws.remove(DISTRIBUTION, id);
  aws.remove(ORIGIN_ACCESS, access);
  aws.remove(CACHE, cache);
  aws.remove(FUNCTION, router);
});

test("CloudFront: a function compiles, has a handler, and is at most 10 KB", (t) => {
  const aws = client(account(t));
  assert.throws(() => aws.create(FUNCTION, { code: "function (", runtime }), refused(400, "not valid"));
  assert.throws(() => aws.create(FUNCTION, { code: "const a = 1;", runtime }), refused(400, "handler"));
  const long = `${code}//${"x".repeat(10_240)}`;
  assert.throws(
    () => aws.create(FUNCTION, { code: long, runtime }),
    refused(413, "FunctionSizeLimitExceeded"),
  );
  assert.equal(aws.check(FUNCTION, { code, runtime: "nodejs22.x" }).length, 1);
  const draft = aws.create(FUNCTION, { name: "draft", code, runtime, publish: false });
  const functionAssociations = [{ eventType: "viewer-request", functionArn: aws.read(FUNCTION, draft)?.arn }];
  assert.throws(
    () =>
      aws.create(DISTRIBUTION, {
        ...distribution,
        defaultCacheBehavior: { ...behavior, functionAssociations },
      }),
    refused(400, "InvalidFunctionAssociation"),
  );
});

test("CloudFront: a distribution names what exists, and words that the plugin knows", (t) => {
  const aws = client(account(t));
  const withBehavior = (change: Properties) => ({
    ...distribution,
    defaultCacheBehavior: { ...behavior, ...change },
  });
  assert.throws(
    () => aws.create(DISTRIBUTION, withBehavior({ cachePolicyId: "no-such" })),
    refused(404, "NoSuchCachePolicy"),
  );
  assert.throws(
    () => aws.create(DISTRIBUTION, withBehavior({ targetOriginId: "other" })),
    refused(404, "NoSuchOrigin"),
  );
  for (const wrong of [
    { httpVersion: "HTTP2" },
    { priceClass: "cheap" },
    { viewerCertificate: { minimumProtocolVersion: "TLSv1.4" } },
    withBehavior({ viewerProtocolPolicy: "https" }),
  ])
    assert.equal(aws.check(DISTRIBUTION, { ...distribution, ...wrong }).length, 1);
});

test("CloudFront: an alias needs an issued certificate of us-east-1, and belongs to one distribution", (t) => {
  const aws = client(account(t));
  const certificate = aws.create(CERTIFICATE, { domainName: "kai.example.com", validationMethod: "DNS" });
  const aliased = {
    ...distribution,
    aliases: ["kai.example.com"],
    viewerCertificate: { acmCertificateArn: certificate, sslSupportMethod: "sni-only" },
  };
  assert.throws(() => aws.create(DISTRIBUTION, aliased), refused(400, "InvalidViewerCertificate"));
  const document = aws.data.certificates[certificate];
  assert.ok(document);
  document.Status = "ISSUED";
  aws.create(DISTRIBUTION, aliased);
  assert.throws(() => aws.create(DISTRIBUTION, aliased), refused(409, "CNAMEAlreadyExists"));
  assert.throws(() => aws.remove(CERTIFICATE, certificate), refused(400, "ResourceInUseException"));
});

test("CloudFront: with its own certificate a security policy is ignored, and so differs for ever", (t) => {
  const aws = client(account(t));
  const id = aws.create(DISTRIBUTION, {
    ...distribution,
    viewerCertificate: { cloudfrontDefaultCertificate: true, minimumProtocolVersion: "TLSv1.2_2021" },
  });
  assert.deepEqual(aws.read(DISTRIBUTION, id)?.viewerCertificate, {
    cloudfrontDefaultCertificate: true,
    minimumProtocolVersion: "TLSv1",
  });
});

test("CloudFront: times in order, and no compression where nothing is cached", (t) => {
  const aws = client(account(t));
  const keys = { ...noKeys, enableAcceptEncodingGzip: true };
  assert.throws(
    () => aws.create(CACHE, { minTtl: 10, defaultTtl: 5, parametersInCacheKeyAndForwardedToOrigin: noKeys }),
    refused(400, "InvalidArgument"),
  );
  assert.throws(
    () => aws.create(CACHE, { defaultTtl: 0, maxTtl: 0, parametersInCacheKeyAndForwardedToOrigin: keys }),
    refused(400, "caching disabled"),
  );
});

test("IAM: two keys a user, and a user with keys or policies stays", (t) => {
  const aws = client(account(t));
  const user = aws.create(USER, { name: "deployer" });
  assert.throws(() => aws.create(USER, { name: "deployer" }), refused(409, "EntityAlreadyExists"));
  const first = aws.create(KEY, { user });
  aws.create(KEY, { user });
  assert.throws(() => aws.create(KEY, { user }), refused(409, "LimitExceeded"));
  assert.throws(() => aws.remove(USER, user), refused(409, "DeleteConflict"));
  aws.remove(KEY, first);
  aws.remove(USER, user, { forceDestroy: true });
  assert.deepEqual(aws.data.accessKeys, {});
});

test("IAM: a malformed policy is refused, for users and for trust", (t) => {
  const aws = client(account(t));
  const user = aws.create(USER, { name: "deployer" });
  for (const statement of [
    { Effect: "Allow", Action: "s3:*" },
    { Effect: "Allow", Action: "s3:*", Resource: "bucket" },
    { Effect: "Allow", Action: "s3:*", Resource: "*", Principal: "*" },
    { Effect: "Allow", Action: "s3:*", Resource: "*", Sid: "with space" },
    { Effect: "Allow", Action: "s3:*", Resource: "*", Extra: true },
  ])
    assert.throws(
      () => aws.create(USER_POLICY, { user, policy: policy(statement) }),
      refused(400, "MalformedPolicyDocument"),
    );
  for (const assumeRolePolicy of [
    policy({ Effect: "Allow", Action: "sts:AssumeRole" }),
    policy({ Effect: "Allow", Principal: "*", Action: "s3:*" }),
    policy({ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole", Resource: "*" }),
  ])
    assert.throws(() => aws.create(ROLE, { assumeRolePolicy }), refused(400, "MalformedPolicyDocument"));
  aws.create(ROLE, { name: "deployer", assumeRolePolicy: trust });
  assert.throws(
    () => aws.create(ROLE, { name: "deployer", assumeRolePolicy: trust }),
    refused(409, "EntityAlreadyExists"),
  );
});

test("IAM: an account holds one provider for a URL", (t) => {
  const aws = client(account(t));
  const inputs = { url: "https://token.actions.githubusercontent.com", clientIdLists: ["sts.amazonaws.com"] };
  aws.create(OIDC, inputs);
  assert.throws(() => aws.create(OIDC, inputs), refused(409, "EntityAlreadyExists"));
});

test("the account survives its process, with the secret in the vault", (t) => {
  const first = account(t);
  const aws = client(first);
  const key = aws.create(KEY, { user: aws.create(USER, { name: "deployer" }) });
  const again = client({ ...openAws(...first.files), files: first.files });
  assert.equal(again.read(KEY, key)?.secret, aws.read(KEY, key)?.secret);
  assert.equal(JSON.stringify(again.data).includes(String(aws.read(KEY, key)?.secret)), false);
});

test("every change by hand is seen as one difference, and is repaired", async (t) => {
  const aws = account(t);
  const { resources } = await declare([awsCloud(aws)], (options) => {
    const provider = awsProvider({ aws: { region: "eu-central-1", credentials: "keys" } });
    const args = {
      bucketName: "staging-client",
      partName: (part: string) => `client-${part}`,
      routing: "spa" as const,
      hashedAssetPaths: ["/static/*"],
      production: false,
      tags: {},
    };
    const site = new BucketSite("client", args, { ...options, provider });
    return new DeployIdentity(
      "deployer",
      {
        identityName: "deployer",
        credentials: { kind: "keys" },
        bucketArns: [site.bucketArn],
        distributionArns: [site.distributionArn],
        tags: {},
      },
      { ...options, provider },
    );
  });
  const drifted = async () => {
    const found = resources.map(async (resource) => ({ resource, properties: await resource.drift() }));
    return (await Promise.all(found)).filter(({ properties }) => properties.length > 0);
  };
  assert.deepEqual(await drifted(), []);
  const plugin = client(aws);
  const untouched = structuredClone(aws.store.data);
  for (const tamper of awsTampers) {
    await t.test(tamper.id, async () => {
      Object.assign(aws.store.data, structuredClone(untouched));
      tamper.apply({ clouds: { aws } });
      const [changed, ...others] = await drifted();
      assert.ok(changed, "nothing was seen");
      assert.deepEqual([changed.properties.length, others.length], [1, 0]);
      const { type, id, inputs } = changed.resource;
      if (plugin.read(type, id)) {
        plugin.update(type, id, inputs);
        assert.deepEqual(await drifted(), []);
      } else {
        const created = plugin.create(type, inputs);
        assert.ok(plugin.read(type, created));
      }
    });
  }
});
