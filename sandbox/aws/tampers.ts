/** Changes that somebody makes by hand in the AWS console. Each finds what it changes by kind, not by name. */
import { firstByName, present } from "../present.ts";
import { newId } from "./api.ts";
import { publishFunction } from "./cloudfront.ts";
import type { Aws, AwsData, DistributionDocument } from "./store.ts";

/** The part of a world that these changes touch. */
interface AwsWorld {
  clouds: { aws: Omit<Aws, "region"> };
}

interface AwsTamper {
  id: string;
  title: string;
  apply(world: AwsWorld): void;
}

/** A change of the documents, saved afterwards. */
function change(id: string, title: string, edit: (data: AwsData) => void): AwsTamper {
  return {
    id,
    title,
    apply({ clouds }) {
      edit(clouds.aws.store.data);
      clouds.aws.store.save();
    },
  };
}

function bucketOf(data: AwsData) {
  return firstByName(Object.values(data.buckets), "bucket", ({ Name }) => Name);
}

function distributionOf(data: AwsData) {
  const comment = ({ DistributionConfig }: DistributionDocument) => String(DistributionConfig.Comment);
  return firstByName(Object.values(data.distributions), "distribution", comment);
}

function accessKeyOf(data: AwsData) {
  return firstByName(Object.values(data.accessKeys), "access key", ({ UserName }) => UserName);
}

/** The user or role that the workflow deploys with. */
function deployerOf(data: AwsData) {
  const deployers = Object.entries({ ...data.users, ...data.roles });
  const [, deployer] = firstByName(deployers, "deployer", ([name]) => name);
  return deployer;
}

export const awsTampers: AwsTamper[] = [
  change("aws-public-access-opened", "Block Public Access of a bucket is switched off in part.", (data) => {
    const { PublicAccessBlockConfiguration } = bucketOf(data);
    present(PublicAccessBlockConfiguration, "Block Public Access of a bucket").BlockPublicPolicy = false;
  }),
  change("aws-bucket-policy-public", "A bucket policy lets everybody read.", (data) => {
    const bucket = bucketOf(data);
    bucket.Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "PublicRead",
          Effect: "Allow",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${bucket.Name}/*`,
        },
      ],
    });
  }),
  change("aws-versioning-suspended", "Versioning of a bucket is suspended.", (data) => {
    bucketOf(data).VersioningConfiguration = { Status: "Suspended" };
  }),
  change("aws-lifecycle-deleted", "The lifecycle rules of a bucket are deleted.", (data) => {
    delete bucketOf(data).LifecycleConfiguration;
  }),
  change("aws-bucket-tagged", "A bucket gets a tag that the program does not know.", (data) => {
    bucketOf(data).TagSet.push({ Key: "cost-center", Value: "42" });
  }),
  change("aws-distribution-disabled", "A distribution is disabled.", (data) => {
    distributionOf(data).DistributionConfig.Enabled = false;
  }),
  change("aws-http-allowed", "A distribution answers over plain HTTP.", (data) => {
    const { DistributionConfig } = distributionOf(data);
    DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy = "allow-all";
  }),
  change(
    "aws-origin-retries",
    "A distribution tries its origin once only, which the program leaves to AWS.",
    (data) => {
      const { Origins } = distributionOf(data).DistributionConfig;
      present(Origins.Items?.[0], "origin of a distribution").ConnectionAttempts = 1;
    },
  ),
  {
    id: "aws-function-edited",
    title: "The code of a CloudFront function is edited and published.",
    apply({ clouds }) {
      const { data } = clouds.aws.store;
      const edited = firstByName(Object.values(data.functions), "function", ({ Name }) => Name);
      const Code = `// quick fix\n${edited.Development.Code}`;
      edited.Development = { Code, ETag: newId(data, "ETV", 10) };
      publishFunction({ ...clouds.aws, region: "us-east-1" }, edited.Name);
    },
  },
  change("aws-frame-option-loosened", "A headers policy lets pages of the same site frame it.", (data) => {
    const policy = firstByName(
      Object.values(data.responseHeadersPolicies),
      "headers policy",
      ({ Config }) => Config.Name,
    );
    const { SecurityHeadersConfig } = policy.Config as unknown as {
      SecurityHeadersConfig: { FrameOptions: { FrameOption: string } };
    };
    SecurityHeadersConfig.FrameOptions.FrameOption = "SAMEORIGIN";
  }),
  change("aws-administrator-attached", "The deployer gets AdministratorAccess.", (data) => {
    deployerOf(data).AttachedPolicies.push("arn:aws:iam::aws:policy/AdministratorAccess");
  }),
  change("aws-inline-policy-added", "The deployer gets a second inline policy.", (data) => {
    deployerOf(data).Policies.temporary = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
    });
  }),
  change(
    "aws-deploy-policy-widened",
    "The deployer's own policy is widened to every action of S3.",
    (data) => {
      const { Policies } = deployerOf(data);
      const [name, document] = present(
        Object.entries(Policies).find(([, text]) => text.includes('"s3:PutObject"')),
        "inline policy of the deployer that allows s3:PutObject",
      );
      Policies[name] = document.replace('"s3:PutObject"', '"s3:*"');
    },
  ),
  change("aws-access-key-inactive", "The deployer's access key is made inactive.", (data) => {
    accessKeyOf(data).Status = "Inactive";
  }),
  change("aws-access-key-deleted", "The deployer's access key is deleted.", (data) => {
    const { AccessKeyId } = accessKeyOf(data);
    delete data.accessKeys[AccessKeyId];
  }),
];
