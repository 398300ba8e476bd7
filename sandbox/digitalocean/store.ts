/** The simulated DigitalOcean account's documents, in the shape of the API v2 (docs.digitalocean.com/reference/api). */
import { Store } from "../store.ts";

export interface VpcDocument {
  id: string;
  urn: string;
  name: string;
  description: string;
  region: string;
  ip_range: string;
  default: boolean;
  created_at: string;
}

export interface NodeDocument {
  id: string;
  name: string;
  status: { state: "running" };
  droplet_id: string;
  created_at: string;
  updated_at: string;
}

export interface PoolDocument {
  id: string;
  name: string;
  size: string;
  count: number;
  tags: string[];
  labels: Record<string, string>;
  taints: { key: string; value: string; effect: string }[];
  auto_scale: boolean;
  min_nodes: number;
  max_nodes: number;
  nodes: NodeDocument[];
}

export interface ClusterDocument {
  id: string;
  name: string;
  region: string;
  version: string;
  cluster_subnet: string;
  service_subnet: string;
  vpc_uuid: string;
  ipv4: string;
  endpoint: string;
  tags: string[];
  node_pools: PoolDocument[];
  maintenance_policy: { start_time: string; duration: string; day: string };
  auto_upgrade: boolean;
  surge_upgrade: boolean;
  ha: boolean;
  registry_enabled: boolean;
  status: { state: "running"; message: string };
  created_at: string;
  updated_at: string;
}

export interface DigitalOceanData {
  vpcs: Record<string, VpcDocument>;
  clusters: Record<string, ClusterDocument>;
  /** Versions on offer, newest first; a slug that is no longer here is refused. */
  versions: string[];
  /** Load balancers and volumes that clusters made, by cluster id: they outlive the cluster. */
  associated: Record<string, { kind: "load_balancer" | "volume"; id: string; vpc_uuid: string }[]>;
}

/** Credentials that were handed out, by cluster id. */
export interface DigitalOceanVault {
  credentials: Record<string, { token: string; expires_at: string }>;
}

export interface DigitalOceanStore {
  main: Store<DigitalOceanData>;
  vault: Store<DigitalOceanVault>;
  /** The only token that the account accepts. */
  token: string;
}

/** Versions that DigitalOcean offers when the world begins. */
const VERSIONS = ["1.34.1-do.0", "1.33.6-do.1", "1.33.5-do.2", "1.32.10-do.0"];

/** @param vaultFile where handed-out credentials are kept */
export function openDigitalOcean(file: string, vaultFile: string, token: string): DigitalOceanStore {
  return {
    token,
    main: new Store(file, () => ({ vpcs: {}, clusters: {}, versions: VERSIONS, associated: {} })),
    vault: new Store(vaultFile, () => ({ credentials: {} })),
  };
}

export function saveDigitalOcean({ main, vault }: DigitalOceanStore): void {
  vault.save();
  main.save();
}
