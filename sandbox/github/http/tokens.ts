/** Who asks: tokens of the simulated GitHub. */
import { createHash, randomBytes } from "node:crypto";
import { type GitHubStore, now, type TokenDocument } from "../store.ts";

function fingerprint(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/**
 * Makes a token and answers it; the documents keep its fingerprint alone.
 * @param token the text, where it is known already
 */
export function issueToken(world: GitHubStore, grant: TokenDocument, token?: string): string {
  const letters = randomBytes(18).toString("hex");
  // github.blog/2021-04-05-behind-githubs-new-authentication-token-formats: the prefix tells the kind.
  const text = token ?? `${grant.app ? "ghs_" : grant.scopes ? "ghp_" : "github_pat_"}${letters}`;
  world.store.data.tokens[fingerprint(text)] = grant;
  world.store.save();
  return text;
}

/** What an Authorization header stands for. */
export type Identity = { token: string; grant: TokenDocument } | "anonymous" | "unknown";

/**
 * @param header `Bearer TOKEN`, `token TOKEN`, or Basic with the token as password
 * @param own the world's token, whose rights are the document `token`
 */
export function identify(world: GitHubStore, header: string | undefined, own: string): Identity {
  if (!header) return "anonymous";
  const [scheme = "", value = ""] = header.split(/\s+/, 2);
  const token = /^basic$/i.test(scheme)
    ? Buffer.from(value, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "")
    : value;
  const { data } = world.store;
  const grant = token === own ? data.token : data.tokens[fingerprint(token)];
  if (!grant || (grant.expires_at !== null && grant.expires_at < now())) return "unknown";
  return { token, grant };
}

/** docs.github.com/apps/oauth-apps: what a classic token has, what the request accepts; or what a fine-grained one needs. */
export function rightsHeaders(
  grant: TokenDocument | undefined,
  needs: { permission: string; level: string } | undefined,
): Record<string, string> {
  if (!grant) return {};
  if (grant.scopes) {
    return { "X-OAuth-Scopes": grant.scopes.join(", "), "X-Accepted-OAuth-Scopes": needs ? "repo" : "" };
  }
  return needs ? { "X-Accepted-GitHub-Permissions": `${needs.permission}=${needs.level}` } : {};
}
