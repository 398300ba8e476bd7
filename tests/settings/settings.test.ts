import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { UserError } from "../../errors.ts";
import { exampleOf } from "../../settings/fields.ts";
import { sections } from "../../settings/schema.ts";
import {
  checkSettings,
  encryptionKnownBy,
  fromEngineConfig,
  parseSettings,
  settingsNotes,
} from "../../settings.ts";
import { changed, kaiConfig, kaiSettings } from "./kai.ts";

describe("Kai's two stacks", () => {
  it("are right, each beside the other", async () => {
    const staging = await kaiConfig("staging");
    const production = await kaiConfig("production");
    assert.deepEqual(checkSettings("staging", staging, { siblings: { production } }).problems, []);
    assert.deepEqual(checkSettings("production", production, { siblings: { staging } }).problems, []);
  });

  it("carry the names that the platform's workflow rolls out", async () => {
    const staging = await kaiSettings("staging");
    assert.equal(staging.namespace.name, "kai-staging");
    assert.deepEqual(
      staging.services.map(({ name, container }) => [name, container]),
      [
        ["kai-api-server-staging", "api-server"],
        ["kai-ml-services-staging", "ml-services"],
      ],
    );
    const production = await kaiSettings("production");
    assert.equal(production.namespace.name, "kai");
    assert.deepEqual(
      production.services.map(({ name }) => name),
      ["kai-api-server", "kai-ml-services"],
    );
    assert.deepEqual(
      production.sites.map(({ name, framework, hosting }) => [name, framework, hosting]),
      [
        ["client", "gatsby", "both"],
        ["admin", "nextjs", "both"],
      ],
    );
  });

  it("say what may surprise: two hosts for one domain, secrets among the variables, nobody who approves", async () => {
    const notes = settingsNotes(
      await kaiSettings("production", {
        "sites.0.domain": "kai.dev",
        "sites.1.variables": { NEXTAUTH_SECRET: "x" },
        "environment.reviewers": [],
      }),
    ).join("\n");
    assert.match(notes, /kai\.dev is set up .* on Vercel; CloudFront/);
    assert.match(notes, /NEXTAUTH_SECRET of admin looks like a secret/);
    assert.match(notes, /Nobody has to approve deployments to production/);
  });

  it("take from the profile what they leave out, and win over it where they say something", async () => {
    const { rules: specified } = await kaiSettings("production");
    assert.deepEqual([specified.requiredReviews, specified.codeOwners], [1, false]);
    const { rules: hardened } = await kaiSettings("production", {
      "rules.profile": "hardened",
      "rules.codeOwners": false,
    });
    assert.deepEqual(
      [hardened.requiredReviews, hardened.codeOwners, hardened.lastPushApproval],
      [2, false, true],
    );
  });
});

describe("problems", () => {
  it("come all at once: of the schema, of several settings together, of secrets", async () => {
    const config = changed(await kaiConfig("production"), {
      "cluster.region": "mars1",
      "cluster.clusterSubnet": "10.20.0.0/16",
      "services.0.replicas.min": 99,
      "services.1.port": 0,
      "sites.0.hosting": "ftp",
      mongodbUri: undefined,
    });
    const { problems } = checkSettings("production", config);
    assert.deepEqual(problems.map(({ key }) => key).sort(), [
      "kai:cluster.clusterSubnet",
      "kai:cluster.region",
      "kai:mongodbUri",
      "kai:services[0].replicas.min",
      "kai:services[1].port",
      "kai:sites[0].hosting",
    ]);
  });

  it("become one error, with the stack, each key and each remedy", async () => {
    const config = changed(await kaiConfig("staging"), { "cluster.region": "mars1", vercelToken: "" });
    assert.throws(
      () => parseSettings("staging", config),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /stack staging has 2 problems/);
        assert.match(error.message, /kai:cluster\.region `mars1` is not a region.*\n.*region: ams3/);
        assert.match(error.message, /pulumi config set --secret kai:vercelToken --stack staging/);
        return true;
      },
    );
  });

  it("of an empty configuration name what must be written", () => {
    const keys = checkSettings("dev", {}).problems.map(({ key }) => key);
    for (const key of [
      "kai:environment",
      "kai:repository",
      "kai:rules",
      "kai:cluster",
      "kai:registry",
      "kai:vercel",
    ]) {
      assert.ok(
        keys.some((found) => found.startsWith(key)),
        key,
      );
    }
  });
});

describe("clouds that are off", () => {
  it("need no settings and no secrets of their own", async () => {
    const config = changed(await kaiConfig("staging"), {
      clouds: { digitalocean: false, vercel: false, aws: false, database: false },
      sites: [],
      services: undefined,
      cluster: undefined,
      namespace: {},
      vercel: undefined,
      vercelToken: "",
      digitaloceanAccessToken: "",
      dockerPassword: "",
      mongodbUri: "",
      supabaseUrl: "",
      supabaseKey: "",
      databaseUrl: "",
    });
    assert.deepEqual(checkSettings("staging", config).problems, []);
  });

  it("without GitHub, secrets that only the workflow reads are not asked for", async () => {
    const config = changed(await kaiConfig("staging"), {
      "clouds.github": false,
      vercelToken: "",
      digitaloceanAccessToken: "",
      databaseUrl: "",
    });
    assert.deepEqual(checkSettings("staging", config).problems, []);
  });

  it("an organization may use classic protection", async () => {
    const settings = await kaiSettings("production", {
      "repository.owner": "kai-platform",
      "repository.ownerType": "organization",
      "rules.kind": "classic",
    });
    assert.equal(settings.rules.kind, "classic");
  });
});

describe("values as people write them", () => {
  it("numbers where Kubernetes and workflows want text are taken as text", async () => {
    const settings = await kaiSettings("production", {
      "services.0.requests.cpu": 1,
      "services.0.env": { WORKERS: 4, DEBUG: false },
      "namespace.quota.cpu": 20,
      "workflow.nodeVersion": 24,
    });
    assert.equal(settings.services[0]?.requests.cpu, "1");
    assert.deepEqual(settings.services[0]?.env, { WORKERS: "4", DEBUG: "false" });
    assert.equal(settings.workflow.nodeVersion, "24");
  });

  it("default commands follow the package manager", async () => {
    const { workflow } = await kaiSettings("production", {
      workflow: { packageManager: "npm", commands: { lint: "make lint" } },
    });
    assert.equal(workflow.commands.install, "npm ci");
    assert.equal(workflow.commands.lint, "make lint");
    assert.equal(workflow.commands.smoke, "npm run test:smoke");
  });

  it("the engine's text is read like the values of the files", async () => {
    const config = await kaiConfig("production");
    const all = Object.entries(config).map(([key, value]) => [
      `kai:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const engine = fromEngineConfig({ ...Object.fromEntries(all), "aws:region": "x" });
    assert.deepEqual(parseSettings("production", engine), parseSettings("production", config));
  });

  it("the engine tells which keys it holds encrypted", () => {
    const isEncrypted = encryptionKnownBy({ PULUMI_CONFIG_SECRET_KEYS: '["kai:vercelToken","aws:token"]' });
    assert.deepEqual(
      ["vercelToken", "token", "mongodbUri"].map((key) => isEncrypted?.(key)),
      [true, false, false],
    );
    assert.equal(encryptionKnownBy({}), undefined);
  });

  it("a truth value that `pulumi config set` wrote as text is one", async () => {
    const config = { ...(await kaiConfig("production")), ownsRepository: "true" };
    assert.equal(parseSettings("production", config).ownsRepository, true);
  });
});

describe("the schema", () => {
  for (const [name, schema] of Object.entries(sections)) {
    it(`has an example for every field of ${name} that passes its own rules`, () => {
      const example = exampleOf(schema) ?? [];
      assert.equal(schema.safeParse(example).success, true, JSON.stringify(example));
    });
  }

  it("answers any configuration with settings or with problems, never with a crash", async () => {
    const right = await kaiConfig("production");
    const names = Object.keys(sections);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        const { settings, problems } = checkSettings("production", { ...right, [name]: value });
        assert.equal(settings === undefined, problems.length > 0);
        for (const problem of problems) {
          assert.match(problem.key, /^kai:/);
          assert.ok(problem.problem.length > 5 && problem.remedy.length > 5, JSON.stringify(problem));
          assert.doesNotMatch(problem.problem, /Invalid|undefined/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("answers any single wrong value inside a right configuration", async () => {
    const right = await kaiConfig("production");
    const paths = leaves(right);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const { settings, problems } = checkSettings("production", changed(right, { [path]: value }));
        assert.equal(settings === undefined, problems.length > 0);
        for (const { problem } of problems) assert.doesNotMatch(problem, /Invalid|undefined/);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Paths of all values inside a configuration, with dots between the steps. */
function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}
