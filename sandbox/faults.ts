/**
 * Failures on purpose: the next calls of a kind answer as a cloud in trouble does.
 * The plan lives in a file of the world, so that one command sets it and the next one meets it.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudError } from "./provider/declaration.ts";

/** What a command can ask for. */
export const faultKinds = [
  "500",
  "503",
  "429",
  "primary-limit",
  "secondary-limit",
  "timeout",
  "cut",
  "lost-answer",
] as const;
/** `kill`: the engine dies while the request is on its way; whoever started the engine says how (`Faults.kill`). */
export type FaultKind = (typeof faultKinds)[number] | "kill";

/** The next `count` calls that match fail, after `skip` calls that match have passed. */
export interface FaultPlan {
  kind: FaultKind;
  count: number;
  /** Calls to let pass first. Default 0. */
  skip?: number;
  /** github, aws, …; all clouds when left out. */
  cloud?: string;
  /** create, read, update, delete or invoke; all of the writes when left out. */
  operation?: string;
  /** Type tokens of the resources, such as `aws:s3/bucket:Bucket`; all when left out. */
  types?: string[];
}

/** What happens after the cloud has done its part. */
export interface Passed {
  /** Throws where the plan says that the answer gets lost on its way. */
  after(): void;
}

const passed: Passed = { after: () => {} };

export class Faults {
  readonly #file: string;
  /** Ends the engine at once, for the fault `kill`. */
  kill: () => void = () => {};

  /** @param file where the plan is kept; no file, no faults */
  constructor(file: string) {
    this.#file = file;
  }

  plan(fault: FaultPlan): void {
    writeFileSync(this.#file, JSON.stringify(fault));
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }

  /** Called before each request to a cloud; throws what the real one would answer. */
  async before(cloud: string, operation: string, subject: string): Promise<Passed> {
    const fault = this.next(cloud, operation, subject);
    if (!fault) return passed;
    const where = `${operation} ${subject}`;
    if (fault === "kill") {
      this.kill();
      // Until the connection is seen to be gone; the request is then refused.
      await sleep(500);
      return passed;
    }
    if (fault === "lost-answer") return { after: () => lost(cloud, where) };
    if (fault === "cut") throw new CloudError(0, `${cloud}: ${where}: read tcp: connection reset by peer`);
    if (fault === "timeout") {
      await sleep(1000);
      throw new CloudError(
        0,
        `${cloud}: ${where}: net/http: request canceled (Client.Timeout exceeded while awaiting headers)`,
      );
    }
    const limit = LIMITS[fault];
    if (limit) throw new CloudError(403, `${cloud}: ${where}: 403 ${limit}`);
    const text =
      fault === "429"
        ? "Too Many Requests"
        : fault === "503"
          ? "Service Unavailable"
          : "Internal Server Error";
    throw new CloudError(Number(fault), `${cloud}: ${where}: ${fault} ${text}`);
  }

  /** The fault that the plan has for a request; the plan is used up by that. */
  next(cloud: string, operation: string, subject: string): FaultKind | undefined {
    if (!existsSync(this.#file)) return undefined;
    const plan = JSON.parse(readFileSync(this.#file, "utf8")) as FaultPlan;
    if (plan.cloud && plan.cloud !== cloud) return undefined;
    if (plan.types && !plan.types.includes(subject)) return undefined;
    if (plan.operation ? plan.operation !== operation : ["read", "invoke"].includes(operation))
      return undefined;
    if (plan.skip) {
      this.plan({ ...plan, skip: plan.skip - 1 });
      return undefined;
    }
    if (plan.count <= 1) this.clear();
    else this.plan({ ...plan, count: plan.count - 1 });
    return plan.kind;
  }
}

/** What GitHub says to who asks too much (docs.github.com, rate-limits-for-the-rest-api). */
const LIMITS: Partial<Record<FaultKind, string>> = {
  "primary-limit": "API rate limit exceeded",
  "secondary-limit": "You have exceeded a secondary rate limit",
};

function lost(cloud: string, where: string): never {
  throw new CloudError(0, `${cloud}: ${where}: unexpected EOF`);
}
