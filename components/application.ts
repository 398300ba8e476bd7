import * as pulumi from "@pulumi/pulumi";
import { isProduction } from "../pipeline/branches.ts";
import { clusterTags, firstImage, vpc } from "../pipeline/names.ts";
import type { Settings } from "../settings.ts";
import { Cluster } from "./cluster.ts";
import { Deployer } from "./deployer.ts";
import { Namespace } from "./namespace.ts";
import { digitaloceanProvider, kubernetesProvider } from "./providers.ts";
import { Workload } from "./workload.ts";

export interface ApplicationArgs {
  /** The stack's settings. */
  settings: Settings;
  /** Password or token of the container registry. */
  registryPassword: pulumi.Input<string>;
  /** The application's credentials by variable name. */
  secrets: Record<string, pulumi.Input<string>>;
  /** What must be done before any workload changes: the migrations. */
  migrations: pulumi.Resource[];
}

/** The back end: a cluster, the namespace with its kit, the services, and the credential that rolls them out. */
export class Application extends pulumi.ComponentResource {
  /** KUBE_CONFIG_DATA. Secret. */
  readonly kubeConfigData: pulumi.Output<string>;
  /** Name of the namespace. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: ApplicationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:pipeline:Application", name, {}, opts);
    const { settings } = args;
    const cluster = this.#cluster(settings);
    const provider = kubernetesProvider(settings, cluster);
    const namespace = this.#namespace(args, provider);
    const after = [...args.migrations, ...cluster.pools];
    for (const service of settings.services) {
      new Workload(
        service.name,
        {
          service,
          namespace,
          pools: settings.cluster.pools,
          firstImage: firstImage(settings, service),
          after,
          provider,
        },
        { parent: this },
      );
    }
    const {
      services,
      cluster: { name: clusterName },
    } = settings;
    const deployer = new Deployer(
      "deployer",
      { cluster, clusterName, namespace, services, provider },
      { parent: this },
    );
    this.kubeConfigData = deployer.kubeConfigData;
    this.namespace = namespace.name;
    this.registerOutputs({ kubeConfigData: this.kubeConfigData, namespace: this.namespace });
  }

  #cluster(settings: Settings): Cluster {
    return new Cluster(
      "cluster",
      {
        settings: settings.cluster,
        vpcName: vpc(settings),
        tags: clusterTags(settings),
        protect: isProduction(settings),
        provider: digitaloceanProvider(),
      },
      { parent: this },
    );
  }

  #namespace(
    { settings, registryPassword, secrets, migrations }: ApplicationArgs,
    provider: pulumi.ProviderResource,
  ): Namespace {
    return new Namespace(
      "namespace",
      {
        settings: settings.namespace,
        environment: settings.environment.name,
        services: settings.services,
        registry: { ...settings.registry, password: registryPassword },
        secrets,
        after: migrations,
        provider,
      },
      { parent: this },
    );
  }
}
