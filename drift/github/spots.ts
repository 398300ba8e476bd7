/** Collects what a comparison finds, and what it could not look at. No I/O. */
import type { Seen } from "../../github/inventory/inventory.ts";
import type { Difference } from "../differences.ts";
import type { Deployed } from "./deployed.ts";

/** Something that the token was not shown. */
export interface Unseen {
  /** In a few words, such as `deploy keys`. */
  what: string;
  /** One sentence: which right is missing, or what GitHub answered. */
  reason: string;
}

/** A finding of the engine that only says that its token was not shown something. */
export interface Blinded {
  urn: string;
  /** The property that it wrongly says has changed; undefined: it wrongly says that the object is gone. */
  property?: string;
}

/** What a comparison says. */
export interface BlindSpots {
  findings: Difference[];
  unseen: Unseen[];
  blinded: Blinded[];
}

/** What differs, and what puts it back where an `up` does not. */
interface Values {
  /** Left out: it should not be there. */
  wanted?: unknown;
  /** Left out: it is not there. */
  found?: unknown;
  remedy: string;
}

export class Spots {
  readonly found: BlindSpots = { findings: [], unseen: [], blinded: [] };

  /** @param subject the object in the program that it belongs to */
  add({ urn, type, name, id }: Deployed, property: string, values: Values): void {
    const subject = { urn, type, name, id, cloud: "github" };
    this.found.findings.push({ ...subject, kind: "changed", property, ...values, replaces: false });
  }

  /** What may be seen of a part; undefined where it may not, which is then told. */
  see<T>(what: string, part: Seen<T>): T | undefined {
    if (part.seen) return part.value;
    this.hide(what, part.reason);
    return undefined;
  }

  hide(what: string, reason: string): void {
    this.found.unseen.push({ what, reason });
  }

  /** A finding of the engine that is none. */
  blind(blinded: Blinded): void {
    this.found.blinded.push(blinded);
  }
}

/** A member of an object by its name, as property paths write it: `deployKeys["ci"]`. */
export function member(list: string, name: string): string {
  return `${list}[${JSON.stringify(name)}]`;
}
