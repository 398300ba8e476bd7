/** The simulated DigitalOcean: what its API refuses, and what the plugin makes of a change. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Account } from "../../sandbox/digitalocean/account.ts";
import * as clusters from "../../sandbox/digitalocean/clusters.ts";
import * as networks from "../../sandbox/digitalocean/networks.ts";
import { digitaloceanCloud } from "../../sandbox/digitalocean/provider.ts";
import { openDigitalOcean } from "../../sandbox/digitalocean/store.ts";

function account(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-digitalocean-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const store = openDigitalOcean(join(directory, "account.json"), join(directory, "vault.json"), "right");
  const servers = new Set<string>();
  const controlPlanes = {
    start: (endpoint: string) => void servers.add(endpoint),
    stop: (endpoint: string) => void servers.delete(endpoint),
  };
  const self: Account = { store, controlPlanes };
  const read = () => readFileSync(join(directory, "account.json"), "utf8");
  return { self, store, servers, read, cloud: digitaloceanCloud(store, controlPlanes) };
}

const pool = (name: string, more: Partial<clusters.PoolRequest> = {}): clusters.PoolRequest => ({
  name,
  size: "s-2vcpu-4gb",
  tags: [],
  labels: {},
  taints: [],
  auto_scale: false,
  count: 1,
  ...more,
});

function request(vpc: string, more: Partial<clusters.ClusterRequest> = {}): clusters.ClusterRequest {
  return {
    name: "kai",
    region: "ams3",
    version: "1.33.6-do.1",
    vpc_uuid: vpc,
    cluster_subnet: "10.100.0.0/16",
    service_subnet: "10.101.0.0/19",
    tags: ["kai"],
    auto_upgrade: true,
    surge_upgrade: true,
    ha: false,
    maintenance_policy: { day: "sunday", start_time: "04:00", duration: "4h0m0s" },
    node_pools: [pool("system")],
    ...more,
  };
}

const vpc = (self: Account, name = "kai-vpc", ip_range = "10.10.0.0/20") =>
  networks.createVpc(self, { name, region: "ams3", ip_range }).id;

test("a wrong token", (t) => {
  const { cloud } = account(t);
  assert.throws(() => cloud.connect({ token: "wrong" }), { status: 401 });
  assert.ok(cloud.connect({ token: "right" }));
});

test("networks: unique names, private ranges that do not overlap, no deletion while in use", (t) => {
  const { self } = account(t);
  const id = vpc(self);
  assert.throws(() => vpc(self, "kai-vpc", "10.20.0.0/20"), /name is already in use/);
  assert.throws(() => vpc(self, "other", "10.10.8.0/21"), /overlaps/);
  assert.throws(() => vpc(self, "other", "8.8.0.0/20"), /private range/);
  const cluster = clusters.createCluster(self, request(id));
  assert.throws(() => networks.deleteVpc(self, id), { status: 409 });
  clusters.deleteCluster(self, cluster.id, true);
  networks.deleteVpc(self, id);
  assert.throws(() => networks.getVpc(self, id), { status: 404 });
});

test("a load balancer that was left behind keeps its network", (t) => {
  const { self, store } = account(t);
  const id = vpc(self);
  const balancer = { kind: "load_balancer" as const, id: "lb", vpc_uuid: id };
  for (const destroys of [false, true]) {
    const cluster = clusters.createCluster(self, request(id));
    store.main.data.associated[cluster.id] = [balancer];
    clusters.deleteCluster(self, cluster.id, destroys);
    if (destroys) continue;
    assert.throws(() => networks.deleteVpc(self, id), { status: 409 });
    delete store.main.data.associated[cluster.id];
  }
  networks.deleteVpc(self, id);
});

test("clusters: versions on offer, unique names, subnets of their own, a server each", (t) => {
  const { self, store, servers } = account(t);
  const id = vpc(self);
  const refused = (more: Partial<clusters.ClusterRequest>, message: RegExp) =>
    assert.throws(
      () => clusters.createCluster(self, request(id, more)),
      (error: Error) => message.test(error.message),
    );
  refused({ version: "1.20.1-do.0" }, /invalid version slug/);
  refused({ cluster_subnet: "10.10.0.0/16" }, /overlaps/);
  refused({ region: "nyc1" }, /same region/);
  const cluster = clusters.createCluster(self, request(id));
  assert.deepEqual([...servers], [cluster.endpoint]);
  refused({}, /already exists/);
  refused({ name: "two", cluster_subnet: "10.100.128.0/17", service_subnet: "10.120.0.0/19" }, /overlaps/);
  store.main.data.versions = ["1.34.1-do.0"];
  refused(
    { name: "two", cluster_subnet: "10.102.0.0/16", service_subnet: "10.103.0.0/19" },
    /invalid version slug/,
  );
});

test("high availability stays on; upgrades go upwards", (t) => {
  const { self } = account(t);
  const cluster = clusters.createCluster(self, request(vpc(self), { ha: true, version: "1.33.5-do.2" }));
  assert.throws(
    () => clusters.updateCluster(self, cluster.id, { ...cluster, ha: false }),
    /can not be disabled/,
  );
  clusters.upgradeCluster(self, cluster.id, "1.33.6-do.1");
  assert.throws(() => clusters.upgradeCluster(self, cluster.id, "1.32.10-do.0"), /downgrade/);
});

test("pools: unique names, bounds, the last one stays", (t) => {
  const { self } = account(t);
  const cluster = clusters.createCluster(self, request(vpc(self)));
  const scaled = { auto_scale: true, min_nodes: 2, max_nodes: 4, count: undefined };
  const workers = clusters.createPool(self, cluster.id, pool("workers", scaled));
  assert.equal(workers.count, 2);
  assert.throws(() => clusters.createPool(self, cluster.id, pool("workers")), /already exists/);
  assert.throws(
    () => clusters.createPool(self, cluster.id, pool("p", { ...scaled, min_nodes: 0 })),
    /at least 1/,
  );
  clusters.updatePool(self, workers.id, pool("workers", { ...scaled, min_nodes: 3 }));
  assert.equal(clusters.findPool(self, workers.id).pool.count, 3);
  const labels = () => clusters.findPool(self, workers.id).pool.labels;
  clusters.updatePool(self, workers.id, pool("workers", { ...scaled, labels: { a: "1", b: "2" } }));
  clusters.updatePool(self, workers.id, pool("workers", { ...scaled, labels: { b: "2" } }));
  assert.deepEqual(labels(), { b: "2" }, "the request replaces them");
  clusters.updatePool(self, workers.id, pool("workers", scaled));
  assert.deepEqual(labels(), { b: "2" }, "an empty map is not sent");
  clusters.deletePool(self, workers.id);
  assert.throws(() => clusters.deletePool(self, String(cluster.node_pools[0]?.id)), /at least one/);
});

test("credentials are handed out once until they expire, and lie in the vault alone", (t) => {
  const { self, store, read } = account(t);
  const cluster = clusters.createCluster(self, request(vpc(self)));
  const first = clusters.credentials(self, cluster.id);
  assert.deepEqual(clusters.credentials(self, cluster.id), first);
  assert.ok(!read().includes(first.token));
  store.vault.data.credentials[cluster.id] = { ...first, expires_at: new Date(0).toISOString() };
  assert.notEqual(clusters.credentials(self, cluster.id).token, first.token);
});

test("a lower version and the system pool's size replace the cluster, a higher version does not", (t) => {
  const { cloud } = account(t);
  const type = cloud.resources["digitalocean:index/kubernetesCluster:KubernetesCluster"];
  const { replaceOn } = type ?? {};
  assert.ok(typeof replaceOn === "function");
  const paths = (wanted: string) =>
    replaceOn(undefined, { live: { version: "1.33.6-do.1" }, wanted: { version: wanted } });
  assert.ok(paths("1.33.5-do.2").includes("version"));
  assert.ok(!paths("1.34.1-do.0").includes("version"));
  assert.ok(paths("1.33.6-do.1").includes("nodePool.size"));
});

test("a version prefix that is no longer offered finds nothing", async (t) => {
  const { cloud, self } = account(t);
  const find = cloud.functions["digitalocean:index/getKubernetesVersions:getKubernetesVersions"];
  assert.ok(find);
  assert.equal((await find(self, { versionPrefix: "1.33." })).latestVersion, "1.33.6-do.1");
  assert.equal((await find(self, { versionPrefix: "1.20." })).latestVersion, "");
});
