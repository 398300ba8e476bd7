import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../recovery/lookups.ts";
import { describeRecovery, isComplete, type RecoveryReport, reportOf } from "../../recovery/report.ts";

const outcomes: Record<string, Outcome> = {
  vpc: { kind: "exists", id: "5a49" },
  key: { kind: "exists", id: "AKIA1", renew: true },
  secret: { kind: "repeatable" },
  pool: { kind: "absent" },
  control: { kind: "by hand", reason: "nobody can look it up", steps: ["Look:", "aws list"] },
  project: { kind: "unchecked", reason: "503 Service Unavailable" },
};

function report(names: string[], dryRun = false): RecoveryReport {
  const candidates = names.map((name) => ({
    urn: `urn:${name}`,
    type: "t",
    name,
    inputs: {},
    isPending: name === "key",
  }));
  const byUrn = new Map(names.map((name) => [`urn:${name}`, outcomes[name] as Outcome]));
  return reportOf("production", dryRun, candidates, byUrn);
}

function takenOver(names: string[]): RecoveryReport {
  const made = report(names);
  for (const object of made.found) object.taken = true;
  return made;
}

test("nothing is left when all that was found is taken over", () => {
  const made = takenOver(["vpc", "key", "secret", "pool"]);
  assert.equal(isComplete(made), true);
  const text = describeRecovery(made);
  assert.match(text, /1 creation in production had been cut off\./);
  assert.match(text, /2 objects of production found/);
  assert.match(text, /vpc \(t\), 5a49: taken over$/m);
  assert.match(text, /key \(t\), AKIA1: taken over; its secret is lost, the next up replaces it$/m);
  assert.match(text, /Now run `pulumi up --stack production`\.$/);
});

test("steps by hand, a cloud that does not answer, and what was refused are left", () => {
  assert.equal(isComplete(report(["control"])), false);
  assert.match(
    describeRecovery(report(["control"])),
    /By hand: control.*\n {2}Look:\n {2}aws list\n\nThen run/,
  );
  assert.equal(isComplete(report(["project"])), false);
  assert.match(
    describeRecovery(report(["project"])),
    /Could not be checked: project \(t\): 503.*again once/s,
  );
  assert.equal(isComplete(report(["vpc"])), false);
  const refused = takenOver(["vpc"]);
  refused.found[0]!.problem = "may not be replaced";
  assert.equal(isComplete(refused), false);
  assert.match(describeRecovery(refused), /taken over, but may not be replaced/);
});

test("a dry run says what it would do, and is complete without having done it", () => {
  const made = report(["vpc"], true);
  assert.equal(isComplete(made), true);
  assert.match(describeRecovery(made), /would be taken over.*Nothing was changed/s);
});

test("where there is nothing, it says so", () => {
  assert.match(describeRecovery(report([])), /Nothing that production wants is there/);
});
