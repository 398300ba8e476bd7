/** S3's resource types as the aws provider plugin shows them (pulumi-aws 7, which follows terraform-provider-aws 6). */
import type { ResourceType } from "../provider/declaration.ts";
import type { Properties } from "../provider/values.ts";
import { tagSet } from "./api.ts";
import { fromApi, toApi } from "./casing.ts";
import { autoname, jsonText, oneOf, tagInputs, tagOutputs } from "./face.ts";
import { bucket, createBucket, deleteBucket, putBucketPolicy, putEncryption, putLifecycle } from "./s3.ts";
import type { Aws, BucketDocument, EncryptionRule, LifecycleRule, PublicAccessSetting } from "./store.ts";

/** Parts of the bucket that have resource types of their own: the plugin reads them and never plans a change of them. */
const bucketParts = [
  "acl",
  "accelerationStatus",
  "bucketNamespace",
  "bucketPrefix",
  "corsRules",
  "grants",
  "lifecycleRules",
  "logging",
  "objectLockConfiguration",
  "objectLockEnabled",
  "policy",
  "region",
  "replicationConfiguration",
  "requestPayer",
  "serverSideEncryptionConfiguration",
  "versioning",
  "website",
];

const bucketResource: ResourceType<Aws> = {
  replaceOn: ["bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled", "region"],
  optionalComputed: bucketParts,
  writeOnly: ["forceDestroy"],
  defaults: (inputs, context) => ({
    forceDestroy: false,
    ...(inputs.bucketPrefix === undefined && { bucket: autoname(context, "bucket").toLowerCase() }),
  }),
  check: ({ bucket: name }) =>
    typeof name === "string" && name.length > 63
      ? [{ property: "bucket", reason: `expected length of bucket to be in the range (0 - 63), got ${name}` }]
      : [],
  create(aws, inputs) {
    const name = String(inputs.bucket ?? `${inputs.bucketPrefix}${aws.store.data.serial}`);
    createBucket(aws, name, tagInputs(inputs), inputs.region as string | undefined);
    return name;
  },
  read(aws, id) {
    const found = aws.store.data.buckets[id];
    return found && bucketOutputs(found);
  },
  update(aws, id, inputs) {
    bucket(aws, id).TagSet = tagSet(tagInputs(inputs));
    aws.store.save();
  },
  delete: (aws, id, { oldInputs }) => deleteBucket(aws, id, oldInputs?.forceDestroy === true),
};

function bucketOutputs(found: BucketDocument): Properties {
  const region = found.LocationConstraint;
  const [rule] = found.ServerSideEncryptionConfiguration.Rules;
  return {
    bucket: found.Name,
    region,
    bucketRegion: region,
    arn: `arn:aws:s3:::${found.Name}`,
    bucketDomainName: `${found.Name}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${found.Name}.s3.${region}.amazonaws.com`,
    // The zone of us-east-1's website endpoints; other regions have their own, which nothing here reads.
    hostedZoneId: "Z3AQBSTGFYJSTF",
    objectLockEnabled: false,
    policy: found.Policy,
    requestPayer: "BucketOwner",
    serverSideEncryptionConfiguration: rule && { rule: encryptionOutputs(rule) },
    versioning: { enabled: found.VersioningConfiguration.Status === "Enabled", mfaDelete: false },
    ...tagOutputs(found.TagSet),
  };
}

function encryptionOutputs(rule: EncryptionRule): Properties {
  const { ApplyServerSideEncryptionByDefault: byDefault, BlockedEncryptionTypes: blocked } = rule;
  return {
    applyServerSideEncryptionByDefault: byDefault && {
      sseAlgorithm: byDefault.SSEAlgorithm,
      kmsMasterKeyId: byDefault.KMSMasterKeyID,
    },
    bucketKeyEnabled: rule.BucketKeyEnabled ?? false,
    blockedEncryptionTypes: blocked?.EncryptionType,
  };
}

/** A part of a bucket: its id is the bucket's name, another bucket or region replaces it. */
function part(
  declaration: Pick<ResourceType<Aws>, "check" | "writeOnly" | "sets"> & {
    optionalComputed?: string[];
    put(aws: Aws, found: BucketDocument, inputs: Properties): void;
    show(found: BucketDocument): Properties | undefined;
    remove(aws: Aws, found: BucketDocument, oldInputs: Properties): void;
  },
): ResourceType<Aws> {
  const { put, show, remove, optionalComputed = [], ...rest } = declaration;
  const write = (aws: Aws, name: string, inputs: Properties) => {
    put(aws, bucket(aws, name), inputs);
    aws.store.save();
    return name;
  };
  return {
    ...rest,
    replaceOn: ["bucket", "region"],
    optionalComputed: ["region", ...optionalComputed],
    create: (aws, inputs) => write(aws, String(inputs.bucket), inputs),
    update: (aws, id, inputs) => void write(aws, id, inputs),
    read(aws, id) {
      const found = aws.store.data.buckets[id];
      const shown = found && show(found);
      return shown && { bucket: id, region: found.LocationConstraint, ...shown };
    },
    delete(aws, id, { oldInputs }) {
      remove(aws, bucket(aws, id), oldInputs ?? {});
      aws.store.save();
    },
  };
}

const accessSettings: [string, PublicAccessSetting][] = [
  ["blockPublicAcls", "BlockPublicAcls"],
  ["blockPublicPolicy", "BlockPublicPolicy"],
  ["ignorePublicAcls", "IgnorePublicAcls"],
  ["restrictPublicBuckets", "RestrictPublicBuckets"],
];

const publicAccessBlock = part({
  writeOnly: ["skipDestroy"],
  put(_aws, found, inputs) {
    found.PublicAccessBlockConfiguration = Object.fromEntries(
      accessSettings.map(([input, setting]) => [setting, inputs[input] === true]),
    ) as BucketDocument["PublicAccessBlockConfiguration"] & object;
  },
  show: ({ PublicAccessBlockConfiguration: live }) =>
    live && Object.fromEntries(accessSettings.map(([input, setting]) => [input, live[setting]])),
  remove(_aws, found, oldInputs) {
    if (!oldInputs.skipDestroy) delete found.PublicAccessBlockConfiguration;
  },
});

const ownershipControls = part({
  check: (inputs) =>
    oneOf(inputs, "rule.objectOwnership", ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"]),
  put(_aws, found, inputs) {
    const { objectOwnership } = inputs.rule as { objectOwnership: string };
    found.OwnershipControls = { Rules: [{ ObjectOwnership: objectOwnership }] };
  },
  show: ({ OwnershipControls: live }) =>
    live && { rule: { objectOwnership: live.Rules[0]?.ObjectOwnership } },
  remove(_aws, found) {
    delete found.OwnershipControls;
  },
});

const versioning = part({
  optionalComputed: ["versioningConfiguration.mfaDelete"],
  check: (inputs) => oneOf(inputs, "versioningConfiguration.status", ["Enabled", "Suspended", "Disabled"]),
  put(_aws, found, inputs) {
    const { status } = inputs.versioningConfiguration as { status: "Enabled" | "Suspended" };
    found.VersioningConfiguration = { Status: status };
  },
  show: ({ VersioningConfiguration: live }) => ({
    versioningConfiguration: { status: live.Status ?? "Disabled", mfaDelete: live.MFADelete ?? "" },
  }),
  // Versioning cannot be switched off again, only suspended (userguide/Versioning.html).
  remove(_aws, found) {
    if (found.VersioningConfiguration.Status === "Enabled")
      found.VersioningConfiguration = { Status: "Suspended" };
  },
});

const encryption = part({
  optionalComputed: ["rules.blockedEncryptionTypes"],
  check: (inputs) =>
    oneOf(inputs, "rules.applyServerSideEncryptionByDefault.sseAlgorithm", [
      "AES256",
      "aws:kms",
      "aws:kms:dsse",
    ]),
  put(aws, found, inputs) {
    const rules = (inputs.rules as Properties[]).map((rule): EncryptionRule => {
      const byDefault = rule.applyServerSideEncryptionByDefault as Record<string, string> | undefined;
      const blocked = rule.blockedEncryptionTypes as string[] | undefined;
      return {
        ...(byDefault && {
          ApplyServerSideEncryptionByDefault: {
            SSEAlgorithm: byDefault.sseAlgorithm ?? "",
            ...(byDefault.kmsMasterKeyId && { KMSMasterKeyID: byDefault.kmsMasterKeyId }),
          },
        }),
        BucketKeyEnabled: rule.bucketKeyEnabled === true,
        BlockedEncryptionTypes: { EncryptionType: blocked ?? ["SSE-C"] },
      };
    });
    putEncryption(aws, found.Name, rules);
  },
  show: (found) => ({ rules: found.ServerSideEncryptionConfiguration.Rules.map(encryptionOutputs) }),
  remove: (aws, found) => putEncryption(aws, found.Name, undefined),
});

const defaultMinimumSize = "all_storage_classes_128K";

const lifecycle = part({
  optionalComputed: ["transitionDefaultMinimumObjectSize"],
  check: (inputs) => oneOf(inputs, "rules.status", ["Enabled", "Disabled"]),
  put: (aws, found, inputs) =>
    putLifecycle(
      aws,
      found.Name,
      toApi(inputs.rules ?? [], "plain") as LifecycleRule[],
      String(inputs.transitionDefaultMinimumObjectSize ?? defaultMinimumSize),
    ),
  show: ({ LifecycleConfiguration: live }) =>
    live && {
      rules: fromApi(live.Rules, "plain"),
      transitionDefaultMinimumObjectSize: live.TransitionDefaultMinimumObjectSize,
    },
  remove(_aws, found) {
    delete found.LifecycleConfiguration;
  },
});

const policy = part({
  check: (inputs) => jsonText(inputs, "policy"),
  put: (aws, found, inputs) => putBucketPolicy(aws, found.Name, String(inputs.policy)),
  show: ({ Policy }) => (Policy === undefined ? undefined : { policy: Policy }),
  remove(_aws, found) {
    delete found.Policy;
  },
});

export const s3Resources: Record<string, ResourceType<Aws>> = {
  "aws:s3/bucket:Bucket": bucketResource,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": publicAccessBlock,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ownershipControls,
  "aws:s3/bucketVersioning:BucketVersioning": versioning,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryption,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lifecycle,
  "aws:s3/bucketPolicy:BucketPolicy": policy,
};
