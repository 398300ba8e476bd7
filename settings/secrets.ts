/** One secret that a person sets with `pulumi config set --secret`. */
export interface ConfigurationSecret {
  /** Key below `kai:`. */
  key: string;
  /** What it is and where to get it. */
  description: string;
  /** The cloud that needs it; `optional` when it may be left out. */
  neededBy: "digitalocean" | "vercel" | "database" | "optional";
  /** Whether only the workflow reads it, so that nobody needs it while `kai:clouds.github` is false. */
  isForWorkflow?: true;
}

/** Every secret of the configuration. Values are never part of the settings, only whether they are set. */
export const CONFIGURATION_SECRETS = [
  {
    key: "vercelToken",
    description: "API token of Vercel that the workflow deploys with",
    neededBy: "vercel",
    isForWorkflow: true,
  },
  {
    key: "digitaloceanAccessToken",
    description: "Access token of DigitalOcean that the workflow reads",
    neededBy: "digitalocean",
    isForWorkflow: true,
  },
  {
    key: "dockerPassword",
    description: "Password or token of the container registry",
    neededBy: "digitalocean",
  },
  { key: "mongodbUri", description: "Connection string of MongoDB", neededBy: "digitalocean" },
  { key: "supabaseUrl", description: "URL of the environment's Supabase project", neededBy: "database" },
  {
    key: "supabaseKey",
    description: "Service role key of the environment's Supabase project",
    neededBy: "database",
  },
  {
    key: "databaseUrl",
    description: "PostgreSQL connection string of the environment's database, for migrations",
    neededBy: "database",
    isForWorkflow: true,
  },
  { key: "slackWebhook", description: "Incoming webhook of Slack for notifications", neededBy: "optional" },
  {
    key: "jwtSecret",
    description: "Key that signs JSON web tokens; generated when absent",
    neededBy: "optional",
  },
  {
    key: "pulumiAccessToken",
    description: "Access token of Pulumi Cloud, for the workflows that run this program",
    neededBy: "optional",
  },
  {
    key: "pulumiPassphrase",
    description: "Passphrase of the stack's secrets when its state is in a bucket, for the same workflows",
    neededBy: "optional",
  },
  {
    key: "githubToken",
    description: "GitHub token with administration rights on the repository, for the same workflows",
    neededBy: "optional",
  },
] as const satisfies readonly ConfigurationSecret[];

/** Keys of the configuration's secrets. */
export type SecretKey = (typeof CONFIGURATION_SECRETS)[number]["key"];
