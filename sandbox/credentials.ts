/** What a team would have to obtain before its first `up`: made up for the sandbox, one set a world. */
import { randomBytes } from "node:crypto";
import type { SecretKey } from "../settings.ts";
import { Store } from "./store.ts";

export interface Credentials {
  /** Passphrase of the stacks' secrets. */
  passphrase: string;
  githubToken: string;
  digitaloceanToken: string;
  awsAccessKeyId: string;
  awsSecretAccessKey: string;
  vercelToken: string;
  /** Stack → configuration secret → value. */
  configuration: Record<string, Record<SecretKey, string>>;
}

function letters(length: number): string {
  return randomBytes(length).toString("hex").slice(0, length);
}

function configurationSecrets(stack: string): Record<SecretKey, string> {
  return {
    vercelToken: letters(24),
    digitaloceanAccessToken: `dop_v1_${letters(64)}`,
    dockerPassword: letters(32),
    mongodbUri: `mongodb+srv://kai:${letters(16)}@${stack}.mongodb.example/kai`,
    supabaseUrl: `https://${letters(20)}.supabase.example`,
    supabaseKey: `sb_secret_${letters(32)}`,
    databaseUrl: `postgresql://postgres:${letters(16)}@db.${stack}.supabase.example:5432/postgres`,
    slackWebhook: `https://hooks.slack.example/services/T00000000/B00000000/${letters(24)}`,
    jwtSecret: letters(48),
    pulumiAccessToken: `pul-${letters(40)}`,
    pulumiPassphrase: letters(32),
    githubToken: `ghp_${letters(36)}`,
  };
}

/** Reads the world's credentials; makes them up the first time. They are kept among the vaults. */
export function openCredentials(file: string, stacks: readonly string[]): Credentials {
  const store = new Store<Credentials>(file, () => ({
    passphrase: letters(32),
    githubToken: `ghp_${letters(36)}`,
    digitaloceanToken: `dop_v1_${letters(64)}`,
    awsAccessKeyId: `AKIA${letters(16).toUpperCase()}`,
    awsSecretAccessKey: letters(40),
    vercelToken: letters(24),
    configuration: {},
  }));
  for (const stack of stacks) store.data.configuration[stack] ??= configurationSecrets(stack);
  store.save();
  return store.data;
}
