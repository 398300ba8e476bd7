/** Names of properties between the provider (camelCase) and AWS's own APIs (PascalCase with capital abbreviations). */
import { isObject, type Properties } from "../provider/values.ts";

/** Names whose form in the API is not the capitalised one. */
const exceptions: Record<string, string> = {
  id: "ID",
  originId: "Id",
  acmCertificateArn: "ACMCertificateArn",
  iamCertificateId: "IAMCertificateId",
  sslSupportMethod: "SSLSupportMethod",
  cloudfrontDefaultCertificate: "CloudFrontDefaultCertificate",
  isIpv6Enabled: "IsIPV6Enabled",
  functionArn: "FunctionARN",
  lambdaArn: "LambdaFunctionARN",
  webAclId: "WebACLId",
  xssProtection: "XSSProtection",
  httpPort: "HTTPPort",
  httpsPort: "HTTPSPort",
  minTtl: "MinTTL",
  defaultTtl: "DefaultTTL",
  maxTtl: "MaxTTL",
  errorCachingMinTtl: "ErrorCachingMinTTL",
  orderedCacheBehaviors: "CacheBehaviors",
  loggingConfig: "Logging",
};
const inverse = Object.fromEntries(Object.entries(exceptions).map(([ours, api]) => [api, ours]));

/**
 * How the API writes a list: as it is (`plain`, S3), as `{Quantity, Items}` where the provider has an array
 * (`quantity`, distributions), or so where the provider has an object with `items` (`items`, CloudFront's policies).
 */
export type Lists = "plain" | "quantity" | "items";

/** A provider's value as the API writes it. */
export function toApi(value: unknown, lists: Lists): unknown {
  if (Array.isArray(value)) {
    const elements = value.map((item) => toApi(item, lists));
    if (lists === "plain") return elements;
    return { Quantity: elements.length, ...(elements.length > 0 && { Items: elements }) };
  }
  if (!isObject(value)) return value;
  if (lists === "items" && Object.keys(value).join() === "items") return toApi(value.items, lists);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      exceptions[key] ?? `${key[0]?.toUpperCase()}${key.slice(1)}`,
      toApi(item, lists),
    ]),
  );
}

/** The reverse of `toApi`. */
export function fromApi(value: unknown, lists: Lists): unknown {
  if (Array.isArray(value)) return value.map((item) => fromApi(item, lists));
  if (!isObject(value)) return value;
  if ("Quantity" in value && !("RestrictionType" in value)) {
    const elements = ((value.Items as unknown[]) ?? []).map((item) => fromApi(item, lists));
    return lists === "items" ? { items: elements } : elements;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      inverse[key] ?? `${key[0]?.toLowerCase()}${key.slice(1)}`,
      fromApi(item, lists),
    ]),
  ) as Properties;
}
