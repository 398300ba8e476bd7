/** The kinds that the simulated API server knows (kubernetes.io/docs/reference/kubernetes-api). */

export interface Kind {
  apiVersion: string;
  kind: string;
  /** Name in messages and in Role rules. */
  plural: string;
  /** Whether its objects live in a namespace. Default true. */
  isGlobal?: boolean;
  /** Paths that the API server refuses to change. */
  immutable?: string[];
  /** Paths for which the plugin replaces the object (pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go). */
  replaceOn?: string[];
}

const core = (kind: string, plural: string, more: Partial<Kind> = {}): Kind => ({
  apiVersion: "v1",
  kind,
  plural,
  ...more,
});

export const kinds: Kind[] = [
  core("Namespace", "namespaces", { isGlobal: true }),
  core("ResourceQuota", "resourcequotas", { replaceOn: ["spec.scopes"] }),
  core("LimitRange", "limitranges"),
  core("ServiceAccount", "serviceaccounts"),
  core("Secret", "secrets", { immutable: ["type"], replaceOn: ["type"] }),
  core("ConfigMap", "configmaps"),
  core("Service", "services", { immutable: ["spec.clusterIP"], replaceOn: ["spec.clusterIP"] }),
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    plural: "deployments",
    immutable: ["spec.selector"],
    replaceOn: ["spec.selector"],
  },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", plural: "networkpolicies" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    plural: "rolebindings",
    immutable: ["roleRef"],
    replaceOn: ["roleRef"],
  },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", plural: "gateways" },
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", plural: "httproutes" },
];

export function kindOf(apiVersion: string, kind: string): Kind | undefined {
  return kinds.find((candidate) => candidate.apiVersion === apiVersion && candidate.kind === kind);
}

/** The API group of a version: empty for the core. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

/** `deployments.apps`, as messages have it. */
export function resourceName({ apiVersion, plural }: Kind): string {
  const group = groupOf(apiVersion);
  return group ? `${plural}.${group}` : plural;
}
