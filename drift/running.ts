/**
 * What runs in the cluster beside what the program states of it: the image, the number of pods, and whether roll-outs go
 * on. The program leaves the Deployment's `spec` to the workflow and the autoscaler (`components/workload.ts`), so the
 * engine compares none of it; but it has read it, and that is what is looked at here. No I/O.
 */
import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { type Difference, subjectOf } from "./differences.ts";
import { isDigest, repositoryOf } from "./noise.ts";
import { blindAlike, isObject, type Properties, valueAt } from "./properties.ts";

/** The bounds of an autoscaler. */
export interface Scaler {
  /** `namespace/name` of the Deployment. */
  target: string;
  min: number;
  max: number;
}

/** The images that the pipeline gives to a Deployment. */
export interface OwnImage {
  /** `registry/name`, of which the workflow rolls out digests. */
  repository: string;
  /** The whole image that it was created with. */
  first: string;
}

/** One Deployment as it runs. */
export interface Running {
  /** What findings say of it. */
  subject: Omit<Difference, "kind" | "replaces">;
  namespace: string;
  /** Its name in the cluster. */
  name: string;
  replicas: number | undefined;
  isPaused: boolean;
  /** By the path of the property; those that run before the others too. */
  images: Record<string, string>;
}

/** @returns undefined for other types, and for an autoscaler that is gone */
export function scalerOf({ type, new: live }: StepEventMetadata): Scaler | undefined {
  const spec = live?.outputs?.spec;
  if (!/^kubernetes:autoscaling.*:HorizontalPodAutoscaler$/.test(type) || !isObject(spec)) return undefined;
  const { scaleTargetRef: target, minReplicas: min = 1, maxReplicas: max } = spec;
  const { namespace } = metadataOf(live?.outputs);
  return isObject(target)
    ? { target: `${namespace}/${target.name}`, min: Number(min), max: Number(max) }
    : undefined;
}

/** @returns undefined for other types, and for a Deployment that is gone */
export function runningOf(step: StepEventMetadata): Running | undefined {
  if (step.type !== "kubernetes:apps/v1:Deployment" || step.op === "delete" || !step.new) return undefined;
  const [live = {}] = blindAlike([step.new.outputs ?? {}]);
  const { namespace, name } = metadataOf(live);
  const spec = isObject(live.spec) ? live.spec : {};
  return {
    subject: subjectOf(step),
    namespace,
    name,
    replicas: typeof spec.replicas === "number" ? spec.replicas : undefined,
    isPaused: spec.paused === true,
    images: imagesOf(live),
  };
}

/**
 * What somebody changed of a running Deployment with `kubectl scale`, `kubectl rollout pause` or `kubectl set image`.
 * @param own by the Deployment's name; the images of an unknown one are not compared
 */
export function runningDifferences(
  { subject, namespace, name, replicas, isPaused, images }: Running,
  scalers: readonly Scaler[],
  own: ReadonlyMap<string, OwnImage>,
): Difference[] {
  const differences: Difference[] = [];
  const add = (property: string, wanted: unknown, found: unknown, remedy: string) =>
    differences.push({ ...subject, kind: "changed", property, wanted, found, replaces: false, remedy });
  const kubectl = `kubectl --namespace ${namespace}`;
  const scaler = scalers.find(({ target }) => target === `${namespace}/${name}`);
  if (scaler && replicas !== undefined && (replicas < scaler.min || replicas > scaler.max)) {
    const why = replicas === 0 ? "Without pods the autoscaler is switched off. " : "";
    const command = `${kubectl} scale deployment/${name} --replicas=${scaler.min}`;
    add("spec.replicas", `${scaler.min} to ${scaler.max}`, replicas, `${why}${command}`);
  }
  if (isPaused) {
    add(
      "spec.paused",
      false,
      true,
      `No release is rolled out until: ${kubectl} rollout resume deployment/${name}`,
    );
  }
  const wanted = own.get(name);
  for (const [property, image] of Object.entries(wanted ? images : {})) {
    const { repository, first } = wanted as OwnImage;
    if ((isDigest(image) && repositoryOf(image) === repository) || image === first) continue;
    const undo = `${kubectl} rollout undo deployment/${name}`;
    // A release sets the image of the service's own container and takes no other one away.
    const remedy = property.includes(".initContainers[")
      ? undo
      : `Run the workflow that deploys again, or: ${undo}`;
    add(property, `${repository}@sha256:…`, image, remedy);
  }
  return differences;
}

function metadataOf(object: Properties | undefined): { namespace: string; name: string } {
  const metadata = isObject(object?.metadata) ? object.metadata : {};
  return { namespace: String(metadata.namespace), name: String(metadata.name) };
}

function imagesOf(deployment: Properties): Record<string, string> {
  const images = ["initContainers", "containers"].flatMap((kind) => {
    const path = ["spec", "template", "spec", kind];
    const containers = valueAt(deployment, path);
    return (Array.isArray(containers) ? containers : [])
      .filter(isObject)
      .map(({ name, image }) => [`${path.join(".")}[${JSON.stringify(name)}].image`, String(image)]);
  });
  return Object.fromEntries(images);
}
