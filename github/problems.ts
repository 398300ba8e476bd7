/** What went wrong with a request, for people. No I/O. */
import { UserError } from "../errors.ts";

/** A refusal as Octokit throws it, of the REST interface or of GraphQL. */
export interface GitHubError extends Error {
  /** 500 without a response where the request or its answer got lost on the way. */
  status?: number;
  response?: { headers?: Record<string, string | number | undefined> };
  /** GraphQL's. */
  errors?: { type?: string; message: string }[];
}

/**
 * What to throw for an error that no command can do anything about: a token that GitHub does not take, a limit that is
 * reached, a GitHub in trouble, a connection that broke. Every other error is answered as it is.
 */
export function problemOf(error: GitHubError): Error {
  const sentence = isLimit(error) ? limitReached(error) : outage(error);
  return sentence === undefined ? error : new UserError(sentence, { cause: error });
}

function outage({ status, message, response }: GitHubError): string | undefined {
  if (status === 401)
    return "GitHub refuses the token (401): it is mistyped, revoked or expired. Set GITHUB_TOKEN to one that is valid.";
  if (status === undefined || status < 500) return undefined;
  if (!response) return `The connection to GitHub broke (${inOneLine(message)}). Run it again.`;
  return `GitHub is in trouble and answered ${status} (${inOneLine(message)}). Run it again later.`;
}

/**
 * The primary limit has nothing remaining, the secondary one is told in the message
 * (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
function isLimit({ status, message, response }: GitHubError): boolean {
  if (status === 429 || /\brate limit\b/i.test(message)) return true;
  return status === 403 && remaining(response) === "0";
}

function limitReached({ response }: GitHubError): string {
  const reset = Number(response?.headers?.["x-ratelimit-reset"]);
  const isPrimary = remaining(response) === "0" && Number.isFinite(reset);
  const when = isPrimary
    ? `after ${new Date(reset * 1000).toISOString().slice(11, 16)} UTC`
    : "in a few minutes";
  return `GitHub answers no more requests of this token for now: a rate limit is reached. Run it again ${when}.`;
}

function remaining(response: GitHubError["response"]): string {
  return String(response?.headers?.["x-ratelimit-remaining"]);
}

/** What to tell of a refusal that no command expected: mostly a right that the token lacks; undefined for another error. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !/^(Http|GraphqlResponse)Error$/.test(error.name)) return undefined;
  const { status, message, errors, request } = error as GitHubError & {
    request?: { method?: string; url?: string };
  };
  const what = request?.url ? `${request.method} ${new URL(request.url).pathname}` : "a query";
  const words = inOneLine(errors?.[0]?.message ?? message);
  return `GitHub ${status === undefined ? "refused" : `answered ${status} to`} ${what}: ${words}. Look whether GITHUB_TOKEN has the rights for this command: \`kai doctor\` lists them.`;
}

/** GitHub's words without the address that Octokit appends; a proxy's error page only by its first line. */
export function inOneLine(message: string): string {
  const words = message.replace(/ - https:\/\/docs\.github\.com\S*$/, "").trim();
  const [first = ""] = words.split(/[\r\n]/);
  return `"${first.slice(0, 200)}"`;
}
