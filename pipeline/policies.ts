/** AWS policy documents, as plain data. Least privilege: each names its actions and its resources one by one. */

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: Record<string, string> | "*";
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: Statement[];
}

function document(...statements: Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** What a bucket policy is about. */
export interface BucketPolicyInput {
  bucketArn: string;
  /** The only distribution that may read the bucket. */
  distributionArn: string;
}

/**
 * One distribution may read, nobody may come without TLS. It may list too: without that S3 answers 403 for a missing
 * file, and a site cannot show its own page for 404.
 */
export function bucketPolicy({ bucketArn, distributionArn }: BucketPolicyInput): PolicyDocument {
  const cloudFront = {
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Condition: { StringEquals: { "AWS:SourceArn": distributionArn } },
  } as const;
  return document(
    { Sid: "CloudFrontReads", ...cloudFront, Action: "s3:GetObject", Resource: `${bucketArn}/*` },
    { Sid: "CloudFrontTellsMissing", ...cloudFront, Action: "s3:ListBucket", Resource: bucketArn },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}

/** What the workflow's `aws s3 sync --delete` and `aws cloudfront create-invalidation` need, and no more. */
export function siteDeployPolicy(input: {
  bucketArns: string[];
  distributionArns: string[];
}): PolicyDocument {
  return document(
    { Sid: "ListBuckets", Effect: "Allow", Action: ["s3:ListBucket"], Resource: input.bucketArns },
    {
      Sid: "ReplaceObjects",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: input.bucketArns.map((arn) => `${arn}/*`),
    },
    {
      Sid: "Invalidate",
      Effect: "Allow",
      Action: ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"],
      Resource: input.distributionArns,
    },
  );
}

/** The issuer of the tokens that GitHub Actions hands to a job. */
export const OIDC_ISSUER = "token.actions.githubusercontent.com";

/** The audience that `aws-actions/configure-aws-credentials` asks for. */
export const OIDC_AUDIENCE = "sts.amazonaws.com";

/** Whose token a role trusts. */
export interface TrustInput {
  /** ARN of the account's identity provider for GitHub. */
  providerArn: string;
  owner: string;
  /** Numeric id of the owner, as text. */
  ownerId: string;
  repository: string;
  /** Numeric id of the repository, as text. */
  repositoryId: string;
  environment: string;
}

/**
 * Only jobs of one environment of one repository may take the role. The subject has two forms: repositories created,
 * renamed or transferred since 15 July 2026 carry the numeric ids, older ones do not until they opt in
 * (docs.github.com, OpenID Connect reference). Both are listed, so that a rename locks nobody out.
 */
export function trustPolicy(input: TrustInput): PolicyDocument {
  const { owner, ownerId, repository, repositoryId, environment } = input;
  return document({
    Sid: "GitHubActions",
    Effect: "Allow",
    Principal: { Federated: input.providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${OIDC_ISSUER}:aud`]: OIDC_AUDIENCE,
        [`${OIDC_ISSUER}:sub`]: [
          `repo:${owner}/${repository}:environment:${environment}`,
          `repo:${owner}@${ownerId}/${repository}@${repositoryId}:environment:${environment}`,
        ],
      },
    },
  });
}
