/** New values on the real engine: both readers have them, the old ones are revoked, and a rotation that stops goes on. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { type Leak, leaks } from "../support/clear-text.ts";
import { recover } from "../support/recover.ts";
import { type Ended, reconciledWorld, type TestWorld } from "../support/world.ts";

/** Runs `kai secrets rotate` in staging, with a new value on standard input where one is asked for. */
function rotate(world: TestWorld, name: string, value = ""): { ended: Promise<Ended>; pid: number } {
  const child = spawn("kai", ["secrets", "rotate", name, "--stack", "staging"], { env: world.env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  child.stdin.end(value);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
  return { ended, pid: child.pid ?? 0 };
}

function onGitHub({ clouds }: TestWorld, name: string): string {
  return clouds.github.vault.data[`Basilakis/kai/staging/${name}`] ?? "";
}

function endpoint({ clouds }: TestWorld): string {
  const clusters = Object.values(clouds.digitalocean.main.data.clusters);
  return clusters.find(({ name }) => name === "kai-staging")?.endpoint ?? "";
}

/** What the cluster's Secrets hold, decoded: name → key → value. */
function inCluster(world: TestWorld): Record<string, Record<string, string>> {
  const held = (world.clouds.kubernetes.vault.data.secrets[endpoint(world)] ?? {}) as Record<
    string,
    Record<string, string>
  >;
  const decode = (data: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
    );
  return Object.fromEntries(
    Object.entries(held).map(([name, data]) => [name.replace(/^kai-staging\//, ""), decode(data)]),
  );
}

/** Tokens that the cluster takes from the account that rolls out. */
function tokens(world: TestWorld): string[] {
  return Object.values(inCluster(world)).flatMap(({ token }) => token ?? []);
}

function tokenOnGitHub(world: TestWorld): string {
  return parse(Buffer.from(onGitHub(world, "KUBE_CONFIG_DATA"), "base64").toString()).users[0].user.token;
}

function accessKeys({ clouds }: TestWorld): string[] {
  const keys = Object.values(clouds.aws.store.data.accessKeys);
  return keys.filter(({ UserName }) => UserName.includes("staging")).map(({ AccessKeyId }) => AccessKeyId);
}

/** Kills the engine that a process started. */
function killEngineOf(pid: number): void {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const rows = table.split("\n").map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const family = new Set([String(pid)]);
  for (const [, child = "", parent = ""] of rows) if (family.has(parent)) family.add(child);
  const engine = rows.find(([, child = "", , args = ""]) => family.has(child) && /pulumi up /.test(args));
  assert.ok(engine, "there is no engine to kill");
  process.kill(Number(engine[1]), "SIGKILL");
}

describe("kai secrets rotate", () => {
  it("switches every reader and revokes the old value", async (t) => {
    const world = await reconciledWorld(t);
    const secrets: Record<string, string> = {};
    const outputs: [string, Buffer][] = [];
    const done = async (name: string, value?: string, code = 0) => {
      const { ended } = rotate(world, name, value);
      const { code: found, output } = await ended;
      outputs.push([name, Buffer.from(output)]);
      assert.equal(found, code, output);
      return output;
    };

    await t.test("a configured value: in GitHub, and it says where to revoke the old one", async () => {
      secrets.vercel = "a-new-token-of-vercel-24";
      const output = await done("VERCEL_TOKEN", `${secrets.vercel}\n`);
      for (const environment of ["staging", "staging-inspection", "staging-preview"])
        assert.equal(
          world.clouds.github.vault.data[`Basilakis/kai/${environment}/VERCEL_TOKEN`],
          secrets.vercel,
        );
      assert.match(
        output,
        /Delete the old token: vercel\.com\/account\/tokens\.\n {2}Commit Pulumi\.staging\.yaml/,
      );
    });

    await t.test("a generated one: the cluster and GitHub have the same", async () => {
      await world.succeed("pulumi", "config", "rm", "kai:jwtSecret", "--stack", "staging");
      await world.succeed("pulumi", "up", "--yes", "--skip-preview", "--stack", "staging");
      secrets.jwtBefore = onGitHub(world, "JWT_SECRET");
      await done("JWT_SECRET");
      secrets.jwt = onGitHub(world, "JWT_SECRET");
      assert.notEqual(secrets.jwt, secrets.jwtBefore);
      assert.equal(inCluster(world)["kai-secrets"]?.JWT_SECRET, secrets.jwt);
    });

    await t.test(
      "an access key: stopped on the way the old one works; then one key is left, the new one",
      async () => {
        const [before = ""] = accessKeys(world);
        world.faults.plan({ kind: "500", cloud: "github", operation: "update", count: 100 });
        const output = await done("AWS_ACCESS_KEY_ID", undefined, 1);
        world.faults.clear();
        assert.match(output, /the old value still works\. Run the same command again/);
        assert.equal(accessKeys(world).length, 2);
        assert.equal(onGitHub(world, "AWS_ACCESS_KEY_ID"), before);
        await done("AWS_ACCESS_KEY_ID");
        const [after = "", ...others] = accessKeys(world);
        assert.deepEqual(others, []);
        assert.notEqual(after, before);
        assert.equal(onGitHub(world, "AWS_ACCESS_KEY_ID"), after);
        secrets.aws = world.clouds.aws.vault.data.secretAccessKeys[after] ?? "";
        assert.equal(onGitHub(world, "AWS_SECRET_ACCESS_KEY"), secrets.aws);
      },
    );

    await t.test("the kubeconfig: after a kill the same command ends it, and one token is left", async () => {
      const [before = ""] = tokens(world);
      assert.equal(tokenOnGitHub(world), before);
      const { ended, pid } = rotate(world, "KUBE_CONFIG_DATA");
      world.faults.kill = () => killEngineOf(pid);
      world.faults.plan({ kind: "kill", cloud: "github", operation: "update", count: 1 });
      const killed = await ended;
      world.faults.clear();
      assert.equal(killed.code, 1, killed.output);
      assert.ok(tokens(world).includes(before));
      await recover(world, "staging");
      await done("KUBE_CONFIG_DATA");
      const [after = "", ...others] = tokens(world);
      assert.deepEqual(others, []);
      assert.notEqual(after, before);
      assert.equal(tokenOnGitHub(world), after);
      Object.assign(secrets, { tokenBefore: before, token: after });
    });

    await t.test("and no value was printed, nor is there anything left to do", async () => {
      const found: Leak[] = leaks(secrets, outputs);
      assert.deepEqual(found, []);
      await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", "staging");
    });
  });
});
