import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as DigitalOceanProvider } from "@pulumi/digitalocean/provider.js";
import { Provider as GitHubProvider } from "@pulumi/github/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { Provider as VercelProvider } from "@pulumiverse/vercel/provider.js";
import { UserError } from "../errors.ts";
import { kubeconfig } from "../pipeline/kubernetes/access.ts";
import type { Settings } from "../settings.ts";
import type { Cluster } from "./cluster.ts";

/**
 * The explicit providers, one function each. Default providers are off (Pulumi.yaml), so that nothing is created with
 * credentials that happen to be around.
 */

/** GitHub for the repository's owner; the token is `GITHUB_TOKEN`, or the signed-in `gh` where that is not set. */
export function githubProvider({ repository }: Pick<Settings, "repository">): GitHubProvider {
  // Left to itself the package reads the variable too, but writes it into the state in clear text.
  const token = process.env.GITHUB_TOKEN;
  return new GitHubProvider("github", { owner: repository.owner, ...(token && { token }) });
}

/** AWS in the region of the buckets; the plugin finds its credentials itself (`AWS_…`, profiles, single sign-on). */
export function awsProvider({ aws }: Pick<Settings, "aws">): AwsProvider {
  return new AwsProvider("aws", { region: aws.region });
}

/** Vercel for one team; the plugin reads its token from `VERCEL_API_TOKEN`. */
export function vercelProvider({ vercel }: Pick<Settings, "vercel">): VercelProvider {
  return new VercelProvider("vercel", { team: vercel.team });
}

/** DigitalOcean; the plugin reads its token from `DIGITALOCEAN_TOKEN`. */
export function digitaloceanProvider(): DigitalOceanProvider {
  return new DigitalOceanProvider("digitalocean");
}

/**
 * The cluster's own API server, with the token of the DigitalOcean account: the credentials that the cluster hands out
 * expire after seven days, and each fetch leaves one more token in the account.
 * @throws UserError when `DIGITALOCEAN_TOKEN` is not set
 */
export function kubernetesProvider(
  { cluster }: Pick<Settings, "cluster">,
  { id, endpoint, certificateAuthority }: Pick<Cluster, "id" | "endpoint" | "certificateAuthority">,
): KubernetesProvider {
  // As the plugin has it: what is empty is not set.
  const token = process.env.DIGITALOCEAN_TOKEN || process.env.DIGITALOCEAN_ACCESS_TOKEN;
  if (!token)
    throw new UserError(
      "DIGITALOCEAN_TOKEN is not set. Export a token of the DigitalOcean account (API > Tokens), or switch the cluster off with `pulumi config set --path kai:clouds.digitalocean false`.",
    );
  const access = pulumi.secret(
    pulumi
      .all([endpoint, certificateAuthority])
      .apply(([server, authority]) =>
        kubeconfig({ name: cluster.name, server, certificateAuthority: authority, token }),
      ),
  );
  return new KubernetesProvider("kubernetes", {
    kubeconfig: access,
    // A new token is no new cluster: only another cluster replaces what is in it.
    clusterIdentifier: id,
    enableServerSideApply: true,
    // Values change in place; without these each change would replace the object.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
  });
}
