/** Collects what matters from the event stream of one preview-only refresh. No I/O. */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { nameOf } from "../engine/urn.ts";
import { compareDifferences, type Difference, differencesOfStep, withoutEchoes } from "./differences.ts";
import { isNoise } from "./noise.ts";
import type { Properties } from "./properties.ts";
import {
  type OwnImage,
  type Running,
  runningDifferences,
  runningOf,
  type Scaler,
  scalerOf,
} from "./running.ts";

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
  /** What the engine is at, for a progress line. */
  activity = "";
  /** Whether the engine saw anything that is not as the last `up` left it, named or not. */
  sawChanges = false;
  /** URNs of the objects whose live state was read. */
  readonly read = new Set<string>();
  readonly #seen: { difference: Difference; live: Properties }[] = [];
  readonly #running: Running[] = [];
  readonly #scalers: Scaler[] = [];
  readonly #refreshed = new Set<string>();
  readonly #images: ReadonlyMap<string, OwnImage>;

  /** @param images by the Deployment's name; those of an unknown one are not compared */
  constructor(images: ReadonlyMap<string, OwnImage> = new Map()) {
    this.#images = images;
  }

  take(event: EngineEvent): void {
    const started = event.resourcePreEvent?.metadata;
    if (started?.op === "refresh") this.#refreshed.add(started.urn);
    const step = event.resOutputsEvent?.metadata;
    // Other steps on the same object belong to the program that runs beside the refresh, not to the cloud.
    if (step && this.#refreshed.delete(step.urn)) this.#takeStep(step);
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity === "error") {
      this.errors.push({ ...(diagnostic.urn && { urn: diagnostic.urn }), message: diagnostic.message });
    }
  }

  #takeStep(step: StepEventMetadata): void {
    if (step.old?.custom && !step.type.startsWith("pulumi:providers:")) this.read.add(step.urn);
    if (step.op !== "same") this.sawChanges = true;
    const live = step.new?.outputs ?? {};
    this.#seen.push(...differencesOfStep(step).map((difference) => ({ difference, live })));
    const running = runningOf(step);
    if (running) this.#running.push(running);
    const scaler = scalerOf(step);
    if (scaler) this.#scalers.push(scaler);
    this.activity = nameOf(step.urn);
  }

  /** Without noise, in the order of reports. */
  differences(): Difference[] {
    const scalers = this.#scalers;
    const seen = this.#seen.filter(({ difference, live }) => !isNoise(difference, { live, scalers }));
    const running = this.#running.flatMap((each) => runningDifferences(each, scalers, this.#images));
    return [...withoutEchoes(seen.map(({ difference }) => difference)), ...running].toSorted(
      compareDifferences,
    );
  }
}
