import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../errors.ts";
import { deployerRules, kubeconfig } from "../pipeline/kubernetes/access.ts";
import { NAMESPACE_NAMES } from "../pipeline/names.ts";
import type { ServiceSettings } from "../settings.ts";
import type { Cluster } from "./cluster.ts";
import type { Namespace } from "./namespace.ts";

export interface DeployerArgs {
  /** The cluster that the kubeconfig leads to. */
  cluster: Cluster;
  /** Name of the cluster, for the entries of the kubeconfig. */
  clusterName: string;
  /** The only namespace that the credential is good for. */
  namespace: Namespace;
  /** The services whose images the workflow may change. */
  services: readonly ServiceSettings[];
  /** Provider of the cluster. */
  provider: pulumi.ProviderResource;
}

/**
 * The credential that the workflow rolls out with: an account that may change the images of the services in one
 * namespace, and nothing else. Its token lives as long as its Secret; `kai secrets rotate KUBE_CONFIG_DATA` makes
 * another one.
 */
export class Deployer extends pulumi.ComponentResource {
  /** KUBE_CONFIG_DATA: the kubeconfig in base64. Secret. */
  readonly kubeConfigData: pulumi.Output<string>;

  constructor(name: string, args: DeployerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kai:kubernetes:Deployer", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    const account = this.createAccount(name, args, child);
    this.grant(name, args, account, child);
    const token = this.createToken(name, args, account, child);
    this.kubeConfigData = kubeConfigData(args, token);
    this.registerOutputs({ kubeConfigData: this.kubeConfigData });
  }

  private createAccount(
    name: string,
    { namespace }: DeployerArgs,
    child: pulumi.CustomResourceOptions,
  ): ServiceAccount {
    return new ServiceAccount(
      `${name}-account`,
      { metadata: metadata(namespace), automountServiceAccountToken: false },
      child,
    );
  }

  private grant(
    name: string,
    { namespace, services }: DeployerArgs,
    account: ServiceAccount,
    child: pulumi.CustomResourceOptions,
  ): void {
    const role = new Role(
      `${name}-role`,
      { metadata: metadata(namespace), rules: deployerRules(services) },
      child,
    );
    new RoleBinding(
      `${name}-binding`,
      {
        metadata: metadata(namespace),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name }],
      },
      child,
    );
  }

  /**
   * The controller fills the Secret with the account's token; the plugin waits for it. It has no fixed name, so that
   * its successor is made, and given to its readers, before it is deleted.
   */
  private createToken(
    name: string,
    { namespace }: DeployerArgs,
    account: ServiceAccount,
    child: pulumi.CustomResourceOptions,
  ): Secret {
    return new Secret(
      `${name}-token`,
      {
        metadata: {
          namespace: namespace.name,
          annotations: { "kubernetes.io/service-account.name": account.metadata.name },
        },
        type: "kubernetes.io/service-account-token",
      },
      child,
    );
  }
}

function metadata(namespace: Namespace) {
  return { name: NAMESPACE_NAMES.deployer, namespace: namespace.name };
}

function kubeConfigData(
  { cluster, clusterName, namespace }: DeployerArgs,
  token: Secret,
): pulumi.Output<string> {
  const parts = pulumi.all([cluster.endpoint, cluster.certificateAuthority, namespace.name, token.data]);
  const text = parts.apply(([server, certificateAuthority, scope, data]) =>
    kubeconfig({
      name: clusterName,
      server,
      certificateAuthority,
      namespace: scope,
      token: tokenOf(data),
    }),
  );
  return pulumi.secret(text.apply((content) => Buffer.from(content).toString("base64")));
}

function tokenOf(data: Record<string, string> | undefined): string {
  if (!data?.token)
    throw new UserError(
      `The cluster has not issued the token of ${NAMESPACE_NAMES.deployer} yet. Run \`pulumi up --refresh\` again.`,
    );
  return Buffer.from(data.token, "base64").toString();
}
