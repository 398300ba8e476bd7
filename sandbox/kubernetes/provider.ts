/** The simulated clusters as the kubernetes provider plugin shows them to the engine. */
import { parse } from "yaml";
import type { Cloud, ResourceType } from "../provider/declaration.ts";
import { CloudError } from "../provider/declaration.ts";
import { isObject, type Properties, UNKNOWN } from "../provider/values.ts";
import { KubernetesApi, type Reference, referenceOf } from "./api.ts";
import { type Kind, kinds } from "./kinds.ts";
import type { KubernetesObject, KubernetesStore, ManagedFields } from "./store.ts";
import { at } from "./validation.ts";

/** One provider's view: the cluster is looked for at each request, since it may come and go. */
interface Session {
  api(): KubernetesApi;
  config: Properties;
}

/** Manager of a plain creation (pulumi/pulumi-kubernetes 4.29 and later create by POST). */
const CREATOR = "pulumi-kubernetes";

/** Managers whose fields the plugin makes its own before an update (`fixCSAFieldManagers`). */
const TAKEN_OVER = ["kubectl", "before-first-apply", "pulumi-kubernetes", "pulumi-resource-kubernetes"];

function isTakenOver({ manager, operation }: ManagedFields): boolean {
  const isOwnApply = operation === "Apply" && manager.startsWith(CREATOR);
  return !isOwnApply && TAKEN_OVER.some((prefix) => manager.startsWith(prefix));
}

/** The name under which the plugin applies a resource. */
function managerOf(name: string): string {
  return `${CREATOR}-${name}`;
}

function annotation(inputs: Properties, name: string): unknown {
  const annotations = at(inputs, "metadata.annotations");
  return isObject(annotations) ? annotations[`pulumi.com/${name}`] : undefined;
}

function referenceFrom(kind: Kind, id: string): Reference {
  const [first, second] = id.split("/");
  const { apiVersion, kind: name } = kind;
  if (kind.isGlobal) return { apiVersion, kind: name, name: first as string };
  const [namespace, object] = second === undefined ? ["default", first] : [first, second];
  return { apiVersion, kind: name, namespace: namespace as string, name: object as string };
}

function idOf({ namespace, name }: Reference): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The object as the plugin's outputs have it. */
function outputs(object: KubernetesObject): Properties {
  return object;
}

function isGone(error: unknown): boolean {
  return error instanceof CloudError && error.status === 404;
}

function readAt(session: Session, reference: Reference): Properties | undefined {
  try {
    return outputs(session.api().get(reference));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The plugin names an object that the program did not: logical name and seven characters. */
function autonamed(inputs: Properties, name: string, suffix: string, oldInputs?: Properties): Properties {
  const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
  if (metadata.name !== undefined) return inputs;
  const chosen = at(oldInputs, "metadata.name") ?? `${name}-${suffix}`;
  const annotations = { ...(metadata.annotations as Properties), "pulumi.com/autonamed": "true" };
  return { ...inputs, metadata: { ...metadata, name: chosen, annotations } };
}

/** What replaces: the name, what the kind says, and the content of what the provider does not let change. */
function replacements(kind: Kind, session: Session | undefined): string[] {
  const fixed = ["metadata.name", "metadata.namespace", ...(kind.replaceOn ?? [])];
  const { enableConfigMapMutable, enableSecretMutable } = session?.config ?? {};
  if (kind.kind === "ConfigMap" && session && !enableConfigMapMutable)
    return [...fixed, "data", "binaryData"];
  if (kind.kind === "Secret" && session && !enableSecretMutable) return [...fixed, "data", "stringData"];
  return fixed;
}

function objectType(kind: Kind): ResourceType<Session> {
  return {
    comparison: "subset",
    deleteBeforeReplace: true,
    replaceOn: (session) => replacements(kind, session),
    ...(kind.kind === "Secret" && { secretOutputs: ["data"], writeOnly: ["stringData"] }),
    complete: (inputs, { name, suffix, oldInputs }) => autonamed(inputs, name, suffix, oldInputs),
    create(session, inputs) {
      return idOf(referenceOf(session.api().create(inputs, CREATOR)));
    },
    read: (session, id) => readAt(session, referenceFrom(kind, id)),
    update(session, _id, inputs, { name }) {
      const api = session.api();
      const manager = managerOf(name);
      api.takeOver(referenceOf(inputs), manager, isTakenOver);
      api.apply(inputs, manager, annotation(inputs, "patchForce") === "true");
    },
    delete: (session, id) => session.api().delete(referenceFrom(kind, id)),
    awaited: (session, id, inputs) => notReady(session, referenceFrom(kind, id), inputs),
  };
}

/** A patch applies some fields of an object under a manager of its own, and never takes over what others manage. */
function patchType(kind: Kind): ResourceType<Session> {
  return {
    ...objectType(kind),
    replaceOn: ["metadata.name", "metadata.namespace"],
    complete: (inputs) => inputs,
    check: (inputs) =>
      at(inputs, "metadata.name") === undefined
        ? [
            {
              property: "metadata.name",
              reason: "patch resources require the `.metadata.name` field to be set",
            },
          ]
        : [],
    create(session, inputs, { name }) {
      session.api().apply(inputs, managerOf(name), annotation(inputs, "patchForce") === "true");
      return idOf(referenceOf(inputs));
    },
    update(session, _id, inputs, { name }) {
      session.api().apply(inputs, managerOf(name), annotation(inputs, "patchForce") === "true");
    },
    delete: (session, id, { name }) => session.api().relinquish(referenceFrom(kind, id), managerOf(name)),
  };
}

/** The plugin waits ten minutes for a roll-out, seconds for a token; here it is known at once. */
function notReady(session: Session, reference: Reference, inputs: Properties): string | undefined {
  if (annotation(inputs, "skipAwait") === "true") return undefined;
  const object = session.api().get(reference);
  if (object.kind === "Secret" && object.type === "kubernetes.io/service-account-token" && !object.data)
    return `the Kubernetes API server reported that "${idOf(reference)}" failed to fully initialize or become live: timed out waiting for the token`;
  if (object.kind !== "Deployment") return undefined;
  const conditions = (at(object, "status.conditions") ?? []) as { type: string; message?: string }[];
  const failure = conditions.find(({ type }) => type === "ReplicaFailure");
  return failure
    ? `the Kubernetes API server reported that "${idOf(reference)}" failed to fully initialize or become live: Timeout occurred for '${reference.name}'\n[ReplicaSetCreateError] ${failure.message}`
    : undefined;
}

function tokenOf({ apiVersion, kind }: Kind): string {
  return `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
}

/** Address and token that a kubeconfig's current context leads to. */
export function kubeconfigAccess(text: unknown): { address: string; token: string | undefined } {
  const config = (typeof text === "string" ? parse(text) : text) as Properties | null;
  const named = (list: unknown, name: unknown) =>
    (Array.isArray(list) ? (list as Properties[]) : []).find((entry) => entry.name === name);
  const context = at(named(config?.contexts, config?.["current-context"]), "context");
  const server = at(named(config?.clusters, at(context, "cluster")), "cluster.server");
  if (typeof server !== "string")
    throw new CloudError(400, "failed to parse kubeconfig: it names no cluster in its current context");
  const token = at(named(config?.users, at(context, "user")), "user.token");
  return { address: server, token: typeof token === "string" ? token : undefined };
}

export function kubernetesCloud(store: KubernetesStore): Cloud<Session> {
  const patched = kinds.filter(({ kind }) => kind === "Deployment");
  return {
    name: "kubernetes",
    replaceProviderOn: ["clusterIdentifier"],
    connect: (config) => ({
      config,
      api() {
        if (config.kubeconfig === undefined || config.kubeconfig === UNKNOWN)
          throw new CloudError(0, "configured Kubernetes cluster is unreachable: no kubeconfig");
        return new KubernetesApi(store, kubeconfigAccess(config.kubeconfig));
      },
    }),
    resources: Object.fromEntries([
      ...kinds.map((kind) => [tokenOf(kind), objectType(kind)]),
      ...patched.map((kind) => [`${tokenOf(kind)}Patch`, patchType(kind)]),
    ]),
    functions: {},
  };
}
