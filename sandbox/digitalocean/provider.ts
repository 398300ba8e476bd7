/** The simulated DigitalOcean as the digitalocean provider plugin shows it to the engine. */
import type { Cloud, InvokeFunction, ResourceType } from "../provider/declaration.ts";
import { CloudError } from "../provider/declaration.ts";
import { isObject, type Properties } from "../provider/values.ts";
import type { Account, ControlPlanes } from "./account.ts";
import * as clusters from "./clusters.ts";
import * as networks from "./networks.ts";
import type { ClusterDocument, DigitalOceanStore, PoolDocument } from "./store.ts";

const vpc: ResourceType<Account> = {
  replaceOn: ["region", "ipRange"],
  optionalComputed: ["ipRange"],
  defaults: (_, { name, suffix, oldInputs }) => ({ name: oldInputs?.name ?? `${name}-${suffix}` }),
  create: (account, inputs) =>
    networks.createVpc(account, {
      name: String(inputs.name),
      region: String(inputs.region),
      ip_range: inputs.ipRange as string | undefined,
      description: inputs.description as string | undefined,
    }).id,
  read(account, id) {
    const document = networks.getVpc(account, id);
    return {
      name: document.name,
      region: document.region,
      description: document.description,
      ipRange: document.ip_range,
      vpcUrn: document.urn,
      default: document.default,
      createdAt: document.created_at,
    };
  },
  update: (account, id, inputs) =>
    networks.updateVpc(account, id, {
      name: String(inputs.name),
      description: String(inputs.description ?? ""),
    }),
  delete: (account, id) => networks.deleteVpc(account, id),
};

/** What the plugin leaves out of tags (tf-do: `k8s*` and `terraform:*` are filtered on read). */
function ownTags(tags: string[]): string[] {
  return tags.filter((tag) => !tag.startsWith("k8s") && !tag.startsWith("terraform:"));
}

function poolRequest(inputs: Properties, tags: string[] = []): clusters.PoolRequest {
  return {
    name: String(inputs.name),
    size: String(inputs.size),
    count: inputs.nodeCount as number | undefined,
    auto_scale: inputs.autoScale === true,
    min_nodes: inputs.minNodes as number | undefined,
    max_nodes: inputs.maxNodes as number | undefined,
    labels: (inputs.labels ?? {}) as Record<string, string>,
    taints: (inputs.taints ?? []) as PoolDocument["taints"],
    tags: [...((inputs.tags ?? []) as string[]), ...tags],
  };
}

function poolOutputs(pool: PoolDocument): Properties {
  return {
    name: pool.name,
    size: pool.size,
    nodeCount: pool.count,
    actualNodeCount: pool.count,
    autoScale: pool.auto_scale,
    ...(pool.auto_scale && { minNodes: pool.min_nodes, maxNodes: pool.max_nodes }),
    labels: pool.labels,
    taints: pool.taints,
    tags: ownTags(pool.tags),
    nodes: pool.nodes.map((node) => ({
      id: node.id,
      name: node.name,
      status: node.status.state,
      dropletId: node.droplet_id,
      createdAt: node.created_at,
      updatedAt: node.updated_at,
    })),
  };
}

/** The mark by which the plugin finds the pool that belongs to the cluster resource. */
const DEFAULT_POOL_TAG = "terraform:default-node-pool";

function defaultPool(cluster: ClusterDocument): PoolDocument {
  const pool = cluster.node_pools.find(({ tags }) => tags.includes(DEFAULT_POOL_TAG));
  if (!pool)
    throw new CloudError(0, `the default node pool of ${cluster.name} has lost its tag ${DEFAULT_POOL_TAG}`);
  return pool;
}

function maintenance(inputs: Properties): ClusterDocument["maintenance_policy"] {
  const policy = isObject(inputs.maintenancePolicy) ? inputs.maintenancePolicy : {};
  return {
    day: String(policy.day ?? "any"),
    start_time: String(policy.startTime ?? "00:00"),
    duration: String(policy.duration ?? "4h0m0s"),
  };
}

function clusterSettings(inputs: Properties) {
  return {
    name: String(inputs.name),
    tags: (inputs.tags ?? []) as string[],
    auto_upgrade: inputs.autoUpgrade === true,
    surge_upgrade: inputs.surgeUpgrade !== false,
    ha: inputs.ha === true,
    maintenance_policy: maintenance(inputs),
  };
}

/** The size of the default pool and the subnets replace the whole cluster (tf-do #424, kubernetes_cluster resource). */
const CLUSTER_IDENTITY = [
  "region",
  "vpcUuid",
  "clusterSubnet",
  "serviceSubnet",
  "nodePool.size",
  "isolatedWorkers",
];

/** A lower version replaces the cluster (tf-do #332, CustomizeDiff). */
function isDowngrade(live: Properties, wanted: Properties): boolean {
  return String(wanted.version).localeCompare(String(live.version), undefined, { numeric: true }) < 0;
}

const cluster: ResourceType<Account> = {
  replaceOn: (_, { live, wanted }) =>
    isDowngrade(live, wanted) ? [...CLUSTER_IDENTITY, "version"] : CLUSTER_IDENTITY,
  optionalComputed: [
    "vpcUuid",
    "clusterSubnet",
    "serviceSubnet",
    "maintenancePolicy",
    "maintenancePolicy.day",
    "maintenancePolicy.startTime",
    "maintenancePolicy.duration",
    "nodePool.id",
    "nodePool.nodes",
    "nodePool.actualNodeCount",
    "nodePool.nodeCount",
  ],
  writeOnly: ["destroyAllAssociatedResources", "kubeconfigExpireSeconds", "registryIntegration"],
  sets: ["tags", "nodePool.tags", "nodePool.taints"],
  secretOutputs: ["kubeConfigs"],
  defaults: (_, { name, suffix, oldInputs }) => ({
    name: oldInputs?.name ?? `${name}-${suffix}`,
    surgeUpgrade: true,
    destroyAllAssociatedResources: false,
    registryIntegration: false,
  }),
  check: ({ nodePool }) => poolProblems(nodePool as Properties, "nodePool."),
  create(account, inputs) {
    return clusters.createCluster(account, {
      ...clusterSettings(inputs),
      region: String(inputs.region),
      version: String(inputs.version),
      vpc_uuid: inputs.vpcUuid as string | undefined,
      cluster_subnet: inputs.clusterSubnet as string | undefined,
      service_subnet: inputs.serviceSubnet as string | undefined,
      node_pools: [poolRequest(inputs.nodePool as Properties, [DEFAULT_POOL_TAG])],
    }).id;
  },
  read(account, id) {
    const document = clusters.getCluster(account, id);
    const { nodes, ...pool } = poolOutputs(defaultPool(document));
    const { day, start_time: startTime, duration } = document.maintenance_policy;
    return {
      name: document.name,
      region: document.region,
      version: document.version,
      vpcUuid: document.vpc_uuid,
      clusterSubnet: document.cluster_subnet,
      serviceSubnet: document.service_subnet,
      ha: document.ha,
      autoUpgrade: document.auto_upgrade,
      surgeUpgrade: document.surge_upgrade,
      maintenancePolicy: { day, startTime, duration },
      tags: ownTags(document.tags),
      nodePool: { ...pool, nodes, id: defaultPool(document).id },
      clusterUrn: `do:kubernetes:${document.id}`,
      endpoint: document.endpoint,
      ipv4Address: document.ipv4,
      status: document.status.state,
      createdAt: document.created_at,
      updatedAt: document.updated_at,
      kubeConfigs: [kubeConfig(account, document)],
    };
  },
  update(account, id, inputs) {
    clusters.updateCluster(account, id, clusterSettings(inputs));
    clusters.updatePool(
      account,
      defaultPool(clusters.getCluster(account, id)).id,
      poolRequest(inputs.nodePool as Properties, [DEFAULT_POOL_TAG]),
    );
    if (clusters.getCluster(account, id).version !== inputs.version)
      clusters.upgradeCluster(account, id, String(inputs.version));
  },
  delete: (account, id, { oldInputs }) =>
    clusters.deleteCluster(account, id, oldInputs?.destroyAllAssociatedResources === true),
};

/** What `kubernetes_cluster` holds of the credentials: they expire, and carry the rights of the account. */
function kubeConfig(account: Account, document: ClusterDocument): Properties {
  const { token, expires_at: expiresAt } = clusters.credentials(account, document.id);
  return {
    host: document.endpoint,
    clusterCaCertificate: Buffer.from(`certificate of ${document.endpoint}`).toString("base64"),
    token,
    expiresAt,
    clientCertificate: "",
    clientKey: "",
    rawConfig: `# credentials of ${document.name}\n`,
  };
}

function poolProblems(pool: Properties | undefined, prefix = "") {
  const bounds = [pool?.minNodes, pool?.maxNodes];
  return pool?.autoScale === true && bounds.some((bound) => bound === undefined)
    ? [{ property: `${prefix}minNodes`, reason: "min_nodes and max_nodes are required with auto_scale" }]
    : [];
}

const nodePool: ResourceType<Account> = {
  replaceOn: ["clusterId", "size"],
  optionalComputed: ["nodeCount"],
  sets: ["tags", "taints"],
  defaults: (_, { name, suffix, oldInputs }) => ({ name: oldInputs?.name ?? `${name}-${suffix}` }),
  check: (inputs) => poolProblems(inputs),
  create: (account, inputs) => clusters.createPool(account, String(inputs.clusterId), poolRequest(inputs)).id,
  read(account, id) {
    const { cluster: owner, pool } = clusters.findPool(account, id);
    return { ...poolOutputs(pool), clusterId: owner.id };
  },
  update: (account, id, inputs) => clusters.updatePool(account, id, poolRequest(inputs)),
  delete: (account, id) => clusters.deletePool(account, id),
};

/** GET /v2/kubernetes/options: nothing is set when no version has the prefix. */
const versions: InvokeFunction<Account> = ({ store }, { versionPrefix = "" }) => {
  const validVersions = store.main.data.versions.filter((version) =>
    version.startsWith(String(versionPrefix)),
  );
  return { id: "versions", validVersions, latestVersion: validVersions[0] ?? "", versionPrefix };
};

/** data_source_vpc.go: an error where no VPC has the name. */
const vpcByName: InvokeFunction<Account> = ({ store }, { name, id }) => {
  const found = Object.values(store.main.data.vpcs).find((one) => one.name === name || one.id === id);
  if (!found) throw new CloudError(404, `no VPCs found with name: ${name}`);
  const { urn, region, description, ip_range: ipRange, created_at: createdAt } = found;
  return { id: found.id, name: found.name, urn, region, description, ipRange, createdAt, default: false };
};

/** data_source_kubernetes_cluster.go: lists the clusters and looks for the name. */
const clusterByName: InvokeFunction<Account> = (account, { name }) => {
  const found = Object.values(account.store.main.data.clusters).find((one) => one.name === name);
  if (!found) throw new CloudError(404, `Unable to find cluster with name: ${name}`);
  return {
    id: found.id,
    name: found.name,
    region: found.region,
    version: found.version,
    endpoint: found.endpoint,
    vpcUuid: found.vpc_uuid,
    status: found.status.state,
    kubeConfigs: [kubeConfig(account, found)],
    nodePools: found.node_pools.map((pool) => ({ id: pool.id, ...poolOutputs(pool) })),
  };
};

/** The simulated account. */
export function digitaloceanCloud(store: DigitalOceanStore, controlPlanes: ControlPlanes): Cloud<Account> {
  return {
    name: "digitalocean",
    connect(config) {
      const account = { store, controlPlanes };
      // A program that leaves the token to the plugin is let in: the stand-in does not share its environment.
      if (config.token === undefined || config.token === store.token) return account;
      throw new CloudError(401, "Unable to authenticate you");
    },
    resources: {
      "digitalocean:index/vpc:Vpc": vpc,
      "digitalocean:index/kubernetesCluster:KubernetesCluster": cluster,
      "digitalocean:index/kubernetesNodePool:KubernetesNodePool": nodePool,
    },
    functions: {
      "digitalocean:index/getKubernetesVersions:getKubernetesVersions": versions,
      "digitalocean:index/getVpc:getVpc": vpcByName,
      "digitalocean:index/getKubernetesCluster:getKubernetesCluster": clusterByName,
    },
  };
}
