import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { claim, publish, release, runningWorld } from "../../sandbox/running.ts";

function world(t: TestContext): { directory: string; file: string } {
  const directory = mkdtempSync(join(tmpdir(), "kai-running-"));
  mkdirSync(join(directory, "vaults"));
  t.after(() => rmSync(directory, { recursive: true }));
  return { directory, file: join(directory, "vaults/running.json") };
}

test("a world that a living process keeps is joined, and not started twice", (t) => {
  const { directory } = world(t);
  claim(directory);
  assert.throws(() => runningWorld(directory), /is being started by process/);
  publish(directory, { A: "1" });
  assert.deepEqual(runningWorld(directory), { A: "1" });
  assert.throws(() => claim(directory), /is in use by process/);
  release(directory);
  assert.equal(runningWorld(directory), undefined);
});

test("another process that got the number of an ended one keeps nothing", {
  skip: process.platform !== "linux",
}, (t) => {
  const { directory, file } = world(t);
  claim(directory);
  publish(directory, { A: "1" });
  const run = JSON.parse(readFileSync(file, "utf8")) as { began: string };
  writeFileSync(file, JSON.stringify({ ...run, began: `${run.began}0` }));
  assert.equal(runningWorld(directory), undefined);
  claim(directory);
});

test("a file that was cut off counts as none", (t) => {
  const { directory, file } = world(t);
  writeFileSync(file, '{"pid":');
  assert.equal(runningWorld(directory), undefined);
});
