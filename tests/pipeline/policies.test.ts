import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bucketPolicy, siteDeployPolicy, trustPolicy } from "../../pipeline/policies.ts";

const bucketArn = "arn:aws:s3:::b";
const distributionArn = "arn:aws:cloudfront::123456789012:distribution/E1";

describe("bucket policy", () => {
  it("lets one distribution read and list, and nobody come without TLS", () => {
    const [read, list, tls, ...more] = bucketPolicy({ bucketArn, distributionArn }).Statement;
    assert.deepEqual(more, []);
    assert.equal(read?.Action, "s3:GetObject");
    assert.deepEqual([list?.Action, list?.Resource], ["s3:ListBucket", bucketArn]);
    for (const statement of [read, list]) {
      assert.deepEqual(statement?.Principal, { Service: "cloudfront.amazonaws.com" });
      assert.deepEqual(statement?.Condition, { StringEquals: { "AWS:SourceArn": distributionArn } });
    }
    assert.equal(tls?.Effect, "Deny");
    assert.deepEqual(tls?.Resource, [bucketArn, `${bucketArn}/*`]);
  });
});

describe("deploy policy", () => {
  it("has three statements, each on its own kind of resource, and no wildcard action", () => {
    const { Statement } = siteDeployPolicy({ bucketArns: [bucketArn], distributionArns: [distributionArn] });
    assert.deepEqual(
      Statement.map(({ Resource }) => Resource),
      [[bucketArn], [`${bucketArn}/*`], [distributionArn]],
    );
    const actions = Statement.flatMap(({ Action }) => Action);
    assert.deepEqual(actions.sort(), [
      "cloudfront:CreateInvalidation",
      "cloudfront:GetInvalidation",
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:ListBucket",
      "s3:PutObject",
    ]);
  });
});

describe("trust policy", () => {
  it("trusts one environment of one repository, under both forms of the subject", () => {
    const [statement, ...more] = trustPolicy({
      providerArn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
      owner: "Basilakis",
      ownerId: "11",
      repository: "kai",
      repositoryId: "22",
      environment: "staging",
    }).Statement;
    assert.deepEqual(more, []);
    assert.equal(statement?.Action, "sts:AssumeRoleWithWebIdentity");
    assert.deepEqual(statement?.Condition, {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": [
          "repo:Basilakis/kai:environment:staging",
          "repo:Basilakis@11/kai@22:environment:staging",
        ],
      },
    });
  });
});
