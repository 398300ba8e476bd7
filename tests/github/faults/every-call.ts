/**
 * An operation of ours on the simulated GitHub's interface, disturbed at each of its requests in every way: it then says
 * so in one sentence, and the same operation once more ends where the undisturbed one does.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../../errors.ts";
import { type GitHubError, problemOf } from "../../../github/problems.ts";
import type { FaultKind } from "../../../sandbox/faults.ts";
import { ancestors } from "../../../sandbox/github/git/history.ts";
import { filesOf } from "../../../sandbox/github/git/objects.ts";
import type { RepositoryRecord } from "../../../sandbox/github/store.ts";
import { type Served, served } from "../../sandbox/github/support.ts";
import { normalized } from "../../support/picture-of-world.ts";

/** What a request can meet, and what must then be said. `cut` loses the question, `lost-answer` only the answer. */
const SAID: Partial<Record<FaultKind, RegExp>> = {
  "primary-limit": /a rate limit is reached\. Run it again after \d\d:\d\d UTC\.$/,
  "secondary-limit": /a rate limit is reached\. Run it again in a few minutes\.$/,
  "500": /^GitHub is in trouble and answered 500 .* Run it again later\.$/,
  "503": /^GitHub is in trouble and answered 503 .* Run it again later\.$/,
  cut: /^The connection to GitHub broke .* Run it again\.$/,
  "lost-answer": /^The connection to GitHub broke .* Run it again\.$/,
};

export interface Operation<P> {
  /** What is there before. */
  prepare(on: Served): Promise<P>;
  run(github: Octokit, prepared: P): Promise<unknown>;
  /** What must hold whenever the operation was interrupted. */
  always?(on: Served, prepared: P): void;
  /** The repository that it is about. Default `basilakis/kai`. */
  repository?: string;
}

/** @returns the number of requests of the undisturbed operation */
export async function disturbEveryCall<P>(t: TestContext, operation: Operation<P>): Promise<number> {
  const undisturbed = await attempt(t, operation);
  assert.ok(undisturbed.calls > 0);
  for (const [kind, said] of Object.entries(SAID) as [FaultKind, RegExp][]) {
    for (let call = 0; call < undisturbed.calls; call++) {
      const what = `${kind} at request ${call + 1} of ${undisturbed.calls}`;
      const { picture, answer, problem } = await attempt(t, operation, { kind, call });
      assert.ok(problem instanceof UserError, `${what}: ${String(problem)}`);
      assert.match(problem.message, said, what);
      assert.deepEqual(picture, undisturbed.picture, what);
      assert.equal(typeof answer, typeof undisturbed.answer);
    }
  }
  return undisturbed.calls;
}

interface Attempt {
  /** Requests of the first run. */
  calls: number;
  /** What the disturbed run said. */
  problem: unknown;
  answer: unknown;
  picture: unknown;
}

/** Runs it in a world of its own; after a fault a second time. */
async function attempt<P>(
  t: TestContext,
  operation: Operation<P>,
  fault?: { kind: FaultKind; call: number },
): Promise<Attempt> {
  const on = await served(t);
  const prepared = await operation.prepare(on);
  let calls = 0;
  on.faults.next = () => (calls++ === fault?.call ? fault.kind : undefined);
  const run = () => operation.run(impatient(on), prepared);
  let problem: unknown;
  const first = await run().catch((error: unknown) => {
    problem = error;
  });
  const made = calls;
  operation.always?.(on, prepared);
  if (problem !== undefined && !fault) throw problem;
  const answer = problem === undefined ? first : await run();
  on.server.stop();
  return { calls: made, problem, answer, picture: pictureOf(on, operation.repository ?? "basilakis/kai") };
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
function pictureOf({ record, world }: Served, repository: string): unknown {
  const { commits: _, trees: __, blobs, refs, ...rest } = record(repository);
  const branches = Object.entries(refs).map(([name, { object }]) => ({
    name,
    files: filesAt(record(repository), object.sha).map(([path, sha]) => [path, blobs[sha]]),
    commits: ancestors(record(repository), object.sha).size,
  }));
  return normalized({ ...rest, branches, vault: world.vault.data });
}

function filesAt(objects: RepositoryRecord, commit: string): [path: string, blob: string][] {
  const files = filesOf(objects, objects.commits[commit]?.tree ?? "");
  return [...files].map(([path, { sha }]) => [path, sha]);
}
