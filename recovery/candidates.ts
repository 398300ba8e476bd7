/** What a cut `up` may have left behind: from the state, and from what the next `up` would create. No I/O. */
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { isObject, type Properties } from "../drift/properties.ts";

/** An object that the program wants and the state does not know; whether it exists is not known yet. */
export interface Candidate {
  urn: string;
  /** Type token, such as `digitalocean:index/vpc:Vpc`. */
  type: string;
  /** Logical name in the program. */
  name: string;
  /** What is known of its inputs: neither secrets nor what another object has yet to answer. */
  inputs: Properties;
  /** The state says that its creation was under way when the engine died. */
  isPending: boolean;
}

/** What recovery needs of a state. */
export interface StateSummary {
  /** Creations that were under way when the engine died. */
  pending: Candidate[];
  /** Ids of all objects of the stack, to tell its own from lost ones. */
  ids: ReadonlySet<string>;
  /** URNs of the stack's resources. */
  urns: ReadonlySet<string>;
}

interface Deployment {
  resources?: { urn: string; id?: string }[];
  pending_operations?: { type: string; resource: { urn: string; type: string; inputs?: Properties } }[];
}

/** @param exported what `pulumi stack export` answers; secrets in it are encrypted */
export function summaryOf(exported: { deployment: Deployment }): StateSummary {
  const { resources = [], pending_operations: operations = [] } = exported.deployment;
  return {
    ids: new Set(resources.flatMap(({ id }) => id ?? [])),
    urns: new Set(resources.map(({ urn }) => urn)),
    pending: operations
      .filter(({ type, resource }) => type === "creating" && isCandidate(resource.type))
      .map(({ resource }) => candidate(resource, true)),
  };
}

/** Takes a preview's events one by one and keeps what it would create and delete. */
export class PlannedSteps {
  readonly #found: Candidate[] = [];
  /** URNs of what it would delete. */
  readonly deletes: string[] = [];

  take(event: EngineEvent): void {
    const step = event.resourcePreEvent?.metadata;
    if (step?.op === "delete" && step.old?.custom && isCandidate(step.type)) this.deletes.push(step.urn);
    if (step?.op !== "create" || !step.new?.custom || !isCandidate(step.type)) return;
    this.#found.push(candidate({ urn: step.urn, type: step.type, inputs: step.new.inputs }, false));
  }

  /** Everything that may exist; of what is both pending and planned, the state knows more. */
  with(pending: readonly Candidate[]): Candidate[] {
    const known = new Set(pending.map(({ urn }) => urn));
    return [...pending, ...this.#found.filter(({ urn }) => !known.has(urn))];
  }
}

/** Providers are configuration, and what a dynamic provider makes is its own to make again. */
function isCandidate(type: string): boolean {
  return !type.startsWith("pulumi:") && !type.startsWith("pulumi-nodejs:");
}

function candidate(
  { urn, type, inputs = {} }: { urn: string; type: string; inputs?: Properties },
  isPending: boolean,
): Candidate {
  return { urn, type, name: urn.split("::").at(-1) ?? urn, inputs: known(inputs) as Properties, isPending };
}

// pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go and sdk/go/common/resource/sig/sig.go.
const UNKNOWN = /^04da6b54-80e4-46f7-96ec-b56ff0331ba9$|^\[unknown\]$|^output<string>$|^\[secret\]$/;
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The values without those that are not known yet and without secrets. */
function known(value: unknown): unknown {
  if (typeof value === "string") return UNKNOWN.test(value) ? undefined : value;
  if (Array.isArray(value)) return value.map(known).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (SIGNATURE in value) return undefined;
  const entries = Object.entries(value).map(([key, item]) => [key, known(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
