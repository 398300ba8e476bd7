/** What the controllers of a cluster do after a change, at once: tokens, scaling, roll-outs, quota, gateways. */
import { createHash } from "node:crypto";
import { isObject, type Properties } from "../provider/values.ts";
import { recordUpdate } from "./fields.ts";
import { violations } from "./pod-security.ts";
import {
  type KubernetesObject,
  type KubernetesStore,
  keyOf,
  newObject,
  newToken,
  type ServerDocument,
} from "./store.ts";
import { amount, at } from "./validation.ts";

const CONTROLLER = "kube-controller-manager";

/** Brings a cluster to rest. */
export function reconcile(store: KubernetesStore, address: string): void {
  const server = store.main.data.servers[address] as ServerDocument;
  for (const namespace of all(server, "Namespace")) ensureDefaultAccount(server, namespace.metadata.name);
  for (const secret of all(server, "Secret")) fillToken(store, address, server, secret);
  for (const autoscaler of all(server, "HorizontalPodAutoscaler")) scale(server, autoscaler);
  const usage = usageOf(server);
  for (const deployment of all(server, "Deployment")) rollOut(server, deployment, usage);
  for (const quota of all(server, "ResourceQuota")) count(quota, usage);
  for (const gateway of all(server, "Gateway")) publish(gateway);
}

export function all(server: ServerDocument, kind: string, namespace?: string): KubernetesObject[] {
  return Object.values(server.objects).filter(
    (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
  );
}

function find(server: ServerDocument, kind: string, namespace: string | undefined, name: string) {
  return all(server, kind, namespace).find((object) => object.metadata.name === name);
}

function ensureDefaultAccount(server: ServerDocument, namespace: string): void {
  if (find(server, "ServiceAccount", namespace, "default")) return;
  const account = newObject(server, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  });
  server.objects[keyOf(account)] = account;
}

/** The token controller: fills the Secret of an account that exists, removes the Secret of one that does not. */
function fillToken(
  store: KubernetesStore,
  address: string,
  server: ServerDocument,
  secret: KubernetesObject,
): void {
  if (secret.type !== "kubernetes.io/service-account-token") return;
  const { namespace = "", name, annotations = {} } = secret.metadata;
  const account = find(
    server,
    "ServiceAccount",
    namespace,
    annotations["kubernetes.io/service-account.name"] ?? "",
  );
  const vault = store.vault.data.secrets[address] as Record<string, Record<string, string>>;
  const place = `${namespace}/${name}`;
  if (!account) {
    delete server.objects[keyOf(secret)];
    delete vault[place];
    return;
  }
  if (vault[place]?.token) return;
  const encode = (text: string) => Buffer.from(text).toString("base64");
  vault[place] = {
    token: encode(newToken()),
    namespace: encode(namespace),
    "ca.crt": encode(`certificate of ${address}`),
  };
}

/** The autoscaler keeps the number of pods within its bounds; there is no load that would move it further. */
function scale(server: ServerDocument, autoscaler: KubernetesObject): void {
  const {
    scaleTargetRef,
    minReplicas = 1,
    maxReplicas,
  } = autoscaler.spec as {
    scaleTargetRef: { kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
  };
  const target = find(server, scaleTargetRef.kind, autoscaler.metadata.namespace, scaleTargetRef.name);
  if (!target) return;
  const spec = target.spec as { replicas: number };
  // Scaled to nothing by hand, it is left alone (kubernetes.io, Horizontal Pod Autoscaling, implicit maintenance-mode).
  if (spec.replicas === 0) return;
  const wanted = Math.min(Math.max(spec.replicas, minReplicas), maxReplicas);
  autoscaler.status = { currentReplicas: wanted, desiredReplicas: wanted };
  if (wanted === spec.replicas) return;
  const before = structuredClone(target) as Properties;
  spec.replicas = wanted;
  recordUpdate(target, CONTROLLER, before);
}

function rollOut(server: ServerDocument, deployment: KubernetesObject, usage: Usage): void {
  const spec = deployment.spec as { replicas: number; template: Properties };
  const hash = createHash("sha256").update(JSON.stringify(spec.template)).digest("hex").slice(0, 10);
  const status = (deployment.status ?? {}) as Properties;
  const revision = Number(status.revision ?? 0) + (status.templateHash === hash ? 0 : 1);
  const obstacle = podObstacle(server, deployment, usage);
  const running = obstacle ? Number(status.availableReplicas ?? 0) : spec.replicas;
  deployment.status = {
    observedGeneration: deployment.metadata.generation,
    replicas: running,
    updatedReplicas: obstacle ? 0 : spec.replicas,
    readyReplicas: running,
    availableReplicas: running,
    // The real one keeps these two in ReplicaSets; there are none here.
    revision,
    templateHash: hash,
    conditions: [
      condition(
        "Available",
        running > 0,
        running > 0 ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      ),
      condition("Progressing", !obstacle, obstacle ? "ReplicaSetCreateError" : "NewReplicaSetAvailable"),
      ...(obstacle ? [{ ...condition("ReplicaFailure", true, "FailedCreate"), message: obstacle }] : []),
    ],
  };
}

function condition(type: string, isTrue: boolean, reason: string) {
  return { type, status: isTrue ? "True" : "False", reason };
}

/** Why no pod of the Deployment can be created or started; undefined when all is well. */
function podObstacle(server: ServerDocument, deployment: KubernetesObject, usage: Usage): string | undefined {
  const { namespace = "", name } = deployment.metadata;
  const pod = at(deployment, "spec.template.spec") as Properties;
  const level = find(server, "Namespace", undefined, namespace)?.metadata.labels?.[
    "pod-security.kubernetes.io/enforce"
  ];
  const broken = violations(level ?? "privileged", pod);
  if (broken.length > 0)
    return `pods "${name}" is forbidden: violates PodSecurity "${level}:latest": ${broken.join(", ")}`;
  const account = String(pod.serviceAccountName ?? "default");
  if (!find(server, "ServiceAccount", namespace, account))
    return `pods "${name}" is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
  return exceededQuota(server, deployment, usage) ?? missingSource(server, namespace, pod);
}

function missingSource(server: ServerDocument, namespace: string, pod: Properties): string | undefined {
  for (const container of pod.containers as Properties[]) {
    for (const source of (container.envFrom ?? []) as Properties[]) {
      const [kind, reference] = source.secretRef
        ? ["Secret", source.secretRef]
        : ["ConfigMap", source.configMapRef];
      const wanted = isObject(reference) ? String(reference.name) : "";
      if (!find(server, String(kind), namespace, wanted))
        return `CreateContainerConfigError: ${String(kind).toLowerCase()} "${wanted}" not found`;
    }
  }
  return undefined;
}

/** Amounts by resource. */
type Amounts = Record<string, number>;

/** What one pod of each Deployment requests, and what all pods of each namespace do. */
interface Usage {
  pod: Map<KubernetesObject, Amounts>;
  namespaces: Map<string | undefined, Amounts>;
}

/** Counted once for all Deployments: counting for each of them again takes minutes with a hundred. */
function usageOf(server: ServerDocument): Usage {
  const usage: Usage = { pod: new Map(), namespaces: new Map() };
  const limits = Map.groupBy(all(server, "LimitRange"), ({ metadata }) => metadata.namespace);
  for (const deployment of all(server, "Deployment")) {
    const { namespace } = deployment.metadata;
    const pod = podRequests(deployment, limits.get(namespace)?.[0]);
    const total = usage.namespaces.get(namespace) ?? {};
    for (const [resource, each] of Object.entries(pod))
      total[resource] = (total[resource] ?? 0) + each * Number(at(deployment, "spec.replicas"));
    usage.pod.set(deployment, pod);
    usage.namespaces.set(namespace, total);
  }
  return usage;
}

/** Requests of one pod, what the LimitRange adds included. */
function podRequests(deployment: KubernetesObject, limits: KubernetesObject | undefined): Amounts {
  const containers = at(deployment, "spec.template.spec.containers") as Properties[];
  const defaults = limits
    ? (at((at(limits, "spec.limits") as unknown[])[0], "defaultRequest") as Properties)
    : {};
  const sum = (resource: string) =>
    containers.reduce(
      (total, container) =>
        total + (amount(at(container, `resources.requests.${resource}`) ?? defaults?.[resource]) ?? 0),
      0,
    );
  return { pods: 1, "requests.cpu": sum("cpu"), "requests.memory": sum("memory") };
}

/** A roll-out has one pod more than the Deployment keeps. */
function exceededQuota(
  server: ServerDocument,
  deployment: KubernetesObject,
  usage: Usage,
): string | undefined {
  const { namespace, name } = deployment.metadata;
  const surge = usage.pod.get(deployment) ?? {};
  const total = usage.namespaces.get(namespace) ?? {};
  for (const quota of all(server, "ResourceQuota", namespace)) {
    for (const [resource, hard] of Object.entries((at(quota, "spec.hard") ?? {}) as Properties)) {
      const used = (total[resource] ?? 0) + (surge[resource] ?? 0);
      if (used > (amount(hard) ?? Number.POSITIVE_INFINITY))
        return `pods "${name}" is forbidden: exceeded quota: ${quota.metadata.name}, used: ${resource}=${used}, limited: ${resource}=${hard}`;
    }
  }
  return undefined;
}

function count(quota: KubernetesObject, usage: Usage): void {
  const hard = (at(quota, "spec.hard") ?? {}) as Properties;
  const used = usage.namespaces.get(quota.metadata.namespace) ?? {};
  quota.status = {
    hard,
    used: Object.fromEntries(Object.keys(hard).map((resource) => [resource, String(used[resource] ?? 0)])),
  };
}

/** DigitalOcean gives each Gateway a load balancer of its own. */
function publish(gateway: KubernetesObject): void {
  gateway.status ??= {
    addresses: [{ type: "IPAddress", value: "203.0.113.10" }],
    conditions: [condition("Accepted", true, "Accepted"), condition("Programmed", true, "Programmed")],
  };
}
