/** The rules of CloudFront, as its API reference gives them (docs.aws.amazon.com/cloudfront/latest/APIReference). */
import { Script } from "node:vm";
import { arn, newId, now, refusal } from "./api.ts";
import type {
  Aws,
  CacheBehavior,
  DistributionConfig,
  DistributionDocument,
  FunctionDocument,
  NamedConfig,
  OriginAccessControlConfig,
  Quantity,
  Tag,
  Versioned,
} from "./store.ts";

/** Policies that AWS keeps for everybody (DeveloperGuide, using-managed-cache-policies.html). */
export const managedCachePolicies: Record<string, string> = {
  "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
  "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "Managed-CachingOptimizedForUncompressedObjects",
  "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
  "83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
  "4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
  "08627262-05a9-4f76-9ded-b50ca2e3a84f": "Managed-Elemental-MediaPackage",
  "2e54312d-136d-493c-8eb9-b001f22f67d2": "Managed-Amplify",
};

/** DeveloperGuide, using-managed-response-headers-policies.html. */
export const managedResponseHeadersPolicies: Record<string, string> = {
  "60669652-455b-4ae9-85a4-c4c02393f86c": "Managed-SimpleCORS",
  "67f7725c-6f97-4210-82d7-5512b31e9d03": "Managed-SecurityHeadersPolicy",
  "e61eb60c-9c35-4d20-a928-2b84e02af89c": "Managed-CORS-and-SecurityHeadersPolicy",
};

/** The three kinds of named objects that behave alike. */
export interface NamedKind<Config extends { Name: string }> {
  title: string;
  documents(aws: Aws): Record<string, Versioned<Config>>;
  /** Whether a distribution uses the object with this id. */
  isUsed(config: DistributionConfig, id: string): boolean;
}

export const originAccessControls: NamedKind<OriginAccessControlConfig> = {
  title: "OriginAccessControl",
  documents: ({ store }) => store.data.originAccessControls,
  isUsed: (config, id) => items(config.Origins).some((origin) => origin.OriginAccessControlId === id),
};

export const responseHeadersPolicies: NamedKind<NamedConfig> = {
  title: "ResponseHeadersPolicy",
  documents: ({ store }) => store.data.responseHeadersPolicies,
  isUsed: (config, id) => behaviors(config).some((behavior) => behavior.ResponseHeadersPolicyId === id),
};

export const cachePolicies: NamedKind<NamedConfig> = {
  title: "CachePolicy",
  documents: ({ store }) => store.data.cachePolicies,
  isUsed: (config, id) => behaviors(config).some((behavior) => behavior.CachePolicyId === id),
};

export function quantity<T>(list: T[] = []): Quantity<T> {
  return { Quantity: list.length, ...(list.length > 0 && { Items: list }) };
}

export function items<T>(list: Quantity<T> | undefined): T[] {
  return list?.Items ?? [];
}

export function behaviors(config: DistributionConfig): CacheBehavior[] {
  return [config.DefaultCacheBehavior, ...items(config.CacheBehaviors)];
}

/** Creates one of the named kinds, or changes the one with `id`. Names are unique in the account. */
export function putNamed<Config extends { Name: string }>(
  aws: Aws,
  kind: NamedKind<Config>,
  config: Config,
  id?: string,
): string {
  const documents = kind.documents(aws);
  const operation = `CloudFront: ${id ? "Update" : "Create"}${kind.title}`;
  if (id && !documents[id]) throw missing(operation, kind.title, id);
  const holder = Object.values(documents).find((other) => other.Config.Name === config.Name);
  if (holder && holder.Id !== id)
    throw refusal(
      409,
      operation,
      `${kind.title}AlreadyExists`,
      `The ${kind.title} with name ${config.Name} already exists.`,
    );
  const key = id ?? newId(aws.store.data, "E", 13);
  documents[key] = { Id: key, ETag: newId(aws.store.data, "E", 13), Config: config };
  aws.store.save();
  return key;
}

/** An object that a distribution uses is refused (409 …InUse). */
export function deleteNamed<Config extends { Name: string }>(
  aws: Aws,
  kind: NamedKind<Config>,
  id: string,
): void {
  const operation = `CloudFront: Delete${kind.title}`;
  const documents = kind.documents(aws);
  if (!documents[id]) throw missing(operation, kind.title, id);
  const user = distributions(aws).find(({ DistributionConfig }) => kind.isUsed(DistributionConfig, id));
  if (user)
    throw refusal(
      409,
      operation,
      `${kind.title}InUse`,
      `The ${kind.title} ${id} is attached to distribution ${user.Id}.`,
    );
  delete documents[id];
  aws.store.save();
}

/** Limits of a function: DeveloperGuide, cloudfront-limits.html (10 KB) and functions-javascript-runtime-features.html. */
export function putFunction(
  aws: Aws,
  name: string,
  wanted: { Code: string; Comment: string; Runtime: string; Tags?: Tag[] },
  isNew: boolean,
): FunctionDocument {
  const operation = `CloudFront: ${isNew ? "Create" : "Update"}Function`;
  const { data } = aws.store;
  const existing = data.functions[name];
  if (isNew && existing)
    throw refusal(
      409,
      operation,
      "FunctionAlreadyExists",
      `A function with the name ${name} already exists.`,
    );
  if (!isNew && !existing) throw missing(operation, "Function", name);
  if (Buffer.byteLength(wanted.Code) > 10_240)
    throw refusal(413, operation, "FunctionSizeLimitExceeded", "The function code is larger than 10 KB.");
  const problem = codeProblem(wanted.Code);
  if (problem) throw refusal(400, operation, "InvalidArgument", `The function code is not valid: ${problem}`);
  const document: FunctionDocument = {
    Name: name,
    FunctionConfig: { Comment: wanted.Comment, Runtime: wanted.Runtime },
    FunctionMetadata: {
      FunctionARN: arn(aws, "cloudfront", `function/${name}`),
      CreatedTime: existing?.FunctionMetadata.CreatedTime ?? now(),
      LastModifiedTime: now(),
    },
    Tags: wanted.Tags ?? existing?.Tags ?? [],
    Development: { Code: wanted.Code, ETag: newId(data, "ETV", 10) },
    ...(existing?.Live && { Live: existing.Live }),
  };
  data.functions[name] = document;
  aws.store.save();
  return document;
}

function codeProblem(code: string): string | undefined {
  try {
    new Script(code);
  } catch (error) {
    return (error as Error).message;
  }
  return /\bfunction\s+handler\s*\(|\bhandler\s*=/.test(code) ? undefined : "no function named handler";
}

export function publishFunction(aws: Aws, name: string): void {
  const found = aws.store.data.functions[name];
  if (!found) throw missing("CloudFront: PublishFunction", "Function", name);
  found.Live = { Code: found.Development.Code, ETag: newId(aws.store.data, "ETV", 10) };
  aws.store.save();
}

export function deleteFunction(aws: Aws, name: string): void {
  const found = aws.store.data.functions[name];
  if (!found) throw missing("CloudFront: DeleteFunction", "Function", name);
  if (functionUser(aws, found))
    throw refusal(409, "CloudFront: DeleteFunction", "FunctionInUse", `The function ${name} is in use.`);
  delete aws.store.data.functions[name];
  aws.store.save();
}

/** The distribution that is associated with the function. */
export function functionUser(aws: Aws, document: FunctionDocument): DistributionDocument | undefined {
  const { FunctionARN } = document.FunctionMetadata;
  return distributions(aws).find(({ DistributionConfig }) =>
    behaviors(DistributionConfig).some((behavior) =>
      items(behavior.FunctionAssociations).some((association) => association.FunctionARN === FunctionARN),
    ),
  );
}

export function distributions(aws: Aws): DistributionDocument[] {
  return Object.values(aws.store.data.distributions);
}

export function createDistribution(aws: Aws, config: DistributionConfig, tags: Tag[]): string {
  const { data } = aws.store;
  const settled = settle(config);
  refuseWrong(aws, "CloudFront: CreateDistributionWithTags", settled, undefined);
  const id = newId(data, "E", 13);
  data.distributions[id] = {
    Id: id,
    ARN: arn(aws, "cloudfront", `distribution/${id}`),
    ETag: newId(data, "E", 13),
    Status: "Deployed",
    DomainName: `d${newId(data, "", 13).toLowerCase()}.cloudfront.net`,
    LastModifiedTime: now(),
    InProgressInvalidationBatches: 0,
    DistributionConfig: settled,
    Tags: tags,
  };
  aws.store.save();
  return id;
}

export function updateDistribution(aws: Aws, id: string, config: DistributionConfig, tags: Tag[]): void {
  const operation = "CloudFront: UpdateDistribution";
  const found = aws.store.data.distributions[id];
  if (!found) throw missing(operation, "Distribution", id);
  const settled = settle(config);
  refuseWrong(aws, operation, settled, id);
  Object.assign(found, {
    ETag: newId(aws.store.data, "E", 13),
    LastModifiedTime: now(),
    DistributionConfig: settled,
    Tags: tags,
  });
  aws.store.save();
}

/** An enabled distribution is refused (409 DistributionNotDisabled). */
export function deleteDistribution(aws: Aws, id: string): void {
  const found = aws.store.data.distributions[id];
  if (!found) throw missing("CloudFront: DeleteDistribution", "Distribution", id);
  if (found.DistributionConfig.Enabled)
    throw refusal(
      409,
      "CloudFront: DeleteDistribution",
      "DistributionNotDisabled",
      "The distribution you are trying to delete has not been disabled.",
    );
  delete aws.store.data.distributions[id];
  aws.store.save();
}

/** With CloudFront's own certificate the security policy is TLSv1, whatever was asked (API ViewerCertificate). */
function settle(config: DistributionConfig): DistributionConfig {
  if (!config.ViewerCertificate.CloudFrontDefaultCertificate) return config;
  return {
    ...config,
    ViewerCertificate: { CloudFrontDefaultCertificate: true, MinimumProtocolVersion: "TLSv1" },
  };
}

/** What CreateDistribution and UpdateDistribution refuse; codes from their lists of errors. */
function refuseWrong(aws: Aws, operation: string, config: DistributionConfig, id: string | undefined): void {
  const refuse = (status: number, code: string, message: string) => {
    throw refusal(status, operation, code, message);
  };
  const { data } = aws.store;
  const origins = new Set(items(config.Origins).map((origin) => origin.Id));
  for (const origin of items(config.Origins)) {
    const control = origin.OriginAccessControlId;
    if (control && !data.originAccessControls[control])
      refuse(404, "NoSuchOriginAccessControl", `The origin access control ${control} does not exist.`);
  }
  for (const behavior of behaviors(config)) {
    if (!origins.has(behavior.TargetOriginId))
      refuse(404, "NoSuchOrigin", `One or more of your origins do not exist: ${behavior.TargetOriginId}`);
    const { CachePolicyId: cache, ResponseHeadersPolicyId: headers } = behavior;
    if (cache && !data.cachePolicies[cache] && !managedCachePolicies[cache])
      refuse(404, "NoSuchCachePolicy", `The cache policy ${cache} does not exist.`);
    if (headers && !data.responseHeadersPolicies[headers] && !managedResponseHeadersPolicies[headers])
      refuse(404, "NoSuchResponseHeadersPolicy", `The response headers policy ${headers} does not exist.`);
    const patterns = items(behavior.FunctionAssociations);
    if (new Set(patterns.map(({ EventType }) => EventType)).size !== patterns.length)
      refuse(400, "InvalidFunctionAssociation", "At most one function per event type and cache behavior.");
    for (const { FunctionARN } of patterns) {
      const named = Object.values(data.functions).find((f) => f.FunctionMetadata.FunctionARN === FunctionARN);
      if (!named?.Live)
        refuse(
          400,
          "InvalidFunctionAssociation",
          `The function ${FunctionARN} is not published to the LIVE stage.`,
        );
    }
  }
  refuseAliases(aws, refuse, config, id);
}

function refuseAliases(
  aws: Aws,
  refuse: (status: number, code: string, message: string) => void,
  config: DistributionConfig,
  id: string | undefined,
): void {
  const aliases = items(config.Aliases);
  for (const other of distributions(aws)) {
    const taken = aliases.find((alias) => items(other.DistributionConfig.Aliases).includes(alias));
    if (taken && other.Id !== id)
      refuse(
        409,
        "CNAMEAlreadyExists",
        `One or more of the CNAMEs you provided are already associated with a different resource: ${taken}`,
      );
  }
  const { ACMCertificateArn } = config.ViewerCertificate;
  if (aliases.length > 0 && !ACMCertificateArn)
    refuse(
      400,
      "InvalidViewerCertificate",
      "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.",
    );
  if (!ACMCertificateArn) return;
  const certificate = aws.store.data.certificates[ACMCertificateArn];
  if (!certificate || !ACMCertificateArn.includes(":us-east-1:") || certificate.Status !== "ISSUED")
    refuse(
      400,
      "InvalidViewerCertificate",
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
}

function missing(operation: string, title: string, id: string) {
  const code = title === "Function" ? "NoSuchFunctionExists" : `NoSuch${title}`;
  return refusal(404, operation, code, `The specified ${title} does not exist: ${id}`);
}
