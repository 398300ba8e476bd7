/**
 * The specification's "Branch Protection Rules" as sentences, each tried by really pushing, merging and deleting over the
 * interface: actor × branch × action × state of reviews and checks.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deeds, type Ending } from "./deeds.ts";
import { type Kind, layDown } from "./profile.ts";
import { served } from "./support.ts";

const OWNER = "Basilakis";
const WRITER = "eleni-dev";
const OTHER = "nikos-ops";
const STRANGER = "octocat";

/** Done, or refused with a reason; where the kinds of repository differ, for each. */
type Expected = RegExp | "done";

interface Sentence {
  text: string;
  deed(deeds: Deeds): Promise<Ending>;
  user: Expected;
  organization: Expected;
  classic: Expected;
}

const same = (expected: Expected) => ({ user: expected, organization: expected, classic: expected });

/** With rulesets one way, with classic rules another. */
const by = (rulesets: Expected, classic: Expected) => ({ user: rulesets, organization: rulesets, classic });

const LOCKED = /422 Repository rule violations found\n\nCannot update this protected ref\./;
const UNLISTED = /422 .*You're not authorized to push to this branch/;
const THROUGH_PULL_REQUEST = /Changes must be made through a pull request\./;
const UNCHECKED = /Required status check "Build and Test" is expected\./;

/** Pushes one commit to a branch. */
const pushes =
  (login: string, branch: string, isGreen: boolean) =>
  async (deeds: Deeds): Promise<Ending> => {
    const sha = await deeds.commit(branch);
    if (isGreen) await deeds.passes(sha);
    return deeds.push(login, branch, sha);
  };

interface PullState {
  approvedBy?: string[];
  rejectedBy?: string;
  isGreen?: boolean;
  method?: "merge" | "squash" | "rebase";
  author?: string;
}

/** Merges a pull request of one commit. */
const merges =
  (
    login: string,
    branch: string,
    { approvedBy = [], rejectedBy, isGreen = true, method, author = WRITER }: PullState,
  ) =>
  async (deeds: Deeds): Promise<Ending> => {
    const { number, head } = await deeds.propose(author, branch);
    if (isGreen) await deeds.passes(head);
    for (const reviewer of approvedBy) assert.equal(await deeds.review(reviewer, number), "done");
    if (rejectedBy) assert.equal(await deeds.review(rejectedBy, number, "REQUEST_CHANGES"), "done");
    return deeds.merge(login, number, method);
  };

/** Throws a branch's last commit away. */
const rewrites = (login: string, branch: string) => async (deeds: Deeds) => {
  const sha = await deeds.commit(branch, []);
  await deeds.passes(sha);
  return deeds.push(login, branch, sha, true);
};

const removes = (login: string, branch: string) => (deeds: Deeds) => deeds.remove(login, branch);

/** A commit with two parents, of which the check is green. */
const pushesMerge = (login: string, branch: string) => async (deeds: Deeds) => {
  const [one, other] = [await deeds.commit(branch), await deeds.commit(branch)];
  const sha = await deeds.commit(branch, [one, other]);
  for (const commit of [one, other, sha]) await deeds.passes(commit);
  return deeds.push(login, branch, sha);
};

const NEEDS_REVIEW = /405 .*At least 1 approving review is required by reviewers with write access\./s;

const SENTENCES: Sentence[] = [
  // main
  {
    text: "a writer pushes a green commit to main",
    deed: pushes(WRITER, "main", true),
    ...by(LOCKED, UNLISTED),
  },
  { text: "a stranger pushes to main", deed: pushes(STRANGER, "main", true), ...same(/404 Not Found/) },
  {
    text: "Basilakis pushes a green commit to main, where it is merged to alone",
    deed: pushes(OWNER, "main", true),
    ...same(THROUGH_PULL_REQUEST),
  },
  {
    text: "Basilakis merges an approved, green pull request to main",
    deed: merges(OWNER, "main", { approvedBy: [OTHER] }),
    ...same("done"),
  },
  {
    text: "Basilakis merges it by rebase",
    deed: merges(OWNER, "main", { approvedBy: [OTHER], method: "rebase" }),
    ...same("done"),
  },
  {
    text: "Basilakis merges it with a merge commit",
    deed: merges(OWNER, "main", { approvedBy: [OTHER], method: "merge" }),
    ...same(/405 Merge commits are not allowed on this repository\./),
  },
  { text: "Basilakis merges without a review", deed: merges(OWNER, "main", {}), ...same(NEEDS_REVIEW) },
  {
    text: "Basilakis merges his own pull request that nobody else approved",
    deed: merges(OWNER, "main", { author: OWNER }),
    ...same(NEEDS_REVIEW),
  },
  {
    text: "Basilakis merges what a stranger approved",
    deed: merges(OWNER, "main", { approvedBy: [STRANGER] }),
    ...same(NEEDS_REVIEW),
  },
  {
    text: "Basilakis merges what one approved and another rejected",
    deed: merges(OWNER, "main", { approvedBy: [OTHER], rejectedBy: OWNER }),
    ...same(/405 .*Changes were requested/s),
  },
  {
    text: "Basilakis merges what has no check",
    deed: merges(OWNER, "main", { approvedBy: [OTHER], isGreen: false }),
    ...same(UNCHECKED),
  },
  {
    text: "a writer merges an approved, green pull request to main",
    deed: merges(OTHER, "main", { approvedBy: [OWNER] }),
    ...by(/405 .*Cannot update this protected ref\./s, /405 .*not authorized to push/s),
  },
  {
    text: "Basilakis rewrites main",
    deed: rewrites(OWNER, "main"),
    ...same(/Cannot force-push to this branch/),
  },
  {
    text: "Basilakis deletes main",
    deed: removes(OWNER, "main"),
    ...same(/422 Cannot delete the default branch/),
  },
  // staging
  {
    text: "a writer pushes a green commit to staging",
    deed: pushes(WRITER, "staging", true),
    ...same(THROUGH_PULL_REQUEST),
  },
  {
    text: "a writer merges an approved, green pull request to staging",
    deed: merges(OTHER, "staging", { approvedBy: [OTHER] }),
    ...same("done"),
  },
  {
    text: "a writer merges to staging without a review",
    deed: merges(OTHER, "staging", {}),
    ...same(NEEDS_REVIEW),
  },
  {
    text: "a writer merges to staging without a check",
    deed: merges(OTHER, "staging", { approvedBy: [OTHER], isGreen: false }),
    ...same(UNCHECKED),
  },
  {
    text: "an administrator pushes to staging, with neither",
    deed: pushes(OWNER, "staging", false),
    ...same("done"),
  },
  {
    text: "an administrator merges to staging, with neither",
    deed: merges(OWNER, "staging", { isGreen: false }),
    ...same("done"),
  },
  {
    text: "a writer rewrites staging",
    deed: rewrites(WRITER, "staging"),
    ...same(/Cannot force-push to this branch/),
  },
  {
    text: "a writer deletes staging",
    deed: removes(WRITER, "staging"),
    ...same(/422 .*Cannot delete this branch/s),
  },
  { text: "an administrator deletes staging", deed: removes(OWNER, "staging"), ...same("done") },
  // development
  {
    text: "a writer pushes a green commit to development",
    deed: pushes(WRITER, "development", true),
    ...same("done"),
  },
  {
    text: "a writer pushes an untested commit to development",
    deed: pushes(WRITER, "development", false),
    ...same(UNCHECKED),
  },
  {
    text: "Basilakis pushes an untested commit to development",
    deed: pushes(OWNER, "development", false),
    ...same(UNCHECKED),
  },
  {
    text: "a writer merges a green pull request to development without a review",
    deed: merges(OTHER, "development", {}),
    ...same("done"),
  },
  {
    text: "a writer pushes a merge commit to development",
    deed: pushesMerge(WRITER, "development"),
    ...same("done"),
  },
  {
    text: "a writer deletes development",
    deed: removes(WRITER, "development"),
    ...same(/422 .*Cannot delete this branch/s),
  },
  // any other branch
  {
    text: "a writer makes and deletes a branch of their own",
    async deed(deeds) {
      const made = await deeds.create(WRITER, "mine", await deeds.head("main"));
      return made === "done" ? deeds.remove(WRITER, "mine") : made;
    },
    ...same("done"),
  },
  {
    text: "a stranger makes a branch",
    deed: async (deeds) => deeds.create(STRANGER, "theirs", await deeds.head("main")),
    ...same(/404 Not Found/),
  },
];

const KINDS: [column: "user" | "organization" | "classic", title: string, kind: Kind][] = [
  ["user", "the repository of a user, with rulesets", { owner: "Basilakis", rules: "rulesets" }],
  [
    "organization",
    "the repository of an organization, with rulesets",
    { owner: "kai-platform", rules: "rulesets" },
  ],
  [
    "classic",
    "the repository of an organization, with classic rules",
    { owner: "kai-platform", rules: "classic" },
  ],
];

for (const [column, title, kind] of KINDS) {
  describe(title, () => {
    for (const { text, deed, ...expected } of SENTENCES) {
      it(`${text}: ${expected[column] === "done" ? "done" : "refused"}`, async (t) => {
        const on = await served(t);
        const deeds = new Deeds(on, await layDown(on, kind));
        const branches = ["main", "staging", "development"];
        const before = await Promise.all(branches.map((branch) => deeds.head(branch)));
        const found = await deed(deeds);
        if (expected[column] === "done") return assert.equal(found, "done");
        assert.match(found, expected[column]);
        // Refused means that nothing moved.
        assert.deepEqual(await Promise.all(branches.map((branch) => deeds.head(branch))), before);
      });
    }
  });
}

describe("where Basilakis may push directly", () => {
  const kinds: Kind[] = KINDS.map(([, , kind]) => ({ ...kind, mainPushMode: "direct" }));
  for (const kind of kinds) {
    it(`${kind.owner}, ${kind.rules}: he may, and nobody else`, async (t) => {
      const on = await served(t);
      const deeds = new Deeds(on, await layDown(on, kind));
      assert.match(await pushes(WRITER, "main", true)(deeds), kind.rules === "classic" ? UNLISTED : LOCKED);
      assert.equal(await pushes(OWNER, "main", true)(deeds), "done");
      // Past the pull request, not past the checks: these are a ruleset of their own, and a classic list lifts no checks.
      assert.match(await pushes(OWNER, "main", false)(deeds), UNCHECKED);
    });
  }
});
