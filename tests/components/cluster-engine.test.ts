/** The cluster and its workloads on the real engine: releases by the workflow, changes by hand, two stacks. */
import assert from "node:assert/strict";
import test from "node:test";
import { digitaloceanTampers } from "../../sandbox/digitalocean/tampers.ts";
import { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import { containerOf, deploymentAt, setImage } from "../../sandbox/kubernetes/kubectl.ts";
import { kubeconfigAccess } from "../../sandbox/kubernetes/provider.ts";
import { kubernetesTampers } from "../../sandbox/kubernetes/tampers.ts";
import { at } from "../../sandbox/kubernetes/validation.ts";
import { type ClusterWorld, clusterWorld, type Stack, TOKEN } from "../support/cluster-world.ts";

const UP = ["up", "--yes", "--skip-preview"];
const CONTAINER = "spec.template.spec.containers[0]";
const RELEASE = "ghcr.io/basilakis/kai-api-server:4f2a9c1";

/** The cluster as the workflow reaches it: by KUBE_CONFIG_DATA. */
async function workflow({ clouds, succeed }: ClusterWorld, stack: Stack): Promise<KubernetesApi> {
  const encoded = await succeed(stack, "stack", "output", "kubeConfigData", "--show-secrets");
  return new KubernetesApi(clouds.kubernetes, kubeconfigAccess(Buffer.from(encoded, "base64").toString()));
}

interface Step {
  op: string;
  urn: string;
  detailedDiff?: Record<string, unknown>;
}

/** What a drift check finds: the resource's name and the paths of the properties that differ. */
async function drift({ pulumi }: ClusterWorld, stack: Stack): Promise<Record<string, string[]>> {
  const { stdout } = await pulumi(stack, "refresh", "--preview-only", "--json");
  const { steps = [] } = JSON.parse(stdout) as { steps?: Step[] };
  const changed = steps.filter(({ op }) => op === "update" || op === "delete");
  return Object.fromEntries(
    changed.map(({ op, urn, detailedDiff = {} }) => [
      String(urn.split("::").at(-1)),
      op === "delete" ? ["gone"] : Object.keys(detailedDiff),
    ]),
  );
}

test("a release by kubectl is no drift, and no later up takes it back", async (t) => {
  const world = await clusterWorld(t);
  const { settings, succeed } = world;
  await succeed("staging", ...UP);
  await succeed("staging", "preview", "--expect-no-changes");
  const [api] = settings.staging.services;
  assert.ok(api);
  const target = deploymentAt(settings.staging.namespace.name, api.name);
  const ci = await workflow(world, "staging");
  setImage(ci, target, api.container, RELEASE);

  assert.deepEqual(await drift(world, "staging"), {});
  await succeed("staging", "preview", "--expect-no-changes");

  // Without a refresh, so that the state still knows the first image only.
  const revision = Number(at(ci.get(target), "status.revision"));
  Object.assign(api, { env: { ...api.env, LOG_LEVEL: "debug" }, port: 3100, command: ["node", "server.js"] });
  api.limits.memory = "3Gi";
  world.configure();
  await succeed("staging", ...UP);
  const changed = containerOf(ci.get(target), api.container);
  assert.equal(changed.image, RELEASE);
  assert.deepEqual(at(changed, "ports"), [{ name: "http", containerPort: 3100, protocol: "TCP" }]);
  assert.deepEqual(changed.command, ["node", "server.js"]);
  assert.equal(at(changed, "resources.limits.memory"), "3Gi");
  assert.ok(Number(at(ci.get(target), "status.revision")) > revision, "the new configuration is rolled out");

  // What was added can be taken back.
  Object.assign(api, { command: undefined, pool: undefined });
  world.configure();
  await succeed("staging", ...UP, "--refresh");
  const without = containerOf(ci.get(target), api.container);
  assert.equal(without.command, undefined);
  assert.equal(at(ci.get(target), "spec.template.spec.nodeSelector"), undefined);
  assert.equal(without.image, RELEASE);

  // Another name is another container, not a second one.
  api.container = "api";
  world.configure();
  await succeed("staging", ...UP);
  const containers = at(ci.get(target), "spec.template.spec.containers") as { name: string }[];
  assert.deepEqual(
    containers.map(({ name }) => name),
    ["api"],
  );
  await succeed("staging", "preview", "--expect-no-changes");
});

/** What each change by hand shows as: the end of a resource's name, and the property that differs. */
const CHANGES: Record<string, [resource: string, path: string]> = {
  "digitalocean-pool-bound": ["pool-workers", "maxNodes"],
  "digitalocean-pool-taint": ["pool-workers", "taints[0]"],
  "digitalocean-system-pool-scaled": ["cluster-kubernetes", "nodePool.nodeCount"],
  "digitalocean-auto-upgrade-off": ["cluster-kubernetes", "autoUpgrade"],
  "digitalocean-maintenance-moved": ["cluster-kubernetes", "maintenancePolicy.day"],
  "digitalocean-tags-removed": ["cluster-kubernetes", "tags[0]"],
  "digitalocean-vpc-renamed": ["cluster-vpc", "name"],
  "kubernetes-memory-limit": ["deployment-patch", `${CONTAINER}.resources.limits.memory`],
  "kubernetes-probe-path": ["deployment-patch", `${CONTAINER}.readinessProbe.httpGet.path`],
  "kubernetes-writable-root": ["deployment-patch", `${CONTAINER}.securityContext.readOnlyRootFilesystem`],
  "kubernetes-autoscaler-capped": ["autoscaler", "spec.maxReplicas"],
  "kubernetes-target-port": ["service", "spec.ports[0].targetPort"],
  "kubernetes-config-changed": ["namespace-config", "data.DEPLOYMENT_ENVIRONMENT"],
  "kubernetes-secret-changed": ["namespace-secrets", "data.MONGODB_URI"],
  "kubernetes-policy-opened": ["policy-default-deny", "spec.policyTypes[1]"],
  "kubernetes-role-widened": ["deployer-role", "rules[0].verbs[0]"],
  "kubernetes-quota-raised": ["namespace-quota", "spec.hard.pods"],
  "kubernetes-pod-security-lowered": [
    "namespace-namespace",
    'metadata.labels["pod-security.kubernetes.io/enforce"]',
  ],
};

/** Deletions come in a round of their own, since they would hide the changes of what is deleted. */
const DELETIONS: Record<string, [resource: string, path: string]> = {
  "digitalocean-pool-deleted": ["pool-workers", "gone"],
  "kubernetes-deployment-deleted": ["-deployment", "gone"],
  "kubernetes-budget-deleted": ["-budget", "gone"],
};

/** What a release may change too, so that the engine leaves it alone: `drift/running.ts` judges it. */
const LEFT_TO_RELEASES = [
  "kubernetes-scaled-to-zero",
  "kubernetes-rollout-paused",
  "kubernetes-image-exchanged",
];

test("each change by hand is found with its property and repaired", async (t) => {
  const world = await clusterWorld(t);
  await world.succeed("staging", ...UP);
  const all = [...digitaloceanTampers, ...kubernetesTampers];
  assert.deepEqual(
    all.map(({ id }) => id).sort(),
    [...Object.keys(CHANGES), ...Object.keys(DELETIONS), ...LEFT_TO_RELEASES].sort(),
  );
  for (const round of [CHANGES, DELETIONS]) {
    for (const tamper of all) if (tamper.id in round) tamper.apply(world);
    const found = await drift(world, "staging");
    for (const [id, [resource, path]] of Object.entries(round)) {
      const paths = Object.entries(found).flatMap(([name, list]) => (name.endsWith(resource) ? list : []));
      assert.ok(paths.includes(path), `${id}: ${JSON.stringify(found)}`);
    }
    await world.succeed("staging", ...UP, "--refresh");
    assert.deepEqual(await drift(world, "staging"), {});
    await world.succeed("staging", "preview", "--expect-no-changes");
  }
});

test("destroying staging leaves production as it was; nothing secret lies open", async (t) => {
  const world = await clusterWorld(t);
  await world.succeed("production", ...UP);
  await world.succeed("staging", ...UP);
  assert.doesNotMatch(world.written(), /plain-text-of/);
  assert.ok(!world.written().includes(Buffer.from(TOKEN).toString("base64")));
  const before = await workflow(world, "production");
  const production = world.settings.production.namespace.name;
  const deployments = JSON.stringify(before.list("Deployment", production));

  await world.succeed("staging", "destroy", "--yes", "--skip-preview");

  const { clusters, vpcs } = world.clouds.digitalocean.main.data;
  assert.deepEqual(
    [Object.values(clusters), Object.values(vpcs)].map((all) => all.map(({ name }) => name)),
    [["kai-production"], ["kai-production-vpc"]],
  );
  assert.equal(JSON.stringify(before.list("Deployment", production)), deployments);
  assert.deepEqual(await drift(world, "production"), {});

  const refused = await world.pulumi("production", "destroy", "--yes", "--skip-preview");
  assert.notEqual(refused.code, 0);
  assert.match(refused.output, /protected/);
  assert.equal(Object.keys(clusters).length, 1);
});
