/** What somebody changes in the console; each change is drift, and the next `up` repairs it. */
import { firstByName, present } from "../present.ts";
import {
  type ClusterDocument,
  type DigitalOceanStore,
  type PoolDocument,
  saveDigitalOcean,
} from "./store.ts";

/** The part of a world that these changes touch. */
export interface AccountWorld {
  clouds: { digitalocean: DigitalOceanStore };
}

function tamper(
  id: string,
  title: string,
  change: (cluster: ClusterDocument, store: DigitalOceanStore) => void,
) {
  return {
    id: `digitalocean-${id}`,
    title,
    apply({ clouds }: AccountWorld): void {
      const clusters = Object.values(clouds.digitalocean.main.data.clusters);
      change(
        firstByName(clusters, "cluster", ({ name }) => name),
        clouds.digitalocean,
      );
      saveDigitalOcean(clouds.digitalocean);
    },
  };
}

/** The first pool that is not the cluster's own. */
function workerPool(cluster: ClusterDocument): PoolDocument {
  const pools = cluster.node_pools.filter(({ auto_scale }) => auto_scale);
  return firstByName(pools, "node pool of workers", ({ name }) => name);
}

export const digitaloceanTampers = [
  tamper("pool-bound", "Somebody raised a node pool's upper bound.", (cluster) => {
    workerPool(cluster).max_nodes += 20;
  }),
  tamper("pool-taint", "Somebody tainted a node pool.", (cluster) => {
    workerPool(cluster).taints.push({ key: "maintenance", value: "yes", effect: "NoExecute" });
  }),
  tamper("pool-deleted", "Somebody deleted a node pool.", (cluster) => {
    const pool = workerPool(cluster);
    cluster.node_pools = cluster.node_pools.filter((candidate) => candidate !== pool);
  }),
  tamper("system-pool-scaled", "Somebody added a node to the system pool.", (cluster) => {
    for (const pool of cluster.node_pools) if (!pool.auto_scale) pool.count += 1;
  }),
  tamper("auto-upgrade-off", "Somebody switched patch upgrades off.", (cluster) => {
    cluster.auto_upgrade = false;
  }),
  tamper("maintenance-moved", "Somebody moved the maintenance window.", (cluster) => {
    cluster.maintenance_policy.day = cluster.maintenance_policy.day === "tuesday" ? "friday" : "tuesday";
  }),
  tamper("tags-removed", "Somebody removed the cluster's tags.", (cluster) => {
    cluster.tags = cluster.tags.filter((tag) => tag.startsWith("k8s"));
  }),
  tamper("vpc-renamed", "Somebody renamed the network.", (cluster, store) => {
    const vpc = present(store.main.data.vpcs[cluster.vpc_uuid], "network of the cluster");
    vpc.name = `${vpc.name}-renamed`;
  }),
];
