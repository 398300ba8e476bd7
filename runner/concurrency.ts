/** Concurrency groups (docs.github.com, workflow syntax, `concurrency`). */

export interface Concurrency {
  group: string;
  /** Whether the holder is cancelled when somebody else comes. */
  cancelInProgress: boolean;
  /** `single`: at most one waits, and a newer one takes its place. `max`: all wait, in the order in which they came. */
  queue: "single" | "max";
}

interface Member {
  cancel(): void;
  enter(): void;
  giveUp(): void;
}

/** The groups of a repository: everything in one group goes one after the other. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, { holder: Member; waiting: Member[] }>();

  /**
   * Waits for the group.
   * @param cancel is called when a newer member of the group wants the holder to end.
   * @param signal ends the waiting.
   * @returns what leaves the group again, or undefined for one that was cancelled while it waited.
   */
  async enter(
    { group, cancelInProgress, queue }: Concurrency,
    cancel: () => void,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined> {
    const key = group.toLowerCase();
    const entered = Promise.withResolvers<boolean>();
    const member: Member = {
      cancel,
      enter: () => entered.resolve(true),
      giveUp: () => entered.resolve(false),
    };
    const present = this.#groups.get(key);
    if (!present) {
      this.#groups.set(key, { holder: member, waiting: [] });
      member.enter();
    } else {
      if (queue === "single") for (const other of present.waiting.splice(0)) other.giveUp();
      present.waiting.push(member);
      if (cancelInProgress) present.holder.cancel();
      signal.addEventListener("abort", () => {
        present.waiting = present.waiting.filter((one) => one !== member);
        member.giveUp();
      });
      if (signal.aborted) member.giveUp();
    }
    return (await entered.promise) ? () => this.#leave(key) : undefined;
  }

  #leave(key: string): void {
    const group = this.#groups.get(key);
    const next = group?.waiting.shift();
    if (!group || !next) {
      this.#groups.delete(key);
      return;
    }
    group.holder = next;
    next.enter();
  }
}
