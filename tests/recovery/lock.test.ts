import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeldByService, isStale, locksIn } from "../../recovery/lock.ts";

const refusal = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  s3://state/.pulumi/locks/organization/kai/production/1f.json: created by ann@build-7 (pid 4242) at 2026-01-02T03:04:05Z
  s3://state/.pulumi/locks/organization/kai/production/2f.json: created by DOMAIN\\bob@laptop.local (pid 7) at 2026-01-02T03:04:06+01:00`;

test("a refusal names every lock's owner", () => {
  assert.deepEqual(locksIn(refusal), [
    { user: "ann", host: "build-7", pid: 4242, since: "2026-01-02T03:04:05Z" },
    { user: "DOMAIN\\bob", host: "laptop.local", pid: 7, since: "2026-01-02T03:04:06+01:00" },
  ]);
  assert.deepEqual(locksIn("error: no stack named 'x' found"), []);
});

test("a lock is stale only if its process ran here and is gone", () => {
  const [lock] = locksIn(refusal);
  assert.ok(lock);
  const dead = { isRunning: () => false };
  assert.equal(isStale(lock, { ...dead, host: "build-7" }), true);
  assert.equal(isStale(lock, { ...dead, host: "build-8" }), false);
  assert.equal(isStale(lock, { host: "build-7", isRunning: (pid) => pid === 4242 }), false);
});

test("Pulumi Cloud's refusal is known", () => {
  assert.equal(isHeldByService("error: [409] Conflict: Another update is currently in progress."), true);
  assert.equal(isHeldByService("error: [404] Not found"), false);
});
