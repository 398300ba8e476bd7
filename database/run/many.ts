import { MigrationError } from "../errors.ts";
import type { Target } from "../target.ts";
import type { NamedTarget } from "./targets-file.ts";

/** What came of one target. */
export type Outcome<T> =
  | { name: string; state: "done"; value: T }
  /** It answered, and something is wrong. */
  | { name: string; state: "failed"; error: Error }
  /** There is no connection to it. */
  | { name: string; state: "unreachable"; error: MigrationError }
  /** Stopped while it was worked on; the next run continues. */
  | { name: string; state: "interrupted" }
  /** Stopped before its turn. */
  | { name: string; state: "not started" };

export interface ManyOptions {
  /** How many targets are worked on at once. Default 4. */
  parallel?: number;
  /**
   * No target begins after it. Those at work are waited for, three seconds at most, since they may listen to it too;
   * what did not end well by then is `interrupted`.
   */
  signal?: AbortSignal;
}

const GRACE_MS = 3_000;

/**
 * Does the same work on every target, several at a time. One target's failure is no other's.
 * @returns One outcome for each target, in their order.
 */
export async function onEach<T>(
  targets: readonly NamedTarget[],
  work: (target: Target, name: string) => Promise<T>,
  { parallel = 4, signal }: ManyOptions = {},
): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = targets.map(({ name }) => ({ name, state: "not started" }));
  let ended = false;
  let next = 0;
  const worker = async () => {
    while (next < targets.length && !signal?.aborted) {
      const number = next++;
      const { name, target } = targets[number]!;
      outcomes[number] = { name, state: "interrupted" };
      const outcome = await outcomeOf(name, work(target, name));
      if (!ended && (outcome.state === "done" || !signal?.aborted)) outcomes[number] = outcome;
    }
  };
  await Promise.race([Promise.all(Array.from({ length: parallel }, worker)), graceAfter(signal)]);
  ended = true;
  return outcomes;
}

/** Never, without a signal. */
function graceAfter(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => setTimeout(resolve, GRACE_MS), { once: true });
  });
}

async function outcomeOf<T>(name: string, result: Promise<T>): Promise<Outcome<T>> {
  try {
    return { name, state: "done", value: await result };
  } catch (error) {
    if (error instanceof MigrationError && error.kind === "connection")
      return { name, state: "unreachable", error };
    return { name, state: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}
