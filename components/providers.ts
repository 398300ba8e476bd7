import { Provider as GitHubProvider } from "@pulumi/github/provider.js";
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
