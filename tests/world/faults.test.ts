import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import type { FaultKind } from "../../sandbox/faults.ts";
import { pictureOfWorld } from "../support/picture-of-world.ts";
import { recover } from "../support/recover.ts";
import { freshWorld, reconciledFolder, type TestWorld } from "../support/world.ts";

/** Faults in turn. Each run of the engine meets one, so many writes after the start. */
const KINDS: FaultKind[] = ["500", "kill", "429", "cut", "503", "timeout"];
/** Writes that pass in each run before one fails. */
const STEP = 13;

/** One `up` in which the write after `skip` others fails; answers whether it still succeeded. */
async function failingUp(world: TestWorld, stack: string, kind: FaultKind, skip: number): Promise<boolean> {
  world.faults.plan({ kind, count: 1, skip });
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack];
  const engine = spawn("pulumi", args, { env: world.env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [engine.stdout, engine.stderr]) stream.on("data", (data) => (output += data));
  world.faults.kill = () => engine.kill("SIGKILL");
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    engine.on("close", (exitCode, by) => resolve([exitCode, by]));
  });
  world.faults.clear();
  if (signal) {
    assert.equal(kind, "kill");
    await recover(world, stack);
    return false;
  }
  if (code !== 0) assert.match(output, /500|429|503|connection reset|Timeout exceeded/, output);
  return code === 0;
}

test("an up that fails again and again, at each place in another way, ends in the same world", async (t) => {
  const world = await freshWorld(t);
  const met: string[] = [];
  for (const stack of ["production", "staging"]) {
    for (let run = 0; ; run++) {
      const kind = KINDS[run % KINDS.length] as FaultKind;
      if (await failingUp(world, stack, kind, STEP)) break;
      met.push(`${stack} ${kind}`);
      assert.ok(run < 40, `no progress: ${met.join(", ")}`);
    }
    await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", stack);
  }
  for (const kind of KINDS)
    assert.ok(
      met.some((fault) => fault.endsWith(` ${kind}`)),
      `no run met ${kind}`,
    );
  t.diagnostic(`${met.length} interrupted runs: ${met.join(", ")}`);
  assert.deepEqual(pictureOfWorld(world.directory), pictureOfWorld(await reconciledFolder()));
});
