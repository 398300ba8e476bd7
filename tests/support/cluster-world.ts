/** A world with the simulated DigitalOcean and its clusters, and a program of their components, on the real engine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { engineEnvironment } from "../../engine/environment.ts";
import { findEngine } from "../../engine/find-engine.ts";
import { digitaloceanCloud } from "../../sandbox/digitalocean/provider.ts";
import { type DigitalOceanStore, openDigitalOcean } from "../../sandbox/digitalocean/store.ts";
import { Faults } from "../../sandbox/faults.ts";
import { kubernetesCloud } from "../../sandbox/kubernetes/provider.ts";
import { controlPlanes, type KubernetesStore, openKubernetes } from "../../sandbox/kubernetes/store.ts";
import { serveProvider } from "../../sandbox/provider/server.ts";
import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../../settings.ts";
import { readStackFile } from "../../settings-files.ts";
import { engineOn, type Result, run } from "./github-world.ts";
import { root } from "./world.ts";

export const TOKEN = "dop_v1_plain-text-of-the-administrator";

const STACKS = ["production", "staging"] as const;
export type Stack = (typeof STACKS)[number];

export interface ClusterWorld {
  clouds: { digitalocean: DigitalOceanStore; kubernetes: KubernetesStore };
  settings: Record<Stack, Settings>;
  /** Writes the settings; the program reads them from the next run on. */
  configure(): void;
  /** Runs the engine on a stack, without questions. */
  pulumi(stack: Stack, ...args: string[]): Promise<Result>;
  /** The same; throws what was printed when it fails. Answers the standard output. */
  succeed(stack: Stack, ...args: string[]): Promise<string>;
  /** Everything that was written outside the vaults, as text. */
  written(): string;
}

/** The settings of the project's own stack files, every secret set. */
export async function stackSettings(stack: Stack): Promise<Settings> {
  const { config } = await readStackFile(root, stack);
  const secrets = Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true]));
  return parseSettings(stack, { ...config, ...secrets });
}

/** Starts a world for one test. */
export async function clusterWorld(t: TestContext): Promise<ClusterWorld> {
  const directory = mkdtempSync(join(tmpdir(), "kai-cluster-"));
  for (const folder of ["state", "home"]) mkdirSync(join(directory, folder));
  const path = (name: string) => join(directory, name);
  const digitalocean = openDigitalOcean(path("account.json"), path("account-vault.json"), TOKEN);
  const kubernetes = openKubernetes(path("clusters.json"), path("clusters-vault.json"), TOKEN);
  const faults = new Faults(path("faults.json"));
  const servers = [
    await serveProvider(digitaloceanCloud(digitalocean, controlPlanes(kubernetes)), faults),
    await serveProvider(kubernetesCloud(kubernetes), faults),
  ];
  t.after(() => {
    for (const server of servers) server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const program = join(root, "tests/support/cluster-program");
  const env = {
    ...engineEnvironment(await findEngine({ root }), process.env, root),
    PULUMI_HOME: path("home"),
    PULUMI_BACKEND_URL: `file://${path("state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DEBUG_PROVIDERS: `digitalocean:${servers[0]?.port},kubernetes:${servers[1]?.port}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_OPTION_CONFIG_FILE: path("stack.yaml"),
    DIGITALOCEAN_TOKEN: TOKEN,
    KAI_TEST_SETTINGS: path("settings.json"),
    NO_COLOR: "1",
  };
  const settings = { production: await stackSettings("production"), staging: await stackSettings("staging") };
  const configure = () => writeFileSync(path("settings.json"), JSON.stringify(settings));
  configure();
  const { pulumi, succeed } = engineOn(program, env);
  const written = () =>
    [
      "account.json",
      "clusters.json",
      ...STACKS.map((stack) => `state/.pulumi/stacks/cluster-components/${stack}.json`),
    ]
      .map((name) => readFileSync(path(name), "utf8"))
      .join("\n");
  for (const stack of STACKS) await run(program, env, ["stack", "init", stack, "--no-select"]);
  return { clouds: { digitalocean, kubernetes }, settings, configure, pulumi, succeed, written };
}
