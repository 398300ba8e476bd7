import { parseSettings, type Settings } from "../../settings.ts";
import { changed, kaiConfig } from "../settings/kai.ts";

/** Kai's two stacks with the same values replaced in both. */
export async function stacksWith(changes: Record<string, unknown> = {}): Promise<Settings[]> {
  const names = ["production", "staging"] as const;
  return Promise.all(
    names.map(async (stack) => parseSettings(stack, changed(await kaiConfig(stack), changes))),
  );
}

/** Pipelines of every shape: what a workflow must be right for. */
export const VARIANTS: Record<string, Record<string, unknown>> = {
  "Kai's own": {},
  "Vercel only": { "sites.0.hosting": "vercel", "sites.1.hosting": "vercel", "clouds.aws": false },
  "CloudFront only": {
    "sites.0.hosting": "cloudfront",
    "sites.1.hosting": "cloudfront",
    "clouds.vercel": false,
  },
  "no cluster": { "clouds.digitalocean": false, services: [] },
  "no services": { services: [] },
  "no database": { "clouds.database": false },
  "no sites": { sites: [], "clouds.vercel": false, "clouds.aws": false },
  "OIDC instead of keys": { "aws.credentials": "oidc" },
  "an organization": { "repository.owner": "kai-org", "repository.ownerType": "organization" },
  "npm at the root": { "workflow.packageManager": "npm", "workflow.pipelineDirectory": "." },
  "own commands": {
    "workflow.packageManager": "pnpm",
    "workflow.commands": { test: "make test", smoke: "pnpm --filter './packages/*' smoke" },
  },
  "domains and hosts": {
    "sites.0.domain": "kai.example.com",
    "sites.0.variables": { GATSBY_API_URL: "https://api.example.com", GREETING: "say $" + "{{ secrets.X }}" },
    "services.0.host": "api.example.com",
  },
  "other branches": {
    branches: { production: "release/live", staging: "pre-prod'+1", development: "dev" },
  },
};

/** The stacks of a variant; branches carry over to the environments, as the settings demand. */
export async function variant(name: string): Promise<Settings[]> {
  const changes = VARIANTS[name];
  if (!changes) throw new Error(`There is no variant ${name}.`);
  const branches = changes.branches as { production: string; staging: string } | undefined;
  if (!branches) return stacksWith(changes);
  return Promise.all(
    (["production", "staging"] as const).map(async (stack) =>
      parseSettings(
        stack,
        changed(await kaiConfig(stack), { ...changes, "environment.branch": branches[stack] }),
      ),
    ),
  );
}
