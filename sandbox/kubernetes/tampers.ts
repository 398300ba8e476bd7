/** What somebody changes by hand in a cluster; each change is drift, and the next `up` repairs it. */
import { firstByName, present } from "../present.ts";
import { isObject, type Properties } from "../provider/values.ts";
import { KubernetesApi, type Reference } from "./api.ts";
import { all } from "./controllers.ts";
import { containerOf, edit } from "./kubectl.ts";
import type { KubernetesObject, KubernetesStore, ServerDocument } from "./store.ts";
import { at } from "./validation.ts";

/** The part of a world that these changes touch. */
export interface ClusterWorld {
  clouds: { kubernetes: KubernetesStore };
}

/** The first cluster that holds a namespace of ours, as its administrator sees it. */
export function someCluster(store: KubernetesStore): { api: KubernetesApi; namespace: string } {
  const servers = Object.entries(store.main.data.servers);
  const [address, server] = present(
    servers.find(([, candidate]) => ours(candidate)),
    "cluster with a namespace of the pipeline",
  );
  const api = new KubernetesApi(store, { address, token: store.administratorToken });
  return { api, namespace: ours(server) as string };
}

function ours(server: ServerDocument): string | undefined {
  return all(server, "Namespace").find(
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] === "kai",
  )?.metadata.name;
}

function tamper(
  id: string,
  title: string,
  kind: string,
  change: (object: KubernetesObject) => void,
  name?: string,
) {
  return {
    id: `kubernetes-${id}`,
    title,
    apply({ clouds }: ClusterWorld): void {
      const { api, target } = first(clouds.kubernetes, kind, name);
      edit(api, target, change);
    },
  };
}

function removal(id: string, title: string, kind: string) {
  return {
    id: `kubernetes-${id}`,
    title,
    apply({ clouds }: ClusterWorld): void {
      const { api, target } = first(clouds.kubernetes, kind);
      api.delete(target);
    },
  };
}

function first(
  store: KubernetesStore,
  kind: string,
  name?: string,
): { api: KubernetesApi; target: Reference } {
  const { api, namespace } = someCluster(store);
  const candidates = kind === "Namespace" ? [namespaceObject(api, namespace)] : api.list(kind, namespace);
  const { apiVersion, metadata } = firstByName(
    candidates.filter((candidate) => candidate.metadata.name === (name ?? candidate.metadata.name)),
    [kind, name].filter(Boolean).join(" "),
    (candidate) => candidate.metadata.name,
  );
  return { api, target: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name } };
}

function namespaceObject(api: KubernetesApi, name: string): KubernetesObject {
  return api.get({ apiVersion: "v1", kind: "Namespace", name });
}

function firstContainer(deployment: KubernetesObject): Properties {
  const [container] = at(deployment, "spec.template.spec.containers") as Properties[];
  return containerOf(deployment, String(container?.name));
}

function specOf(object: KubernetesObject): Properties {
  return isObject(object.spec) ? object.spec : {};
}

export const kubernetesTampers = [
  tamper("memory-limit", "Somebody raised a container's memory limit.", "Deployment", (deployment) => {
    (at(firstContainer(deployment), "resources.limits") as Properties).memory = "16Gi";
  }),
  tamper("probe-path", "Somebody pointed a readiness probe at another path.", "Deployment", (deployment) => {
    (at(firstContainer(deployment), "readinessProbe.httpGet") as Properties).path = "/";
  }),
  tamper("writable-root", "Somebody made a container's file system writable.", "Deployment", (deployment) => {
    (firstContainer(deployment).securityContext as Properties).readOnlyRootFilesystem = false;
  }),
  removal("deployment-deleted", "Somebody deleted a Deployment.", "Deployment"),
  tamper(
    "autoscaler-capped",
    "Somebody lowered an autoscaler's upper bound.",
    "HorizontalPodAutoscaler",
    (object) => {
      specOf(object).maxReplicas = Number(specOf(object).minReplicas);
    },
  ),
  tamper("target-port", "Somebody sent a Service's traffic to another port.", "Service", (service) => {
    const [port] = specOf(service).ports as Properties[];
    present(port, "port of a Service").targetPort = 9999;
  }),
  tamper(
    "config-changed",
    "Somebody changed a variable in a ConfigMap.",
    "ConfigMap",
    (config) => {
      (config.data as Properties).DEPLOYMENT_ENVIRONMENT = "somewhere";
    },
    "kai-config",
  ),
  tamper(
    "secret-changed",
    "Somebody changed a credential of the application.",
    "Secret",
    (secret) => {
      const data = secret.data as Record<string, string>;
      present(data.MONGODB_URI, "credential MONGODB_URI of the application");
      data.MONGODB_URI = Buffer.from("changed by hand").toString("base64");
    },
    "kai-secrets",
  ),
  tamper(
    "policy-opened",
    "Somebody let every pod talk to everything.",
    "NetworkPolicy",
    (policy) => {
      specOf(policy).policyTypes = ["Ingress"];
    },
    "default-deny",
  ),
  tamper("role-widened", "Somebody gave the deployer every right on Deployments.", "Role", (role) => {
    const [rule] = role.rules as Properties[];
    present(rule, "rule of the deployer's role").verbs = ["*"];
  }),
  tamper("scaled-to-zero", "Somebody scaled a Deployment to no pods.", "Deployment", (deployment) => {
    specOf(deployment).replicas = 0;
  }),
  tamper("rollout-paused", "Somebody paused the roll-outs of a Deployment.", "Deployment", (deployment) => {
    specOf(deployment).paused = true;
  }),
  tamper(
    "image-exchanged",
    "Somebody set an image of another registry by hand.",
    "Deployment",
    (deployment) => {
      firstContainer(deployment).image = "docker.io/library/nginx:1.29";
    },
  ),
  removal("budget-deleted", "Somebody deleted a PodDisruptionBudget.", "PodDisruptionBudget"),
  tamper("quota-raised", "Somebody raised the namespace's budget.", "ResourceQuota", (quota) => {
    (specOf(quota).hard as Properties).pods = "1000";
  }),
  tamper(
    "pod-security-lowered",
    "Somebody let privileged pods into the namespace.",
    "Namespace",
    ({ metadata }) => {
      metadata.labels = { ...metadata.labels, "pod-security.kubernetes.io/enforce": "privileged" };
    },
  ),
];
