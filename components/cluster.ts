import { getKubernetesVersionsOutput } from "@pulumi/digitalocean/getKubernetesVersions.js";
import { KubernetesCluster } from "@pulumi/digitalocean/kubernetesCluster.js";
import { KubernetesNodePool } from "@pulumi/digitalocean/kubernetesNodePool.js";
import { Vpc } from "@pulumi/digitalocean/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { SYSTEM_POOL } from "../settings/known.ts";
import type { ClusterSettings, PoolSettings } from "../settings.ts";

export interface ClusterArgs {
  /** The cluster, its network and its pools. */
  settings: ClusterSettings;
  /** Name of the VPC, unique in the account. */
  vpcName: string;
  /** Tags of cluster and pools, such as project and environment. None may begin with `k8s` or `terraform:`. */
  tags: string[];
  /** Whether the engine refuses to delete or replace the cluster and its network. */
  protect: boolean;
  /** Provider with the token of the account. */
  provider: pulumi.ProviderResource;
}

/**
 * A managed Kubernetes cluster of DigitalOcean in a network of its own.
 *
 * What the settings cannot change later, DigitalOcean replaces the whole cluster for: the subnets, the VPC, the size of
 * the system pool. Hence the workloads run in pools of their own.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Id of the cluster. */
  readonly id: pulumi.Output<string>;
  /** Address of the API server, with https://. */
  readonly endpoint: pulumi.Output<string>;
  /** Certificate of the API server's authority, PEM in base64. */
  readonly certificateAuthority: pulumi.Output<string>;
  readonly #pools: KubernetesNodePool[];

  constructor(name: string, args: ClusterArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:digitalocean:Cluster", name, {}, opts);
    const vpc = this.createVpc(name, args);
    const cluster = this.createCluster(name, args, vpc);
    this.#pools = args.settings.pools.map((pool) => this.createPool(name, args, cluster, pool));
    this.id = cluster.id;
    this.endpoint = cluster.endpoint;
    // Only this of the cluster's kubeconfig is lasting: its credentials expire after seven days.
    this.certificateAuthority = pulumi.unsecret(
      cluster.kubeConfigs.apply(([config]) => config?.clusterCaCertificate ?? ""),
    );
    this.registerOutputs({
      id: this.id,
      endpoint: this.endpoint,
      certificateAuthority: this.certificateAuthority,
    });
  }

  /** What has to exist before a pod can be scheduled. */
  get pools(): readonly pulumi.Resource[] {
    return this.#pools;
  }

  private createVpc(name: string, { settings, vpcName, protect, provider }: ClusterArgs): Vpc {
    return new Vpc(
      `${name}-vpc`,
      { name: vpcName, region: settings.region, ipRange: settings.vpcRange },
      { parent: this, provider, protect },
    );
  }

  private createCluster(name: string, args: ClusterArgs, vpc: Vpc): KubernetesCluster {
    const { settings, tags, protect, provider } = args;
    return new KubernetesCluster(
      `${name}-kubernetes`,
      {
        name: settings.name,
        region: settings.region,
        version: newestVersion(settings.versionPrefix, { parent: this, provider }),
        vpcUuid: vpc.id,
        clusterSubnet: settings.clusterSubnet,
        serviceSubnet: settings.serviceSubnet,
        ha: settings.highlyAvailable,
        autoUpgrade: settings.autoUpgrade,
        surgeUpgrade: true,
        maintenancePolicy: settings.maintenance,
        nodePool: {
          name: SYSTEM_POOL,
          size: settings.systemPool.size,
          nodeCount: settings.systemPool.count,
          labels: nodeLabels(SYSTEM_POOL),
          tags,
        },
        tags,
        // Read from the state when the cluster is deleted, so it has to be applied by an `up` before.
        destroyAllAssociatedResources: settings.destroyAssociatedResources,
      },
      {
        parent: this,
        provider,
        protect,
        // DigitalOcean upgrades the patch version by itself; the older version of the state would then be a
        // downgrade, for which the plugin replaces the cluster (digitalocean/terraform-provider-digitalocean#332).
        ignoreChanges: ["version"],
      },
    );
  }

  private createPool(
    name: string,
    { tags, provider }: ClusterArgs,
    cluster: KubernetesCluster,
    pool: PoolSettings,
  ): KubernetesNodePool {
    return new KubernetesNodePool(
      `${name}-pool-${pool.name}`,
      {
        clusterId: cluster.id,
        name: pool.name,
        size: pool.size,
        autoScale: true,
        minNodes: pool.min,
        maxNodes: pool.max,
        labels: nodeLabels(pool.name, pool.labels),
        taints: pool.taints,
        tags,
      },
      // The plugin writes the current number of nodes into `nodeCount` whenever it reads an autoscaled pool.
      { parent: this, provider, ignoreChanges: ["nodeCount"] },
    );
  }
}

/**
 * Labels of a pool's nodes. One is always there: the plugin sends no empty map (godo: `omitempty`), so a pool without
 * any could neither lose its last label nor one that somebody added, and each `up` would try again.
 */
function nodeLabels(pool: string, labels: Record<string, string> = {}): Record<string, string> {
  return { ...labels, "kai.dev/pool": pool };
}

/**
 * The newest version with a prefix such as `1.33.`. When DigitalOcean no longer offers the prefix, the prefix itself is
 * answered: an existing cluster ignores it, and a new one is refused with "invalid version slug".
 */
function newestVersion(versionPrefix: string, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  return getKubernetesVersionsOutput({ versionPrefix }, opts).apply(
    ({ latestVersion }) => latestVersion || versionPrefix,
  );
}
