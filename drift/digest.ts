/** Collects what matters from the event stream of one preview-only refresh. No I/O. */
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import {
  compareDifferences,
  type Difference,
  differencesOfStep,
  nameOf,
  withoutEchoes,
} from "./differences.ts";

/** An error that the engine, the program or a provider reported. */
export interface EngineError {
  /** The resource or provider it is about, where there is one. */
  urn?: string;
  message: string;
}

/**
 * Takes the engine's events one by one and keeps the findings only.
 *
 * The stream also carries debug messages, in which the engine writes secrets in clear text (seen with 3.274): they
 * are dropped here, unread, and the stream itself must never be written anywhere.
 */
export class RefreshDigest {
  readonly errors: EngineError[] = [];
  /** Objects whose live state was read. */
  objects = 0;
  /** What the engine is at, for a progress line. */
  activity = "";
  /** Whether the engine saw anything that is not as the last `up` left it, named or not. */
  sawChanges = false;
  readonly #findings: Difference[] = [];
  readonly #refreshed = new Set<string>();

  take(event: EngineEvent): void {
    const started = event.resourcePreEvent?.metadata;
    if (started?.op === "refresh") this.#refreshed.add(started.urn);
    const step = event.resOutputsEvent?.metadata;
    // Other steps on the same object belong to the program that runs beside the refresh, not to the cloud.
    if (step && this.#refreshed.delete(step.urn)) {
      if (step.old?.custom && !step.type.startsWith("pulumi:providers:")) this.objects += 1;
      if (step.op !== "same") this.sawChanges = true;
      this.#findings.push(...differencesOfStep(step));
      this.activity = nameOf(step.urn);
    }
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity === "error") {
      this.errors.push({ ...(diagnostic.urn && { urn: diagnostic.urn }), message: diagnostic.message });
    }
  }

  /** In the order of reports. */
  findings(): Difference[] {
    return withoutEchoes(this.#findings).toSorted(compareDifferences);
  }
}
