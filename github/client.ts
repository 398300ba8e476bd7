import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import Bottleneck from "bottleneck";
import { UserError } from "../errors.ts";
import { problemOf } from "./problems.ts";
import { isTokenText, NO_TOKEN } from "./token.ts";

/**
 * A client for the GitHub that the environment names, as GitHub's own runner (`GITHUB_API_URL`) or the provider
 * (`GITHUB_BASE_URL`, which has the interface below `/api/v3`) does.
 *
 * It asks at most ten things at once, and writes one after the other (best-practices-for-using-the-rest-api). What fails on
 * GitHub's side or on the way there is asked again three times, for 14 seconds in all; a `POST` is not, since nobody
 * knows whether its work was done. A limit of requests that ends within a minute is waited for. What is left of that is a
 * UserError, which commands let pass.
 * @throws UserError without a token, and for one that cannot be any.
 */
export function githubClient(env: NodeJS.ProcessEnv): Octokit {
  const token = env.GITHUB_TOKEN?.trim();
  if (!token) {
    throw new UserError(
      "GITHUB_TOKEN is not set. Set it to a token for the repository; docs/own-accounts.md says which rights it needs.",
    );
  }
  if (!isTokenText(token)) throw new UserError(`GITHUB_TOKEN ${NO_TOKEN}`);
  const github = new PatientOctokit({
    auth: token,
    baseUrl: apiAddress(env),
    userAgent: "kai-pipeline",
    log: SILENT,
    throttle: {
      onRateLimit: isWorthWaiting,
      onSecondaryRateLimit: isWorthWaiting,
      // Without the plugin's pauses of one and three seconds, which are advice for many writes: a command makes a handful.
      write: new Bottleneck.Group({ maxConcurrent: 1 }),
      notifications: new Bottleneck.Group({ maxConcurrent: 1 }),
    },
  });
  github.hook.before("request", (options) => {
    if (options.method === "POST" && !isQuery(options)) options.request.retries = 0;
  });
  github.hook.error("request", (error) => {
    throw problemOf(error);
  });
  return github;
}

const PatientOctokit = Octokit.plugin(retry, throttling);

/** Octokit prints every refusal; here most are answers ("no such branch yet"), and the rest become one sentence. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Seconds that a command waits for one limit. */
const PATIENCE = 60;

function isWorthWaiting(seconds: number, _options: object, _github: unknown, waited: number): boolean {
  return seconds <= PATIENCE && waited < 2;
}

/** Asking again what a GraphQL query asks changes nothing. */
function isQuery({ url, query }: { url: string; query?: unknown }): boolean {
  return url.endsWith("/graphql") && typeof query === "string" && !query.trimStart().startsWith("mutation");
}

function apiAddress(env: NodeJS.ProcessEnv): string {
  const trim = (url: string) => url.replace(/\/+$/, "");
  if (env.GITHUB_API_URL) return trim(env.GITHUB_API_URL);
  const base = trim(env.GITHUB_BASE_URL ?? "https://api.github.com");
  const isPublic = /^https:\/\/api\.github\.com$/.test(base) || base.endsWith("/api/v3");
  return isPublic ? base : `${base}/api/v3`;
}
