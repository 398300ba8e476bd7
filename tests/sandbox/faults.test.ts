import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Faults } from "../../sandbox/faults.ts";

function faults(t: TestContext): Faults {
  const directory = mkdtempSync(join(tmpdir(), "kai-faults-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return new Faults(join(directory, "faults.json"));
}

test("the planned number of calls fails, then calls pass again", async (t) => {
  const plan = faults(t);
  plan.plan({ kind: "503", count: 2 });
  await assert.rejects(plan.before("github", "create", "Branch"), /503 Service Unavailable/);
  await assert.rejects(plan.before("aws", "update", "Bucket"), /503/);
  await plan.before("github", "create", "Branch");
});

test("calls can be let pass first, and only the named cloud and operation fail", async (t) => {
  const plan = faults(t);
  plan.plan({ kind: "429", count: 1, skip: 1, cloud: "aws", operation: "delete" });
  await plan.before("github", "delete", "Branch");
  await plan.before("aws", "create", "Bucket");
  await plan.before("aws", "delete", "Bucket");
  await assert.rejects(plan.before("aws", "delete", "Bucket"), /429 Too Many Requests/);
});

test("reads and functions pass unless they are named", async (t) => {
  const plan = faults(t);
  plan.plan({ kind: "cut", count: 1 });
  await plan.before("github", "read", "Branch");
  await plan.before("github", "invoke", "getUser");
  await assert.rejects(plan.before("github", "update", "Branch"), /connection reset/);
});

test("a lost answer fails only after the cloud has done its part", async (t) => {
  const plan = faults(t);
  plan.plan({ kind: "lost-answer", count: 1 });
  const passed = await plan.before("aws", "create", "Bucket");
  assert.throws(() => passed.after(), /unexpected EOF/);
});

test("GitHub's limits refuse as it does", async (t) => {
  const plan = faults(t);
  plan.plan({ kind: "primary-limit", count: 1 });
  await assert.rejects(plan.before("github", "create", "Branch"), /403 API rate limit exceeded/);
  plan.plan({ kind: "secondary-limit", count: 1 });
  await assert.rejects(
    plan.before("github", "create", "Branch"),
    /403 You have exceeded a secondary rate limit/,
  );
});
