import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { changes, cloudFiles, stateOf } from "../support/snapshot.ts";
import { freshWorld, reconciledWorld, type TestWorld } from "../support/world.ts";

type Stack = "production" | "staging";

/** A mistake in the configuration, and what the one message about it must say. */
interface Mistake {
  title: string;
  stack: Stack;
  /** Values below `kai:`, by path. */
  config: Record<string, unknown>;
  key: string;
  says: RegExp;
}

const MISTAKES: Mistake[] = [
  {
    title: "a setting that does not exist",
    stack: "production",
    config: { clutser: { name: "kai" } },
    key: "kai:clutser",
    says: /not a setting.*`cluster`/s,
  },
  {
    title: "a value outside its range",
    stack: "production",
    config: { environment: { name: "production", branch: "main", waitMinutes: 50_000 } },
    key: "kai:environment.waitMinutes",
    says: /from 0 to 43200.*waitMinutes: 0/s,
  },
  {
    title: "parts that contradict each other",
    stack: "staging",
    config: { clouds: { vercel: false } },
    key: "kai:sites[0].hosting",
    says: /kai:clouds\.vercel is false.*pulumi config set --path kai:clouds\.vercel true --stack staging/s,
  },
  {
    title: "a secret in clear text",
    stack: "staging",
    config: { mongodbUri: "mongodb://kai:unprotected@example.com/kai" },
    key: "kai:mongodbUri",
    says: /stands in clear text.*pulumi config set --secret kai:mongodbUri --stack staging/s,
  },
  {
    title: "a secret that is missing",
    stack: "production",
    config: { dockerPassword: undefined },
    key: "kai:dockerPassword",
    says: /is not set.*pulumi config set --secret kai:dockerPassword --stack production/s,
  },
  {
    title: "both stacks own the repository",
    stack: "staging",
    config: { ownsRepository: true },
    key: "kai:ownsRepository",
    says: /is true in stack production as well.*pulumi config set kai:ownsRepository false --stack staging/s,
  },
];

describe("a wrong configuration, where everything is up", () => {
  it("gets one message with key and remedy, and touches nothing", async (t) => {
    const world = await reconciledWorld(t);
    for (const { title, stack, config, key, says } of MISTAKES) {
      await t.test(title, async () => {
        const restore = world.configure(stack, config);
        const output = await refused(world, stack);
        restore();
        assert.equal(count(diagnostics(output), /The configuration of stack \w+ has/g), 1, output);
        assert.ok(output.includes(`${key} `), `${key} is not named:\n${output}`);
        assert.match(output, says);
        assert.doesNotMatch(output, /unprotected/);
      });
    }
    await t.test("an object to adopt that the stack does not declare", async () => {
      const restore = world.configure("production", { adopt: { "cluster-vcp": "made-by-hand" } });
      const { code, output } = await world.run("pulumi", "preview", "--stack", "production");
      restore();
      assert.notEqual(code, 0);
      assert.match(
        output,
        /kai:adopt names what this stack does not declare: cluster-vcp\. .*\bcluster-vpc\b/,
      );
    });
    await t.test("two owners are found from either stack", async () => {
      world.configure("staging", { ownsRepository: true });
      assert.match(await refused(world, "production"), /kai:ownsRepository is true in stack staging as well/);
    });
    await t.test("all problems come in one message", async () => {
      world.configure("staging", { ownsRepository: true, clouds: { vercel: false }, xyz: 1 });
      const output = await refused(world, "staging");
      for (const key of ["kai:ownsRepository", "kai:sites[1].hosting", "kai:xyz"])
        assert.ok(output.includes(`${key} `), `${key} is not named:\n${output}`);
    });
  });
});

describe("mistakes of an owner, where nothing exists yet", () => {
  it("staging before the repository exists", async (t) => {
    const world = await gitHubWorld(t);
    world.clouds.github.store.data.repositories = {};
    for (const stack of world.stacks as Stack[])
      world.configure(stack, { repository: { ...REPOSITORY, existing: false } });
    const output = await refused(world, "staging");
    assert.match(output, /no repository Basilakis\/kai yet.*run `pulumi up --stack production` first/s);
    await t.test("after production, staging finds it", async () => {
      for (const stack of ["production", "staging"])
        await world.succeed("pulumi", "up", "--yes", "--skip-preview", "--stack", stack);
      const record = world.clouds.github.store.data.repositories["basilakis/kai"];
      assert.ok(record?.environments.some(({ name }) => name === "staging"));
    });
  });

  it("a token without rights", async (t) => {
    const world = await gitHubWorld(t);
    const { token } = world.clouds.github.store.data;
    const { permissions } = token;
    await t.test("an expired one is named as such before anything is made", async () => {
      token.expires_at = "2020-01-01T00:00:00Z";
      assert.match(await refused(world, "production"), /401 Bad credentials/);
      token.expires_at = null;
    });
    await t.test("one without administration rights makes nothing", async () => {
      token.permissions = { ...permissions, administration: "none", environments: "none", secrets: "none" };
      const { code, output } = await up(world, "production");
      assert.notEqual(code, 0);
      assert.match(output, /403 Resource not accessible by personal access token/);
      assert.doesNotMatch(output, /\n\s+at .*\.[tj]s:/, "no stack of calls");
      const record = world.clouds.github.store.data.repositories["basilakis/kai"];
      assert.deepEqual([record?.rulesets, record?.environments, record?.secrets], [[], [], []]);
    });
    await t.test("with the rights, the next up goes on", async () => {
      token.permissions = permissions;
      await world.succeed("pulumi", "up", "--yes", "--skip-preview", "--stack", "production");
      await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", "production");
    });
  });
});

const REPOSITORY = { owner: "Basilakis", ownerType: "user", name: "kai", visibility: "public" };

/** A fresh world whose stacks use GitHub alone. */
async function gitHubWorld(t: TestContext): Promise<TestWorld> {
  const world = await freshWorld(t);
  const clouds = { digitalocean: false, aws: false, vercel: false, database: false };
  for (const stack of world.stacks) world.configure(stack, { clouds, sites: [] });
  return world;
}

function up(world: TestWorld, stack: Stack) {
  return world.run("pulumi", "up", "--yes", "--skip-preview", "--stack", stack);
}

/** An `up` that must fail without touching a cloud or a resource of the state. Answers what was printed. */
async function refused(world: TestWorld, stack: Stack): Promise<string> {
  const held = () => ({ ...cloudFiles(world.directory), ...resources(world, stack) });
  const before = held();
  const { code, output } = await up(world, stack);
  assert.notEqual(code, 0, output);
  assert.deepEqual(changes(before, held()), []);
  assert.doesNotMatch(output, /\n\s+at .*\.[tj]s:/, "no stack of calls");
  return output;
}

/**
 * When each resource of the state was last written, without the stack itself, which the engine notes at each run, and
 * without its providers. The file as a whole cannot be compared: the engine encrypts anew each time.
 */
function resources({ directory }: TestWorld, stack: Stack): Record<string, string> {
  const own = stateOf(directory, stack).filter(({ type }) => !type.startsWith("pulumi:"));
  return Object.fromEntries(own.map(({ urn, id, modified }) => [urn, `${id} ${modified}`]));
}

function diagnostics(output: string): string {
  return output.slice(output.lastIndexOf("Diagnostics:"));
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
