import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CachePolicy } from "@pulumi/aws/cloudfront/cachePolicy.js";
import { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import { Function as CloudFrontFunction } from "@pulumi/aws/cloudfront/function.js";
import { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import { ResponseHeadersPolicy } from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import { bucketPolicy } from "../pipeline/policies.ts";
import { SITE_FUNCTION_RUNTIME, siteFunction } from "../pipeline/site-function.ts";

/** What a site on S3 and CloudFront is made of. */
export interface BucketSiteArgs {
  /** Name of the bucket; unique in the world. */
  bucketName: string;
  /** Name of a part that is unique in the account, such as `function` or `origin`: at most 64 characters. */
  partName: (part: string) => string;
  /** `spa`: paths without a file ending answer the index page. `static`: `/x/` answers `/x/index.html`. */
  routing: "spa" | "static";
  /** CloudFront path patterns of files whose names carry a hash of their content: cached for a year. May be empty. */
  hashedAssetPaths: string[];
  /** Own domain. Default: CloudFront's. See `validationRecords`. */
  domain?: string;
  /**
   * Whether people depend on the site: the bucket is protected and keeps its files on `destroy`, and `up` waits until
   * CloudFront has the change everywhere (minutes).
   */
  production: boolean;
  /** Tags of everything that takes tags. */
  tags: Record<string, string>;
}

/** A DNS record that proves to AWS that the domain is yours. */
export interface ValidationRecord {
  name: string;
  type: string;
  value: string;
}

/** CloudFront's managed policy "CachingOptimized", the same id in every account. */
const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const ORIGIN = "bucket";
const YEAR = 31_536_000;
/** Old versions of a file stay for this many days, for a roll-back by hand. */
const OLD_VERSION_DAYS = 30;
const ABORTED_UPLOAD_DAYS = 7;
const REPORTED_POLICY =
  "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/**
 * A static site: a private bucket that one CloudFront distribution reads. The workflow uploads the files.
 *
 * With a `domain` the certificate is requested and `validationRecords` says what to enter at the DNS provider. `up`
 * does not wait for it: the site answers on CloudFront's own name until the certificate is issued, and the next
 * `pulumi up --refresh` attaches the domain.
 */
export class BucketSite extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionArn: pulumi.Output<string>;
  /** CloudFront's name of the site, which the own domain's CNAME record points to. */
  readonly domainName: pulumi.Output<string>;
  /** Records that the own domain's certificate waits for; empty without a domain. */
  readonly validationRecords: pulumi.Output<ValidationRecord[]>;

  readonly #name: string;
  readonly #args: BucketSiteArgs;

  constructor(name: string, args: BucketSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kai:sites:BucketSite", name, {}, opts);
    this.#name = name;
    this.#args = args;

    const bucket = this.#bucket();
    const access = this.#privateAccess(bucket);
    this.#storage(bucket);
    const certificate = this.#certificate();
    const distribution = this.#distribution(bucket, certificate);
    new BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.bucket, policy: readOnlyByCloudFront(bucket, distribution) },
      // S3 refuses parallel changes of one bucket's access.
      { parent: this, dependsOn: access },
    );

    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.distributionId = distribution.id;
    this.distributionArn = distribution.arn;
    this.domainName = distribution.domainName;
    this.validationRecords = certificate ? validationRecords(certificate) : pulumi.output([]);
    this.registerOutputs({
      bucketName: this.bucketName,
      bucketArn: this.bucketArn,
      distributionId: this.distributionId,
      distributionArn: this.distributionArn,
      domainName: this.domainName,
      validationRecords: this.validationRecords,
    });
  }

  #bucket(): Bucket {
    const { bucketName, production, tags } = this.#args;
    return new Bucket(
      `${this.#name}-bucket`,
      { bucket: bucketName, forceDestroy: !production, tags },
      { parent: this, protect: production },
    );
  }

  /** Nobody but the bucket's owner and who the policy names; no access lists. */
  #privateAccess(bucket: Bucket): pulumi.Resource[] {
    const block = new BucketPublicAccessBlock(
      `${this.#name}-public-access`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    const ownership = new BucketOwnershipControls(
      `${this.#name}-ownership`,
      { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      { parent: this, dependsOn: block },
    );
    return [block, ownership];
  }

  /** Encryption, and old versions for a while. */
  #storage(bucket: Bucket): void {
    const parent = { parent: this };
    new BucketServerSideEncryptionConfiguration(
      `${this.#name}-encryption`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
            // What new buckets have since March 2026; stated, so that older ones get it too.
            blockedEncryptionTypes: ["SSE-C"],
          },
        ],
      },
      parent,
    );
    const versioning = new BucketVersioning(
      `${this.#name}-versioning`,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    new BucketLifecycleConfiguration(
      `${this.#name}-lifecycle`,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
            expiration: { expiredObjectDeleteMarker: true },
          },
          {
            id: "aborted-uploads",
            status: "Enabled",
            filter: {},
            abortIncompleteMultipartUpload: { daysAfterInitiation: ABORTED_UPLOAD_DAYS },
          },
        ],
      },
      { parent: this, dependsOn: versioning },
    );
  }

  /** CloudFront takes certificates of us-east-1 alone. */
  #certificate(): Certificate | undefined {
    const { domain, tags } = this.#args;
    if (domain === undefined) return undefined;
    return new Certificate(
      `${this.#name}-certificate`,
      { domainName: domain, validationMethod: "DNS", region: "us-east-1", tags },
      { parent: this },
    );
  }

  #distribution(bucket: Bucket, certificate: Certificate | undefined): Distribution {
    const { partName, production, routing, tags, domain } = this.#args;
    const originAccess = this.#originAccess();
    const pages = {
      ...behavior,
      cachePolicyId: this.#pageCache().id,
      responseHeadersPolicyId: this.#headers("pages", "public, max-age=0, must-revalidate").id,
      functionAssociations: [{ eventType: "viewer-request", functionArn: this.#router().arn }],
    };
    return new Distribution(
      `${this.#name}-distribution`,
      {
        comment: partName("site"),
        enabled: true,
        isIpv6Enabled: true,
        httpVersion: "http2and3",
        priceClass: "PriceClass_100",
        defaultRootObject: "index.html",
        waitForDeployment: production,
        origins: [
          {
            originId: ORIGIN,
            domainName: bucket.bucketRegionalDomainName,
            originAccessControlId: originAccess.id,
          },
        ],
        defaultCacheBehavior: pages,
        orderedCacheBehaviors: this.#assetBehaviors(),
        // A pre-rendered site has a page for what is missing; an app shows its own.
        ...(routing === "static" && { customErrorResponses: [missingPage] }),
        restrictions: { geoRestriction: { restrictionType: "none" } },
        ...domainSettings(domain, certificate),
        tags,
      },
      { parent: this },
    );
  }

  /** Hashed files are kept for ever, by CloudFront and by browsers. */
  #assetBehaviors() {
    const { hashedAssetPaths } = this.#args;
    if (hashedAssetPaths.length === 0) return [];
    const responseHeadersPolicyId = this.#headers("assets", `public, max-age=${YEAR}, immutable`).id;
    return hashedAssetPaths.map((pathPattern) => ({
      ...behavior,
      pathPattern,
      cachePolicyId: CACHING_OPTIMIZED,
      responseHeadersPolicyId,
    }));
  }

  #originAccess(): OriginAccessControl {
    return new OriginAccessControl(
      `${this.#name}-origin-access`,
      {
        name: this.#args.partName("origin"),
        description: "Signs CloudFront's requests to the bucket",
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      },
      { parent: this },
    );
  }

  #router(): CloudFrontFunction {
    return new CloudFrontFunction(
      `${this.#name}-router`,
      {
        name: this.#args.partName("router"),
        comment: `Paths to files, ${this.#args.routing}`,
        runtime: SITE_FUNCTION_RUNTIME,
        code: siteFunction(this.#args.routing),
        publish: true,
      },
      { parent: this },
    );
  }

  /** Pages are asked for again each time, unless the uploaded file says otherwise. */
  #pageCache(): CachePolicy {
    return new CachePolicy(
      `${this.#name}-page-cache`,
      {
        name: this.#args.partName("pages"),
        comment: "Pages: as their Cache-Control says, otherwise not at all",
        minTtl: 0,
        defaultTtl: 0,
        maxTtl: YEAR,
        parametersInCacheKeyAndForwardedToOrigin: {
          enableAcceptEncodingBrotli: true,
          enableAcceptEncodingGzip: true,
          cookiesConfig: { cookieBehavior: "none" },
          headersConfig: { headerBehavior: "none" },
          queryStringsConfig: { queryStringBehavior: "none" },
        },
      },
      { parent: this },
    );
  }

  /** Security headers, and Cache-Control for files that were uploaded without one. */
  #headers(kind: "pages" | "assets", cacheControl: string): ResponseHeadersPolicy {
    const items = [
      { header: "Cache-Control", value: cacheControl, override: false },
      // Among the custom ones, because CloudFront has a field for the enforced policy only.
      { header: "Content-Security-Policy-Report-Only", value: REPORTED_POLICY, override: false },
    ];
    return new ResponseHeadersPolicy(
      `${this.#name}-${kind}-headers`,
      {
        name: this.#args.partName(`${kind}-headers`),
        comment: `Headers of ${kind}`,
        customHeadersConfig: { items },
        securityHeadersConfig: {
          strictTransportSecurity: { accessControlMaxAgeSec: YEAR, override: true },
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: "DENY", override: true },
          referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
        },
      },
      { parent: this },
    );
  }
}

/** What all behaviours of the distribution share. */
const behavior = {
  targetOriginId: ORIGIN,
  viewerProtocolPolicy: "redirect-to-https",
  allowedMethods: ["GET", "HEAD"],
  cachedMethods: ["GET", "HEAD"],
  compress: true,
};

const missingPage = {
  errorCode: 404,
  responseCode: 404,
  responsePagePath: "/404.html",
  errorCachingMinTtl: 10,
};

function readOnlyByCloudFront(bucket: Bucket, distribution: Distribution): pulumi.Output<string> {
  return pulumi
    .all([bucket.arn, distribution.arn])
    .apply(([bucketArn, distributionArn]) => JSON.stringify(bucketPolicy({ bucketArn, distributionArn })));
}

/**
 * Alias and certificate once the certificate is issued: CloudFront refuses them before. With its own certificate
 * CloudFront ignores the security policy, so that naming one would be a difference for ever.
 */
function domainSettings(domain: string | undefined, certificate: Certificate | undefined) {
  const ownName = { cloudfrontDefaultCertificate: true };
  if (domain === undefined || certificate === undefined) return { viewerCertificate: ownName };
  const isIssued = certificate.status.apply((status) => status === "ISSUED");
  return {
    aliases: isIssued.apply((issued) => (issued ? [domain] : [])),
    viewerCertificate: pulumi
      .all([isIssued, certificate.arn])
      .apply(([issued, acmCertificateArn]) =>
        issued
          ? { acmCertificateArn, sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" }
          : ownName,
      ),
  };
}

function validationRecords(certificate: Certificate): pulumi.Output<ValidationRecord[]> {
  return certificate.domainValidationOptions.apply((options) =>
    options.map((option) => ({
      name: option.resourceRecordName,
      type: option.resourceRecordType,
      value: option.resourceRecordValue,
    })),
  );
}
