/** Whose token it is, of which kind, and what it says about itself. */
import type { Octokit } from "@octokit/rest";
import type { GitHubError } from "./problems.ts";

/** Whether a text can be a token of any cloud. What cannot be sent in a header would be shown in the error about it. */
export function isTokenText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** What is said of a variable with another text, after its name. */
export const NO_TOKEN =
  "has characters that no token has, such as a line break, a space or “quotation marks”. Set it again.";

export interface TokenFacts {
  /**
   * `classic`: has scopes, and reaches all that its user reaches. `fine-grained`: has permissions, for chosen
   * repositories. `app`: of an installation, as a job gets it; it is nobody's.
   */
  kind: "classic" | "fine-grained" | "app";
  /** Whose it is; undefined for an app's. */
  login: string | undefined;
  /** Of a classic token; GitHub never tells the permissions of the others. */
  scopes: string[] | undefined;
  /** When it expires, in ISO 8601; undefined where GitHub does not say, which for a classic token can mean never. */
  expires: string | undefined;
}

/** Asks GitHub about the client's token. @throws UserError where it is refused, or GitHub does not answer */
export async function readToken(github: Octokit): Promise<TokenFacts> {
  try {
    const { data, headers } = await github.users.getAuthenticated();
    return { login: data.login, ...told(headers) };
  } catch (error) {
    const { status, message, response } = error as GitHubError;
    // "Resource not accessible by integration": the token of an installation is no user's.
    if (status === 403 && /by integration/.test(message)) {
      return { login: undefined, ...told(response?.headers ?? {}), kind: "app", scopes: undefined };
    }
    throw error;
  }
}

type Headers = NonNullable<NonNullable<GitHubError["response"]>["headers"]>;

function told(headers: Headers): Omit<TokenFacts, "login"> {
  const scopes = headers["x-oauth-scopes"];
  const expires = headers["github-authentication-token-expiration"];
  return {
    kind: scopes === undefined ? "fine-grained" : "classic",
    scopes: scopes === undefined ? undefined : String(scopes).split(/,\s*/).filter(Boolean),
    expires: expires === undefined ? undefined : isoTime(String(expires)),
  };
}

/** `2026-08-31 14:00:00 UTC` or `2026-08-31 14:00:00 +0200` (docs.github.com, token-expiration-and-revocation). */
function isoTime(text: string): string | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** What a plan can be asked of. */
export interface Owner {
  login: string;
  type: "User" | "Organization";
}

/**
 * The plan of a repository's owner (`free`, `pro`, `team`, `enterprise`), which GitHub shows to that user and to owners of
 * that organization alone; undefined for everybody else.
 */
export async function readPlan(github: Octokit, owner: Owner): Promise<string | undefined> {
  try {
    const data = await accountOf(github, owner);
    const isIt = data.login.toLowerCase() === owner.login.toLowerCase();
    return isIt && "plan" in data ? data.plan?.name : undefined;
  } catch (error) {
    const { status } = error as GitHubError;
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

async function accountOf(github: Octokit, { login, type }: Owner) {
  if (type === "Organization") return (await github.orgs.get({ org: login })).data;
  return (await github.users.getAuthenticated()).data;
}
