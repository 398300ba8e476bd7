import type { ServiceSettings } from "../../settings.ts";

/**
 * The way in is the Gateway API and not an Ingress: ingress-nginx is retired since March 2026, a new DOKS cluster has
 * no ingress controller at all, but a managed Gateway on VPC-native clusters from 1.33
 * (docs.digitalocean.com/products/kubernetes/how-to/use-gateway-api). It brings its own load balancer.
 */
export const GATEWAY_API = "gateway.networking.k8s.io/v1";

/** Class of the managed Gateway on DOKS. */
const GATEWAY_CLASS = "cilium";

/** Gateway: one listener without encryption; one with, for each host, as soon as its certificate's Secret exists. */
export function gatewaySpec(services: readonly ServiceSettings[]) {
  const hosts = [...new Set(services.flatMap(({ host }) => host ?? []))].sort();
  const allowedRoutes = { namespaces: { from: "Same" } };
  return {
    gatewayClassName: GATEWAY_CLASS,
    listeners: [
      { name: "http", protocol: "HTTP", port: 80, allowedRoutes },
      ...hosts.map((hostname) => ({
        name: `https-${hostLabel(hostname)}`,
        protocol: "HTTPS",
        port: 443,
        hostname,
        tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: certificateSecret(hostname) }] },
        allowedRoutes,
      })),
    ],
  };
}

/** Secret with the certificate of a host; cert-manager fills it when it is installed and the Gateway annotated. */
export function certificateSecret(hostname: string): string {
  return `${hostLabel(hostname)}-tls`;
}

/** A host as part of a name. Hyphens are doubled, so that `a-b.example` and `a.b.example` stay apart. */
function hostLabel(hostname: string): string {
  return hostname.replaceAll("-", "--").replaceAll(".", "-");
}

/** HTTPRoute of a public service: its host if it has one, and everything below its path. */
export function routeSpec(service: ServiceSettings, gateway: string) {
  return {
    parentRefs: [{ name: gateway }],
    ...(service.host && { hostnames: [service.host] }),
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: service.path ?? "/" } }],
        backendRefs: [{ name: service.name, port: 80 }],
      },
    ],
  };
}
