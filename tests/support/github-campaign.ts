/**
 * `pulumi up` of the program's GitHub part on the real engine, disturbed at a call to GitHub. After the fault the same
 * command is run again; where that is not enough `kai recover` comes first, as docs/recovery.md says.
 */
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { FaultKind } from "../../sandbox/faults.ts";
import type { GitHubData, GitHubVault } from "../../sandbox/github/store.ts";
import { normalized } from "./picture-of-world.ts";
import type { TestWorld } from "./world.ts";

/** What the program has without its other clouds. */
const GITHUB_ALONE = {
  clouds: { digitalocean: false, aws: false, vercel: false, database: false },
  services: [],
  sites: [],
};

/** Configuration of production after which an `up` updates, replaces, makes and deletes on GitHub. */
const CHANGED = {
  rules: { kind: "rulesets", mainOwner: "Basilakis", requiredReviews: 2 },
  branches: { staging: "stage" },
  environment: { name: "live", branch: "main", reviewers: ["Basilakis"], waitMinutes: 10 },
};

const STACK = ["--stack", "production"];
const UP = ["up", "--yes", "--skip-preview", ...STACK];

/** A call to GitHub: the `nth` of its kind in a run, so that it is the same one whatever runs beside it. */
export interface Call {
  operation: string;
  /** Type token of a resource or a function. */
  subject: string;
  nth: number;
}

/** How a disturbed `up` came to its end. */
export type Ending = "at once" | "by the next run" | "after kai recover";

/** Lost where something is made, changed or deleted; a lost answer to a question is a question that failed. */
export function kindsFor({ operation }: Call): FaultKind[] {
  return ["read", "invoke"].includes(operation) ? ["secondary-limit"] : ["secondary-limit", "lost-answer"];
}

/** One `up` of production, from a world that is put back before each attempt. */
export class Campaign {
  readonly #world: TestWorld;
  readonly #folder: string;
  readonly #github: GitHubData;
  readonly #vault: GitHubVault;
  /** What the undisturbed `up` calls. */
  readonly calls: Call[] = [];
  #wanted: unknown;

  /** @param folder where the stacks are kept meanwhile; it must not exist */
  private constructor(world: TestWorld, folder: string) {
    const { github } = world.clouds;
    this.#world = world;
    this.#folder = folder;
    this.#github = structuredClone(github.store.data);
    this.#vault = structuredClone(github.vault.data);
    for (const part of PARTS) cpSync(join(world.directory, part), join(folder, part), { recursive: true });
  }

  /** From the world as it is. */
  static async of(world: TestWorld, folder: string): Promise<Campaign> {
    const campaign = new Campaign(world, folder);
    await campaign.#undisturbed();
    return campaign;
  }

  async #undisturbed(): Promise<void> {
    const count = new Map<string, number>();
    this.#world.faults.next = (_, operation, subject) => {
      const nth = count.get(operation + subject) ?? 0;
      count.set(operation + subject, nth + 1);
      this.calls.push({ operation, subject, nth });
      return undefined;
    };
    await this.#world.succeed("pulumi", ...UP);
    this.#world.faults.next = () => undefined;
    this.#wanted = this.#picture();
  }

  /**
   * The `up` with one fault, and what it takes until the world is as it would have been.
   * @throws AssertionError where it does not become so
   */
  async disturbed(call: Call, kind: FaultKind): Promise<Ending> {
    this.restore();
    const what = `${kind} at ${call.operation} ${call.subject} ${call.nth}`;
    const ending = await this.#end(call, kind);
    assert.deepEqual(this.#picture(), this.#wanted, what);
    const preview = ["preview", "--refresh", "--expect-no-changes", ...STACK];
    if (ending !== "at once") await this.#world.succeed("pulumi", ...preview);
    return ending;
  }

  async #end(call: Call, kind: FaultKind): Promise<Ending> {
    const { faults } = this.#world;
    let seen = 0;
    faults.next = (_, operation, subject) =>
      operation === call.operation && subject === call.subject && seen++ === call.nth ? kind : undefined;
    const first = await this.#world.run("pulumi", ...UP);
    faults.next = () => undefined;
    assert.ok(seen > call.nth, `the call was not made:\n${first.output}`);
    if (first.code === 0) return "at once";
    const next = await this.#world.run("pulumi", ...UP);
    if (next.code === 0) return "by the next run";
    await this.#world.succeed("kai", "recover", ...STACK);
    await this.#world.succeed("pulumi", ...UP);
    return "after kai recover";
  }

  /** Puts the world back to where the `up` begins. */
  restore(): void {
    const { github } = this.#world.clouds;
    replace(github.store.data, this.#github);
    replace(github.vault.data, this.#vault);
    for (const part of PARTS) {
      rmSync(join(this.#world.directory, part), { recursive: true, force: true });
      cpSync(join(this.#folder, part), join(this.#world.directory, part), { recursive: true });
    }
  }

  /** All of GitHub, and the secrets' values as a job would read them: one ruleset more, or one value less, is seen. */
  #picture(): unknown {
    const { store, vault } = this.#world.clouds.github;
    return normalized({ repositories: store.data.repositories, vault: vault.data });
  }
}

const PARTS = ["state", "project"];

/** A fresh world in which production has GitHub alone and was never up. */
export function withoutOtherClouds(world: TestWorld): void {
  for (const stack of ["production", "staging"]) world.configure(stack, GITHUB_ALONE);
}

/** Production is up, and its configuration was changed after that. */
export async function changeAfterUp(world: TestWorld): Promise<void> {
  await world.succeed("pulumi", ...UP);
  world.configure("production", { ...CHANGED, slackWebhook: undefined });
  const environment = { name: "staging", branch: "stage" };
  world.configure("staging", { branches: CHANGED.branches, environment });
}

function replace<T extends object>(target: T, kept: T): void {
  for (const key of Object.keys(target)) Reflect.deleteProperty(target, key);
  Object.assign(target, structuredClone(kept));
}
