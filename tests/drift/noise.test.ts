/** What comes by itself is no drift, and what looks like it and is none of it still is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import fc from "fast-check";
import { NOISE } from "../../drift/noise.ts";
import { recorded } from "./recordings.ts";
import { digestOfSteps, step, untouched } from "./steps.ts";

const POOL = "digitalocean:index/kubernetesNodePool:KubernetesNodePool";
const CLUSTER = "digitalocean:index/kubernetesCluster:KubernetesCluster";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const SERVICE = "kubernetes:core/v1:Service";
const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
const POLICY = "aws:iam/userPolicy:UserPolicy";
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string) => `ghcr.io/basilakis/kai-api-server@${digest(letter)}`;
const IMAGE = "spec.template.spec.containers[0].image";

/** A pool as the cloud has it, of which one property differs. */
function pool(property: string, wanted: unknown, found: unknown, live = {}): StepEventMetadata {
  const made = step(POOL, "cluster-pool-workers", property, wanted, found);
  return { ...made, new: { ...made.new, outputs: { ...made.new?.outputs, ...live } } } as StepEventMetadata;
}

const BOUNDS = { autoScale: true, minNodes: 1, maxNodes: 5 };
const scaler = untouched("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "kai-api-server-autoscaler", {
  metadata: { namespace: "kai", name: "kai-api-server" },
  spec: { scaleTargetRef: { kind: "Deployment", name: "kai-api-server" }, minReplicas: 3, maxReplicas: 10 },
});
const replicas = (type: string, found: number) => step(type, "kai/kai-api-server", "spec.replicas", 3, found);

/** By the rule's number in the table: what it leaves out, and what is close to it and counts. */
const CASES: { noise: StepEventMetadata[]; drift: StepEventMetadata[] }[] = [
  {
    noise: [
      step(RULESET, "a", "etag", "1", "2"),
      step(CLUSTER, "b", "kubeConfigs[0].expiresAt", "1", "2"),
      step(CLUSTER, "c", "nodePool.actualNodeCount", 1, 2),
      step(SERVICE, "d", "metadata.resourceVersion", "1", "2"),
      step(DISTRIBUTION, "e", "status", "Deployed", "InProgress"),
      step(DISTRIBUTION, "f", "lastModifiedTime", "1", "2"),
      step("vercel:index/project:Project", "g", "updatedAt", 1, 2),
    ],
    drift: [
      step("aws:iam/accessKey:AccessKey", "h", "status", "Active", "Inactive"),
      step(RULESET, "i", "enforcement", "active", "disabled"),
      step(
        "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable",
        "j",
        "targets",
        ["production"],
        ["preview"],
      ),
    ],
  },
  {
    noise: [pool("nodeCount", 1, 4, BOUNDS), pool("nodeCount", 1, 5, BOUNDS)],
    drift: [
      pool("nodeCount", 1, 6, BOUNDS),
      pool("nodeCount", 1, 4, { ...BOUNDS, autoScale: false }),
      pool("maxNodes", 5, 25, BOUNDS),
    ],
  },
  {
    noise: [scaler, replicas(PATCH, 7), replicas(PATCH, 10)],
    drift: [replicas(PATCH, 0), replicas(PATCH, 11), step(PATCH, "kai/other", "spec.replicas", 3, 4)],
  },
  {
    noise: [step(PATCH, "a", IMAGE, image("a"), image("b"))],
    drift: [
      step(PATCH, "b", IMAGE, image("a"), `docker.io/library/nginx@${digest("b")}`),
      step(PATCH, "c", IMAGE, image("a"), "ghcr.io/basilakis/kai-api-server:latest"),
    ],
  },
  {
    noise: [
      step(CLUSTER, "a", "version", "1.33.1-do.0", "1.33.4-do.2"),
      step(CLUSTER, "b", "version", "1.33.1-do.0", "1.33.1-do.3"),
    ],
    drift: [
      step(CLUSTER, "c", "version", "1.33.1-do.0", "1.34.0-do.0"),
      step(CLUSTER, "d", "version", "1.33.4-do.0", "1.33.1-do.0"),
    ],
  },
  {
    noise: [
      step(PATCH, "a", 'metadata.annotations["deployment.kubernetes.io/revision"]', undefined, "7"),
      step(
        PATCH,
        "b",
        'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
        undefined,
        "now",
      ),
      step(
        SERVICE,
        "c",
        'metadata.annotations["kubernetes.digitalocean.com/load-balancer-id"]',
        undefined,
        "1",
      ),
    ],
    drift: [
      step(PATCH, "d", 'metadata.annotations["example.com/owner"]', undefined, "me"),
      step(
        "kubernetes:core/v1:Namespace",
        "e",
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
        "restricted",
        "privileged",
      ),
    ],
  },
  {
    noise: [
      step(SERVICE, "a", "spec.ports[0].nodePort", undefined, 30123),
      step(SERVICE, "b", "spec.clusterIP", "1", "2"),
    ],
    drift: [step(SERVICE, "c", "spec.ports[0].targetPort", "http", 9999)],
  },
  {
    noise: [
      step(PATCH, "a", "spec.template.spec.containers[0].resources.limits.cpu", "1000m", "1"),
      step(PATCH, "b", "spec.template.spec.containers[0].resources.limits.memory", "1024Mi", "1Gi"),
    ],
    drift: [
      step(PATCH, "c", "spec.template.spec.containers[0].resources.limits.memory", "1G", "1Gi"),
      step("kubernetes:core/v1:ConfigMap", "d", "data.SIZE", "1000m", "1"),
    ],
  },
  {
    noise: [
      step(RULESET, "a", "bypassActors", undefined, []),
      step(DISTRIBUTION, "b", "comment", undefined, ""),
      step(POOL, "c", "taints", [], null),
    ],
    drift: [
      step(RULESET, "d", "rules.deletion", true, undefined),
      step(RULESET, "e", "rules.nonFastForward", undefined, false),
    ],
  },
  {
    noise: [
      step(
        RULESET,
        "a",
        "conditions.refName.includes",
        ["refs/heads/a", "refs/heads/b"],
        ["refs/heads/b", "refs/heads/a"],
      ),
    ],
    drift: [
      step(RULESET, "b", "conditions.refName.includes", ["refs/heads/a", "refs/heads/b"], ["refs/heads/a"]),
      step(PATCH, "c", "spec.template.spec.containers[0].command", ["a", "b"], ["b", "a"]),
      step(
        DISTRIBUTION,
        "d",
        "orderedCacheBehaviors",
        [{ pathPattern: "static/*" }, { pathPattern: "*" }],
        [{ pathPattern: "*" }, { pathPattern: "static/*" }],
      ),
    ],
  },
  {
    noise: [
      step(POLICY, "a", "policy", policy("s3:PutObject"), policy(["s3:PutObject"])),
      step(POLICY, "b", "policy", policy(["s3:A", "s3:B"]), policy(["s3:B", "s3:A"])),
    ],
    drift: [
      step(POLICY, "c", "policy", policy("s3:PutObject"), policy("s3:*")),
      step(POLICY, "d", "policy", policy("s3:PutObject"), "no policy"),
    ],
  },
];

function policy(Action: string | string[]): string {
  return JSON.stringify({ Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}

describe("noise", () => {
  it("has a case for each rule", () => assert.equal(CASES.length, NOISE.length));

  for (const [index, { what, reason }] of NOISE.entries()) {
    const { noise, drift } = CASES[index] as (typeof CASES)[number];

    it(`leaves out ${what}`, () => {
      assert.deepEqual(digestOfSteps(noise).differences(), []);
      assert.ok(reason.length > 10);
    });

    it(`finds what is close to it: ${what}`, () => {
      const found = digestOfSteps([...(index === 2 ? [scaler] : []), ...drift]).differences();
      assert.equal(found.length, drift.length);
    });
  }

  it("covers no object that is gone", () => {
    assert.equal(digestOfSteps([step(POOL, "a"), step(PATCH, "b")]).differences().length, 2);
  });
});

it("nothing is found in 200 runs over an untouched world with all the noise of real life, in any order", () => {
  const world = recorded("clean").flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? []);
  const all = CASES.flatMap(({ noise }, rule) =>
    noise.map((made, index) => ({ ...made, urn: `${made.urn}-${rule}-${index}` })),
  );
  const run = fc.tuple(fc.subarray(all), fc.infiniteStream(fc.nat())).map(([chosen, order]) => {
    const steps = [...world, ...chosen, scaler, running()];
    return steps
      .map((each) => ({ each, place: order.next().value }))
      .sort((a, b) => a.place - b.place)
      .map(({ each }) => each);
  });
  fc.assert(
    fc.property(run, (steps) => {
      const images = new Map([["kai-api-server", OWN]]);
      assert.deepEqual(digestOfSteps(steps, images).differences(), []);
    }),
    { numRuns: 200 },
  );
});

const OWN = {
  repository: "ghcr.io/basilakis/kai-api-server",
  first: "ghcr.io/basilakis/kai-api-server:latest",
};

/** The Deployment as it runs. */
function running(
  change: { replicas?: number; paused?: boolean; image?: string; first?: object[] } = {},
): StepEventMetadata {
  const { replicas: count = 4, paused = false, image: live = image("a"), first } = change;
  return untouched(DEPLOYMENT, "kai-api-server-deployment", {
    metadata: { namespace: "kai", name: "kai-api-server" },
    spec: {
      replicas: count,
      paused,
      template: { spec: { initContainers: first, containers: [{ name: "api-server", image: live }] } },
    },
  });
}

describe("what runs in the cluster", () => {
  const look = (change: Parameters<typeof running>[0], own = OWN) =>
    digestOfSteps([running(change), scaler], new Map([["kai-api-server", own]]))
      .differences()
      .map(({ property, wanted, found, remedy }) => ({ property, wanted, found, remedy }));

  it("is as it should be with any number of pods within the bounds, any release, and the first image", () => {
    for (const count of [3, 10]) assert.deepEqual(look({ replicas: count }), []);
    assert.deepEqual(look({ image: image("f") }), []);
    assert.deepEqual(look({ image: OWN.first }), []);
  });

  it("is found without pods, which switches the autoscaler off", () => {
    const [found] = look({ replicas: 0 });
    assert.deepEqual([found?.property, found?.wanted, found?.found], ["spec.replicas", "3 to 10", 0]);
    assert.match(
      found?.remedy ?? "",
      /kubectl --namespace kai scale deployment\/kai-api-server --replicas=3$/,
    );
  });

  it("is found paused", () => {
    const [found] = look({ paused: true });
    assert.equal(found?.property, "spec.paused");
    assert.match(found?.remedy ?? "", /kubectl --namespace kai rollout resume deployment\/kai-api-server$/);
  });

  it("is found with an image of another repository, or by a tag", () => {
    for (const live of [`evil.example.com/x@${digest("a")}`, `${OWN.repository}:quick-fix`]) {
      const [found] = look({ image: live });
      assert.equal(found?.property, 'spec.template.spec.containers["api-server"].image');
      assert.equal(found?.found, live);
    }
  });

  it("is found with an image of somebody else that runs before ours", () => {
    const foreign = `evil.example.com/x@${digest("a")}`;
    const [found, ...more] = look({ first: [{ name: "api-server", image: foreign }] });
    assert.equal(found?.property, 'spec.template.spec.initContainers["api-server"].image');
    assert.equal(found?.found, foreign);
    assert.equal(found?.remedy, "kubectl --namespace kai rollout undo deployment/kai-api-server");
    assert.deepEqual(more, []);
  });

  it("is not compared where the configuration does not say which image is ours", () => {
    assert.deepEqual(digestOfSteps([running({ image: "x" }), scaler]).differences(), []);
  });
});
