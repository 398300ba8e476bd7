/**
 * An operation of ours on the simulated GitHub's interface, disturbed at each of its requests in every way: it then says
 * so in one sentence, and the same operation once more ends where the undisturbed one does.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../../errors.ts";
import { githubClient } from "../../../github/client.ts";
import { type GitHubError, problemOf } from "../../../github/problems.ts";
import type { FaultKind } from "../../../sandbox/faults.ts";
import { ancestors } from "../../../sandbox/github/git/history.ts";
import { filesOf } from "../../../sandbox/github/git/objects.ts";
import { Limits } from "../../../sandbox/github/http/limits.ts";
import type { GitHubData, GitHubVault, RepositoryRecord } from "../../../sandbox/github/store.ts";
import { type Served, served, TOKEN } from "../../sandbox/github/support.ts";
import { normalized } from "../../support/picture-of-world.ts";

/** What a request can meet, and what must then be said. `cut` loses the question, `lost-answer` only the answer. */
const SAID: Partial<Record<FaultKind, RegExp>> = {
  "primary-limit": /a rate limit is reached\. Run it again after \d\d:\d\d UTC\./,
  "secondary-limit": /a rate limit is reached\. Run it again in a few minutes\./,
  "503": /GitHub is in trouble and answered 503 .* Run it again later\./,
  cut: /The connection to GitHub broke .* Run it again\./,
  "lost-answer": /The connection to GitHub broke .* Run it again\./,
};

const KINDS = Object.keys(SAID) as FaultKind[];

export interface Operation<P> {
  /** What is there before. */
  prepare(on: Served): Promise<P>;
  run(github: Octokit, prepared: P): Promise<unknown>;
  /** What must hold whenever the operation was interrupted. */
  always?(on: Served, prepared: P): void;
  /** A second run answers what the first one would have; not so where something is opened or moved only once. */
  answersAgain?: true;
}

/**
 * Disturbs it at each request: a change in every way, a question in one after the other.
 * @returns the number of requests of the undisturbed operation
 */
export async function disturbEveryCall<P>(t: TestContext, operation: Operation<P>): Promise<number> {
  const scene = await Scene.open(t, operation);
  const undisturbed = await scene.attempt();
  const { calls } = undisturbed;
  assert.ok(calls.length > 0);
  for (const [call, method] of calls.entries()) {
    const kinds = method === "read" ? [KINDS[call % KINDS.length] as FaultKind] : KINDS;
    for (const kind of kinds) {
      const what = `${kind} at request ${call + 1} of ${calls.length}`;
      const { picture, answer, problem } = await scene.attempt({ kind, call });
      if (problem !== undefined) assertSaid(problem, kind, what);
      // What lived through the fault answers as if there had been none.
      if (problem === undefined || operation.answersAgain) assert.deepEqual(answer, undisturbed.answer, what);
      assert.deepEqual(picture, undisturbed.picture, what);
    }
  }
  return calls.length;
}

function assertSaid(problem: unknown, kind: FaultKind, what: string): void {
  assert.ok(problem instanceof UserError, `${what}: ${(problem as Error).stack}`);
  assert.match(problem.message, SAID[kind] ?? /never/, what);
  assert.doesNotMatch(problem.message, /\n/, what);
}

interface Attempt {
  /** What the requests of the first run were: `read`, or a kind of change. A question in GraphQL counts as a change. */
  calls: string[];
  /** What the disturbed run said. */
  problem: unknown;
  answer: unknown;
  picture: unknown;
}

/** One served GitHub, whose documents are put back before each attempt. */
class Scene<P> {
  readonly #on: Served;
  readonly #operation: Operation<P>;
  readonly #prepared: P;
  readonly #before: { data: GitHubData; vault: GitHubVault };

  private constructor(on: Served, operation: Operation<P>, prepared: P) {
    const { store, vault } = on.world;
    this.#on = on;
    this.#operation = operation;
    this.#prepared = prepared;
    this.#before = structuredClone({ data: store.data, vault: vault.data });
  }

  static async open<P>(t: TestContext, operation: Operation<P>): Promise<Scene<P>> {
    // An hour passes between two requests: only the planned limits are met.
    let hours = 0;
    const on = await served(t, new Limits(() => 3600 * hours++));
    return new Scene(on, operation, await operation.prepare(on));
  }

  /** Runs it; after a fault that it did not live through a second time. */
  async attempt(fault?: { kind: FaultKind; call: number }): Promise<Attempt> {
    const { data, vault } = structuredClone(this.#before);
    const { world, faults } = this.#on;
    Object.assign(world.store.data, data);
    for (const name of Object.keys(world.vault.data)) delete world.vault.data[name];
    Object.assign(world.vault.data, vault);
    const calls: string[] = [];
    faults.next = (_, operation) => (calls.push(operation) - 1 === fault?.call ? fault.kind : undefined);
    const run = (github: Octokit) => this.#operation.run(github, this.#prepared);
    let problem: unknown;
    const first = await run(impatient(this.#on)).catch((error: unknown) => {
      problem = error;
    });
    this.#operation.always?.(this.#on, this.#prepared);
    if (problem !== undefined && !fault) throw problem;
    faults.next = () => undefined;
    const patient = githubClient({ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: this.#on.server.url });
    const answer = normalized(problem === undefined ? first : await run(patient));
    return { calls, problem, answer, picture: pictureOf(this.#on) };
  }
}

/** The program's client without its patience: what it would wait for or try again is met. */
function impatient(on: Served): Octokit {
  const github = on.as();
  github.hook.error("request", (error) => {
    throw problemOf(error as GitHubError);
  });
  return github;
}

/** Everything of a repository and its secrets' values; of git what the branches lead to, since orphans are nobody's. */
function pictureOf({ record, world }: Served): unknown {
  const { commits: _, trees: __, blobs, refs, ...rest } = record();
  const branches = Object.entries(refs).map(([name, { object }]) => ({
    name,
    files: filesAt(record(), object.sha).map(([path, sha]) => [path, blobs[sha]]),
    commits: ancestors(record(), object.sha).size,
  }));
  return normalized({ ...rest, branches, vault: world.vault.data });
}

function filesAt(objects: RepositoryRecord, commit: string): [path: string, blob: string][] {
  const files = filesOf(objects, objects.commits[commit]?.tree ?? "");
  return [...files].map(([path, { sha }]) => [path, sha]);
}
