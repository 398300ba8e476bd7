/** All simulated clouds of one world: their stores, and the provider servers that show them to the engine. */
import { join } from "node:path";
import { awsCloud } from "./aws/provider.ts";
import { openAws } from "./aws/store.ts";
import type { Credentials } from "./credentials.ts";
import type { Faults } from "./faults.ts";
import { githubCloud } from "./github/provider.ts";
import { openGitHub } from "./github/store.ts";
import type { Cloud } from "./provider/declaration.ts";
import { serveProvider } from "./provider/server.ts";
import { vercelCloud } from "./vercel/provider.ts";
import { openVercel } from "./vercel/store.ts";

export interface Clouds {
  github: ReturnType<typeof openGitHub>;
  aws: ReturnType<typeof openAws>;
  vercel: ReturnType<typeof openVercel>;
}

/** Opens what the clouds remember. */
export function openClouds(directory: string, credentials: Credentials): Clouds {
  const files = (name: string) =>
    [join(directory, `clouds/${name}.json`), join(directory, `vaults/${name}.json`)] as const;
  return {
    github: openGitHub(...files("github")),
    aws: openAws(...files("aws")),
    vercel: openVercel(...files("vercel"), credentials.vercelToken),
  };
}

/** Serves every cloud; the answer is the value of PULUMI_DEBUG_PROVIDERS and what stops the servers. */
export async function serveClouds(
  clouds: Clouds,
  faults: Faults,
): Promise<{ attach: string; stop: () => void }> {
  const all = [
    githubCloud(clouds.github),
    awsCloud(clouds.aws),
    vercelCloud(clouds.vercel),
  ] as Cloud<unknown>[];
  const servers = await Promise.all(
    all.map(async (cloud) => ({ name: cloud.name, ...(await serveProvider(cloud, faults)) })),
  );
  return {
    attach: servers.map(({ name, port }) => `${name}:${port}`).join(","),
    stop: () => servers.forEach((server) => server.stop()),
  };
}
