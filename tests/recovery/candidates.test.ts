import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { PlannedSteps, summaryOf } from "../../recovery/candidates.ts";

const urn = (type: string, name: string) => `urn:pulumi:production::kai::${type}::${name}`;
const VPC = "digitalocean:index/vpc:Vpc";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };

function step(op: string, type: string, name: string, inputs: object, custom = true): EngineEvent {
  const metadata = { op, type, urn: urn(type, name), [op === "delete" ? "old" : "new"]: { custom, inputs } };
  return { resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

test("a state tells what was being created, without its secrets", () => {
  const resource = { urn: urn(VPC, "cluster-vpc"), type: VPC, inputs: { name: "kai", token: secret } };
  const state = summaryOf({
    deployment: {
      resources: [{ urn: urn(VPC, "other"), id: "7" }, { urn: urn("kai:x:Y", "component") }],
      pending_operations: [
        { type: "creating", resource },
        { type: "updating", resource: { ...resource, urn: urn(VPC, "updated") } },
        {
          type: "creating",
          resource: { urn: urn("pulumi:providers:aws", "aws"), type: "pulumi:providers:aws" },
        },
      ],
    },
  });
  assert.deepEqual(state.pending, [
    { urn: resource.urn, type: VPC, name: "cluster-vpc", inputs: { name: "kai" }, isPending: true },
  ]);
  assert.deepEqual([...state.ids], ["7"]);
});

test("a state without anything is read too", () => {
  assert.deepEqual(summaryOf({ deployment: {} }).pending, []);
});

test("a plan tells what would be created; what is not known yet is left out, and the state knows better", () => {
  const planned = new PlannedSteps();
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const known = { name: "kai", vpcUuid: unknown, tags: ["a", unknown], nested: { token: secret, size: 1 } };
  planned.take(step("create", VPC, "cluster-vpc", known));
  planned.take(step("create", VPC, "pending", { name: unknown }));
  planned.take(step("update", VPC, "updated", {}));
  planned.take(step("create", "kai:x:Y", "component", {}, false));
  planned.take(step("create", "pulumi-nodejs:dynamic:Resource", "schema", {}));
  const pending = {
    urn: urn(VPC, "pending"),
    type: VPC,
    name: "pending",
    inputs: { name: "p" },
    isPending: true,
  };
  assert.deepEqual(planned.with([pending]), [
    pending,
    {
      urn: urn(VPC, "cluster-vpc"),
      type: VPC,
      name: "cluster-vpc",
      inputs: { name: "kai", tags: ["a"], nested: { size: 1 } },
      isPending: false,
    },
  ]);
});

test("a plan tells what would be deleted: it may be gone already", () => {
  const planned = new PlannedSteps();
  planned.take(step("delete", VPC, "cluster-vpc", {}));
  planned.take(step("delete", "kai:x:Y", "component", {}, false));
  planned.take(step("delete", "pulumi:providers:aws", "aws", {}));
  planned.take(step("update", VPC, "updated", {}));
  assert.deepEqual(planned.deletes, [urn(VPC, "cluster-vpc")]);
});
