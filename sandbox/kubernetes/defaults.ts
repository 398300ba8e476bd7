/** What the API server fills in at creation, as far as the plugin or a person would see it. */
import { isObject, type Properties } from "../provider/values.ts";
import { all } from "./controllers.ts";
import type { KubernetesObject, ServerDocument } from "./store.ts";

/**
 * The object with its kind's defaults; what is stated stays.
 * @param before the object as it was, when it is changed: what was allocated to it stays allocated
 */
export function defaulted(
  server: ServerDocument,
  object: KubernetesObject,
  before?: KubernetesObject,
): KubernetesObject {
  const defaults = byKind[object.kind]?.(server, before ?? object);
  return defaults ? (merged(defaults, object) as KubernetesObject) : object;
}

const byKind: Record<string, (server: ServerDocument, object: KubernetesObject) => Properties> = {
  Namespace: (_, { metadata }) => ({
    metadata: { labels: { "kubernetes.io/metadata.name": metadata.name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  }),
  Secret: () => ({ type: "Opaque" }),
  Service: (server, { spec }) => {
    const address = (spec as Properties).clusterIP ?? freeAddress(server);
    return {
      spec: { type: "ClusterIP", sessionAffinity: "None", clusterIP: address, clusterIPs: [address] },
    };
  },
  Deployment: () => ({
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      template: {
        spec: { restartPolicy: "Always", dnsPolicy: "ClusterFirst", terminationGracePeriodSeconds: 30 },
      },
    },
  }),
};

/** The next address of the cluster's service range. */
function freeAddress(server: ServerDocument): string {
  const used = new Set(all(server, "Service").map((service) => (service.spec as Properties).clusterIP));
  for (let last = 10; last < 255; last++) {
    const address = `${server.servicePrefix}.${last}`;
    if (!used.has(address)) return address;
  }
  return `${server.servicePrefix}.255`;
}

function merged(defaults: unknown, given: unknown): unknown {
  if (!isObject(defaults) || !isObject(given)) return given === undefined ? defaults : given;
  const keys = new Set([...Object.keys(given), ...Object.keys(defaults)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(defaults[key], given[key])]));
}
