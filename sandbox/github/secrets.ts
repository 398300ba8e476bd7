/** Secrets of GitHub Actions in the simulated GitHub (docs.github.com/rest/actions/secrets). */
import type { SecretFacts } from "../../github/documents.ts";
import { type GitHub, refuse } from "./client.ts";
import { now, type Permission, type RepositoryRecord, type SecretApp } from "./store.ts";

/** Most secrets of a repository, and of an environment (docs.github.com/actions/reference/security/secrets). */
export const MOST_SECRETS = 100;
/** Most bytes of a value (same page: 48 KB). */
export const MOST_BYTES = 48 * 1024;

/** Where a secret lies: in a repository, or in one of its environments. */
export interface SecretPlace {
  repository: string;
  environment?: string;
  /** Who reads it; default: GitHub Actions. */
  app?: SecretApp;
}

interface Opened {
  record: RepositoryRecord;
  secrets: SecretFacts[];
  /** Path in the vault, with a slash at the end. */
  path: string;
  request: string;
}

function open(github: GitHub, method: string, place: SecretPlace, name: string): Opened {
  const { repository, environment, app } = place;
  const below = environment ? `environments/${environment}` : (app ?? "actions");
  const request = `${method} ${github.path(repository)}/${below}/secrets/${name}`;
  const record = github.repository(repository, request);
  if (method !== "GET") github.writable(repository, request, permissionOf(place));
  const top = `${record.repository.full_name}/`;
  if (app) {
    record.app_secrets[app] ??= [];
    // No environment's name begins with this sign.
    return { record, secrets: record.app_secrets[app], path: `${top}@${app}/`, request };
  }
  if (!environment) return { record, secrets: record.secrets, path: top, request };
  const found = record.environments.find((one) => one.name.toLowerCase() === environment.toLowerCase());
  if (!found) refuse(request, 404, "Not Found");
  return { record, secrets: found.secrets, path: `${top}${found.name}/`, request };
}

/** The right that a token needs for the secrets of a place. */
export function permissionOf({ environment, app }: Omit<SecretPlace, "repository">): Permission {
  if (environment !== undefined) return "environments";
  return app ? `${app}_secrets` : "secrets";
}

/** `GET …/secrets` */
export function listSecrets(github: GitHub, place: SecretPlace): SecretFacts[] {
  return open(github, "GET", place, "").secrets;
}

/** `GET …/secrets/{name}`: without the value, which nobody gets again. */
export function getSecret(github: GitHub, place: SecretPlace, name: string): SecretFacts {
  const { secrets, request } = open(github, "GET", place, name);
  return secrets.find((secret) => secret.name === name.toUpperCase()) ?? refuse(request, 404, "Not Found");
}

/** `PUT …/secrets/{name}`: creates or overwrites. @param value what the sealed box held */
export function putSecret(github: GitHub, place: SecretPlace, name: string, value: string): SecretFacts {
  const { record, secrets, path, request } = open(github, "PUT", place, name);
  // Names: letters, digits, underscore, no digit first, not GITHUB_ (docs.github.com/actions/reference/security/secrets).
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^GITHUB_/i.test(name)) {
    refuse(request, 422, "Secret name is invalid");
  }
  if (Buffer.byteLength(value) > MOST_BYTES) refuse(request, 422, "Secret value is too large");
  const upper = name.toUpperCase();
  let secret = secrets.find((one) => one.name === upper);
  if (!secret) {
    if (secrets.length >= MOST_SECRETS) refuse(request, 422, `Secrets are limited to ${MOST_SECRETS}`);
    secret = { name: upper, created_at: now(), updated_at: now() };
    secrets.push(secret);
  }
  secret.updated_at = now();
  github.vault[path + upper] = value;
  github.saveVault();
  github.changed(record);
  return secret;
}

/** `DELETE …/secrets/{name}` */
export function deleteSecret(github: GitHub, place: SecretPlace, name: string): void {
  const { record, secrets, path, request } = open(github, "DELETE", place, name);
  const index = secrets.findIndex((secret) => secret.name === name.toUpperCase());
  if (index < 0) refuse(request, 404, "Not Found");
  secrets.splice(index, 1);
  delete github.vault[path + name.toUpperCase()];
  github.saveVault();
  github.changed(record);
}

/** Forgets the values below a path of the vault. */
export function removeValues(github: GitHub, path: string): void {
  for (const key of Object.keys(github.vault)) {
    if (key.startsWith(path)) delete github.vault[key];
  }
  github.saveVault();
}
