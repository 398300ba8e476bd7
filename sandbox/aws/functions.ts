/** AWS's data sources as the aws provider plugin shows them (terraform-provider-aws 6). */
import { CloudError, type InvokeFunction } from "../provider/declaration.ts";
import type { Properties } from "../provider/values.ts";
import { arn, tagMap } from "./api.ts";
import { cachePolicies, distributions, type NamedKind, responseHeadersPolicies } from "./cloudfront.ts";
import { keysOf, principal } from "./iam.ts";
import type { Aws, NamedConfig } from "./store.ts";

const callerIdentity: InvokeFunction<Aws> = (aws) => ({
  accountId: aws.store.data.accountId,
  arn: arn(aws, "iam", "user/provisioner"),
  id: aws.store.data.accountId,
  userId: "AIDAPROVISIONER000000",
});

/** data_source_cache_policy.go and its sister: exactly one of id and name, and an error where there is none. */
function policyBy(kind: NamedKind<NamedConfig>, title: string): InvokeFunction<Aws> {
  return (aws, { id, name }) => {
    const found = Object.values(kind.documents(aws)).find(
      (policy) => policy.Id === id || policy.Config.Name === name,
    );
    if (!found) throw new CloudError(404, `no matching CloudFront ${title} (${name ?? id})`);
    return { id: found.Id, name: found.Config.Name, comment: found.Config.Comment, etag: found.ETag };
  };
}

/** certificate_data_source.go: the newest of those that match; none is an error. */
const certificate: InvokeFunction<Aws> = (aws, { domain, statuses = ["ISSUED"], region, tags = {} }) => {
  const matching = Object.values(aws.store.data.certificates).filter(
    (one) =>
      one.DomainName === domain &&
      (statuses as string[]).includes(one.Status) &&
      one.CertificateArn.includes(`:${region ?? aws.region}:`) &&
      carries(tagMap(one.Tags), tags as Record<string, string>),
  );
  const found = matching.at(-1);
  if (!found) throw new CloudError(404, `no ACM Certificate matching domain (${domain})`);
  return { id: found.CertificateArn, arn: found.CertificateArn, domain, status: found.Status, region };
};

const accessKeys: InvokeFunction<Aws> = (aws, { user }) => {
  principal(aws, "User", String(user));
  return {
    id: user,
    user,
    accessKeys: keysOf(aws, String(user)).map(({ AccessKeyId, CreateDate, Status }) => ({
      accessKeyId: AccessKeyId,
      createDate: CreateDate,
      status: Status,
    })),
  };
};

/** API GetResources of the tagging service: it knows the global CloudFront in us-east-1 alone. */
const taggedResources: InvokeFunction<Aws> = (aws, { region, resourceTypeFilters = [], tagFilters = [] }) => {
  const wanted = Object.fromEntries(
    (tagFilters as { key: string; values?: string[] }[]).map(({ key, values = [] }) => [key, values]),
  );
  const isAsked = (resourceTypeFilters as string[]).includes("cloudfront:distribution");
  const found = isAsked && (region ?? aws.region) === "us-east-1" ? distributions(aws) : [];
  const matching = found.filter(({ Tags }) => {
    const tags = tagMap(Tags);
    return Object.entries(wanted).every(([key, values]) => values.includes(tags[key] ?? ""));
  });
  return {
    id: "resources",
    region: region ?? aws.region,
    resourceTagMappingLists: matching.map(({ ARN, Tags }) => ({ resourceArn: ARN, tags: tagMap(Tags) })),
  };
};

function carries(tags: Properties, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

export const awsFunctions: Record<string, InvokeFunction<Aws>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity,
  "aws:cloudfront/getCachePolicy:getCachePolicy": policyBy(cachePolicies, "Cache Policy"),
  "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": policyBy(
    responseHeadersPolicies,
    "Response Headers Policy",
  ),
  "aws:acm/getCertificate:getCertificate": certificate,
  "aws:iam/getAccessKeys:getAccessKeys": accessKeys,
  "aws:resourcegroupstaggingapi/getResources:getResources": taggedResources,
};
