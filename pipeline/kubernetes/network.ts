import type { ServiceSettings } from "../../settings.ts";
import { serviceSelector } from "./workload.ts";

/** One NetworkPolicy: its name and its spec. */
export interface NetworkPolicy {
  name: string;
  spec: {
    podSelector: { matchLabels?: Record<string, string> };
    policyTypes: string[];
    ingress?: object[];
    egress?: object[];
  };
}

/** Ports outside the cluster: https, PostgreSQL, the pooler of Supabase, MongoDB. */
const EXTERNAL_PORTS = [443, 5432, 6543, 27017];

/** Address ranges that are no part of the internet: the cluster, the VPC, and the node's metadata service. */
const INTERNAL_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];

/**
 * What may talk to what: nothing, except name resolution for all, the internet's databases and https for all,
 * everybody to the public services, and each service to those it calls. DOKS enforces the policies by Cilium.
 */
export function networkPolicies(services: readonly ServiceSettings[]): NetworkPolicy[] {
  return [
    { name: "default-deny", spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
    { name: "allow-dns", spec: { podSelector: {}, policyTypes: ["Egress"], egress: [dns()] } },
    { name: "allow-external", spec: { podSelector: {}, policyTypes: ["Egress"], egress: [internet()] } },
    ...services.filter((service) => service.public).map(publicAccess),
    ...services.flatMap((target) => calls(target, services)),
  ];
}

function dns() {
  return {
    to: [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
      },
    ],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  };
}

function internet() {
  return {
    to: [{ ipBlock: { cidr: "0.0.0.0/0", except: INTERNAL_RANGES } }],
    ports: EXTERNAL_PORTS.map((port) => ({ protocol: "TCP", port })),
  };
}

/**
 * Any source, because what arrives through Cilium's gateway has an identity of its own that no selector of the
 * standard API matches (docs.cilium.io, "Ingress Path Types and Network Policy").
 */
function publicAccess(service: ServiceSettings): NetworkPolicy {
  return {
    name: `${service.name}-public`,
    spec: {
      podSelector: { matchLabels: serviceSelector(service) },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [httpPort()] }],
    },
  };
}

/** Both halves of the permission: into the service that is called, and out of those that call it. */
function calls(target: ServiceSettings, services: readonly ServiceSettings[]): NetworkPolicy[] {
  const callers = services.filter(({ callsServices }) => callsServices.includes(target.name));
  if (callers.length === 0) return [];
  const pods = (service: ServiceSettings) => ({ podSelector: { matchLabels: serviceSelector(service) } });
  return [
    {
      name: `${target.name}-callers`,
      spec: {
        ...pods(target),
        policyTypes: ["Ingress"],
        ingress: [{ from: callers.map(pods), ports: [httpPort()] }],
      },
    },
    ...callers.map((caller) => ({
      name: `${caller.name}-calls-${target.name}`,
      spec: {
        ...pods(caller),
        policyTypes: ["Egress"],
        egress: [{ to: [pods(target)], ports: [httpPort()] }],
      },
    })),
  ];
}

/** The port by the name that every container gives it. */
function httpPort() {
  return { protocol: "TCP", port: "http" };
}
