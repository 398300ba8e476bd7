/** Rate limits (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
import type { TokenDocument } from "../store.ts";

/** Requests an hour. */
const LIMITS = { anonymous: 60, user: 5000, app: 1000, graphql: 5000 } as const;
const HOUR = 3600;

interface Window {
  used: number;
  /** Seconds since 1970. */
  reset: number;
}

/** What a client has left. */
export interface Remaining {
  limit: number;
  remaining: number;
  used: number;
  reset: number;
  resource: "core" | "graphql";
}

export class Limits {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  /** @param clock seconds since 1970 */
  constructor(clock: () => number = () => Math.floor(Date.now() / 1000)) {
    this.#now = clock;
  }

  /** Counts a request and answers what is left; nothing is left where `used` exceeds the limit. */
  count(grant: TokenDocument | undefined, resource: Remaining["resource"], cost = 1): Remaining {
    const limit =
      resource === "graphql" ? LIMITS.graphql : LIMITS[grant ? (grant.app ? "app" : "user") : "anonymous"];
    const key = `${grant?.login ?? ""} ${resource}`;
    let window = this.#windows.get(key);
    if (!window || window.reset <= this.#now()) {
      window = { used: 0, reset: this.#now() + HOUR };
      this.#windows.set(key, window);
    }
    window.used += cost;
    return {
      limit,
      remaining: Math.max(0, limit - window.used),
      used: window.used,
      reset: window.reset,
      resource,
    };
  }
}

/** The headers of every answer. */
export function limitHeaders({ limit, remaining, used, reset, resource }: Remaining): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": String(remaining),
    "X-RateLimit-Used": String(Math.min(used, limit)),
    "X-RateLimit-Reset": String(reset),
    "X-RateLimit-Resource": resource,
  };
}

/** What `GET /rate_limit` answers. */
export function limitsBody({ limit, remaining, used, reset }: Remaining) {
  const core = { limit, remaining, used, reset };
  return {
    resources: { core, search: { limit: 30, remaining: 30, used: 0, reset }, graphql: core },
    rate: core,
  };
}
