/** The simulated API server: what it refuses, who owns which field, what its controllers do. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { deployerRules } from "../../pipeline/kubernetes/access.ts";
import { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import { containerOf, deploymentAt, edit, setImage } from "../../sandbox/kubernetes/kubectl.ts";
import { kubernetesCloud } from "../../sandbox/kubernetes/provider.ts";
import { controlPlanes, type KubernetesObject, openKubernetes } from "../../sandbox/kubernetes/store.ts";
import { at } from "../../sandbox/kubernetes/validation.ts";
import type { Properties } from "../../sandbox/provider/values.ts";

const ADDRESS = "https://cluster.k8s.ondigitalocean.com";
const SECURE = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

function cluster(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-kubernetes-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const files = [join(directory, "clusters.json"), join(directory, "vault.json")] as const;
  const store = openKubernetes(...files, "administrator");
  controlPlanes(store).start(ADDRESS, "1.33.6-do.1", "10.1.0.0/19");
  const api = new KubernetesApi(store, { address: ADDRESS, token: "administrator" });
  api.create(object("v1", "Namespace", "kai", { metadata: { name: "kai", labels: RESTRICTED } }), "test");
  return { store, api, read: () => files.map((file) => readFileSync(file, "utf8")) };
}

const RESTRICTED = { "pod-security.kubernetes.io/enforce": "restricted" };

function object(apiVersion: string, kind: string, name: string, more: Properties = {}): Properties {
  return { apiVersion, kind, metadata: { name, namespace: "kai" }, ...more };
}

function deployment(container: Properties = {}, spec: Properties = {}): Properties {
  return object("apps/v1", "Deployment", "api", {
    spec: {
      selector: { matchLabels: { app: "api" } },
      template: {
        metadata: { labels: { app: "api" } },
        spec: { containers: [{ name: "api", image: "api:1", securityContext: SECURE, ...container }] },
      },
      ...spec,
    },
  });
}

const API = deploymentAt("kai", "api");

function failure(deployed: KubernetesObject): string | undefined {
  const conditions = at(deployed, "status.conditions") as { type: string; message?: string }[];
  return conditions.find(({ type }) => type === "ReplicaFailure")?.message;
}

test("an address where no cluster is, and a token that nobody has", (t) => {
  const { store } = cluster(t);
  const open = (address: string, token: string) => () => new KubernetesApi(store, { address, token });
  assert.throws(
    open("https://gone.k8s.ondigitalocean.com", "administrator"),
    /unreachable.*connection refused/s,
  );
  assert.throws(open(ADDRESS, "wrong"), { status: 401, message: "Unauthorized" });
});

test("names are unique, namespaces exist, kinds are known", (t) => {
  const { api } = cluster(t);
  api.create(object("v1", "ConfigMap", "config"), "test");
  assert.throws(() => api.create(object("v1", "ConfigMap", "config"), "test"), {
    status: 409,
    message: 'configmaps "config" already exists',
  });
  const elsewhere = { ...object("v1", "ConfigMap", "config"), metadata: { name: "config", namespace: "no" } };
  assert.throws(() => api.create(elsewhere, "test"), { status: 404, message: 'namespaces "no" not found' });
  assert.throws(() => api.create(object("v2", "ConfigMap", "config"), "test"), /no matches for kind/);
});

test("fields that cannot change", (t) => {
  const { api } = cluster(t);
  api.create(deployment(), "test");
  const both = { metadata: { labels: { app: "other" } } };
  const otherSelector = (target: KubernetesObject) => {
    const spec = target.spec as Properties;
    spec.selector = { matchLabels: both.metadata.labels };
    Object.assign(at(spec, "template.metadata") as Properties, both.metadata);
  };
  assert.throws(() => edit(api, API, otherSelector), /spec\.selector: Invalid value: field is immutable/);

  api.create(object("v1", "Service", "api", { spec: { ports: [{ port: 80 }] } }), "test");
  const service = { apiVersion: "v1", kind: "Service", namespace: "kai", name: "api" };
  const address = at(api.get(service), "spec.clusterIP");
  assert.match(String(address), /^10\.1\.0\.\d+$/);
  assert.throws(
    () => edit(api, service, ({ spec }) => Object.assign(spec as Properties, { clusterIP: "10.1.0.99" })),
    /clusterIP/,
  );
  api.apply(object("v1", "Service", "api", { spec: { ports: [{ port: 81 }] } }), "someone", true);
  assert.equal(at(api.get(service), "spec.clusterIP"), address);

  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "Role" };
  const binding = (name: string) =>
    object("rbac.authorization.k8s.io/v1", "RoleBinding", "binding", { roleRef: { ...role, name } });
  api.create(binding("one"), "test");
  assert.throws(() => api.apply(binding("two"), "test", true), /roleRef: Invalid value: field is immutable/);
});

test("invalid objects are refused with the path", (t) => {
  const { api } = cluster(t);
  const refused = (wrong: Properties, message: RegExp) =>
    assert.throws(
      () => api.create(wrong, "test"),
      (error: Error) => message.test(error.message),
    );
  refused(deployment({ image: undefined }), /containers\[0\]\.image: Required value/);
  refused(deployment({}, { selector: { matchLabels: { app: "x" } } }), /`selector` does not match/);
  const ports = [
    { name: "http", containerPort: 1 },
    { name: "http", containerPort: 2 },
  ];
  refused(deployment({ ports }), /ports\[1\]\.name: Duplicate value/);
  const resources = { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } };
  refused(deployment({ resources }), /must be less than or equal to memory limit/);
  refused(
    object("autoscaling/v2", "HorizontalPodAutoscaler", "api", { spec: { minReplicas: 3, maxReplicas: 2 } }),
    /maxReplicas/,
  );
  refused(object("v1", "ResourceQuota", "q", { spec: { hard: { pods: "many" } } }), /quantities/);
});

test("an apply that leaves a field out removes it, unless somebody else set it too", (t) => {
  const { api } = cluster(t);
  api.create(deployment(), "creator");
  const spec = (container: Properties) => ({
    ...API,
    metadata: { name: "api", namespace: "kai" },
    spec: { template: { spec: { containers: [{ name: "api", ...container }] } } },
  });
  api.apply(spec({ command: ["run"], workingDir: "/srv" }), "applier");
  api.apply(spec({ workingDir: "/srv" }), "other");
  api.apply(spec({}), "applier");
  const container = containerOf(api.get(API), "api");
  assert.equal(container.command, undefined);
  assert.equal(container.workingDir, "/srv");
  assert.equal(container.image, "api:1");
});

test("a field that somebody else changed is a conflict, unless forced", (t) => {
  const { api } = cluster(t);
  api.create(deployment(), "creator");
  setImage(api, API, "api", "api:2");
  const wanted = deployment({ image: "api:1" });
  assert.throws(() => api.apply(wanted, "applier"), {
    status: 409,
    message:
      /conflict with "kubectl-set" using apps\/v1: \.spec\.template\.spec\.containers\[name=api\]\.image/,
  });
  assert.equal(containerOf(api.get(API), "api").image, "api:2");
  api.apply(wanted, "applier", true);
  assert.equal(containerOf(api.get(API), "api").image, "api:1");
  const managers = api.get(API).metadata.managedFields.map(({ manager }) => manager);
  assert.ok(!managers.includes("kubectl-set"));
});

test("a plain Deployment loses a release, a patch without the image does not", async (t) => {
  const { store, api } = cluster(t);
  const cloud = kubernetesCloud(store);
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server: ADDRESS } }],
    users: [{ name: "c", user: { token: "administrator" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
    "current-context": "c",
  });
  const session = cloud.connect({ kubeconfig });
  const type = (name: string) => {
    const found = cloud.resources[`kubernetes:apps/v1:${name}`];
    assert.ok(found);
    return found;
  };
  const context = { name: "api", suffix: "" };
  const id = await type("Deployment").create(session, deployment(), context);
  const patch = (container: Properties) =>
    object("apps/v1", "Deployment", "api", {
      spec: { template: { spec: { containers: [{ name: "api", ...container }] } } },
    });
  await type("DeploymentPatch").create(session, patch({ workingDir: "/a" }), { ...context, name: "patch" });

  setImage(api, API, "api", "api:2");
  await type("DeploymentPatch").update?.(session, id, patch({ workingDir: "/b" }), {
    ...context,
    name: "patch",
  });
  assert.equal(containerOf(api.get(API), "api").image, "api:2");

  await type("Deployment").update?.(session, id, deployment({ workingDir: "/b" }), context);
  assert.equal(containerOf(api.get(API), "api").image, "api:1", "the plugin takes over what kubectl set");
});

test("pod security: the Deployment is accepted, its pods are not", (t) => {
  const { api } = cluster(t);
  const deployed = api.create(deployment({ securityContext: { privileged: true } }), "test");
  assert.match(
    String(failure(deployed)),
    /violates PodSecurity "restricted:latest": privileged .*runAsNonRoot/,
  );
  assert.equal(at(deployed, "status.availableReplicas"), 0);
  edit(api, API, (target) => Object.assign(containerOf(target, "api"), { securityContext: SECURE }));
  assert.equal(failure(api.get(API)), undefined);
});

test("a quota leaves no room for the pod more of a roll-out", (t) => {
  const { api } = cluster(t);
  api.create(object("v1", "ResourceQuota", "budget", { spec: { hard: { pods: "2" } } }), "test");
  assert.equal(failure(api.create(deployment(), "test")), undefined);
  api.apply(deployment({}, { replicas: 2 }), "test", true);
  assert.match(String(failure(api.get(API))), /exceeded quota: budget/);
});

test("the autoscaler keeps the replicas within its bounds", (t) => {
  const { api } = cluster(t);
  api.create(deployment(), "test");
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "api" };
  const spec = { scaleTargetRef, minReplicas: 3, maxReplicas: 5 };
  api.create(object("autoscaling/v2", "HorizontalPodAutoscaler", "api", { spec }), "test");
  assert.equal(at(api.get(API), "spec.replicas"), 3);
});

test("an account's token does what its Role says, and ends with the account", (t) => {
  const { store, api, read } = cluster(t);
  const account = { apiVersion: "v1", kind: "ServiceAccount", namespace: "kai", name: "deployer" };
  const annotations = { "kubernetes.io/service-account.name": "deployer" };
  const metadata = { name: "token", namespace: "kai", annotations };
  const token = { ...object("v1", "Secret", "token"), metadata, type: "kubernetes.io/service-account-token" };
  const reference = { apiVersion: "v1", kind: "Secret", namespace: "kai", name: "token" };
  assert.throws(
    () => api.create(token, "test"),
    /not found/,
    "without its account the controller removes it",
  );

  api.create(object("v1", "ServiceAccount", "deployer"), "test");
  api.create(token, "test");
  const group = "rbac.authorization.k8s.io";
  const rules = deployerRules([{ name: "api" } as never]) as unknown;
  api.create(object(`${group}/v1`, "Role", "deployer", { rules }), "test");
  const bound = { roleRef: { apiGroup: group, kind: "Role", name: "deployer" } };
  const subjects = [{ kind: "ServiceAccount", name: "deployer", namespace: "kai" }];
  api.create(object(`${group}/v1`, "RoleBinding", "deployer", { ...bound, subjects }), "test");
  api.create(deployment(), "test");
  const other = deployment();
  other.metadata = { name: "other", namespace: "kai" };
  api.create(other, "test");

  const encoded = String((api.get(reference).data as Properties).token);
  const value = Buffer.from(encoded, "base64").toString();
  const ci = new KubernetesApi(store, { address: ADDRESS, token: value });
  setImage(ci, API, "api", "api:2");
  assert.equal(containerOf(ci.get(API), "api").image, "api:2");
  assert.throws(() => setImage(ci, deploymentAt("kai", "other"), "api", "x"), { status: 403 });
  assert.throws(() => ci.get(reference), /cannot get resource "secrets"/);
  assert.throws(() => ci.delete(API), { status: 403 });

  const [main = "", vault = ""] = read();
  assert.ok(!main.includes(encoded) && !main.includes(value));
  assert.ok(vault.includes(encoded));

  api.delete(account);
  assert.throws(() => new KubernetesApi(store, { address: ADDRESS, token: value }), { status: 401 });
});

test("a namespace takes everything in it along, a cluster its server", (t) => {
  const { store, api } = cluster(t);
  api.create(deployment(), "test");
  api.create(object("v1", "Secret", "secret", { data: { key: "dmFsdWU=" } }), "test");
  api.delete({ apiVersion: "v1", kind: "Namespace", name: "kai" });
  assert.deepEqual(api.list("Deployment", "kai"), []);
  assert.deepEqual(store.vault.data.secrets[ADDRESS], {});
  controlPlanes(store).stop(ADDRESS);
  assert.throws(() => new KubernetesApi(store, { address: ADDRESS, token: "administrator" }), /unreachable/);
});
