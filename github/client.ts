import { Octokit } from "@octokit/rest";
import { UserError } from "../errors.ts";

/**
 * A client for the GitHub that the environment names, as GitHub's own runner (`GITHUB_API_URL`) or the provider
 * (`GITHUB_BASE_URL`, which has the interface below `/api/v3`) does.
 * @throws UserError without a token.
 */
export function githubClient(env: NodeJS.ProcessEnv): Octokit {
  if (!env.GITHUB_TOKEN) {
    throw new UserError(
      "GITHUB_TOKEN is not set. Set it to a token that may write contents, workflows and pull requests of the repository.",
    );
  }
  return new Octokit({
    auth: env.GITHUB_TOKEN,
    baseUrl: apiAddress(env),
    userAgent: "kai-pipeline",
    log: SILENT,
  });
}

/** Octokit prints every refusal; here most are answers ("no such branch yet"), and the rest become one sentence. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

function apiAddress(env: NodeJS.ProcessEnv): string {
  const trim = (url: string) => url.replace(/\/+$/, "");
  if (env.GITHUB_API_URL) return trim(env.GITHUB_API_URL);
  const base = trim(env.GITHUB_BASE_URL ?? "https://api.github.com");
  const isPublic = /^https:\/\/api\.github\.com$/.test(base) || base.endsWith("/api/v3");
  return isPublic ? base : `${base}/api/v3`;
}
