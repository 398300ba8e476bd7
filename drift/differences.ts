/** From one step of the engine's refresh to what differs between the last `up` and the cloud. No I/O. */

import { isDeepStrictEqual } from "node:util";
import type { StepEventMetadata, StepEventStateMetadata } from "@pulumi/pulumi/automation/events.js";
import { cloudOf, nameOf } from "../engine/urn.ts";
import {
  agrees,
  blindAlike,
  formatPath,
  isObject,
  type Path,
  type Properties,
  parsePath,
  secretText,
  valueAt,
} from "./properties.ts";

/** One difference, as it was seen: a changed property, or a whole object that is gone. */
export interface Difference {
  urn: string;
  /** Type token, such as `github:index/repositoryRuleset:RepositoryRuleset`. */
  type: string;
  /** Logical name in the program. */
  name: string;
  /** The object's id in its cloud. */
  id: string;
  /** github, digitalocean, kubernetes, aws, vercel, or database. */
  cloud: string;
  /** `deleted`: the object is gone, and `property`, `wanted` and `found` are left out. */
  kind: "changed" | "deleted";
  /**
   * Path of the property, such as `rules.pullRequest.requiredApprovingReviewCount`; left out where the provider
   * says that something changed and nothing that may be shown differs.
   */
  property?: string;
  /** Name of the list item in which the property is, where it has one: an index alone tells people little. */
  item?: string;
  /** What the last `up` gave it; left out where it was not set. Secrets are `[secret]`. */
  wanted?: unknown;
  /** What the cloud has now; left out where it is not set. Secrets are `[secret]`. */
  found?: unknown;
  /** The next `up` would replace the whole object in order to put this back. */
  replaces: boolean;
  /** What puts it back, in one sentence; only where an `up` does not. */
  remedy?: string;
  /** An entry of `kai:drift.ignore` that was about it, and ended. */
  expired?: { until: string; reason: string };
}

/** What one finished step of a preview-only refresh found: nothing where the object is as the last `up` left it. */
export function differencesOfStep(step: StepEventMetadata): Difference[] {
  if (step.op === "delete") return [{ ...subjectOf(step), kind: "deleted", replaces: false }];
  if (step.op !== "update") return [];
  const sides = new Sides(step.old, step.new);
  const paths = Object.entries(changedPaths(step, sides));
  if (paths.length === 0) return [{ ...subjectOf(step), kind: "changed", replaces: false }];
  const found = new Map<string, Difference>();
  for (const [text, diff] of paths) {
    // The code of a dynamic provider, kept by the engine as if it were a property.
    if (text === "__provider") continue;
    const { path, wanted, live } = sides.at(parsePath(text));
    const property = formatPath(path);
    const item = sides.itemAround(path);
    found.set(property, {
      ...subjectOf(step),
      kind: "changed",
      property,
      ...(item !== undefined && { item }),
      ...(wanted !== undefined && { wanted }),
      ...(live !== undefined && { found: live }),
      replaces: (found.get(property)?.replaces ?? false) || diff.endsWith("-replace"),
    });
  }
  return [...found.values()];
}

/**
 * The findings without what says the same again: an object that is gone is gone as well for the Kubernetes patch that
 * sets some of its fields, and would be read as two.
 */
export function withoutEchoes(findings: readonly Difference[]): Difference[] {
  const key = ({ type, id }: Difference, kind = type) => `${kind} ${id}`;
  const gone = new Set(findings.filter(({ kind }) => kind === "deleted").map((finding) => key(finding)));
  return findings.filter((finding) => {
    const patched = patchedKind(finding.type);
    return finding.kind !== "deleted" || !patched || !gone.has(key(finding, patched));
  });
}

/** The type of the object that a Kubernetes patch resource writes to. */
export function patchedKind(type: string): string | undefined {
  return /^(kubernetes:.+)Patch$/.exec(type)?.[1];
}

/** The provider's own list of paths; where it only says that something changed, what differs at the top. */
function changedPaths(step: StepEventMetadata, sides: Sides): Record<string, string> {
  const detailed = Object.entries(step.detailedDiff ?? {});
  if (detailed.length > 0)
    return Object.fromEntries(detailed.map(([path, { diffKind }]) => [path, diffKind]));
  const keys = step.diffs?.length ? step.diffs : sides.differingKeys();
  return Object.fromEntries(keys.map((key) => [formatPath([key]), "update"]));
}

/** What every difference says of the object of a step. */
export function subjectOf(step: StepEventMetadata): Omit<Difference, "kind" | "replaces"> {
  return {
    urn: step.urn,
    type: step.type,
    name: nameOf(step.urn),
    id: step.old?.id ?? "",
    cloud: cloudOf(step.type),
  };
}

/** The last deployed and the live state of one object. */
class Sides {
  readonly #oldInputs: Properties;
  readonly #oldOutputs: Properties;
  readonly #liveInputs: Properties;
  readonly #liveOutputs: Properties;

  constructor(old: StepEventStateMetadata | undefined, live: StepEventStateMetadata | undefined) {
    const states = [old?.inputs, old?.outputs, live?.inputs, live?.outputs].map((state) => state ?? {});
    const [oldInputs = {}, oldOutputs = {}, liveInputs = {}, liveOutputs = {}] = blindAlike(states);
    this.#oldInputs = oldInputs;
    this.#oldOutputs = oldOutputs;
    this.#liveInputs = liveInputs;
    this.#liveOutputs = liveOutputs;
  }

  /** Wanted and live value, at the path or at the nearest place around it where they can be told apart. */
  at(path: Path): { path: Path; wanted: unknown; live: unknown } {
    for (let end = 1; end < path.length; end++) {
      const list = path.slice(0, end);
      if (typeof path[end] === "number" && this.isUnordered(list))
        return { path: list, ...this.values(list) };
    }
    for (let end = path.length; end > 0; end--) {
      const around = path.slice(0, end);
      const values = this.values(around);
      if (values.wanted === secretText || !isDeepStrictEqual(values.wanted, values.live)) {
        return { path: around, ...values };
      }
    }
    return { path, ...this.values(path) };
  }

  /** The name that the innermost list item around a property has on both sides. */
  itemAround(path: Path): string | undefined {
    const index = path.slice(0, -1).findLastIndex((part) => typeof part === "number");
    if (index < 0) return undefined;
    const { wanted, live } = this.values(path.slice(0, index + 1));
    if (!isObject(wanted) || !isObject(live) || wanted.name !== live.name) return undefined;
    return typeof wanted.name === "string" && wanted.name !== secretText ? wanted.name : undefined;
  }

  /** Top-level properties whose value differs, where the provider names none. */
  differingKeys(): string[] {
    const inputs = differing(this.#oldInputs, this.#liveInputs);
    return inputs.length > 0 ? inputs : differing(this.#oldOutputs, this.#liveOutputs);
  }

  private values(path: Path): { wanted: unknown; live: unknown } {
    const input = valueAt(this.#oldInputs, path);
    const output = valueAt(this.#oldOutputs, path);
    const live = valueAt(this.#liveOutputs, path) ?? valueAt(this.#liveInputs, path);
    const wanted = input ?? (isDeepStrictEqual(output, live) ? undefined : output);
    return { wanted, live };
  }

  /**
   * Whether a list has to be shown as a whole: a list of plain values reads best so; and in a list where an item
   * only moved, the index in the engine's path does not say which items belong together (providers number the
   * members of sets in an order of their own).
   */
  private isUnordered(path: Path): boolean {
    const { wanted, live } = this.values(path);
    if (!Array.isArray(wanted) || !Array.isArray(live)) return false;
    if (![...wanted, ...live].some(isObject)) return true;
    return wanted.some(
      (item, index) => !agrees(item, live[index]) && live.some((other) => agrees(item, other)),
    );
  }
}

function differing(old: Properties, live: Properties): string[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(live)]);
  return [...keys].filter((key) => !isDeepStrictEqual(old[key], live[key]));
}

/** Order of findings in every report: by object, then by property. */
export function compareDifferences(a: Difference, b: Difference): number {
  return compare(a.urn, b.urn) || compare(a.property ?? "", b.property ?? "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
