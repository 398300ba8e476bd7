/**
 * The simulated API servers: one a cluster, found by its address. Objects have the shape of the Kubernetes API, except
 * that `managedFields` lists paths instead of the nested `fieldsV1`. Contents of Secrets live in the vault.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { Store } from "../store.ts";

/** Which fields one manager has set, and by which kind of request. */
export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  /** Paths such as `spec.template.spec.containers[name=api].image`. */
  fields: string[];
}

export interface ObjectMetadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields: ManagedFields[];
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  [field: string]: unknown;
}

/** One control plane. */
export interface ServerDocument {
  version: string;
  /** First three numbers of the addresses of Services. */
  servicePrefix: string;
  revision: number;
  /** `apiVersion/kind/namespace/name` → object. */
  objects: Record<string, KubernetesObject>;
}

export interface KubernetesData {
  /** Address without scheme is no key: `https://….k8s.ondigitalocean.com`. */
  servers: Record<string, ServerDocument>;
}

/** What must not lie open: by address, `namespace/name` of a Secret to its data. */
export interface KubernetesVault {
  secrets: Record<string, Record<string, Record<string, string>>>;
}

export interface KubernetesStore {
  main: Store<KubernetesData>;
  vault: Store<KubernetesVault>;
  /** Token of the DigitalOcean account, which administers its clusters. */
  administratorToken: string;
}

/** @param vaultFile where the contents of Secrets are kept */
export function openKubernetes(file: string, vaultFile: string, administratorToken: string): KubernetesStore {
  return {
    administratorToken,
    main: new Store(file, () => ({ servers: {} })),
    vault: new Store(vaultFile, () => ({ secrets: {} })),
  };
}

export function saveKubernetes({ main, vault }: KubernetesStore): void {
  vault.save();
  main.save();
}

/** What DigitalOcean starts and stops with its clusters. */
export function controlPlanes(store: KubernetesStore) {
  return {
    start: (endpoint: string, version: string, serviceSubnet: string) =>
      startServer(store, endpoint, version, serviceSubnet),
    stop: (endpoint: string) => stopServer(store, endpoint),
  };
}

/** Starts the control plane of a new cluster, with what every cluster holds. */
function startServer(store: KubernetesStore, address: string, version: string, services: string): void {
  const server: ServerDocument = {
    version,
    servicePrefix: services.split(".").slice(0, 3).join("."),
    revision: 1,
    objects: {},
  };
  store.main.data.servers[address] = server;
  store.vault.data.secrets[address] = {};
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    const object = { ...newObject(server, { apiVersion: "v1", kind: "Namespace", metadata: { name } }) };
    object.status = { phase: "Active" };
    server.objects[keyOf(object)] = object;
  }
  saveKubernetes(store);
}

/** The control plane goes with its cluster, and everything in it. */
function stopServer(store: KubernetesStore, address: string): void {
  delete store.main.data.servers[address];
  delete store.vault.data.secrets[address];
  saveKubernetes(store);
}

/** An object with the metadata that the server adds. */
export function newObject(
  server: ServerDocument,
  given: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } },
): KubernetesObject {
  server.revision += 1;
  return {
    ...structuredClone(given),
    metadata: {
      ...structuredClone(given.metadata),
      uid: randomUUID(),
      resourceVersion: String(server.revision),
      generation: 1,
      creationTimestamp: new Date().toISOString(),
      managedFields: [],
    },
  };
}

/** Where an object lies in a server's documents. */
export function keyOf({
  apiVersion,
  kind,
  metadata,
}: Pick<KubernetesObject, "apiVersion" | "kind"> & {
  metadata: { name: string; namespace?: string };
}): string {
  return [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("|");
}

/** The token of an account, as the controller issues it. */
export function newToken(): string {
  return `sa.${randomBytes(48).toString("base64url")}`;
}
