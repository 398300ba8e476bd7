import { createHash } from "node:crypto";
import type { PoolSettings, ServiceSettings } from "../../settings.ts";
import { label } from "../names.ts";

/** Label that marks what belongs to one service; the selector of its Deployment, Service, budget and policies. */
export const SERVICE_LABEL = "app.kubernetes.io/name";

/** Annotation of the pod template that changes with the configuration, so that a new value reaches the pods. */
export const CONFIGURATION_ANNOTATION = "kai.dev/configuration";

/** User that the containers run as: no root, and no user that the image's own files belong to. */
const USER = 1001;

/** Seconds between "no longer ready" and the signal to stop, so that no request is sent to a pod that is going. */
const DRAIN_SECONDS = 5;

/** Seconds that a pod has to end, the draining included. */
const GRACE_SECONDS = 45;

/** The labels of everything that belongs to a service. */
export function serviceLabels(service: Pick<ServiceSettings, "name">): Record<string, string> {
  return { [SERVICE_LABEL]: service.name, "app.kubernetes.io/part-of": "kai" };
}

/** The labels by which a service's pods are selected. */
export function serviceSelector(service: Pick<ServiceSettings, "name">): Record<string, string> {
  return { [SERVICE_LABEL]: service.name };
}

/** What a Deployment needs to know beyond its service's settings. */
export interface PodContext {
  /** Names of the ConfigMaps whose entries become variables; a later one wins. */
  configs: readonly string[];
  /** Names of the Secrets whose entries become variables; they win over the ConfigMaps. */
  secrets: readonly string[];
  /** Changes with the values in those; see `configurationHash`. */
  configuration: string;
  /** The node pools, for the one that the service names. */
  pools: readonly PoolSettings[];
}

/**
 * The spec of a service's Deployment without its image, and without `replicas`: the autoscaler owns that number, and
 * a server-side apply that states it would fight over it (pulumi/pulumi-kubernetes#2569).
 */
export function deploymentSpec(service: ServiceSettings, context: PodContext) {
  return {
    ...deploymentFrame(),
    template: {
      metadata: podMetadata(service, context),
      spec: {
        ...podFrame(service),
        ...placement(service, context.pools),
        containers: [
          {
            ...container(service, context),
            ...traffic(service),
            ...(service.command && { command: service.command }),
          },
        ],
      },
    },
  };
}

/**
 * The spec that a Deployment is created with: the image, and what makes its pods admissible. What may be left out one
 * day (`command`, placement, a port) is missing here, because under server-side apply only those who stated a field can
 * take it back, and this spec is stated once.
 */
export function firstDeploymentSpec(service: ServiceSettings, context: PodContext, image: string) {
  return {
    ...deploymentFrame(),
    selector: { matchLabels: serviceSelector(service) },
    template: {
      metadata: podMetadata(service, context),
      spec: { ...podFrame(service), containers: [{ ...container(service, context), image }] },
    },
  };
}

function podMetadata(service: ServiceSettings, { configuration }: PodContext) {
  return {
    labels: serviceLabels(service),
    annotations: { [CONFIGURATION_ANNOTATION]: configuration },
  };
}

/** One pod more while rolling out, never one less than wanted. */
function deploymentFrame() {
  return {
    revisionHistoryLimit: 5,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  };
}

function podFrame(service: ServiceSettings) {
  return {
    serviceAccountName: service.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: serviceSelector(service) },
      },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }],
  };
}

/** DOKS labels the nodes of a pool with its name; the pool's taints are tolerated by those who ask for it. */
function placement(service: ServiceSettings, pools: readonly PoolSettings[]) {
  const pool = pools.find(({ name }) => name === service.pool);
  if (!pool) return {};
  return {
    nodeSelector: { "doks.digitalocean.com/node-pool": pool.name },
    ...(pool.taints.length > 0 && {
      tolerations: pool.taints.map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect })),
    }),
  };
}

function container(service: ServiceSettings, { configs, secrets }: PodContext) {
  return {
    name: service.container,
    imagePullPolicy: "IfNotPresent",
    envFrom: [
      ...configs.map((name) => ({ configMapRef: { name } })),
      ...secrets.map((name) => ({ secretRef: { name } })),
    ],
    resources: { requests: { ...service.requests }, limits: { ...service.limits } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
  };
}

/** What hangs on the port, the key of the list: another port is another item, and the old one has to go. */
function traffic(service: ServiceSettings) {
  return {
    ports: [{ name: "http", containerPort: service.port, protocol: "TCP" }],
    ...probes(service),
  };
}

/** Five minutes to start, out of the traffic after 15 seconds of trouble, restarted after a minute of it. */
function probes({ healthPath }: ServiceSettings) {
  const httpGet = { path: healthPath, port: "http", scheme: "HTTP" };
  return {
    startupProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    livenessProbe: { httpGet, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
  };
}

/** The variables of a service, PORT among them. Nothing secret. */
export function serviceVariables(service: ServiceSettings): Record<string, string> {
  return { ...service.env, PORT: String(service.port) };
}

/**
 * The variables that all services share: the environment's name, and where each service answers inside the cluster,
 * under the name of its container, which is the same in all environments (`ML_SERVICES_URL`). Where several services
 * share a container name, each is under its own name.
 */
export function sharedVariables(
  environment: string,
  services: readonly Pick<ServiceSettings, "name" | "container">[],
): Record<string, string> {
  const labels = services.map(({ container }) => label(container));
  const isShared = (own: string) => labels.indexOf(own) !== labels.lastIndexOf(own);
  const addresses = services.map(({ name }, index) => {
    const own = labels[index] as string;
    return [`${isShared(own) ? label(name) : own}_URL`, `http://${name}`];
  });
  return { DEPLOYMENT_ENVIRONMENT: environment, ...Object.fromEntries(addresses) };
}

/**
 * A short text that changes when any of the values does. Twelve hexadecimal digits of a hash over all values together
 * tell nothing about one of them.
 */
export function configurationHash(values: readonly Record<string, string>[]): string {
  const ordered = values.map((record) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(JSON.stringify(ordered)).digest("hex").slice(0, 12);
}

/** HorizontalPodAutoscaler: between the bounds, by average cpu use. Slow to scale down. */
export function autoscalerSpec({ name, replicas }: ServiceSettings) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: replicas.min,
    maxReplicas: replicas.max,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: replicas.cpuPercent } },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
  };
}

/** PodDisruptionBudget. `maxUnavailable` and not `minAvailable`: the latter equal to the replicas blocks every drain. */
export function disruptionBudgetSpec(service: ServiceSettings) {
  return { maxUnavailable: 1, selector: { matchLabels: serviceSelector(service) } };
}

/** Service: port 80 inside the cluster, whatever the container listens on. */
export function serviceSpec(service: ServiceSettings) {
  return {
    type: "ClusterIP",
    selector: serviceSelector(service),
    ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
  };
}
