/** Who asks: tokens of the simulated GitHub. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { type GitHubStore, now, type TokenDocument } from "../store.ts";
import { ACTIONS_APP } from "../work.ts";

/** The rights of the token that a job gets, where its workflow asks for all of them. */
export const JOB_GRANT: TokenDocument = {
  login: "github-actions[bot]",
  app: ACTIONS_APP,
  expires_at: null,
  permissions: {
    actions: "write",
    checks: "write",
    contents: "write",
    deployments: "write",
    issues: "write",
    metadata: "read",
    pull_requests: "write",
    statuses: "write",
  },
};

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

/**
 * A classic token for everybody, and one as jobs get it, so that each can be tried; the same in every run of a world.
 * @param secret from which they follow
 * @returns login → token
 */
export function tokensForAll(world: GitHubStore, secret: string): Record<string, string> {
  const tokens: Record<string, string> = {};
  const people = Object.values(world.store.data.accounts).filter(({ type }) => type === "User");
  const grants = people.map(({ login }) => ({
    login,
    scopes: ["repo", "workflow"],
    permissions: {},
    expires_at: null,
  }));
  for (const grant of [...grants, JOB_GRANT]) {
    const letters = createHmac("sha256", secret).update(grant.login).digest("hex").slice(0, 36);
    const token = `${"app" in grant ? "ghs_" : "ghp_"}${letters}`;
    tokens[grant.login] = token;
    // What somebody changed of its rights stays.
    if (!world.store.data.tokens[fingerprint(token)]) issueToken(world, grant, token);
  }
  return tokens;
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

/** What a classic token has and what the request accepts (docs.github.com/apps/oauth-apps); what another one needs; its end. */
export function rightsHeaders(
  grant: TokenDocument | undefined,
  needs: { permission: string; level: string } | undefined,
): Record<string, string> {
  if (!grant) return {};
  const { scopes, expires_at } = grant;
  return {
    // docs.github.com, token-expiration-and-revocation: `2026-08-31 14:00:00 UTC`.
    ...(expires_at !== null && {
      "GitHub-Authentication-Token-Expiration": expires_at.replace("T", " ").replace("Z", " UTC"),
    }),
    ...(scopes && { "X-OAuth-Scopes": scopes.join(", "), "X-Accepted-OAuth-Scopes": needs ? "repo" : "" }),
    ...(!scopes && needs && { "X-Accepted-GitHub-Permissions": `${needs.permission}=${needs.level}` }),
  };
}
