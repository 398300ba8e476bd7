import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { readSecrets } from "../../pipeline/workflows/reads.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import { pulumi } from "../../sandbox/world.ts";
import { CONFIGURATION_SECRETS, parseSettings, type SecretKey } from "../../settings.ts";
import { readStacks } from "../../settings-files.ts";
import { filesBelow, leaks, watchCommandLines } from "../support/clear-text.ts";
import { reconciledWorld, type TestWorld } from "../support/world.ts";

type Stack = "production" | "staging";

/** The specification's 24 names, and where the value of each must come from. */
const SOURCES: Record<string, (world: TestWorld, stack: Stack) => unknown> = {
  VERCEL_TOKEN: configured("vercelToken"),
  VERCEL_ORG_ID: ({ clouds }) => only(Object.values(clouds.vercel.store.data.teams)).id,
  VERCEL_PROJECT_ID_CLIENT: (world, stack) => vercelProject(world, `kai-${stack}-client`),
  VERCEL_PROJECT_ID_ADMIN: (world, stack) => vercelProject(world, `kai-${stack}-admin`),
  DIGITALOCEAN_ACCESS_TOKEN: configured("digitaloceanAccessToken"),
  KUBE_CONFIG_DATA: kubeconfig,
  DOCKER_USERNAME: () => "basilakis",
  DOCKER_PASSWORD: (world) => configured("dockerPassword")(world, "production"),
  DOCKER_REGISTRY: () => "ghcr.io",
  AWS_ACCESS_KEY_ID: (world, stack) => accessKey(world, stack),
  AWS_SECRET_ACCESS_KEY: (world, stack) =>
    world.clouds.aws.vault.data.secretAccessKeys[accessKey(world, stack)],
  AWS_REGION: () => "us-east-1",
  CLIENT_BUCKET_NAME: (world, stack) => bucket(world, stack, "client"),
  ADMIN_BUCKET_NAME: (world, stack) => bucket(world, stack, "admin"),
  CLOUDFRONT_DISTRIBUTION_ID_CLIENT: (world, stack) => distribution(world, bucket(world, stack, "client")),
  CLOUDFRONT_DISTRIBUTION_ID_ADMIN: (world, stack) => distribution(world, bucket(world, stack, "admin")),
  MONGODB_URI: configured("mongodbUri"),
  SUPABASE_URL: configured("supabaseUrl"),
  SUPABASE_KEY: configured("supabaseKey"),
  SUPABASE_URL_STAGING: (world) => configured("supabaseUrl")(world, "staging"),
  SUPABASE_KEY_STAGING: (world) => configured("supabaseKey")(world, "staging"),
  SUPABASE_URL_PRODUCTION: (world) => configured("supabaseUrl")(world, "production"),
  SUPABASE_KEY_PRODUCTION: (world) => configured("supabaseKey")(world, "production"),
  JWT_SECRET: configured("jwtSecret"),
};

describe("the specification's secrets", () => {
  it("are 24, reach their readers with their source's value, and stand nowhere in clear text", async (t) => {
    const world = await reconciledWorld(t);
    const texts: [string, string][] = [];
    const secrets = secretValues(world, "at first");

    await t.test("each of the 24 is where every job that reads it sees it", () => holdsSources(world));
    await t.test("new values of the sources reach them in the next up", async () => {
      const stopWatching = watchCommandLines();
      await rotate(world);
      texts.push(await printed(world, "up", "--yes", "--skip-preview", "--diff", "--stack", "production"));
      await holdsSources(world);
      const lines = await stopWatching();
      for (const program of [/config set --secret/, /pulumi up/, /pulumi-language-nodejs/])
        assert.ok(
          [...lines].some((line) => program.test(line)),
          `the watch saw no ${program}`,
        );
      texts.push(["process arguments", [...lines].join("\n")]);
    });
    await t.test("a key that is not configured is generated, and stays the same", async () => {
      const read = () => world.clouds.github.vault.data["Basilakis/kai/staging/JWT_SECRET"];
      await world.succeed("pulumi", "config", "rm", "kai:jwtSecret", "--stack", "staging");
      texts.push(await printed(world, "up", "--yes", "--skip-preview", "--stack", "staging"));
      const generated = read();
      assert.match(generated ?? "", /^\S{32,}$/);
      assert.notEqual(generated, configured("jwtSecret")(world, "staging"));
      await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", "staging");
      assert.equal(read(), generated);
    });
    await t.test("no value is in clear text in what the engine and kai print", async () => {
      const commands = ["stack export", "stack output --json", "stack history --json", "config --json"];
      for (const command of [...commands, "preview --refresh --diff"])
        texts.push(await printed(world, ...command.split(" "), "--stack", "production"));
      texts.push(await printed(world, "stack", "export", "--stack", "staging"));
      texts.push(["kai drift", (await world.run("kai", "drift", "--stack", "production")).output]);
      Object.assign(secrets, secretValues(world, "at the end"));
      assert.deepEqual(leaks(secrets, buffers(texts)), []);
    });
    await t.test("nor in any file of the world outside the vaults", () => {
      assert.deepEqual(leaks(secrets, filesBelow(world.directory, "vaults")), []);
    });
    await t.test("and the search would have found them", () => {
      const found = leaks(secrets, filesBelow(world.directory, "state")).map((leak) => leak.split(" in ")[0]);
      const present = Object.keys(secretValues(world, "at the end"));
      assert.deepEqual(
        present.filter((name) => !found.includes(name)),
        [],
      );
    });
  });
});

/** Compares every read of every workflow with the value that the reading job's environment holds. */
async function holdsSources(world: TestWorld): Promise<void> {
  const compared = new Set<string>();
  const vault = world.clouds.github.vault.data;
  for (const { secret, environment } of await reads()) {
    const source = SOURCES[secret];
    if (!source) continue;
    const stack = environment?.startsWith("staging") ? "staging" : "production";
    const own = environment === undefined ? undefined : vault[`Basilakis/kai/${environment}/${secret}`];
    const seen = own ?? vault[`Basilakis/kai/${secret}`];
    assert.equal(seen, source(world, stack), `${secret} in ${environment ?? "the repository"}`);
    compared.add(secret);
  }
  assert.deepEqual([...compared].sort(), Object.keys(SOURCES).sort());
  assert.equal(compared.size, 24);
}

/** What the jobs of the project's three workflows read, each with its environment. */
async function reads() {
  const isSet = Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true]));
  const files = await readStacks(new URL("../..", import.meta.url).pathname);
  const settings = files.map(({ stack, config }) => parseSettings(stack, { ...config, ...isSet }));
  return Object.values(workflowsOf(settings)).flatMap(readSecrets);
}

/** New values for everything that a person configures in production. */
async function rotate(world: TestWorld): Promise<void> {
  const { credentials, directory } = world;
  const values = credentials.configuration.production as Record<SecretKey, string>;
  for (const key of Object.keys(values) as SecretKey[]) {
    // The signs that JSON, addresses and shells write otherwise.
    if (key === "dockerPassword") values[key] = `"&<>\\'$ ${letters()}`;
    else values[key] = values[key].replace(/[0-9a-f]{16,}/g, letters);
    await pulumi(world, ["config", "set", "--secret", `kai:${key}`, "--stack", "production"], values[key]);
  }
  writeFileSync(join(directory, "vaults/credentials.json"), JSON.stringify(credentials));
}

function letters(): string {
  return randomBytes(16).toString("hex");
}

async function printed(world: TestWorld, ...args: string[]): Promise<[string, string]> {
  const { code, output } = await world.run("pulumi", ...args);
  assert.equal(code, 0, output);
  return [`pulumi ${args.join(" ")}`, output];
}

function buffers(texts: [string, string][]): [string, Buffer][] {
  return texts.map(([name, text]) => [name, Buffer.from(text)]);
}

/**
 * Everything that must not be seen, by a name that tells where it comes from. No secrets by nature, although GitHub
 * keeps them as such: ids, names, the registry's host and user; and the certificates of the clusters.
 */
function secretValues({ clouds, credentials }: TestWorld, when: string): Record<string, string> {
  const { configuration, awsAccessKeyId: _, ...tokens } = credentials;
  const found: Record<string, string> = { ...tokens, ...clouds.aws.vault.data.secretAccessKeys };
  for (const [stack, values] of Object.entries(configuration)) {
    for (const [key, value] of Object.entries(values)) {
      found[`${stack} ${key}`] = value;
      const password = URL.canParse(value) && new URL(value).password;
      if (password) found[`password of ${stack} ${key}`] = password;
    }
  }
  for (const [path, value] of Object.entries(clouds.github.vault.data))
    if (/KUBE_CONFIG_DATA|JWT_SECRET/.test(path)) found[path] = value;
  for (const [cluster, { token }] of Object.entries(clouds.digitalocean.vault.data.credentials))
    found[`administrator of ${cluster}`] = token;
  for (const secrets of Object.values(clouds.kubernetes.vault.data.secrets)) {
    for (const [name, data] of Object.entries(secrets)) {
      for (const [key, value] of Object.entries(data)) {
        if (key === "ca.crt" || key === "namespace") continue;
        found[`${name} ${key}`] = Buffer.from(value, "base64").toString();
      }
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [`${name} ${when}`, value]));
}

function configured(key: SecretKey) {
  return ({ credentials }: TestWorld, stack: Stack): string | undefined =>
    credentials.configuration[stack]?.[key];
}

function only<T>(found: T[]): T {
  assert.equal(found.length, 1);
  return found[0] as T;
}

function vercelProject({ clouds }: TestWorld, name: string): string {
  return only(Object.values(clouds.vercel.store.data.projects).filter((one) => one.name === name)).id;
}

function bucket({ clouds }: TestWorld, stack: Stack, site: string): string {
  const names = Object.keys(clouds.aws.store.data.buckets);
  return only(names.filter((name) => name.includes(stack) && name.includes(site)));
}

function distribution({ clouds }: TestWorld, origin: string): string {
  const all = Object.values(clouds.aws.store.data.distributions);
  return only(
    all.filter(({ DistributionConfig: { Origins } }) =>
      Origins.Items?.some(({ DomainName }) => DomainName.startsWith(`${origin}.`)),
    ),
  ).Id;
}

function accessKey({ clouds }: TestWorld, stack: Stack): string {
  const keys = Object.values(clouds.aws.store.data.accessKeys);
  return only(keys.filter(({ UserName }) => UserName.includes(stack))).AccessKeyId;
}

/** The kubeconfig that leads to the stack's cluster as its deployer: written here from the cluster's own documents. */
function kubeconfig({ clouds }: TestWorld, stack: Stack): string | undefined {
  const held = clouds.github.vault.data[`Basilakis/kai/${stack}/KUBE_CONFIG_DATA`];
  const cluster = only(
    Object.values(clouds.digitalocean.main.data.clusters).filter(({ name }) => name === `kai-${stack}`),
  );
  const namespace = stack === "production" ? "kai" : "kai-staging";
  const all = Object.entries(clouds.kubernetes.vault.data.secrets[cluster.endpoint] ?? {});
  const [, token] = only(all.filter(([name]) => name.startsWith(`${namespace}/deployer-token-`)));
  const config = parse(Buffer.from(held ?? "", "base64").toString());
  assert.equal(config.clusters[0].cluster.server, cluster.endpoint);
  assert.equal(config.users[0].user.token, Buffer.from(token?.token ?? "", "base64").toString());
  assert.equal(config.contexts[0].context.namespace, namespace);
  return held;
}
