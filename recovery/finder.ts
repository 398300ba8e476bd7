/** Asks the clouds through the providers' own data sources. Works inside a program that the engine runs. */
import { getCertificate } from "@pulumi/aws/acm/getCertificate.js";
import { getCachePolicy } from "@pulumi/aws/cloudfront/getCachePolicy.js";
import { getResponseHeadersPolicy } from "@pulumi/aws/cloudfront/getResponseHeadersPolicy.js";
import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity.js";
import { getAccessKeys } from "@pulumi/aws/iam/getAccessKeys.js";
import { getResources } from "@pulumi/aws/resourcegroupstaggingapi/getResources.js";
import { getKubernetesCluster } from "@pulumi/digitalocean/getKubernetesCluster.js";
import { getVpc } from "@pulumi/digitalocean/getVpc.js";
import { getRestApi } from "@pulumi/github/getRestApi.js";
import { output, type ProviderResource } from "@pulumi/pulumi";
import { getProject } from "@pulumiverse/vercel/getProject.js";
import {
  awsProvider,
  digitaloceanProvider,
  githubProvider,
  kubernetesProvider,
  vercelProvider,
} from "../components/providers.ts";
import { vercelProject } from "../pipeline/names.ts";
import type { Settings } from "../settings.ts";
import type { Finder } from "./import-ids.ts";

/** The providers of a program, each made when it is first needed: one asks for credentials that may not be there. */
export class Providers {
  readonly #settings: Settings;
  readonly #made = new Map<string, Promise<ProviderResource | undefined>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The provider of a package such as `aws`; undefined for Kubernetes where there is no cluster. */
  of(pkg: string): Promise<ProviderResource | undefined> {
    const made = this.#made.get(pkg) ?? this.#make(pkg);
    this.#made.set(pkg, made);
    return made;
  }

  async #make(pkg: string): Promise<ProviderResource | undefined> {
    const settings = this.#settings;
    if (pkg === "github") return githubProvider(settings);
    if (pkg === "aws") return awsProvider(settings);
    if (pkg === "vercel") return vercelProvider(settings);
    if (pkg === "digitalocean") return digitaloceanProvider();
    if (pkg === "kubernetes") return this.#kubernetes();
    return undefined;
  }

  async #kubernetes(): Promise<ProviderResource | undefined> {
    const { name } = this.#settings.cluster;
    const cluster = await clusterNamed(name, (await this.of("digitalocean")) as ProviderResource);
    if (!cluster) return undefined;
    return kubernetesProvider(this.#settings, {
      id: output(cluster.id),
      endpoint: output(cluster.endpoint),
      certificateAuthority: output(cluster.kubeConfigs[0]?.clusterCaCertificate ?? ""),
    });
  }
}

/** What the providers' data sources say where there is nothing; everything else is a cloud that did not answer. */
const NOTHING =
  /not[ _]?found|could ?n.t be found|unable to find|no .*(found|matching)|cannot be found|\b404\b/i;

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && NOTHING.test(error.message)) return undefined;
    throw error;
  }
}

function clusterNamed(name: string, provider: ProviderResource) {
  return unlessMissing(getKubernetesCluster({ name }, { provider }));
}

/** CloudFront's region in all services that have regions. */
const GLOBAL = "us-east-1";

/** The finder of a program whose providers these are. */
export function cloudFinder(settings: Settings, providers: Providers): Finder {
  const through = async (pkg: string) => {
    const provider = await providers.of(pkg);
    return provider ? { provider } : {};
  };
  const projects = async () => {
    const options = await through("vercel");
    const names = settings.sites.map((site) => vercelProject(settings, site));
    const found = names.map((name) => unlessMissing(getProject({ name }, options)));
    return (await Promise.all(found)).filter((project) => project !== undefined);
  };
  return {
    vpc: async (name) => (await unlessMissing(getVpc({ name }, await through("digitalocean"))))?.id,
    cluster: async (name) =>
      (await unlessMissing(getKubernetesCluster({ name }, await through("digitalocean"))))?.id,
    async nodePool(clusterId, name) {
      const options = await through("digitalocean");
      const cluster = await unlessMissing(getKubernetesCluster({ name: settings.cluster.name }, options));
      if (cluster?.id !== clusterId) return undefined;
      return cluster.nodePools.find((pool) => pool.name === name)?.id;
    },
    async ruleset(repository, name) {
      const endpoint = `repos/${settings.repository.owner}/${repository}/rulesets?includes_parents=false&per_page=100`;
      const { code, status, body } = await getRestApi({ endpoint }, await through("github"));
      if (code === 404) return undefined;
      if (code !== 200) throw new Error(`GET ${endpoint}: ${status}`);
      const rulesets = JSON.parse(body) as { id: number; name: string }[];
      return rulesets.find((ruleset) => ruleset.name === name)?.id.toString();
    },
    cachePolicy: async (name) => (await unlessMissing(getCachePolicy({ name }, await through("aws"))))?.id,
    responseHeadersPolicy: async (name) =>
      (await unlessMissing(getResponseHeadersPolicy({ name }, await through("aws"))))?.id,
    async distributions(tags) {
      const tagFilters = Object.entries(tags).map(([key, value]) => ({ key, values: [value] }));
      const asked = { region: GLOBAL, resourceTypeFilters: ["cloudfront:distribution"], tagFilters };
      const { resourceTagMappingLists } = await getResources(asked, await through("aws"));
      return resourceTagMappingLists.map(({ resourceArn }) => resourceArn);
    },
    async certificate(domain, region, tags) {
      const statuses = ["PENDING_VALIDATION", "ISSUED"];
      const asked = { domain, region, tags, statuses, mostRecent: true };
      return (await unlessMissing(getCertificate(asked, await through("aws"))))?.arn;
    },
    async accessKeys(user) {
      const found = await unlessMissing(getAccessKeys({ user }, await through("aws")));
      const newestFirst = (found?.accessKeys ?? []).toSorted((a, b) =>
        b.createDate.localeCompare(a.createDate),
      );
      return newestFirst.map(({ accessKeyId }) => accessKeyId);
    },
    accountId: async () => (await getCallerIdentity({}, await through("aws"))).accountId,
    vercelProject: async (name) => (await unlessMissing(getProject({ name }, await through("vercel"))))?.id,
    async vercelVariable(projectId, key) {
      const project = (await projects()).find(({ id }) => id === projectId);
      return project?.environments.find((variable) => variable.key === key)?.id;
    },
  };
}
