import { createHash } from "node:crypto";
import type { ServiceSettings, Settings, SiteSettings } from "../settings.ts";

/**
 * Every physical name in one place: what the clouds, the workflow and the documentation call the same thing.
 * A name is a pure function of the settings, so that the workflow rolls out what the cluster holds.
 */

/** Longest name of an S3 bucket (docs.aws.amazon.com, bucket naming rules). */
const BUCKET_LENGTH = 63;
/** Longest name of a Vercel project that its own domain can carry. */
const VERCEL_LENGTH = 52;
/** Longest name of an IAM user or role, a CloudFront function, an origin access control. */
const AWS_LENGTH = 64;

/** Cuts a name to a length; what is cut off is replaced by a hash of the whole, so that two names stay two. */
export function fit(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, length - hash.length - 1).replace(/[-_.]+$/, "")}-${hash}`;
}

/** Lower-case letters, digits and single dashes, a letter or digit at both ends. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** The ending of variable names that belong to something: `staging` is `STAGING`, `pre-prod` is `PRE_PROD`. */
export function label(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
}

/** The prefix of everything that one stack owns outside the cluster: `kai-staging`. */
export function stackPrefix(settings: Settings): string {
  return slug(`${settings.repository.name}-${settings.environment.name}`);
}

/** Name of the VPC of the stack's cluster. */
export function vpc(settings: Settings): string {
  return `${settings.cluster.name}-vpc`;
}

/**
 * Tags of the stack's cluster and node pools: the repository and the environment. DigitalOcean takes letters, digits,
 * colons, dashes and underscores; the plugin never reads tags back that begin with `k8s` or `terraform:`.
 */
export function clusterTags({ repository, environment }: Settings): string[] {
  const tags = [repository.name, environment.name].map((name) => {
    const tag = name.replaceAll(/[^A-Za-z0-9:_-]/g, "-");
    return tag.startsWith("k8s") ? `kai:${tag}` : tag;
  });
  return [...new Set(tags)];
}

/** Where a service's images are, without tag: `ghcr.io/basilakis/kai-api-server`. Registries refuse upper case. */
export function image(settings: Pick<Settings, "registry">, service: Pick<ServiceSettings, "image">): string {
  return `${settings.registry.server}/${settings.registry.username.toLowerCase()}/${service.image}`;
}

/** The image that a service is created with, before the workflow has rolled one out. */
export function firstImage(
  settings: Pick<Settings, "registry">,
  service: Pick<ServiceSettings, "image" | "placeholderImage">,
): string {
  return service.placeholderImage ?? `${image(settings, service)}:latest`;
}

/** Names inside the namespace that the services share. */
export const NAMESPACE_NAMES = {
  /** ConfigMap with what every service may read. */
  config: "kai-config",
  /** Secret with the application's credentials. */
  secrets: "kai-secrets",
  /** Pull secret of the registry. */
  pullSecret: "registry-credentials",
  /** Account, role and token of the workflow's kubeconfig. */
  deployer: "github-deployer",
  quota: "budget",
  limits: "defaults",
} as const;

/**
 * Bucket of a site. Bucket names are one space for all accounts of the world, hence the owner in it.
 * The environment comes first to be cut last.
 */
export function bucket(settings: Settings, site: Pick<SiteSettings, "name">): string {
  const { owner, name } = settings.repository;
  return fit(slug(`${settings.environment.name}-${site.name}-${name}-${owner}`), BUCKET_LENGTH);
}

/** Vercel project of a site; each stack has its own. */
export function vercelProject(settings: Settings, site: Pick<SiteSettings, "name">): string {
  return fit(`${stackPrefix(settings)}-${site.name}`, VERCEL_LENGTH);
}

/** Origin access control, function and policies of a site on CloudFront. */
export function siteResource(settings: Settings, site: Pick<SiteSettings, "name">, part: string): string {
  return fit(`${stackPrefix(settings)}-${site.name}-${part}`, AWS_LENGTH);
}

/** IAM user or role that the workflow deploys the sites with. */
export function siteDeployer(settings: Settings): string {
  return fit(`${stackPrefix(settings)}-site-deployer`, AWS_LENGTH);
}

/** GitHub environment whose secrets the drift check reads; only the production branch may, without an approval. */
export function inspectionEnvironment(environment: string): string {
  return `${environment}-inspection`;
}

/** GitHub environment whose secrets the job that builds the images reads, for all stacks; their branches alone may. */
export const IMAGES_ENVIRONMENT = "images";

/** GitHub environment whose secrets the previews of pull requests read, each after an approval. */
export function previewEnvironment(environment: string): string {
  return `${environment}-preview`;
}

/** Variable that holds an environment's connection string, one per environment so that they cannot be mixed up. */
export function databaseUrl(environment: string): string {
  return `DATABASE_URL_${label(environment)}`;
}

/** Names of a site's three secrets, as the specification has them for `client` and `admin`. */
export function siteSecrets(site: Pick<SiteSettings, "name">) {
  const end = label(site.name);
  return {
    vercelProjectId: `VERCEL_PROJECT_ID_${end}`,
    bucketName: `${end}_BUCKET_NAME`,
    distributionId: `CLOUDFRONT_DISTRIBUTION_ID_${end}`,
  };
}
