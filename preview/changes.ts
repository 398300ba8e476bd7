/** What a preview of the engine says, in the terms of people who read it. No I/O. */
import { createHash } from "node:crypto";
import { cloudOf, nameOf } from "../engine/urn.ts";

/** What is done to one resource, the gravest first. */
export const KINDS = ["replace", "delete", "change", "import", "create"] as const;
export type Kind = (typeof KINDS)[number];

/** One resource that would not stay as it is. Values are left out: no property of it could then be a secret. */
export interface Change {
  kind: Kind;
  /** github, digitalocean, kubernetes, aws, vercel, or database; `pulumi` for what exists in the state alone. */
  cloud: string;
  /** Logical name in the program. */
  name: string;
  /** Type token, such as `aws:s3/bucket:Bucket`. */
  type: string;
  /** Properties that differ; of a replacement those that force it. */
  properties: string[];
}

/** What one preview says. */
export interface Preview {
  /** Sorted by kind, cloud and name. */
  changes: Change[];
  /** What the engine, the program and the providers called an error; with any, `changes` may be incomplete. */
  errors: string[];
  /** The same for two previews that would do the same, however long ago. Secrets have no part in it. */
  fingerprint: string;
}

/** A step of `pulumi preview --json` (pulumi/pulumi, pkg/backend/display/json.go). */
interface Step {
  op: string;
  urn: string;
  newState?: { type?: string; inputs?: unknown };
  oldState?: { type?: string };
  diffReasons?: string[] | null;
  replaceReasons?: string[] | null;
  detailedDiff?: Record<string, { kind: string }> | null;
}

interface Document {
  steps?: Step[];
  diagnostics?: { message?: string; severity?: string; urn?: string }[];
}

const KIND_OF: Record<string, Kind> = {
  create: "create",
  import: "import",
  update: "change",
  delete: "delete",
  discard: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
};

/**
 * Reads what `pulumi preview --json` printed.
 * @returns undefined for anything else: the engine ended before it had an answer.
 */
export function readPreview(text: string): Preview | undefined {
  const document = parse(text);
  if (!document) return undefined;
  const steps = (document.steps ?? []).filter(({ op }) => op in KIND_OF);
  const byUrn = new Map<string, Step>();
  for (const step of steps) byUrn.set(step.urn, { ...byUrn.get(step.urn), ...step });
  const changes = [...byUrn.values()].map(changeOf);
  const errors = (document.diagnostics ?? []).filter(({ severity }) => severity === "error");
  return {
    changes: changes.toSorted(compare),
    errors: errors.map(({ message, urn }) => `${urn ? `${nameOf(urn)}: ` : ""}${message ?? ""}`.trim()),
    fingerprint: fingerprintOf(steps),
  };
}

function parse(text: string): Document | undefined {
  // The engine may print warnings before its answer.
  const start = text.indexOf("{");
  try {
    return JSON.parse(text.slice(Math.max(start, 0))) as Document;
  } catch {
    return undefined;
  }
}

function changeOf({ op, urn, newState, oldState, diffReasons, replaceReasons, detailedDiff }: Step): Change {
  const kind = KIND_OF[op] ?? "change";
  const type = newState?.type ?? oldState?.type ?? "";
  const detailed = Object.keys(detailedDiff ?? {});
  const reasons =
    kind === "replace" ? (replaceReasons ?? []) : detailed.length > 0 ? detailed : (diffReasons ?? []);
  const properties = kind === "change" || kind === "replace" ? reasons : [];
  return { kind, cloud: cloudOf(type), name: nameOf(urn), type, properties: [...new Set(properties)].sort() };
}

function compare(a: Change, b: Change): number {
  const rank = (change: Change) =>
    [KINDS.indexOf(change.kind).toString(), change.cloud, change.name, change.type].join("\0");
  return rank(a) < rank(b) ? -1 : 1;
}

/** Everything that would be done and to what values; the engine shows secrets as `[secret]`, and so they count here. */
function fingerprintOf(steps: readonly Step[]): string {
  const parts = steps.map(({ op, urn, newState, replaceReasons, detailedDiff }) =>
    stable([urn, op, newState?.inputs ?? null, replaceReasons ?? [], Object.keys(detailedDiff ?? {}).sort()]),
  );
  return createHash("sha256").update(parts.sort().join("\n")).digest("hex").slice(0, 16);
}

/** JSON with the keys of objects in order. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
