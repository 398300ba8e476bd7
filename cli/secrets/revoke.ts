/** Where a person revokes what a person brought: the clouds' own pages. */
import type { SecretKey } from "../../settings.ts";

export const REVOKE: Record<SecretKey, string> = {
  vercelToken: "Delete the old token: vercel.com/account/tokens",
  digitaloceanAccessToken: "Delete the old token: cloud.digitalocean.com/account/api/tokens",
  dockerPassword: "Delete the old token at the registry (ghcr.io: github.com/settings/tokens)",
  mongodbUri: "Delete the old database user, or change its password, in MongoDB",
  supabaseUrl: "Nothing to revoke: the URL is no secret by itself",
  supabaseKey: "Revoke the old key: Supabase, Project Settings → API Keys",
  databaseUrl:
    "Change the old user's password in the database; DATABASE_URL_… of your own shell has the old one too",
  slackWebhook: "Remove the old webhook: api.slack.com/apps, Incoming Webhooks",
  jwtSecret: "Nothing to revoke: tokens signed with the old key are refused from now on",
  pulumiAccessToken: "Delete the old token: app.pulumi.com/account/tokens",
  pulumiPassphrase:
    "Workflows read the new passphrase now; the stack's own is changed by `pulumi stack change-secrets-provider passphrase`",
  githubToken: "Delete the old token: github.com/settings/tokens",
};
