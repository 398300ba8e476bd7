import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange.js";
import { Namespace as KubernetesNamespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { dockerConfig } from "../pipeline/kubernetes/access.ts";
import {
  limitRangeSpec,
  namespaceLabels,
  publicServices,
  quotaSpec,
} from "../pipeline/kubernetes/namespace.ts";
import { networkPolicies } from "../pipeline/kubernetes/network.ts";
import { GATEWAY_API, gatewaySpec } from "../pipeline/kubernetes/routes.ts";
import { configurationHash, sharedVariables } from "../pipeline/kubernetes/workload.ts";
import { NAMESPACE_NAMES } from "../pipeline/names.ts";
import type { NamespaceSettings, ServiceSettings } from "../settings.ts";

export interface NamespaceArgs {
  /** Name, budget and pod security level. */
  settings: NamespaceSettings;
  /** Name of the environment, for the workloads to read. */
  environment: string;
  /** The workloads that will live here: for the network policies and the gateway. */
  services: readonly ServiceSettings[];
  /** Where the images are pulled from. */
  registry: { server: string; username: string; password: pulumi.Input<string> };
  /** The application's credentials by variable name. They reach the pods as variables. */
  secrets: Record<string, pulumi.Input<string>>;
  /**
   * What must be done before anything in the namespace changes: the migrations. Not `dependsOn` of the component: the
   * engine (3.274) fails on a component that depends on something deleted by hand, in `refresh --run-program`.
   */
  after: pulumi.Resource[];
  /** Provider of the cluster. */
  provider: pulumi.ProviderResource;
}

/** A namespace with everything that its workloads share: budget, credentials, network policies, the way in. */
export class Namespace extends pulumi.ComponentResource {
  /** Name of the namespace, known once it exists. */
  readonly name: pulumi.Output<string>;
  /** Name of the Gateway that the public services are routed through; absent when none is public. */
  readonly gateway: string | undefined;
  /** Changes with the shared configuration and the credentials. Tells nothing about them. */
  readonly configuration: pulumi.Output<string>;
  /**
   * What must be there before a pod starts: budget, what it reads, and the policies that hold for every pod. Not the
   * whole component: a Deployment would then depend on every other service's policies, and the number of
   * dependencies grow with the square of the number of services.
   */
  readonly podsNeed: pulumi.Resource[] = [];

  constructor(name: string, args: NamespaceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:kubernetes:Namespace", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    // Everything else in the namespace takes its name from here, and so waits too: a pod that starts while a migration
    // fails must not meet the new variables, credentials and network policies.
    const namespace = new KubernetesNamespace(
      `${name}-namespace`,
      { metadata: { name: args.settings.name, labels: namespaceLabels(args.settings) } },
      { ...child, dependsOn: args.after },
    );
    this.name = namespace.metadata.name;
    this.podsNeed.push(namespace);
    this.createBudget(name, args, child);
    this.createNetworkPolicies(name, args, child);
    this.configuration = this.createConfiguration(name, args, child);
    this.gateway = this.createGateway(name, args, child);
    this.registerOutputs({ name: this.name, gateway: this.gateway, configuration: this.configuration });
  }

  private createBudget(name: string, { settings }: NamespaceArgs, child: pulumi.CustomResourceOptions): void {
    const quota = new ResourceQuota(
      `${name}-quota`,
      { metadata: this.metadata(NAMESPACE_NAMES.quota), spec: quotaSpec(settings) },
      child,
    );
    const limits = new LimitRange(
      `${name}-limits`,
      { metadata: this.metadata(NAMESPACE_NAMES.limits), spec: limitRangeSpec() },
      child,
    );
    this.podsNeed.push(quota, limits);
  }

  private createNetworkPolicies(
    name: string,
    { services }: NamespaceArgs,
    child: pulumi.CustomResourceOptions,
  ): void {
    for (const policy of networkPolicies(services)) {
      const resource = new NetworkPolicy(
        `${name}-policy-${policy.name}`,
        { metadata: this.metadata(policy.name), spec: policy.spec },
        child,
      );
      if (!policy.spec.podSelector.matchLabels) this.podsNeed.push(resource);
    }
  }

  private createConfiguration(
    name: string,
    { environment, services, registry, secrets }: NamespaceArgs,
    child: pulumi.CustomResourceOptions,
  ): pulumi.Output<string> {
    const shared = sharedVariables(environment, services);
    const config = new ConfigMap(
      `${name}-config`,
      { metadata: this.metadata(NAMESPACE_NAMES.config), data: shared },
      child,
    );
    const values = pulumi.secret(secrets) as pulumi.Output<Record<string, string>>;
    // `data` and not `stringData`: the API never answers the latter, so a change by hand would stay unseen.
    const applicationSecrets = new Secret(
      `${name}-secrets`,
      { metadata: this.metadata(NAMESPACE_NAMES.secrets), type: "Opaque", data: values.apply(base64Values) },
      child,
    );
    const credentials = pulumi.secret(registry) as pulumi.Output<
      Record<"server" | "username" | "password", string>
    >;
    const pullSecret = new Secret(
      `${name}-pull-secret`,
      {
        metadata: this.metadata(NAMESPACE_NAMES.pullSecret),
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": credentials.apply((parts) => base64(dockerConfig(parts))) },
      },
      child,
    );
    this.podsNeed.push(config, applicationSecrets, pullSecret);
    return pulumi.unsecret(values.apply((all) => configurationHash([shared, all])));
  }

  private createGateway(
    name: string,
    { services }: NamespaceArgs,
    child: pulumi.CustomResourceOptions,
  ): string | undefined {
    const exposed = publicServices(services);
    if (exposed.length === 0) return undefined;
    const gateway = "public";
    new CustomResource(
      `${name}-gateway`,
      {
        apiVersion: GATEWAY_API,
        kind: "Gateway",
        metadata: this.metadata(gateway),
        spec: gatewaySpec(exposed),
      },
      child,
    );
    return gateway;
  }

  private metadata(name: string) {
    return { name, namespace: this.name };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function base64Values(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
}
