/** Kubernetes clusters and their pools (docs.digitalocean.com/reference/api/digitalocean/#tag/Kubernetes). */
import { randomBytes, randomUUID } from "node:crypto";
import { type Account, found, refuse } from "./account.ts";
import { getVpc } from "./networks.ts";
import { isPrivate, overlaps } from "./ranges.ts";
import { type ClusterDocument, type NodeDocument, type PoolDocument, saveDigitalOcean } from "./store.ts";

export type PoolRequest = Pick<
  PoolDocument,
  "name" | "size" | "tags" | "labels" | "taints" | "auto_scale"
> & {
  count?: number | undefined;
  min_nodes?: number | undefined;
  max_nodes?: number | undefined;
};

export type ClusterRequest = Pick<
  ClusterDocument,
  "name" | "region" | "version" | "tags" | "auto_upgrade" | "surge_upgrade" | "ha" | "maintenance_policy"
> & {
  vpc_uuid?: string | undefined;
  cluster_subnet?: string | undefined;
  service_subnet?: string | undefined;
  node_pools: PoolRequest[];
};

/** Days that a cluster's own credentials last when no other time is asked for (openapi, expiry_seconds). */
const CREDENTIAL_DAYS = 7;

/** POST /v2/kubernetes/clusters. */
export function createCluster(account: Account, request: ClusterRequest): ClusterDocument {
  const { data } = account.store.main;
  refuseVersion(account, request.version);
  if (Object.values(data.clusters).some(({ name }) => name === request.name))
    refuse(422, "a cluster with this name already exists");
  const vpc = getVpc(account, request.vpc_uuid ?? "");
  if (vpc.region !== request.region) refuse(422, "vpc must be in the same region as the cluster");
  const subnets = {
    cluster_subnet: request.cluster_subnet ?? "10.244.0.0/16",
    service_subnet: request.service_subnet ?? "10.245.0.0/16",
  };
  refuseSubnets(account, subnets, vpc.ip_range);
  const id = randomUUID();
  const now = new Date().toISOString();
  const cluster: ClusterDocument = {
    id,
    ...request,
    ...subnets,
    vpc_uuid: vpc.id,
    ipv4: `198.51.100.${10 + Object.keys(data.clusters).length}`,
    endpoint: `https://${id}.k8s.ondigitalocean.com`,
    tags: [...request.tags, "k8s", `k8s:${id}`],
    node_pools: request.node_pools.map((pool) => newPool(pool)),
    registry_enabled: false,
    status: { state: "running", message: "" },
    created_at: now,
    updated_at: now,
  };
  data.clusters[id] = cluster;
  account.controlPlanes.start(cluster.endpoint, cluster.version, cluster.service_subnet);
  saveDigitalOcean(account.store);
  return cluster;
}

export function getCluster({ store }: Account, id: string): ClusterDocument {
  return found(store.main.data.clusters[id], "Kubernetes cluster");
}

/** PUT /v2/kubernetes/clusters/{id}. */
export function updateCluster(
  account: Account,
  id: string,
  change: Pick<
    ClusterDocument,
    "name" | "tags" | "auto_upgrade" | "surge_upgrade" | "ha" | "maintenance_policy"
  >,
): void {
  const cluster = getCluster(account, id);
  if (cluster.ha && !change.ha) refuse(422, "High availability control plane can not be disabled");
  Object.assign(cluster, change, {
    tags: [...change.tags, ...cluster.tags.filter((tag) => tag.startsWith("k8s"))],
    updated_at: new Date().toISOString(),
  });
  saveDigitalOcean(account.store);
}

/** POST …/upgrade: only upwards. */
export function upgradeCluster(account: Account, id: string, version: string): void {
  const cluster = getCluster(account, id);
  refuseVersion(account, version);
  if (version.localeCompare(cluster.version, undefined, { numeric: true }) < 0)
    refuse(422, `cannot downgrade from ${cluster.version} to ${version}`);
  cluster.version = version;
  saveDigitalOcean(account.store);
}

/**
 * DELETE /v2/kubernetes/clusters/{id}. Load balancers and volumes stay and are billed
 * (digitalocean/doctl#437), unless destroyed with it.
 */
export function deleteCluster(account: Account, id: string, withAssociated: boolean): void {
  const cluster = getCluster(account, id);
  const { data } = account.store.main;
  delete data.clusters[id];
  delete account.store.vault.data.credentials[id];
  if (withAssociated) delete data.associated[id];
  account.controlPlanes.stop(cluster.endpoint);
  saveDigitalOcean(account.store);
}

/** GET …/credentials: each fetch hands out a token. */
export function credentials(account: Account, id: string): { token: string; expires_at: string } {
  getCluster(account, id);
  const { data } = account.store.vault;
  const known = data.credentials[id];
  if (known && Date.parse(known.expires_at) > Date.now()) return known;
  const issued = {
    token: `dop_v1_${randomBytes(32).toString("hex")}`,
    expires_at: new Date(Date.now() + CREDENTIAL_DAYS * 24 * 3600 * 1000).toISOString(),
  };
  data.credentials[id] = issued;
  account.store.vault.save();
  return issued;
}

/** POST …/node_pools. */
export function createPool(account: Account, clusterId: string, request: PoolRequest): PoolDocument {
  const cluster = getCluster(account, clusterId);
  refusePoolName(cluster, request.name);
  const pool = newPool(request);
  cluster.node_pools.push(pool);
  saveDigitalOcean(account.store);
  return pool;
}

/** The cluster that a pool belongs to, and the pool. */
export function findPool({ store }: Account, id: string): { cluster: ClusterDocument; pool: PoolDocument } {
  for (const cluster of Object.values(store.main.data.clusters)) {
    const pool = cluster.node_pools.find((candidate) => candidate.id === id);
    if (pool) return { cluster, pool };
  }
  return refuse(404, "The resource you were accessing could not be found. (node pool)");
}

/** PUT …/node_pools/{id}: everything but the size. */
export function updatePool(account: Account, id: string, request: PoolRequest): void {
  const { cluster, pool } = findPool(account, id);
  if (pool.name !== request.name) refusePoolName(cluster, request.name);
  const next = newPool(request);
  const count = request.auto_scale ? clamp(pool.count, next.min_nodes, next.max_nodes) : next.count;
  // The plugin leaves an empty map out of the request (godo, KubernetesNodePoolUpdateRequest), and what is left out stays.
  const labels = Object.keys(next.labels).length > 0 ? next.labels : pool.labels;
  Object.assign(pool, {
    ...next,
    id: pool.id,
    size: pool.size,
    labels,
    count,
    nodes: nodes(request.name, count),
  });
  saveDigitalOcean(account.store);
}

/** DELETE …/node_pools/{id}: the last one stays. */
export function deletePool(account: Account, id: string): void {
  const { cluster, pool } = findPool(account, id);
  if (cluster.node_pools.length === 1) refuse(422, "cluster must have at least one node pool");
  cluster.node_pools = cluster.node_pools.filter((candidate) => candidate !== pool);
  saveDigitalOcean(account.store);
}

function newPool(request: PoolRequest): PoolDocument {
  const { min_nodes = 0, max_nodes = 0 } = request;
  if (request.auto_scale && (min_nodes < 1 || max_nodes < min_nodes))
    refuse(422, "min_nodes must be at least 1 and not greater than max_nodes");
  const count = request.auto_scale
    ? clamp(request.count ?? min_nodes, min_nodes, max_nodes)
    : (request.count ?? 1);
  if (count < 1) refuse(422, "node count must be at least 1");
  return { ...request, id: randomUUID(), count, min_nodes, max_nodes, nodes: nodes(request.name, count) };
}

function nodes(pool: string, count: number): NodeDocument[] {
  const now = new Date().toISOString();
  return Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    name: `${pool}-${index}`,
    status: { state: "running" },
    droplet_id: String(400_000_000 + index),
    created_at: now,
    updated_at: now,
  }));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** A slug that is no longer on offer answers 422 (digitalocean/terraform-provider-digitalocean#296). */
function refuseVersion({ store }: Account, version: string): void {
  if (!store.main.data.versions.includes(version))
    refuse(422, `validation error: invalid version slug: ${version}`);
}

/** VPC-native clusters: subnets are private, apart from each other, from the VPC, and from other clusters' subnets. */
function refuseSubnets(
  { store }: Account,
  subnets: { cluster_subnet: string; service_subnet: string },
  vpcRange: string,
): void {
  const taken = [
    ...Object.values(store.main.data.vpcs).map((vpc) => vpc.ip_range),
    vpcRange,
    ...Object.values(store.main.data.clusters).flatMap((cluster) => [
      cluster.cluster_subnet,
      cluster.service_subnet,
    ]),
  ];
  for (const [name, range] of Object.entries(subnets)) {
    if (!isPrivate(range)) refuse(422, `${name} must be a private range: ${range}`);
    const other = taken.find((candidate) => overlaps(candidate, range));
    if (other) refuse(422, `${name} ${range} overlaps with ${other}`);
    taken.push(range);
  }
}

function refusePoolName(cluster: ClusterDocument, name: string): void {
  if (cluster.node_pools.some((pool) => pool.name === name))
    refuse(422, `a node pool named ${name} already exists in this cluster`);
}
