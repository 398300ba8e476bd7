import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { DeploymentPatch } from "@pulumi/kubernetes/apps/v1/deploymentPatch.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { GATEWAY_API, routeSpec } from "../pipeline/kubernetes/routes.ts";
import {
  autoscalerSpec,
  configurationHash,
  deploymentSpec,
  disruptionBudgetSpec,
  firstDeploymentSpec,
  type PodContext,
  serviceLabels,
  serviceSpec,
  serviceVariables,
} from "../pipeline/kubernetes/workload.ts";
import { NAMESPACE_NAMES } from "../pipeline/names.ts";
import type { PoolSettings, ServiceSettings } from "../settings.ts";
import type { Namespace } from "./namespace.ts";

export interface WorkloadArgs {
  /** The service. */
  service: ServiceSettings;
  /** The namespace it lives in. */
  namespace: Namespace;
  /** The cluster's node pools, for the one that the service names. */
  pools: readonly PoolSettings[];
  /**
   * Image of the first roll-out, with tag. Unless it is the service's placeholder it need not exist yet, so nothing
   * waits for its pods.
   */
  firstImage: string;
  /** What must be there before its pods change: the migrations, and the nodes that they are scheduled to. */
  after: pulumi.Resource[];
  /** Provider of the cluster. */
  provider: pulumi.ProviderResource;
}

/**
 * One service: account, Deployment, autoscaler, disruption budget, Service, and a route when it is public.
 * What it must come after, the migrations above all, is passed as `after` and not as `dependsOn`: the engine (3.274)
 * fails on a component that depends on something deleted by hand, in `refresh --run-program`.
 *
 * **The image belongs to the workflow** once the Deployment exists: `kubectl set image` is no drift, and no later
 * `up` takes it back, whatever else changes. Hence two resources for the one Deployment:
 * - the Deployment is created with an image and deleted, but never updated (`ignoreChanges`);
 * - a DeploymentPatch applies everything but the image, under a field manager of its own, and takes back whatever
 *   somebody else changed of it (`patchForce`). Server-side apply leaves a field alone that an apply does not name.
 *
 * The obvious way, `ignoreChanges` on `containers[0].image`, loses releases: the engine then sends the image that the
 * state remembers, the plugin cannot leave out a field inside a list (`handleSSAIgnoreFields`), and before each update
 * it takes over every field whose manager's name begins with `kubectl` (`fixCSAFieldManagers`), so the old image
 * replaces the released one without a conflict, unless each `up` refreshes first. Reading the live image and stating it
 * does not lose releases, but shows each of them as drift, and needs a look-up that fails before the first `up`.
 */
export class Workload extends pulumi.ComponentResource {
  /** Name of the Deployment. */
  readonly deployment: pulumi.Output<string>;

  constructor(name: string, args: WorkloadArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:kubernetes:Workload", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    const account = this.createAccount(name, args, child);
    const config = this.createConfig(name, args, child);
    const deployment = this.createDeployment(name, args, {
      ...child,
      dependsOn: [account, config, ...args.namespace.podsNeed, ...args.after],
    });
    this.createScaling(name, args, { ...child, dependsOn: [deployment] });
    this.createTraffic(name, args, child);
    this.deployment = deployment.metadata.name;
    this.registerOutputs({ deployment: this.deployment });
  }

  private createAccount(
    name: string,
    { service, namespace }: WorkloadArgs,
    child: pulumi.CustomResourceOptions,
  ): ServiceAccount {
    return new ServiceAccount(
      `${name}-account`,
      {
        metadata: metadata(service.name, service, namespace),
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: NAMESPACE_NAMES.pullSecret }],
      },
      child,
    );
  }

  private createConfig(
    name: string,
    { service, namespace }: WorkloadArgs,
    child: pulumi.CustomResourceOptions,
  ): ConfigMap {
    return new ConfigMap(
      `${name}-config`,
      { metadata: metadata(service.name, service, namespace), data: serviceVariables(service) },
      child,
    );
  }

  private createDeployment(
    name: string,
    args: WorkloadArgs,
    child: pulumi.CustomResourceOptions,
  ): DeploymentPatch {
    const { service, namespace } = args;
    const image = args.firstImage;
    const context = podContext(args);
    const deployment = new Deployment(
      `${name}-deployment`,
      {
        metadata: {
          name: service.name,
          namespace: namespace.name,
          // The patch waits, once its own part is there too.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: context.apply((known) => firstDeploymentSpec(service, known, image)),
      },
      {
        ...child,
        ignoreChanges: ["spec", "metadata.labels", "metadata.annotations"],
        // Under another name the container would be added to the old one.
        replacementTrigger: service.container,
        deleteBeforeReplace: true,
      },
    );
    return new DeploymentPatch(
      `${name}-deployment-patch`,
      {
        metadata: {
          ...metadata(service.name, service, namespace),
          annotations: {
            "pulumi.com/patchForce": "true",
            // Without a placeholder nothing can start before the workflow has pushed the first image.
            ...(!service.placeholderImage && { "pulumi.com/skipAwait": "true" }),
          },
        },
        spec: context.apply((known) => deploymentSpec(service, known)),
      },
      {
        ...child,
        dependsOn: [deployment, ...args.after],
        deletedWith: deployment,
        replaceWith: [deployment],
      },
    );
  }

  private createScaling(
    name: string,
    { service, namespace }: WorkloadArgs,
    child: pulumi.CustomResourceOptions,
  ): void {
    new HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata: metadata(service.name, service, namespace), spec: autoscalerSpec(service) },
      child,
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata: metadata(service.name, service, namespace), spec: disruptionBudgetSpec(service) },
      child,
    );
  }

  private createTraffic(
    name: string,
    { service, namespace }: WorkloadArgs,
    child: pulumi.CustomResourceOptions,
  ): void {
    // The plugin would wait for a ready pod behind it, which the Deployment already does where it can.
    const annotations = { "pulumi.com/skipAwait": "true" };
    new Service(
      `${name}-service`,
      {
        metadata: { ...metadata(service.name, service, namespace), annotations },
        spec: serviceSpec(service),
      },
      // An adopted Service has the address that the cluster chose among its inputs, and the plugin would replace it
      // for leaving that out again.
      { ...child, ignoreChanges: ["spec.clusterIP", "spec.clusterIPs"] },
    );
    if (!service.public || !namespace.gateway) return;
    new CustomResource(
      `${name}-route`,
      {
        apiVersion: GATEWAY_API,
        kind: "HTTPRoute",
        metadata: metadata(service.name, service, namespace),
        spec: routeSpec(service, namespace.gateway),
      },
      child,
    );
  }
}

function metadata(name: string, service: ServiceSettings, namespace: Namespace) {
  return { name, namespace: namespace.name, labels: serviceLabels(service) };
}

function podContext({ service, namespace, pools }: WorkloadArgs): pulumi.Output<PodContext> {
  const own = serviceVariables(service);
  return namespace.configuration.apply((shared) => ({
    configs: [NAMESPACE_NAMES.config, service.name],
    secrets: [NAMESPACE_NAMES.secrets],
    configuration: configurationHash([{ shared }, own]),
    pools,
  }));
}
