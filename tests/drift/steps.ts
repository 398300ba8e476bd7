/** Single steps of a preview-only refresh, as the engine's event stream has them. */
import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { RefreshDigest } from "../../drift/digest.ts";
import { parsePath } from "../../drift/properties.ts";
import type { OwnImage } from "../../drift/running.ts";

const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};

/** An object with one property that differs; without a property it is gone. */
export function step(
  type: string,
  name: string,
  property?: string,
  wanted?: unknown,
  found?: unknown,
): StepEventMetadata {
  const urn = `urn:pulumi:production::kai::${type}::${name}`;
  const of = (value: unknown) => {
    const inputs = property === undefined ? {} : nested(property, value === "[secret]" ? SECRET : value);
    return { type, urn, custom: true, id: name, parent: "", provider: "", inputs, outputs: inputs };
  };
  const detailedDiff = property === undefined ? {} : { [property]: { diffKind: "update", inputDiff: false } };
  return {
    ...{ op: property === undefined ? "delete" : "update", urn, type, provider: "", old: of(wanted) },
    ...{ new: of(found), detailedDiff },
  } as unknown as StepEventMetadata;
}

/** An object that is as the last `up` left it, with what the cloud has of it. */
export function untouched(type: string, name: string, outputs: object): StepEventMetadata {
  const urn = `urn:pulumi:production::kai::${type}::${name}`;
  const state = { type, urn, custom: true, id: name, parent: "", provider: "", inputs: {}, outputs };
  return { op: "same", urn, type, provider: "", old: state, new: state } as unknown as StepEventMetadata;
}

/** The digest of a run of these steps. */
export function digestOfSteps(
  steps: readonly StepEventMetadata[],
  images?: ReadonlyMap<string, OwnImage>,
): RefreshDigest {
  const digest = new RefreshDigest(images);
  for (const metadata of steps) {
    digest.take({
      sequence: 0,
      timestamp: 0,
      resourcePreEvent: { metadata: { ...metadata, op: "refresh" } },
    });
    digest.take({ sequence: 0, timestamp: 0, resOutputsEvent: { metadata } });
  }
  return digest;
}

/** Properties that hold a value at a path alone. */
function nested(path: string, value: unknown): Record<string, unknown> {
  const whole = parsePath(path).reduceRight<unknown>((inner, part) => {
    if (typeof part === "string") return inner === undefined ? {} : { [part]: inner };
    const list = Array.from({ length: part }, () => ({}));
    return inner === undefined ? list : [...list, inner];
  }, value);
  return whole as Record<string, unknown>;
}
