import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as GitHubProvider } from "@pulumi/github/provider.js";
import { Provider as VercelProvider } from "@pulumiverse/vercel/provider.js";
import type { Settings } from "../settings.ts";

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
