import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finder, type Sources, whereabouts } from "../../recovery/import-ids.ts";
import { packages } from "../../sandbox/schemas/types.ts";

/** Clouds in which each name asked for exists, and answers an id that shows what was asked. */
const find: Finder = {
  vpc: async (name) => `vpc ${name}`,
  cluster: async (name) => `cluster ${name}`,
  nodePool: async (cluster, name) => `pool ${cluster} ${name}`,
  ruleset: async (repository, name) => (repository === "kai" && name === "staging" ? "17" : undefined),
  cachePolicy: async (name) => `cache ${name}`,
  responseHeadersPolicy: async (name) => `headers ${name}`,
  distributions: async ({ site }) => (site === "two" ? ["a/D1", "a/D2", "a/OWN"] : ["a/OWN", `a/${site}`]),
  certificate: async (domain, region) => `arn ${region} ${domain}`,
  accessKeys: async () => ["NEW", "OLD", "OWN"],
  accountId: async () => "123456789012",
  vercelProject: async (name) => `prj ${name}`,
  vercelVariable: async (_project, key) => `env ${key}`,
};
const sources: Sources = {
  find,
  ownIds: new Set(["OWN"]),
  hasNamespace: false,
  knowsCut: false,
  repository: "kai",
};

function ask(type: string, inputs: object, isPending = false, more: Partial<Sources> = {}) {
  const urn = `urn:pulumi:production::kai::${type}::thing`;
  return whereabouts({ urn, type, name: "thing", inputs: { ...inputs }, isPending }, { ...sources, ...more });
}

const ids: [type: string, inputs: object, id: string][] = [
  ["github:index/repository:Repository", { name: "kai" }, "kai"],
  ["github:index/branch:Branch", { repository: "kai", branch: "staging" }, "kai:staging"],
  ["github:index/repositoryRuleset:RepositoryRuleset", { repository: "kai", name: "staging" }, "kai:17"],
  ["github:index/branchProtection:BranchProtection", { repositoryId: "R_1", pattern: "main" }, "kai:main"],
  ["digitalocean:index/vpc:Vpc", { name: "v" }, "vpc v"],
  ["digitalocean:index/kubernetesCluster:KubernetesCluster", { name: "c" }, "cluster c"],
  ["digitalocean:index/kubernetesNodePool:KubernetesNodePool", { clusterId: "1", name: "w" }, "pool 1 w"],
  ["kubernetes:core/v1:Namespace", { metadata: { name: "kai" } }, "kai"],
  ["kubernetes:apps/v1:Deployment", { metadata: { name: "api", namespace: "kai" } }, "kai/api"],
  [
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    { metadata: { name: "api", namespace: "kai" } },
    "kai/api",
  ],
  ["aws:s3/bucket:Bucket", { bucket: "b" }, "b"],
  ["aws:cloudfront/function:Function", { name: "f" }, "f"],
  ["aws:cloudfront/cachePolicy:CachePolicy", { name: "c" }, "cache c"],
  ["aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", { name: "h" }, "headers h"],
  ["aws:cloudfront/distribution:Distribution", { tags: { site: "LOST" } }, "LOST"],
  ["aws:acm/certificate:Certificate", { domainName: "a.io", region: "us-east-1" }, "arn us-east-1 a.io"],
  ["aws:iam/user:User", { name: "u" }, "u"],
  ["aws:iam/role:Role", { name: "r" }, "r"],
  [
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    { url: "https://token.actions.githubusercontent.com" },
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  ],
  ["vercel:index/project:Project", { name: "p" }, "prj p"],
  ["vercel:index/projectDomain:ProjectDomain", { projectId: "prj_1", domain: "a.io" }, "prj_1/a.io"],
  [
    "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable",
    { projectId: "prj_1", key: "API" },
    "prj_1/env API",
  ],
];
for (const [type, inputs, id] of ids) {
  test(`${type} is imported as ${id}, and not looked for while what it is found by is not known`, async () => {
    assert.deepEqual(await ask(type, inputs), { kind: "id", id });
    assert.deepEqual(await ask(type, {}), { kind: "absent" });
  });
}

test("an object whose name each run chooses anew is a person's to look for, once its namespace is there", async () => {
  const annotations = { "pulumi.com/autonamed": "true" };
  const inputs = { metadata: { name: "thing-0d58fb2", namespace: "kai", annotations } };
  const type = "kubernetes:core/v1:Secret";
  assert.deepEqual(await ask(type, inputs), { kind: "absent" });
  const found = await ask(type, inputs, false, { hasNamespace: true });
  assert.equal(found.kind, "by hand");
  assert.deepEqual(await ask(type, inputs, true), { kind: "id", id: "kai/thing-0d58fb2" });
});

test("what a cloud does not have is absent", async () => {
  const inputs = { repository: "kai", name: "main-quality" };
  assert.deepEqual(await ask("github:index/repositoryRuleset:RepositoryRuleset", inputs), { kind: "absent" });
});

test("a cloud that does not answer is an error, not an absence", async () => {
  const broken = { ...find, vpc: () => Promise.reject(new Error("503")) };
  await assert.rejects(ask("digitalocean:index/vpc:Vpc", { name: "v" }, false, { find: broken }), /503/);
});

test("a key that was being made is replaced; one that may be somebody's is left to a person", async () => {
  const type = "aws:iam/accessKey:AccessKey";
  assert.deepEqual(await ask(type, { user: "u" }, true), { kind: "id", id: "NEW", renew: true });
  const answer = await ask(type, { user: "u" });
  assert.equal(answer.kind, "by hand");
  assert.deepEqual(answer.steps.slice(1), [
    "aws iam delete-access-key --user-name u --access-key-id NEW",
    "aws iam delete-access-key --user-name u --access-key-id OLD",
  ]);
  const none = { ...find, accessKeys: async () => ["OWN"] };
  assert.deepEqual(await ask(type, { user: "u" }, false, { find: none }), { kind: "absent" });
});

test("of two distributions with the same tags a person chooses", async () => {
  const answer = await ask("aws:cloudfront/distribution:Distribution", { tags: { site: "two" } });
  assert.equal(answer.kind, "by hand");
  assert.match(answer.reason, /D1, D2$/);
  // A distribution of another program, without the tag, could be anything.
  assert.deepEqual(await ask("aws:cloudfront/distribution:Distribution", { tags: { a: "b" } }), {
    kind: "absent",
  });
});

test("an origin access control is left to a person, with the commands, unless another creation was cut off", async () => {
  const type = "aws:cloudfront/originAccessControl:OriginAccessControl";
  const answer = await ask(type, { name: "kai-origin" });
  assert.equal(answer.kind, "by hand");
  assert.match(answer.steps[1] ?? "", /^aws cloudfront list-origin-access-controls .*'kai-origin'/);
  assert.equal(answer.steps[2], `pulumi config set --path 'kai:adopt["thing"]' ID --stack production`);
  assert.equal((await ask(type, { name: "kai-origin" }, true, { knowsCut: true })).kind, "by hand");
  assert.equal((await ask(type, { name: "kai-origin" }, false, { knowsCut: true })).kind, "absent");
});

test("a type that is not in the table is left to a person", async () => {
  const answer = await ask("aws:sqs/queue:Queue", { name: "q" });
  assert.equal(answer.kind, "by hand");
  assert.match(answer.reason, /aws:sqs\/queue:Queue/);
});

test("the table knows every type that the program may declare", async () => {
  const types = Object.entries(packages).flatMap(([name, { files, custom = [] }]) => [
    ...files.flatMap((file) => typeOf(name, file)),
    ...custom,
  ]);
  assert.ok(types.length > 50);
  for (const type of types) {
    const answer = await ask(type, {});
    const isUnknown = answer.kind === "by hand" && answer.reason.startsWith("kai does not know");
    assert.ok(!isUnknown, type);
  }
});

/** The type token of a file of an npm package; none for functions and the provider. */
function typeOf(name: string, file: string): string[] {
  const base = file.split("/").at(-1) ?? file;
  if (base.startsWith("get") || base === "provider") return [];
  const title = base.charAt(0).toUpperCase() + base.slice(1);
  if (name === "kubernetes") return [`kubernetes:${file.slice(0, file.lastIndexOf("/"))}:${title}`];
  return [`${name}:${file.includes("/") ? file : `index/${file}`}:${title}`];
}
