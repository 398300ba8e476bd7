import * as pulumi from "@pulumi/pulumi";
import { hashedAssetPaths } from "../pipeline/asset-paths.ts";
import { isProduction } from "../pipeline/branches.ts";
import { bucket, siteDeployer, siteResource, vercelProject } from "../pipeline/names.ts";
import type { Settings, SiteSettings } from "../settings.ts";
import { BucketSite } from "./bucket-site.ts";
import { DeployIdentity, type TrustArgs } from "./deploy-identity.ts";
import { awsProvider, vercelProvider } from "./providers.ts";
import { VercelSite } from "./vercel-site.ts";

export interface SitesArgs {
  /** The stack's settings. */
  settings: Settings;
  /** Who the workflow is in AWS's eyes; needed where `aws.credentials` is `oidc`. */
  trust?: TrustArgs;
}

/** All front ends of the stack, each where its `hosting` says, and the identity that the workflow uploads with. */
export class Sites extends pulumi.ComponentResource {
  /** Sites on S3 and CloudFront by name. */
  readonly buckets: ReadonlyMap<string, BucketSite>;
  /** Sites on Vercel by name. */
  readonly projects: ReadonlyMap<string, VercelSite>;
  /** Absent when no site is on CloudFront. */
  readonly identity: DeployIdentity | undefined;

  constructor(name: string, args: SitesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:pipeline:Sites", name, {}, opts);
    const { settings } = args;
    const hosted = (host: string) =>
      settings.sites.filter(({ hosting }) => hosting === host || hosting === "both");
    const onCloudFront = settings.clouds.aws ? hosted("cloudfront") : [];
    const onVercel = settings.clouds.vercel ? hosted("vercel") : [];
    // A provider only where something uses it: it asks for credentials.
    const aws = onCloudFront.length > 0 ? awsProvider(settings) : undefined;
    const vercel = onVercel.length > 0 ? vercelProvider(settings) : undefined;
    this.buckets = new Map(onCloudFront.map((site) => [site.name, this.#bucket(settings, site, aws)]));
    this.projects = new Map(onVercel.map((site) => [site.name, this.#project(settings, site, vercel)]));
    this.identity = aws && this.#identity(args, aws);
    this.registerOutputs({});
  }

  #bucket(settings: Settings, site: SiteSettings, provider?: pulumi.ProviderResource): BucketSite {
    return new BucketSite(
      `${site.name}-bucket`,
      {
        bucketName: bucket(settings, site),
        partName: (part) => siteResource(settings, site, part),
        routing: site.routing,
        hashedAssetPaths: hashedAssetPaths(site.framework),
        // Where a site has both hosts, its own domain is Vercel's: a name points to one place.
        ...(site.domain !== undefined && site.hosting === "cloudfront" && { domain: site.domain }),
        production: isProduction(settings),
        // With `site` the tags name one distribution: it has no name of its own by which it could be found again.
        tags: { ...tagsOf(settings), site: site.name },
      },
      { parent: this, ...(provider && { provider }) },
    );
  }

  #project(settings: Settings, site: SiteSettings, provider?: pulumi.ProviderResource): VercelSite {
    const { directory, framework, buildCommand, outputDirectory, domain, variables } = site;
    return new VercelSite(
      `${site.name}-vercel`,
      {
        projectName: vercelProject(settings, site),
        directory,
        framework,
        ...(buildCommand !== undefined && { buildCommand }),
        outputDirectory,
        ...(domain !== undefined && { domain }),
        variables,
      },
      { parent: this, ...(provider && { provider }) },
    );
  }

  #identity({ settings, trust }: SitesArgs, provider: pulumi.ProviderResource): DeployIdentity {
    const sites = [...this.buckets.values()];
    return new DeployIdentity(
      "site-deployer",
      {
        identityName: siteDeployer(settings),
        credentials: trust ? { kind: "oidc", trust } : { kind: "keys" },
        bucketArns: sites.map(({ bucketArn }) => bucketArn),
        distributionArns: sites.map(({ distributionArn }) => distributionArn),
        tags: tagsOf(settings),
      },
      { parent: this, provider },
    );
  }
}

function tagsOf({ repository, environment }: Settings): Record<string, string> {
  return { project: repository.name, environment: environment.name };
}
