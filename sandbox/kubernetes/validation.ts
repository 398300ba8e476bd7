/** What the API server refuses, by kind, with its messages (kubernetes/kubernetes, the validation packages below pkg/apis). */
import { quantity } from "../../settings/formats.ts";
import { CloudError } from "../provider/declaration.ts";
import { isObject, type Properties } from "../provider/values.ts";
import { type Kind, resourceName } from "./kinds.ts";
import type { KubernetesObject } from "./store.ts";

/** @throws CloudError 422 with every problem */
export function validate(kind: Kind, object: KubernetesObject): void {
  const problems = [...metadataProblems(object), ...(checks[kind.kind]?.(object) ?? [])];
  if (problems.length > 0) throw invalid(kind, object.metadata.name, problems);
}

/** @throws CloudError 422 when a field changed that cannot */
export function refuseImmutable(kind: Kind, before: KubernetesObject, after: KubernetesObject): void {
  const changed = (kind.immutable ?? []).filter(
    (path) => JSON.stringify(at(before, path)) !== JSON.stringify(at(after, path)),
  );
  if (before.immutable === true && JSON.stringify(before.data) !== JSON.stringify(after.data))
    changed.push("data");
  if (changed.length > 0)
    throw invalid(
      kind,
      after.metadata.name,
      changed.map((path) => `${path}: Invalid value: field is immutable`),
    );
}

export function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
}

function invalid({ kind, ...rest }: Kind, name: string, problems: string[]): CloudError {
  const list = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  const group = resourceName({ kind, ...rest }).includes(".")
    ? `${kind}.${rest.apiVersion.split("/")[0]}`
    : kind;
  return new CloudError(422, `${group} "${name}" is invalid: ${list}`);
}

function metadataProblems({ kind, metadata }: KubernetesObject): string[] {
  const isLabel = ["Namespace", "Service"].includes(kind);
  const pattern = isLabel
    ? /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
    : /^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$/;
  const found = pattern.test(metadata.name)
    ? []
    : [
        `metadata.name: Invalid value: "${metadata.name}": a lowercase RFC 1123 name must consist of lower case alphanumeric characters or '-'`,
      ];
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value))
      found.push(`metadata.labels: Invalid value: "${value}" of "${key}"`);
  }
  return found;
}

const checks: Record<string, (object: KubernetesObject) => string[]> = {
  Deployment: (object) => deployment(object.spec as Properties),
  HorizontalPodAutoscaler: ({ spec }) => {
    const { minReplicas = 1, maxReplicas } = spec as { minReplicas?: number; maxReplicas: number };
    return maxReplicas < minReplicas
      ? [`spec.maxReplicas: Invalid value: ${maxReplicas}: must be greater than or equal to \`minReplicas\``]
      : [];
  },
  PodDisruptionBudget: ({ spec }) =>
    at(spec, "minAvailable") !== undefined && at(spec, "maxUnavailable") !== undefined
      ? ["spec: Invalid value: minAvailable and maxUnavailable cannot be both set"]
      : [],
  ResourceQuota: ({ spec }) =>
    Object.entries((at(spec, "hard") ?? {}) as Record<string, unknown>)
      .filter(([, value]) => amount(value) === undefined)
      .map(
        ([key, value]) =>
          `spec.hard[${key}]: Invalid value: "${value}": quantities must match the regular expression`,
      ),
  Service: ({ spec }) =>
    ((at(spec, "ports") ?? []) as unknown[]).length === 0 ? ["spec.ports: Required value"] : [],
  Secret: ({ type, data }) =>
    type === "kubernetes.io/dockerconfigjson" && !(data as Properties | undefined)?.[".dockerconfigjson"]
      ? ["data[.dockerconfigjson]: Required value"]
      : [],
};

function deployment(spec: Properties): string[] {
  const found: string[] = [];
  const labels = (at(spec, "template.metadata.labels") ?? {}) as Record<string, string>;
  const selector = (at(spec, "selector.matchLabels") ?? {}) as Record<string, string>;
  if (Object.keys(selector).length === 0) found.push("spec.selector: Required value");
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value))
    found.push(
      `spec.template.metadata.labels: Invalid value: \`selector\` does not match template \`labels\``,
    );
  const containers = (at(spec, "template.spec.containers") ?? []) as Properties[];
  if (containers.length === 0) found.push("spec.template.spec.containers: Required value");
  for (const [index, container] of containers.entries()) {
    const path = `spec.template.spec.containers[${index}]`;
    const names = ((container.ports ?? []) as Properties[]).map(({ name }) => name);
    for (const [place, name] of names.entries())
      if (name && names.indexOf(name) < place)
        found.push(`${path}.ports[${place}].name: Duplicate value: "${name}"`);
    if (!container.image) found.push(`${path}.image: Required value`);
    for (const name of ["cpu", "memory"]) {
      const [request, limit] = ["requests", "limits"].map((part) =>
        amount(at(container, `resources.${part}.${name}`)),
      );
      if (request !== undefined && limit !== undefined && request > limit)
        found.push(`${path}.resources.requests: Invalid value: must be less than or equal to ${name} limit`);
    }
  }
  const rolling = (at(spec, "strategy.rollingUpdate") ?? {}) as Properties;
  if (rolling.maxSurge === 0 && rolling.maxUnavailable === 0)
    found.push(
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    );
  return found;
}

/** The number of a quantity; undefined when it is none. */
export function amount(value: unknown): number | undefined {
  return quantity(String(value ?? ""));
}
