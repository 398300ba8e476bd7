import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { branches, environments, MERGE_SETTINGS, ref } from "../../pipeline/branches.ts";
import {
  BUILD,
  deployJob,
  driftJob,
  IMAGES,
  NOTIFY,
  previewJob,
  REHEARSE,
  upJob,
} from "../../pipeline/jobs.ts";
import * as names from "../../pipeline/names.ts";
import { RESERVED_SERVICES } from "../../settings/known.ts";
import { checkSettings, type Settings } from "../../settings.ts";
import { changed, kaiConfig, kaiSettings } from "../settings/kai.ts";

const letters = (pattern: string, min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[a-z]${pattern}{${min},${max - 1}}$`));

/** Names of every length that the settings accept. */
const anyNames = fc.record({
  owner: fc.oneof(letters("[a-z0-9]", 0, 39), fc.constantFrom("Basilakis", "a-b-c")),
  repository: fc
    .stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,98}[A-Za-z0-9]$/)
    .filter((name) => !name.endsWith(".git")),
  environment: letters("[a-z0-9_-]", 0, 32),
  site: fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,7}){0,3}$/),
});

describe("names", () => {
  it("keep within the limits of every cloud, for any settings that are accepted", async () => {
    const right = await kaiConfig("production");
    fc.assert(
      fc.property(anyNames, ({ owner, repository, environment, site }) => {
        const { settings, problems } = checkSettings(
          "production",
          changed(right, {
            "repository.owner": owner,
            "repository.name": repository,
            "environment.name": environment,
            "sites.0.name": site,
            "sites.1.name": site === "z" ? "y" : "z",
          }),
        );
        assert.deepEqual(problems, []);
        checkLimits(settings as Settings);
      }),
      { numRuns: 500 },
    );
  });

  it("of what the services share are refused for a service", () => {
    for (const name of [names.NAMESPACE_NAMES.config, names.NAMESPACE_NAMES.deployer, "default"]) {
      assert.ok(RESERVED_SERVICES.includes(name), name);
    }
  });

  it("of a repository become tags that DigitalOcean takes and the plugin reads back", async () => {
    const tags = async (repository: string, environment: string) =>
      names.clusterTags(
        await kaiSettings("production", { "repository.name": repository, "environment.name": environment }),
      );
    assert.deepEqual(await tags("kai", "production"), ["kai", "production"]);
    assert.deepEqual(await tags("k8s.apps", "k8s_live"), ["kai:k8s-apps", "kai:k8s_live"]);
    assert.deepEqual(await tags("live", "live"), ["live"]);
  });

  it("of two environments and of two sites are different, however long they are", async () => {
    const one = await kaiSettings("production", { "repository.name": "r".repeat(100) });
    const other = structuredClone(one);
    other.environment.name = "productive";
    for (const name of [names.bucket, names.vercelProject]) {
      const all = [one, other].flatMap((settings) => settings.sites.map((site) => name(settings, site)));
      assert.equal(new Set(all).size, 4, all.join());
    }
    assert.notEqual(names.siteDeployer(one), names.siteDeployer(other));
  });

  it("of Kai are what people expect", async () => {
    const settings = await kaiSettings("staging");
    const [client] = settings.sites;
    const [api] = settings.services;
    assert.ok(client && api);
    assert.equal(names.bucket(settings, client), "staging-client-kai-basilakis");
    assert.equal(names.vercelProject(settings, client), "kai-staging-client");
    assert.equal(names.image(settings, api), "ghcr.io/basilakis/kai-api-server");
    assert.equal(names.databaseUrl("staging"), "DATABASE_URL_STAGING");
    assert.deepEqual(names.siteSecrets(client), {
      vercelProjectId: "VERCEL_PROJECT_ID_CLIENT",
      bucketName: "CLIENT_BUCKET_NAME",
      distributionId: "CLOUDFRONT_DISTRIBUTION_ID_CLIENT",
    });
  });

  it("of images are in lower case, because registries refuse others", () => {
    const registry = { server: "docker.io", username: "Basilakis" };
    assert.equal(names.image({ registry }, { image: "x" }), "docker.io/basilakis/x");
  });
});

function checkLimits(settings: Settings): void {
  for (const site of settings.sites) {
    assert.match(names.bucket(settings, site), /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    assert.match(names.vercelProject(settings, site), /^(?!.*---)[a-z0-9][a-z0-9-]{0,51}$/);
    assert.match(names.siteResource(settings, site, "function"), /^[a-zA-Z0-9-_]{1,64}$/);
  }
  assert.match(names.siteDeployer(settings), /^[\w+=,.@-]{1,64}$/);
  assert.match(names.databaseUrl(settings.environment.name), /^[A-Z_][A-Z0-9_]*$/);
  for (const job of [deployJob, previewJob, upJob, driftJob]) {
    assert.match(job(settings.environment.name).id, /^[A-Za-z_][\w-]*$/);
  }
}

describe("jobs", () => {
  it("of all environments have ids and names of their own", () => {
    const jobs = ["staging", "production"].flatMap((name) =>
      [deployJob, previewJob, upJob, driftJob].map((job) => job(name)),
    );
    const all = [BUILD, IMAGES, NOTIFY, REHEARSE, ...jobs];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    assert.equal(deployJob("staging").name, "Deploy to Staging");
    assert.equal(deployJob("pre-prod").name, "Deploy to Pre Prod");
  });

  it("that deploy run in their environment, those that only look in another", () => {
    assert.equal(deployJob("staging").environment, "staging");
    assert.equal(driftJob("staging").environment, "staging-inspection");
    assert.equal(BUILD.environment, undefined);
  });
});

describe("branches and environments", () => {
  it("start staging and development from the commit of main", async () => {
    assert.deepEqual(branches(await kaiSettings("production")), [
      { name: "main", role: "production" },
      { name: "staging", role: "staging", startsFrom: "main" },
      { name: "development", role: "development", startsFrom: "main" },
    ]);
    assert.equal(ref("main"), "refs/heads/main");
  });

  it("offer merges that keep history linear", () => {
    assert.equal(MERGE_SETTINGS.allowMergeCommit, false);
    assert.ok(MERGE_SETTINGS.allowSquashMerge || MERGE_SETTINGS.allowRebaseMerge);
  });

  it("let one branch deploy to an environment, with its reviewers", async () => {
    const [deployment, inspection, preview] = environments(await kaiSettings("production"));
    assert.deepEqual(deployment?.branchPatterns, ["main"]);
    assert.deepEqual(deployment?.reviewers, ["Basilakis"]);
    assert.equal(inspection?.name, "production-inspection");
    assert.deepEqual(inspection?.branchPatterns, ["main"]);
    assert.deepEqual(inspection?.reviewers, []);
    assert.equal(preview?.name, "production-preview");
    assert.deepEqual(preview?.branchPatterns, ["refs/pull/*/merge"]);
    assert.deepEqual(preview?.reviewers, ["Basilakis"]);
  });

  it("let the branches that are deployed build images, and the owner of the repository keep that environment", async () => {
    const images = environments(await kaiSettings("production")).find(({ role }) => role === "images");
    assert.deepEqual(images?.branchPatterns, ["staging", "main"]);
    assert.equal(
      environments(await kaiSettings("staging")).some(({ role }) => role === "images"),
      false,
    );
  });

  it("let development build images once a stack deploys services from it, and not before", async () => {
    const right = await kaiConfig("production");
    const branchesOf = (demo: Record<string, unknown>) => {
      const environment = { name: "demo", branch: "development" };
      const siblings = { demo: { environment, repository: right.repository, ...demo } };
      const { settings, problems } = checkSettings("production", right, { siblings });
      assert.ok(settings, JSON.stringify(problems));
      return environments(settings).find(({ role }) => role === "images")?.branchPatterns;
    };
    const services = right.services;
    assert.deepEqual(branchesOf({ services }), ["staging", "main", "development"]);
    assert.deepEqual(branchesOf({}), ["staging", "main"]);
    assert.deepEqual(branchesOf({ services, clouds: { digitalocean: false } }), ["staging", "main"]);
  });

  it("never let a pull request read credentials without somebody's approval", async () => {
    for (const stack of ["production", "staging"] as const) {
      const open = environments(await kaiSettings(stack)).filter(({ branchPatterns }) =>
        branchPatterns.some((pattern) => pattern.startsWith("refs/pull/")),
      );
      assert.equal(open.length, 1);
      for (const { reviewers } of open) assert.ok(reviewers.length > 0);
    }
  });
});
