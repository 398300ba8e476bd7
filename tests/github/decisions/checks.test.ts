/** Which reports satisfy a required check. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Outcome, outcome } from "../../../github/decisions/checks.ts";

const [ACTIONS, OTHER] = [15_368, 1];

function run(conclusion: string | null, app = ACTIONS) {
  const status = conclusion === null ? "in_progress" : "completed";
  return { name: "Build", status, conclusion, app: { id: app } };
}

describe("a required check of an app", () => {
  const cases: [title: string, runs: ReturnType<typeof run>[], is: Outcome][] = [
    ["nothing reported", [], "missing"],
    ["success", [run("success")], "passed"],
    ["neutral and skipped count as success", [run("neutral")], "passed"],
    ["skipped", [run("skipped")], "passed"],
    ["cancelled, timed out and stale do not", [run("cancelled")], "failed"],
    ["timed out", [run("timed_out")], "failed"],
    ["stale", [run("stale")], "failed"],
    ["running", [run(null)], "pending"],
    ["a run again counts, not the failed one before", [run("failure"), run("success")], "passed"],
    ["a run again that runs still", [run("success"), run(null)], "pending"],
    ["another app's check of that name is none", [run("success", OTHER)], "missing"],
    ["nor does it undo this one's", [run("success"), run("failure", OTHER)], "passed"],
  ];
  for (const [title, check_runs, is] of cases) {
    it(title, () => {
      const required = { context: "Build", integration_id: ACTIONS };
      assert.equal(outcome({ check_runs, statuses: [] }, required), is);
    });
  }
});

describe("a required check of anybody", () => {
  for (const integration_id of [null, undefined]) {
    it(`is named by \`integration_id: ${integration_id}\``, () => {
      const required = { context: "Build", ...(integration_id === null && { integration_id }) };
      assert.equal(outcome({ check_runs: [run("success", OTHER)], statuses: [] }, required), "passed");
      const statuses = [{ context: "Build", state: "success" }];
      assert.equal(outcome({ check_runs: [], statuses }, required), "passed");
      // "If a check and a status have the same name, both are required".
      assert.equal(outcome({ check_runs: [run("failure")], statuses }, required), "failed");
    });
  }
});
