/** CloudFront's resource types as the aws provider plugin shows them. */
import type { CheckFailure, ResourceType } from "../provider/declaration.ts";
import { isObject, type Properties } from "../provider/values.ts";
import { arn, newId, refusal, tagSet } from "./api.ts";
import { fromApi, toApi } from "./casing.ts";
import {
  cachePolicies,
  createDistribution,
  deleteDistribution,
  deleteFunction,
  deleteNamed,
  functionUser,
  type NamedKind,
  originAccessControls,
  publishFunction,
  putFunction,
  putNamed,
  responseHeadersPolicies,
  updateDistribution,
} from "./cloudfront.ts";
import { autoname, oneOf, tagInputs, tagOutputs } from "./face.ts";
import type { Aws, DistributionConfig, DistributionDocument, NamedConfig } from "./store.ts";

/** The kinds that are a name and a configuration. */
function named<Config extends NamedConfig>(
  kind: NamedKind<Config>,
  path: string,
  rest: Pick<ResourceType<Aws>, "check" | "replaceOn" | "nestedDefaults" | "sets"> & {
    defaults?: Properties;
  },
): ResourceType<Aws> {
  const { defaults, ...rules } = rest;
  const put = (aws: Aws, inputs: Properties, id?: string) =>
    putNamed(aws, kind, toApi(inputs, "items") as Config, id);
  return {
    ...rules,
    defaults: (_inputs, context) => ({ ...defaults, name: autoname(context, "name") }),
    create: (aws, inputs) => put(aws, inputs),
    update: (aws, id, inputs) => void put(aws, inputs, id),
    read(aws, id) {
      const found = kind.documents(aws)[id];
      if (!found) return undefined;
      const config = fromApi(found.Config, "items") as Properties;
      return { ...config, etag: found.ETag, arn: arn(aws, "cloudfront", `${path}/${id}`) };
    },
    delete: (aws, id) => deleteNamed(aws, kind, id),
  };
}

const originAccessControl = named(originAccessControls, "origin-access-control", {
  replaceOn: ["name"],
  defaults: { description: "Managed by Pulumi" },
  check: (inputs) => [
    ...oneOf(inputs, "originAccessControlOriginType", ["s3", "mediastore", "lambda", "mediapackagev2"]),
    ...oneOf(inputs, "signingBehavior", ["always", "never", "no-override"]),
    ...oneOf(inputs, "signingProtocol", ["sigv4"]),
  ],
});

const referrerPolicies = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "origin",
  "origin-when-cross-origin",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];

const responseHeadersPolicy = named(responseHeadersPolicies, "response-headers-policy", {
  sets: ["customHeadersConfig.items"],
  check: (inputs) => [
    ...oneOf(inputs, "securityHeadersConfig.frameOptions.frameOption", ["DENY", "SAMEORIGIN"]),
    ...oneOf(inputs, "securityHeadersConfig.referrerPolicy.referrerPolicy", referrerPolicies),
  ],
});

const keyParts = "parametersInCacheKeyAndForwardedToOrigin";
const cachePolicyDeclaration = named(cachePolicies, "cache-policy", {
  defaults: { defaultTtl: 86_400, maxTtl: 31_536_000, minTtl: 0 },
  check: (inputs) => [
    ...oneOf(inputs, `${keyParts}.cookiesConfig.cookieBehavior`, ["none", "whitelist", "allExcept", "all"]),
    ...oneOf(inputs, `${keyParts}.headersConfig.headerBehavior`, ["none", "whitelist"]),
    ...oneOf(inputs, `${keyParts}.queryStringsConfig.queryStringBehavior`, [
      "none",
      "whitelist",
      "allExcept",
      "all",
    ]),
  ],
});

const cachePolicy: ResourceType<Aws> = {
  ...cachePolicyDeclaration,
  create(aws, inputs, context) {
    refuseTimes("CreateCachePolicy", inputs);
    return cachePolicyDeclaration.create(aws, inputs, context);
  },
  update(aws, id, inputs, context) {
    refuseTimes("UpdateCachePolicy", inputs);
    return cachePolicyDeclaration.update?.(aws, id, inputs, context);
  },
};

/** Times in order, and no compression in the key of a policy that never caches (API CachePolicyConfig). */
function refuseTimes(operation: string, inputs: Properties): void {
  const [least, usual, most] = [inputs.minTtl, inputs.defaultTtl, inputs.maxTtl].map(Number) as [
    number,
    number,
    number,
  ];
  if (least > usual || usual > most)
    throw refusal(
      400,
      `CloudFront: ${operation}`,
      "InvalidArgument",
      "The minimum TTL must be at most the default TTL, and that at most the maximum TTL.",
    );
  const parts = inputs[keyParts] as Properties;
  if (most === 0 && (parts.enableAcceptEncodingGzip || parts.enableAcceptEncodingBrotli))
    throw refusal(
      400,
      `CloudFront: ${operation}`,
      "InvalidArgument",
      "The parameter EnableAcceptEncodingGzip or EnableAcceptEncodingBrotli is invalid for policy with caching disabled.",
    );
}

const cloudFrontFunction: ResourceType<Aws> = {
  replaceOn: ["name"],
  writeOnly: ["publish"],
  defaults: (_inputs, context) => ({ name: autoname(context, "name"), publish: true }),
  check: (inputs) => [
    ...oneOf(inputs, "runtime", ["cloudfront-js-1.0", "cloudfront-js-2.0"]),
    ...(typeof inputs.name === "string" && !/^[\w-]{1,64}$/.test(inputs.name)
      ? [{ property: "name", reason: "must have at most 64 letters, digits, hyphens or underscores" }]
      : []),
  ],
  create: (aws, inputs) => writeFunction(aws, String(inputs.name), inputs, true),
  update: (aws, id, inputs) => void writeFunction(aws, id, inputs, false),
  read(aws, id) {
    const found = aws.store.data.functions[id];
    return (
      found && {
        name: found.Name,
        code: found.Development.Code,
        comment: found.FunctionConfig.Comment,
        runtime: found.FunctionConfig.Runtime,
        arn: found.FunctionMetadata.FunctionARN,
        etag: found.Development.ETag,
        liveStageEtag: found.Live?.ETag ?? "",
        status: functionUser(aws, found) ? "DEPLOYED" : found.Live ? "UNASSOCIATED" : "UNPUBLISHED",
        ...tagOutputs(found.Tags),
      }
    );
  },
  delete: (aws, id) => deleteFunction(aws, id),
};

function writeFunction(aws: Aws, name: string, inputs: Properties, isNew: boolean): string {
  const wanted = {
    Code: String(inputs.code),
    Comment: String(inputs.comment ?? ""),
    Runtime: String(inputs.runtime),
    Tags: tagSet(tagInputs(inputs)),
  };
  putFunction(aws, name, wanted, isNew);
  if (inputs.publish !== false) publishFunction(aws, name);
  return name;
}

const viewerProtocols = ["allow-all", "https-only", "redirect-to-https"];
const protocolVersions = [
  "SSLv3",
  "TLSv1",
  "TLSv1_2016",
  "TLSv1.1_2016",
  "TLSv1.2_2018",
  "TLSv1.2_2019",
  "TLSv1.2_2021",
  "TLSv1.2_2025",
  "TLSv1.3_2025",
];

function distributionFailures(inputs: Properties): CheckFailure[] {
  return [
    ...oneOf(inputs, "httpVersion", ["http1.1", "http2", "http3", "http2and3"]),
    ...oneOf(inputs, "priceClass", ["PriceClass_100", "PriceClass_200", "PriceClass_All", "None"]),
    ...oneOf(inputs, "viewerCertificate.minimumProtocolVersion", protocolVersions),
    ...oneOf(inputs, "viewerCertificate.sslSupportMethod", ["sni-only", "vip", "static-ip"]),
    ...oneOf(inputs, "restrictions.geoRestriction.restrictionType", ["none", "whitelist", "blacklist"]),
    ...["defaultCacheBehavior", "orderedCacheBehaviors"].flatMap((behavior) => [
      ...oneOf(inputs, `${behavior}.viewerProtocolPolicy`, viewerProtocols),
      ...oneOf(inputs, `${behavior}.functionAssociations.eventType`, ["viewer-request", "viewer-response"]),
    ]),
  ];
}

const distribution: ResourceType<Aws> = {
  replaceOn: ["staging"],
  writeOnly: ["waitForDeployment", "retainOnDelete"],
  optionalComputed: ["continuousDeploymentPolicyId"],
  nestedDefaults: {
    "origins.connectionAttempts": 3,
    "origins.connectionTimeout": 10,
    "viewerCertificate.minimumProtocolVersion": "TLSv1",
  },
  sets: [
    "aliases",
    "origins",
    "customErrorResponses",
    "restrictions.geoRestriction.locations",
    ...["defaultCacheBehavior", "orderedCacheBehaviors"].flatMap((behavior) => [
      `${behavior}.allowedMethods`,
      `${behavior}.cachedMethods`,
      `${behavior}.functionAssociations`,
    ]),
  ],
  defaults: () => ({ httpVersion: "http2", priceClass: "PriceClass_All", waitForDeployment: true }),
  check: distributionFailures,
  create: (aws, inputs) =>
    createDistribution(
      aws,
      distributionConfig(inputs, newId(aws.store.data, "pulumi-", 20)),
      tagSet(tagInputs(inputs)),
    ),
  read(aws, id) {
    const found = aws.store.data.distributions[id];
    return found && distributionOutputs(found);
  },
  update(aws, id, inputs) {
    const reference = aws.store.data.distributions[id]?.DistributionConfig.CallerReference ?? "";
    updateDistribution(aws, id, distributionConfig(inputs, reference), tagSet(tagInputs(inputs)));
  },
  // The plugin disables a distribution before it deletes it; with retainOnDelete that is all it does.
  delete(aws, id, { oldInputs }) {
    const found = aws.store.data.distributions[id];
    if (found?.DistributionConfig.Enabled)
      updateDistribution(aws, id, { ...found.DistributionConfig, Enabled: false }, found.Tags);
    if (!oldInputs?.retainOnDelete) deleteDistribution(aws, id);
  },
};

/** Inputs of the plugin that are no part of the distribution's configuration. */
const notConfig = ["tags", "waitForDeployment", "retainOnDelete"];

function distributionConfig(inputs: Properties, reference: string): DistributionConfig {
  const plain = Object.fromEntries(Object.entries(inputs).filter(([key]) => !notConfig.includes(key)));
  const origins = (plain.origins as Properties[]).map((origin) => ({
    connectionAttempts: 3,
    connectionTimeout: 10,
    originAccessControlId: "",
    ...origin,
  }));
  const behaviors = (plain.orderedCacheBehaviors as Properties[] | undefined) ?? [];
  const { geoRestriction } = plain.restrictions as { geoRestriction: Properties };
  const { locations, restrictionType } = geoRestriction;
  return {
    ...(toApi({ ...plain, aliases: plain.aliases ?? [], origins }, "quantity") as DistributionConfig),
    CallerReference: reference,
    DefaultCacheBehavior: behavior(plain.defaultCacheBehavior as Properties),
    CacheBehaviors: { Quantity: behaviors.length, Items: behaviors.map(behavior) },
    Restrictions: {
      GeoRestriction: { RestrictionType: restrictionType, ...(toApi(locations ?? [], "quantity") as object) },
    },
  } as DistributionConfig;
}

/** The API has the cached methods inside the allowed ones. */
function behavior(inputs: Properties) {
  const { cachedMethods, ...rest } = inputs;
  const config = toApi({ functionAssociations: [], ...rest }, "quantity") as Properties;
  return {
    ...config,
    AllowedMethods: {
      ...(config.AllowedMethods as object),
      CachedMethods: toApi(cachedMethods, "quantity"),
    },
  } as unknown as DistributionConfig["DefaultCacheBehavior"] & { PathPattern: string };
}

function distributionOutputs(found: DistributionDocument): Properties {
  const { CallerReference, ...config } = found.DistributionConfig;
  const plain = fromApi(config, "quantity") as Properties;
  const { GeoRestriction } = config.Restrictions as { GeoRestriction: Properties };
  return {
    ...plain,
    defaultCacheBehavior: behaviorOutputs(config.DefaultCacheBehavior),
    orderedCacheBehaviors: (config.CacheBehaviors.Items ?? []).map(behaviorOutputs),
    restrictions: {
      geoRestriction: {
        restrictionType: GeoRestriction.RestrictionType,
        locations: GeoRestriction.Items ?? [],
      },
    },
    callerReference: CallerReference,
    arn: found.ARN,
    domainName: found.DomainName,
    etag: found.ETag,
    // The hosted zone of every distribution (Route 53 API, AliasTarget).
    hostedZoneId: "Z2FDTNDATAQYW2",
    inProgressValidationBatches: found.InProgressInvalidationBatches,
    lastModifiedTime: found.LastModifiedTime,
    loggingV1Enabled: isObject(plain.loggingConfig),
    status: found.Status,
    trustedKeyGroups: [{ enabled: false, items: [] }],
    trustedSigners: [{ enabled: false, items: [] }],
    ...tagOutputs(found.Tags),
  };
}

function behaviorOutputs(config: Properties): Properties {
  const { AllowedMethods, ...rest } = config;
  const { CachedMethods, ...allowed } = AllowedMethods as Properties;
  return {
    ...(fromApi(rest, "quantity") as Properties),
    allowedMethods: fromApi(allowed, "quantity"),
    cachedMethods: fromApi(CachedMethods, "quantity"),
  };
}

export const cloudFrontResources: Record<string, ResourceType<Aws>> = {
  "aws:cloudfront/distribution:Distribution": distribution,
  "aws:cloudfront/originAccessControl:OriginAccessControl": originAccessControl,
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": responseHeadersPolicy,
  "aws:cloudfront/cachePolicy:CachePolicy": cachePolicy,
  "aws:cloudfront/function:Function": cloudFrontFunction,
};
