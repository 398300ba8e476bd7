/** The rules of S3, as its API reference and user guide give them (docs.aws.amazon.com/AmazonS3/latest). */
import { arn, now, refusal, tagSet } from "./api.ts";
import { isPublicPolicy, policyProblem, statements } from "./policy-documents.ts";
import type { Aws, BucketDocument, EncryptionRule, LifecycleRule, PublicAccessSetting } from "./store.ts";

/** New buckets are encrypted with AES256 and refuse customer-provided keys (API CreateBucket, since March 2026). */
const initialEncryption = (): EncryptionRule[] => [
  {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
    BucketKeyEnabled: false,
    BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
  },
];

/** Bucket naming rules: userguide/bucketnamingrules.html. */
export function bucketNameProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return "must be between 3 and 63 characters long";
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name))
    return "can only contain lowercase letters, numbers, dots and hyphens, and must begin and end with a letter or number";
  if (name.includes("..")) return "must not contain two adjacent periods";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "must not be formatted as an IP address";
  if (/^(xn--|sthree-|amzn-s3-demo-)/.test(name)) return "must not start with a reserved prefix";
  if (/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)) return "must not end with a reserved suffix";
  return undefined;
}

export function bucket(aws: Aws, name: string): BucketDocument {
  const found = aws.store.data.buckets[name];
  if (!found)
    throw refusal(404, "S3: HeadBucket", "NoSuchBucket", `The specified bucket does not exist: ${name}`);
  return found;
}

/** A name that is taken is refused, also when the account itself holds it (API CreateBucket, errors). */
export function createBucket(
  aws: Aws,
  name: string,
  tags: Record<string, string> | undefined,
  region = aws.region,
): void {
  const { data } = aws.store;
  const problem = bucketNameProblem(name);
  if (problem) throw refusal(400, "S3: CreateBucket", "InvalidBucketName", `Bucket name ${name} ${problem}`);
  if (data.foreignBuckets.includes(name))
    throw refusal(
      409,
      "S3: CreateBucket",
      "BucketAlreadyExists",
      `The requested bucket name ${name} is not available. The bucket namespace is shared by all users of the system.`,
    );
  if (data.buckets[name])
    throw refusal(
      409,
      "S3: CreateBucket",
      "BucketAlreadyOwnedByYou",
      `Your previous request to create the bucket ${name} succeeded and you already own it.`,
    );
  data.buckets[name] = {
    Name: name,
    CreationDate: now(),
    LocationConstraint: region,
    TagSet: tagSet(tags),
    Objects: {},
    // New buckets block public access and have ACLs off (since April 2023).
    PublicAccessBlockConfiguration: publicAccess(true),
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    VersioningConfiguration: {},
    ServerSideEncryptionConfiguration: { Rules: initialEncryption() },
  };
  aws.store.save();
}

/** A bucket with objects is refused; `empty` first deletes them, as the provider does with forceDestroy. */
export function deleteBucket(aws: Aws, name: string, empty: boolean): void {
  const found = bucket(aws, name);
  if (empty) found.Objects = {};
  if (Object.keys(found.Objects).length > 0)
    throw refusal(
      409,
      "S3: DeleteBucket",
      "BucketNotEmpty",
      `The bucket ${name} you tried to delete is not empty. You must delete all versions in the bucket.`,
    );
  delete aws.store.data.buckets[name];
  aws.store.save();
}

export function publicAccess(value: boolean): Record<PublicAccessSetting, boolean> {
  return {
    BlockPublicAcls: value,
    BlockPublicPolicy: value,
    IgnorePublicAcls: value,
    RestrictPublicBuckets: value,
  };
}

/** API PutBucketEncryption; deleting it leads back to AES256, there is no bucket without encryption. */
export function putEncryption(aws: Aws, name: string, rules: EncryptionRule[] | undefined): void {
  bucket(aws, name).ServerSideEncryptionConfiguration = { Rules: rules ?? initialEncryption() };
  aws.store.save();
}

/** API PutBucketLifecycleConfiguration: unique ids, and each rule with at least one action. */
export function putLifecycle(aws: Aws, name: string, rules: LifecycleRule[], minimumSize: string): void {
  const found = bucket(aws, name);
  const actions = [
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
  ];
  const operation = "S3: PutBucketLifecycleConfiguration";
  for (const rule of rules) {
    if (!actions.some((action) => rule[action] !== undefined))
      throw refusal(
        400,
        operation,
        "InvalidRequest",
        `At least one action needs to be specified in a rule (${rule.ID})`,
      );
  }
  if (new Set(rules.map((rule) => rule.ID)).size !== rules.length)
    throw refusal(
      400,
      operation,
      "InvalidArgument",
      "Rule ID must be unique. Found same ID for more than one rule",
    );
  found.LifecycleConfiguration = { Rules: rules, TransitionDefaultMinimumObjectSize: minimumSize };
  aws.store.save();
}

/** API PutBucketPolicy, with Block Public Access: a public policy is refused while BlockPublicPolicy is on. */
export function putBucketPolicy(aws: Aws, name: string, policy: string): void {
  const found = bucket(aws, name);
  const operation = "S3: PutBucketPolicy";
  const problem = policyProblem(policy, "bucket");
  if (problem) throw refusal(400, operation, "MalformedPolicy", problem);
  const own = `arn:aws:s3:::${name}`;
  const resources = (statements(policy) ?? []).flatMap(({ Resource, NotResource }) => [
    Resource ?? NotResource,
  ]);
  if (resources.flat().some((item) => item !== own && !String(item).startsWith(`${own}/`)))
    throw refusal(400, operation, "MalformedPolicy", "Policy has invalid resource");
  if (found.PublicAccessBlockConfiguration?.BlockPublicPolicy && isPublicPolicy(policy))
    throw refusal(
      403,
      operation,
      "AccessDenied",
      `${arn(aws, "iam", "root")} is not authorized to perform: s3:PutBucketPolicy on resource: "${own}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  found.Policy = policy;
  aws.store.save();
}
