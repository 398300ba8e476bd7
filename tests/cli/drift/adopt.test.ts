/** What keeps a change by hand: the setting in the stack's file, or an entry that ignores it; both pass the checks. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ProjectFiles } from "../../../cli/adopt/project-files.ts";
import { decide } from "../../../cli/drift/adopt.ts";
import type { Difference } from "../../../drift/differences.ts";
import { findingsOf } from "../../../drift/findings.ts";
import { withIgnored } from "../../../drift/ignored.ts";
import type { Settings } from "../../../settings.ts";
import { digestOfSteps, step } from "../../drift/steps.ts";
import { root } from "../../support/world.ts";

const NAMES = ["Pulumi.yaml", "Pulumi.production.yaml", "Pulumi.staging.yaml"];
const TODAY = new Date("2026-11-25T12:00:00Z");

function copy(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-adopt-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of NAMES) copyFileSync(join(root, name), join(directory, name));
  return { directory, read: (name: string) => readFileSync(join(directory, name), "utf8") };
}

function found(...of: Parameters<typeof step>) {
  const [finding] = findingsOf("production", digestOfSteps([step(...of)]).differences());
  assert.ok(finding);
  return finding;
}

const POOL = "digitalocean:index/kubernetesNodePool:KubernetesNodePool";
const CLUSTER = "digitalocean:index/kubernetesCluster:KubernetesCluster";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment";
const QUOTA = "kubernetes:core/v1:ResourceQuota";
const VERCEL = "vercel:index/project:Project";
const LIMITS = "spec.template.spec.containers[0].resources.limits";

/** A change, what the settings say after it was adopted, and the file that says it. */
const SETTINGS: [
  of: Parameters<typeof step>,
  read: (settings: Settings) => unknown,
  value: unknown,
  file?: string,
][] = [
  [[POOL, "cluster-pool-workers", "maxNodes", 5, 7], ({ cluster }) => cluster.pools[0]?.max, 7],
  [
    [POOL, "cluster-pool-workers", "size", "s-2vcpu-4gb", "s-4vcpu-8gb"],
    ({ cluster }) => cluster.pools[0]?.size,
    "s-4vcpu-8gb",
  ],
  [[CLUSTER, "cluster-kubernetes", "nodePool.nodeCount", 2, 3], ({ cluster }) => cluster.systemPool.count, 3],
  [[CLUSTER, "cluster-kubernetes", "autoUpgrade", true, false], ({ cluster }) => cluster.autoUpgrade, false],
  [
    [CLUSTER, "cluster-kubernetes", "maintenancePolicy.day", "sunday", "tuesday"],
    ({ cluster }) => cluster.maintenance.day,
    "tuesday",
  ],
  [
    [
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
      "kai-api-server-autoscaler",
      "spec.maxReplicas",
      10,
      4,
    ],
    ({ services }) => services[0]?.replicas.max,
    4,
  ],
  [
    [PATCH, "kai-api-server-deployment-patch", `${LIMITS}.memory`, "4Gi", "6Gi"],
    ({ services }) => services[0]?.limits.memory,
    "6Gi",
  ],
  [
    ["kubernetes:core/v1:ConfigMap", "kai-api-server-config", "data.NODE_ENV", "production", "debug"],
    ({ services }) => services[0]?.env.NODE_ENV,
    "debug",
  ],
  [[QUOTA, "namespace-quota", "spec.hard.pods", "100", "120"], ({ namespace }) => namespace.quota.pods, 120],
  [
    [QUOTA, "namespace-quota", 'spec.hard["requests.memory"]', "24Gi", "32Gi"],
    ({ namespace }) => namespace.quota.memory,
    "32Gi",
  ],
  [
    [
      "kubernetes:core/v1:Namespace",
      "namespace-namespace",
      'metadata.labels["pod-security.kubernetes.io/enforce"]',
      "restricted",
      "baseline",
    ],
    ({ namespace }) => namespace.podSecurity,
    "baseline",
  ],
  [
    [ENVIRONMENT, "production-environment", "waitTimer", 0, 30],
    ({ environment }) => environment.waitMinutes,
    30,
  ],
  [
    [
      "github:index/repositoryRuleset:RepositoryRuleset",
      "rules-main-quality",
      "rules.pullRequest.requiredApprovingReviewCount",
      1,
      2,
    ],
    ({ rules }) => rules.requiredReviews,
    2,
    "Pulumi.yaml",
  ],
  [
    [VERCEL, "admin-vercel-project", "rootDirectory", "packages/admin", "apps/admin"],
    ({ sites }) => sites[1]?.directory,
    "apps/admin",
    "Pulumi.yaml",
  ],
  [
    [VERCEL, "admin-vercel-project", "buildCommand", undefined, "npm run build"],
    ({ sites }) => sites[1]?.buildCommand,
    "npm run build",
    "Pulumi.yaml",
  ],
];

describe("a setting that says what was found", () => {
  for (const [of, read, value, file = "Pulumi.production.yaml"] of SETTINGS) {
    it(`${of[1]} ${of[2]}`, async (t) => {
      const project = copy(t);
      const files = await ProjectFiles.open(project.directory);
      const finding = found(...of);
      const { written, obstacle } = decide(files, "production", finding, undefined, TODAY);
      assert.equal(obstacle, undefined);
      assert.equal(written?.file, file);
      assert.ok(finding.ways.adopt?.startsWith(String(written?.text)), finding.ways.adopt);
      assert.deepEqual(await files.write(), [file]);
      const again = (await ProjectFiles.open(project.directory)).settings();
      assert.deepEqual(read(again.find(({ stack }) => stack === "production") as Settings), value);
    });
  }

  it("keeps comments and everything else of the file", async (t) => {
    const { directory, read } = copy(t);
    const before = read("Pulumi.production.yaml").split("\n");
    const files = await ProjectFiles.open(directory);
    decide(files, "production", found(POOL, "cluster-pool-workers", "maxNodes", 5, 7), undefined, TODAY);
    await files.write();
    const after = read("Pulumi.production.yaml").split("\n");
    assert.deepEqual(
      after.filter((line, index) => line !== before[index]),
      ["      - { name: workers, size: s-2vcpu-4gb, min: 1, max: 7 }"],
    );
  });

  it("is refused by the checks where it contradicts the others", async (t) => {
    const files = await ProjectFiles.open(copy(t).directory);
    decide(files, "production", found(POOL, "cluster-pool-workers", "maxNodes", 5, 9999), undefined, TODAY);
    assert.throws(() => files.settings(), /kai:cluster\.pools\[0\]\.max 9999 must be a whole number/);
  });

  it("is not made up where the file has no such item", async (t) => {
    const files = await ProjectFiles.open(copy(t).directory);
    const gone = found(POOL, "cluster-pool-other", "maxNodes", 5, 7);
    const { written, obstacle } = decide(files, "production", gone, undefined, TODAY);
    assert.equal(written, undefined);
    assert.match(obstacle ?? "", /write it by hand/);
    assert.deepEqual(await files.write(), []);
  });
});

describe("what no setting says", () => {
  const added: Difference = {
    urn: "urn:pulumi:production::kai::github:index/repository:Repository::kai-repository",
    type: "github:index/repository:Repository",
    name: "kai-repository",
    id: "kai",
    cloud: "github",
    kind: "changed",
    property: 'collaborators["nikos-ops"]',
    found: "admin",
    replaces: false,
    remedy: "Take the role away.",
  };
  const [addition] = findingsOf("production", [added]);
  assert.ok(addition);

  it("is ignored for 90 days, with a reason, where somebody added it", async (t) => {
    const { directory } = copy(t);
    const files = await ProjectFiles.open(directory);
    const ask = (reason?: string) => decide(files, "production", addition, reason, TODAY);
    assert.match(ask().obstacle ?? "", /--reason/);
    assert.equal(ask("Nikos is on call").written?.file, "Pulumi.production.yaml");
    assert.equal(ask("Nikos is on call: again").written?.file, "Pulumi.production.yaml");
    await files.write();
    const stacks = (await ProjectFiles.open(directory)).settings();
    const entries = stacks.map(({ stack, drift }) => [stack, drift.ignore.length]);
    assert.deepEqual(entries, [
      ["production", 2],
      ["staging", 0],
    ]);
    const ignore = stacks.find(({ stack }) => stack === "production")?.drift.ignore ?? [];
    assert.equal(ignore[0]?.until, "2027-02-23");
    const report = { stack: "production", outcome: "drifted" as const, objects: 1, findings: [added] };
    assert.equal(withIgnored(report, ignore, "2026-11-25").outcome, "clean");
  });

  it("is told to be put back otherwise", async (t) => {
    const files = await ProjectFiles.open(copy(t).directory);
    for (const of of [
      ["aws:cloudfront/function:Function", "admin-bucket-router", "code", "a", "b"],
      ["github:index/branch:Branch", "kai-branch-development"],
    ] as Parameters<typeof step>[]) {
      const { written, obstacle } = decide(files, "production", found(...of), "It is meant", TODAY);
      assert.equal(written, undefined);
      assert.equal(obstacle, "No setting says this. Put it back: pulumi up --refresh --stack production");
    }
    assert.deepEqual(await files.write(), []);
  });

  it("names the setting where only a person can write it: reviewers are found by number", async (t) => {
    const files = await ProjectFiles.open(copy(t).directory);
    const reviewers = found(ENVIRONMENT, "production-environment", "reviewers[0].users", [1], [2]);
    assert.match(
      decide(files, "production", reviewers, "It is meant", TODAY).obstacle ?? "",
      /kai:environment\.reviewers/,
    );
  });
});
