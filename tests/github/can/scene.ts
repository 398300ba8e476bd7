/** Deeds of one kind, done with everything that the answer says is needed, or with nothing of it. */

import type { Action, Answer } from "../../../github/can/answer.ts";
import { can } from "../../../github/can/can.ts";
import { Deeds, type Ending, type Place } from "../../sandbox/github/deeds.ts";
import { BOT, type Served } from "../../sandbox/github/support.ts";

export const USERS = ["Basilakis", "eleni-dev", "nikos-ops", "octocat", BOT] as const;
export type User = (typeof USERS)[number];

/** A repository whose documents are put back after each deed. */
export class Scene {
  readonly #on: Served;
  readonly #place: Place;
  readonly #start: Served["world"]["store"]["data"];

  constructor(on: Served, place: Place) {
    this.#on = on;
    this.#place = place;
    this.#start = structuredClone(on.world.store.data);
  }

  /** Asked with an administrator's token. */
  ask(user: string, action: Action, target: string): Promise<Answer> {
    return can(this.#on.as(), this.#place, { user, action, target });
  }

  /** Does something in a fresh copy of the repository. */
  async in<T>(deed: (deeds: Deeds) => Promise<T>): Promise<T> {
    Object.assign(this.#on.world.store.data, structuredClone(this.#start));
    const found = await deed(new Deeds(this.#on, this.#place));
    Object.assign(this.#on.world.store.data, structuredClone(this.#start));
    return found;
  }

  /** Whether it works. */
  async try(deed: (deeds: Deeds) => Promise<Ending>): Promise<boolean> {
    return (await this.in(deed)) === "done";
  }

  /** Pushes a new commit. */
  push(user: string, branch: string, { isGreen }: { isGreen: boolean }): Promise<boolean> {
    return this.try(async (deeds) => {
      const sha = await deeds.commit(branch);
      if (isGreen) await deeds.passes(sha);
      return deeds.push(user, branch, sha);
    });
  }

  remove(user: string, branch: string): Promise<boolean> {
    return this.try((deeds) => deeds.remove(user, branch));
  }

  /** Merges another's pull request, in the way that works where there is one. */
  async merge(user: string, branch: string, state: { isGreen: boolean; isApproved: boolean }) {
    for (const method of ["squash", "rebase", "merge"] as const) {
      const isDone = await this.try(async (deeds) => {
        const { number, head } = await deeds.propose("eleni-dev", branch);
        if (state.isGreen) await deeds.passes(head);
        if (state.isApproved) await deeds.review("nikos-ops", number);
        return deeds.merge(user, number, method);
      });
      if (isDone) return true;
    }
    return false;
  }
}

/** Whether the answer says that a rule of this type must be met. */
export function needs({ reasons }: Answer, rule: string): boolean {
  return reasons.some((reason) => reason.verdict === "needs" && reason.rule === rule);
}
