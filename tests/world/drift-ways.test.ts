/** What a drift check says in trouble, and what becomes of a change that somebody keeps. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { DriftReport, ReportedStack } from "../../drift/report.ts";
import { applyTamper } from "../../sandbox/tamper.ts";
import { reconciledWorld, type TestWorld } from "../support/world.ts";

async function drift(world: TestWorld): Promise<ReportedStack & { code: number | null }> {
  const { code, output } = await world.run("kai", "drift", "--stack", "production", "--json");
  const { stacks } = JSON.parse(output.slice(output.indexOf("\n{") + 1)) as DriftReport;
  const [stack] = stacks;
  assert.ok(stack, output);
  return { ...stack, code };
}

/** Ids of the processes that run the world's Pulumi program, as Linux tells them. */
function programsOf({ env }: TestWorld): string[] {
  return readdirSync("/proc").filter((id) => {
    try {
      const isProgram = readFileSync(`/proc/${id}/cmdline`, "utf8").includes("@pulumi/pulumi/cmd/run/");
      return (
        isProgram && readFileSync(`/proc/${id}/environ`, "utf8").includes(`PULUMI_HOME=${env.PULUMI_HOME}`)
      );
    } catch {
      return false;
    }
  });
}

test("a check in trouble says which clouds it saw, and leaves nothing behind", async (t) => {
  const world = await reconciledWorld(t);
  const state = () => world.succeed("pulumi", "stack", "export", "--stack", "production");
  const before = await state();
  t.after(() => world.faults.clear());

  for (const cloud of ["github", "digitalocean", "kubernetes", "aws", "vercel"]) {
    await t.test(`${cloud} cannot be reached`, async () => {
      world.faults.plan({ kind: "cut", cloud, operation: "read", count: 1000 });
      const { code, outcome, findings, reason, clouds = [] } = await drift(world);
      assert.deepEqual([code, outcome, findings], [exitCodes.couldNotCheck, "could-not-check", []]);
      assert.match(reason ?? "", /could not be reached when it was asked for/);
      const broken = clouds.find((one) => one.cloud === cloud);
      assert.deepEqual([broken?.outcome, broken?.reason], ["could-not-check", reason]);
    });
  }

  await t.test("it is killed half-way: the next check is as if nothing had been", async () => {
    const check = spawn("kai", ["drift", "--stack", "production"], { env: world.env, stdio: "ignore" });
    const ended = new Promise((resolve) => check.on("close", (_code, signal) => resolve(signal)));
    world.faults.kill = () => check.kill("SIGKILL");
    world.faults.plan({ kind: "kill", cloud: "aws", operation: "read", count: 1, skip: 3 });
    assert.equal(await ended, "SIGKILL");
    world.faults.clear();
    // What the engine had started learns by broken pipes that it is gone.
    for (let waited = 0; programsOf(world).length > 0; waited++) {
      assert.ok(waited < 60, `a program still runs: ${programsOf(world).join(", ")}`);
      await setTimeout(500);
    }
    assert.equal((await drift(world)).code, exitCodes.ok);
    assert.equal(await state(), before);
  });
});

test("what somebody keeps is wanted from the next up on, and what was only added is ignored", async (t) => {
  const world = await reconciledWorld(t);
  await applyTamper("digitalocean-pool-bound", world);
  await applyTamper("github-deploy-key-added", world);
  await applyTamper("aws-http-allowed", world);
  const adopt = (...args: string[]) => world.run("kai", "drift", "adopt", "--stack", "production", ...args);

  const { code, output } = await adopt("--reason", "The build server pushes", "--write");
  assert.equal(code, exitCodes.findings, output);
  assert.match(output, /kai:cluster\.pools\[workers\]\.max: 25/);
  assert.match(output, /viewerProtocolPolicy\n {2}No setting says this\. Put it back: pulumi up --refresh/);
  const file = readFileSync(join(world.directory, "project/Pulumi.production.yaml"), "utf8");
  assert.match(file, /name: workers, size: s-2vcpu-4gb, min: 1, max: 25/);
  assert.match(file, /reason: The build server pushes/);

  await world.succeed("pulumi", "up", "--refresh", "--yes", "--skip-preview", "--stack", "production");
  const after = await drift(world);
  assert.deepEqual([after.code, after.findings], [exitCodes.ok, []]);
  assert.deepEqual(
    after.ignored?.map(({ property }) => property),
    ['deployKeys["build server"]'],
  );
});
