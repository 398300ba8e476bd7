import type { NamespaceSettings, ServiceSettings } from "../../settings.ts";

/** Labels of the namespace: what the admission refuses, and what it warns of and writes into the audit log. */
export function namespaceLabels({ podSecurity }: NamespaceSettings): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": "kai",
    ...Object.fromEntries(
      ["enforce", "warn", "audit"].flatMap((mode) => [
        [`pod-security.kubernetes.io/${mode}`, podSecurity],
        [`pod-security.kubernetes.io/${mode}-version`, "latest"],
      ]),
    ),
  };
}

/** ResourceQuota: how much all pods of the namespace may request together. */
export function quotaSpec({ quota }: NamespaceSettings) {
  return {
    hard: { pods: String(quota.pods), "requests.cpu": quota.cpu, "requests.memory": quota.memory },
  };
}

/** LimitRange: what a container gets that states nothing; without it the quota would refuse such a pod. */
export function limitRangeSpec() {
  return {
    limits: [
      {
        type: "Container",
        default: { cpu: "1", memory: "1Gi" },
        defaultRequest: { cpu: "100m", memory: "128Mi" },
      },
    ],
  };
}

/** The services that are reached from the internet. */
export function publicServices(services: readonly ServiceSettings[]): ServiceSettings[] {
  return services.filter((service) => service.public);
}
