/** Which clouds of a stack were compared. No I/O. */

import { cloudOf } from "../engine/urn.ts";
import type { EngineError } from "./digest.ts";
import type { Exported } from "./state.ts";

/** One cloud of a stack. */
export interface CloudReport {
  /** github, digitalocean, kubernetes, aws, vercel, or database. */
  cloud: string;
  outcome: "checked" | "could-not-check";
  /** Why not, in one sentence; only in that case. */
  reason?: string;
}

/** The clouds of a report that nobody can speak for. */
export function unchecked(clouds: readonly CloudReport[] = []): CloudReport[] {
  return clouds.filter(({ outcome }) => outcome === "could-not-check");
}

/** After a run that came to its end: every cloud that has an object. @param read URNs that were read */
export function cloudsOf(read: Iterable<string>): CloudReport[] {
  const clouds = new Set([...read].map(cloudOfUrn));
  return [...clouds].sort().map((cloud) => ({ cloud, outcome: "checked" }));
}

/**
 * After a run that broke off: a cloud is checked when all its objects in the state were read before.
 * @param reason why the run broke off
 */
export function cloudsOfBroken(
  resources: readonly Exported[],
  { read, errors, reason }: { read: ReadonlySet<string>; errors: readonly EngineError[]; reason: string },
): CloudReport[] {
  const objects = resources.filter(
    ({ custom, type, delete: isLeft }) => custom && !isLeft && !type.startsWith("pulumi:"),
  );
  const failed = new Set(errors.flatMap(({ urn }) => (urn ? [cloudOfUrn(urn)] : [])));
  const missing = new Set(objects.filter(({ urn }) => !read.has(urn)).map(({ urn }) => cloudOfUrn(urn)));
  return [...new Set(objects.map(({ urn }) => cloudOfUrn(urn)))].sort().map((cloud) => {
    if (failed.has(cloud)) return { cloud, outcome: "could-not-check", reason };
    if (!missing.has(cloud)) return { cloud, outcome: "checked" };
    return {
      cloud,
      outcome: "could-not-check",
      reason: "The engine stopped before it had read everything of it.",
    };
  });
}

function cloudOfUrn(urn: string): string {
  return cloudOf(urn.split("::")[2]?.split("$").at(-1) ?? "");
}
