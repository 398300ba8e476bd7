/** What people and workflows do to a cluster past the engine, with kubectl's own field managers. */
import type { Properties } from "../provider/values.ts";
import type { KubernetesApi, Reference } from "./api.ts";
import type { KubernetesObject } from "./store.ts";
import { at } from "./validation.ts";

/** A Deployment's address. */
export function deploymentAt(namespace: string, name: string): Reference {
  return { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
}

/** `kubectl set image deployment/NAME CONTAINER=IMAGE`: what the workflow does at each release. */
export function setImage(api: KubernetesApi, target: Reference, container: string, image: string): void {
  api.update(target, "kubectl-set", (object) => {
    containerOf(object, container).image = image;
  });
}

/** `kubectl edit`. */
export function edit(
  api: KubernetesApi,
  target: Reference,
  change: (object: KubernetesObject) => void,
): void {
  api.update(target, "kubectl-edit", change);
}

/** The container with a name, of a Deployment. */
export function containerOf(deployment: KubernetesObject, name: string): Properties {
  const containers = at(deployment, "spec.template.spec.containers") as Properties[];
  const found = containers.find((container) => container.name === name);
  if (!found) throw new Error(`error: unable to find container named "${name}"`);
  return found;
}
