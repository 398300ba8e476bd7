/** The cluster's guards, and the pure decisions about what lives in it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { Cluster } from "../../components/cluster.ts";
import { digitaloceanProvider } from "../../components/providers.ts";
import { deployerRules, dockerConfig, kubeconfig } from "../../pipeline/kubernetes/access.ts";
import { networkPolicies } from "../../pipeline/kubernetes/network.ts";
import { gatewaySpec } from "../../pipeline/kubernetes/routes.ts";
import {
  configurationHash,
  deploymentSpec,
  firstDeploymentSpec,
  sharedVariables,
} from "../../pipeline/kubernetes/workload.ts";
import { digitaloceanCloud } from "../../sandbox/digitalocean/provider.ts";
import { openDigitalOcean } from "../../sandbox/digitalocean/store.ts";
import { violations } from "../../sandbox/kubernetes/pod-security.ts";
import type { ServiceSettings } from "../../settings.ts";
import { stackSettings } from "../support/cluster-world.ts";
import { declare } from "../support/declared.ts";

const settings = await stackSettings("production");
const { services, cluster } = settings;
const context = { configs: ["a"], secrets: ["b"], configuration: "0", pools: cluster.pools };

test("the cluster is guarded against replacement", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "kai-cluster-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const store = openDigitalOcean(join(directory, "a.json"), join(directory, "v.json"), "token");
  const cloud = digitaloceanCloud(store, { start() {}, stop() {} });
  const { find } = await declare([cloud], (options) => {
    const args = { settings: cluster, vpcName: "kai-vpc", tags: ["kai"], protect: true };
    return new Cluster("cluster", { ...args, provider: digitaloceanProvider() }, options);
  });
  const declared = find("KubernetesCluster");
  assert.deepEqual(declared.options.ignoreChanges, ["version"]);
  assert.equal(declared.options.protect, true);
  assert.equal(find("Vpc").options.protect, true);
  assert.equal(declared.inputs.version, "1.33.6-do.1");
  assert.equal(declared.inputs.clusterSubnet, cluster.clusterSubnet);
  assert.equal(declared.inputs.ha, true);
  assert.equal(declared.inputs.destroyAllAssociatedResources, false);
  const pool = find("KubernetesNodePool");
  assert.deepEqual(pool.options.ignoreChanges, ["nodeCount"]);
  assert.equal(pool.inputs.nodeCount, undefined);
  // Never an empty map, which the plugin would not send.
  for (const { labels } of [pool.inputs, declared.inputs.nodePool] as { labels: Record<string, string> }[])
    assert.ok(labels["kai.dev/pool"]);
  assert.deepEqual(await declared.drift(), []);
});

test("pods fit the restricted level; the patch names neither image nor replicas", () => {
  for (const service of services) {
    const applied = deploymentSpec(service, context);
    const first = firstDeploymentSpec(service, context, "image:1");
    for (const spec of [applied, first]) {
      assert.deepEqual(violations("restricted", spec.template.spec), []);
      assert.ok(!("replicas" in spec));
    }
    const [container] = applied.template.spec.containers;
    assert.ok(container && !("image" in container));
    assert.ok(container.startupProbe && container.readinessProbe && container.livenessProbe);
    assert.equal(first.template.spec.containers[0]?.image, "image:1");
  }
});

test("the first spec states nothing that may leave the configuration", () => {
  const [service] = services;
  assert.ok(service);
  const full = { ...service, command: ["run"], pool: "workers" };
  const bare = { ...service, command: undefined, pool: undefined, port: 1234 };
  assert.deepEqual(firstDeploymentSpec(full, context, "i"), firstDeploymentSpec(bare, context, "i"));
});

test("a service reaches what it calls, nothing else in the namespace", () => {
  const policies = networkPolicies(services);
  const names = policies.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("kai-api-server-calls-kai-ml-services"));
  assert.ok(!names.includes("kai-ml-services-calls-kai-api-server"));
  const deny = policies.find(({ name }) => name === "default-deny");
  assert.deepEqual(deny?.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
});

test("the deployer may patch the services' Deployments by name, and read no Secret", () => {
  const rules = deployerRules(services);
  const patching = rules.filter(({ verbs }) => verbs.includes("patch"));
  assert.deepEqual(
    patching.map(({ resources, resourceNames }) => [resources, resourceNames]),
    [[["deployments"], ["kai-api-server", "kai-ml-services"]]],
  );
  assert.ok(rules.every(({ resources }) => !resources.includes("secrets")));
  // Empty resourceNames would mean every Deployment.
  assert.ok(deployerRules([]).every(({ verbs }) => !verbs.includes("patch")));
});

test("texts: kubeconfig, pull secret, variables, hash", () => {
  const config = parse(
    kubeconfig({
      name: "c",
      server: "https://x",
      certificateAuthority: "Y2E=",
      token: "t: 1",
      namespace: "kai",
    }),
  );
  assert.equal(config.users[0].user.token, "t: 1");
  assert.equal(config.contexts[0].context.namespace, "kai");
  const pull = (server: string) => JSON.parse(dockerConfig({ server, username: "u", password: "p:w" })).auths;
  assert.equal(Buffer.from(pull("ghcr.io")["ghcr.io"].auth, "base64").toString(), "u:p:w");
  assert.ok(pull("docker.io")["https://index.docker.io/v1/"]);
  assert.equal(sharedVariables("production", services).ML_SERVICES_URL, "http://kai-ml-services");
  assert.equal(configurationHash([{ a: "1", b: "2" }]), configurationHash([{ b: "2", a: "1" }]));
  assert.notEqual(configurationHash([{ a: "1" }]), configurationHash([{ a: "2" }]));
});

test("services with one container name, and hosts that differ in hyphens, keep names of their own", () => {
  const named = (name: string, container: string) => ({ name, container });
  const shared = sharedVariables("staging", [named("a", "app"), named("b-c", "app"), named("d", "other")]);
  assert.deepEqual(shared, {
    DEPLOYMENT_ENVIRONMENT: "staging",
    A_URL: "http://a",
    B_C_URL: "http://b-c",
    OTHER_URL: "http://d",
  });
  const [first] = services as [ServiceSettings];
  const hosts = ["a-b.example", "a.b.example"].map((host) => ({ ...first, public: true, host }));
  const { listeners } = gatewaySpec(hosts);
  const names = listeners.flatMap((listener) => [
    "tls" in listener ? listener.tls.certificateRefs[0]?.name : "",
    listener.name,
  ]);
  assert.equal(new Set(names).size, names.length);
});
