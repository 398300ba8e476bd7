import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pictureOfWorld } from "../support/picture-of-world.ts";
import { recover } from "../support/recover.ts";
import { freshWorld, productionFolder } from "../support/world.ts";

/** Types whose objects are made and whose answers are lost, in the order in which they can be made. */
const ROUNDS = [
  [
    "github:index/repositoryRuleset:RepositoryRuleset",
    "digitalocean:index/vpc:Vpc",
    "aws:s3/bucket:Bucket",
    "aws:iam/user:User",
    "aws:cloudfront/cachePolicy:CachePolicy",
    "aws:cloudfront/function:Function",
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "vercel:index/project:Project",
  ],
  [
    "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
    "aws:cloudfront/distribution:Distribution",
    "aws:iam/accessKey:AccessKey",
    "kubernetes:core/v1:Namespace",
  ],
  ["kubernetes:core/v1:Service", "kubernetes:core/v1:Secret"],
  ["kubernetes:apps/v1:Deployment"],
];

/** What no data source finds, or what may be somebody's: the report says how, and the test does as it says. */
const BY_HAND = [
  "aws:cloudfront/originAccessControl:OriginAccessControl",
  "aws:iam/accessKey:AccessKey",
  // The deployer's token, whose name each run chooses anew.
  "kubernetes:core/v1:Secret",
];

test("what was made while its answer was lost is taken over, and nothing is doubled", async (t) => {
  const world = await freshWorld(t);
  const up = ["up", "--yes", "--skip-preview", "--stack", "production"];
  for (const types of ROUNDS) {
    world.faults.plan({ kind: "lost-answer", operation: "create", types, count: 1000 });
    const { code, output } = await world.run("pulumi", ...up, "--continue-on-error");
    world.faults.clear();
    assert.notEqual(code, 0);
    assert.match(output, /unexpected EOF/);
    const { found, byHand } = await recover(world, "production");
    const met = new Set([...found, ...byHand].map(({ type }) => type));
    for (const type of types) assert.ok(met.has(type), `${type} was not found: ${[...met].join(", ")}`);
    assert.deepEqual(
      [...new Set(byHand.map(({ type }) => type))],
      BY_HAND.filter((type) => types.includes(type)),
    );
  }
  await world.succeed("pulumi", ...up);
  await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", "production");
  const [actual, expected] = [world.directory, await productionFolder()].map(whatIsThere);
  assert.deepEqual(actual, expected);
});

/** The picture without who last wrote which field: an adopted object was created by one request and applied by another. */
function whatIsThere(directory: string): unknown {
  return JSON.parse(
    JSON.stringify(pictureOfWorld(directory), (key, value) => (key === "managedFields" ? undefined : value)),
  );
}

test("the lock of a process that may be alive is left, and its owner named", async (t) => {
  const world = await freshWorld(t);
  const folder = join(world.directory, "state/.pulumi/locks/organization/kai/production");
  mkdirSync(folder, { recursive: true });
  const lock = { pid: process.pid, username: "ann", timestamp: "2026-01-02T03:04:05Z" };
  for (const [host, said] of [
    [hostname(), "still runs"],
    ["build-7", "is on another machine and may still run"],
  ]) {
    writeFileSync(join(folder, "one.json"), JSON.stringify({ ...lock, hostname: host }));
    const { code, output } = await world.run("kai", "recover", "--stack", "production");
    assert.equal(code, 1);
    assert.match(
      output,
      new RegExp(`process ${process.pid} of ann on ${host}, since .*, which ${said}\\. Wait`),
    );
    assert.deepEqual(readdirSync(folder), ["one.json"]);
  }
});

test("a state whose attributes the killed engine left empty can be read again", async (t) => {
  const world = await freshWorld(t);
  const file = join(world.directory, "state/.pulumi/stacks/kai/production.json.attrs");
  writeFileSync(file, "");
  const { output } = await world.run("pulumi", "stack", "export", "--stack", "production");
  assert.match(output, /failed to load checkpoint: EOF/);
  await world.run("kai", "recover", "--stack", "production", "--dry-run");
  await world.succeed("pulumi", "stack", "export", "--stack", "production");
});
