/** All simulated clouds of one world: their stores, and the provider servers that show them to the engine. */
import { join } from "node:path";
import { awsCloud } from "./aws/provider.ts";
import { openAws } from "./aws/store.ts";
import type { Credentials } from "./credentials.ts";
import { digitaloceanCloud } from "./digitalocean/provider.ts";
import { openDigitalOcean } from "./digitalocean/store.ts";
import type { Faults } from "./faults.ts";
import { githubCloud } from "./github/provider.ts";
import { openGitHub } from "./github/store.ts";
import { kubernetesCloud } from "./kubernetes/provider.ts";
import { controlPlanes, openKubernetes } from "./kubernetes/store.ts";
import type { Providers } from "./plugin.ts";
import type { Cloud } from "./provider/declaration.ts";
import { serveProvider } from "./provider/server.ts";
import { vercelCloud } from "./vercel/provider.ts";
import { openVercel } from "./vercel/store.ts";

/** What the clouds of a world remember. */
export interface Clouds {
  github: ReturnType<typeof openGitHub>;
  digitalocean: ReturnType<typeof openDigitalOcean>;
  kubernetes: ReturnType<typeof openKubernetes>;
  aws: ReturnType<typeof openAws>;
  vercel: ReturnType<typeof openVercel>;
}

/** Opens the clouds' memory below a world's folder; secret values are in files of their own. */
export function openClouds(directory: string, credentials: Credentials): Clouds {
  const files = (cloud: string) =>
    [join(directory, `clouds/${cloud}.json`), join(directory, `vaults/${cloud}.json`)] as const;
  return {
    github: openGitHub(...files("github")),
    digitalocean: openDigitalOcean(...files("digitalocean"), credentials.digitaloceanToken),
    kubernetes: openKubernetes(...files("kubernetes"), credentials.digitaloceanToken),
    aws: openAws(...files("aws")),
    vercel: openVercel(...files("vercel"), credentials.vercelToken),
  };
}

/**
 * Serves every cloud; the answer is the value of PULUMI_DEBUG_PROVIDERS and what stops the servers.
 * @param providers GitHub is not among them where its real plugin is used
 */
export async function serveClouds(
  clouds: Clouds,
  faults: Faults,
  providers: Providers,
): Promise<{ attach: string; stop: () => void }> {
  const served = await Promise.all([
    ...(providers === "real" ? [] : [serve(githubCloud(clouds.github), faults)]),
    serve(digitaloceanCloud(clouds.digitalocean, controlPlanes(clouds.kubernetes)), faults),
    serve(kubernetesCloud(clouds.kubernetes), faults),
    serve(awsCloud(clouds.aws), faults),
    serve(vercelCloud(clouds.vercel), faults),
  ]);
  return {
    attach: served.map(({ name, port }) => `${name}:${port}`).join(","),
    stop() {
      for (const { stop } of served) stop();
    },
  };
}

async function serve<A>(cloud: Cloud<A>, faults: Faults) {
  return { name: cloud.name, ...(await serveProvider(cloud, faults)) };
}
