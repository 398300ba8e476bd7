/** What `kai can` answers is what happens when it is done: on the specification's rules, and on rules made at random. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Kind, layDown } from "../../sandbox/github/profile.ts";
import { served } from "../../sandbox/github/support.ts";
import { needs, Scene, USERS } from "./scene.ts";

const KINDS: Kind[] = [
  { owner: "Basilakis", rules: "rulesets" },
  { owner: "Basilakis", rules: "rulesets", mainPushMode: "direct" },
  { owner: "kai-platform", rules: "rulesets" },
  { owner: "kai-platform", rules: "classic" },
];
const BRANCHES = ["main", "staging", "development"];

/** Asks, does, compares. */
async function comparePush(scene: Scene, user: string, branch: string) {
  const answer = await scene.ask(user, "push", branch);
  const what = `${user} pushes to ${branch}: ${JSON.stringify(answer)}`;
  assert.equal(await scene.push(user, branch, { isGreen: true }), answer.answer === "yes", what);
  const isUncheckedFine = answer.answer === "yes" && !needs(answer, "required_status_checks");
  assert.equal(await scene.push(user, branch, { isGreen: false }), isUncheckedFine, what);
}

async function compareDelete(scene: Scene, user: string, branch: string) {
  const answer = await scene.ask(user, "delete", branch);
  const what = `${user} deletes ${branch}: ${JSON.stringify(answer)}`;
  assert.equal(await scene.remove(user, branch), answer.answer === "yes", what);
}

async function compareMerge(scene: Scene, user: string, branch: string) {
  const answer = await scene.ask(user, "merge", branch);
  const what = `${user} merges to ${branch}: ${JSON.stringify(answer)}`;
  const isYes = answer.answer === "yes";
  const whole = { isGreen: true, isApproved: true };
  assert.equal(await scene.merge(user, branch, whole), isYes, what);
  const isUncheckedFine = isYes && !needs(answer, "required_status_checks");
  assert.equal(await scene.merge(user, branch, { ...whole, isGreen: false }), isUncheckedFine, what);
  const isUnreviewedFine = isYes && !needs(answer, "pull_request");
  assert.equal(await scene.merge(user, branch, { ...whole, isApproved: false }), isUnreviewedFine, what);
}

describe("the specification's rules", () => {
  for (const kind of KINDS) {
    it(`${kind.owner}, ${kind.rules}, ${kind.mainPushMode ?? "merge-only"}: everybody, every branch`, async (t) => {
      const on = await served(t);
      const scene = new Scene(on, await layDown(on, kind));
      for (const user of USERS) {
        for (const branch of BRANCHES) {
          await comparePush(scene, user, branch);
          await compareDelete(scene, user, branch);
          await compareMerge(scene, user, branch);
        }
      }
    });
  }
});

const CHECKS = {
  type: "required_status_checks",
  parameters: {
    strict_required_status_checks_policy: false,
    required_status_checks: [{ context: "Build and Test", integration_id: 15_368 }],
  },
};
const REVIEWS = {
  type: "pull_request",
  parameters: {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
  },
};
const RULES = [
  CHECKS,
  REVIEWS,
  { ...REVIEWS, parameters: { ...REVIEWS.parameters, allowed_merge_methods: ["rebase"] } },
  ...["update", "deletion", "creation", "non_fast_forward", "required_linear_history"].map((type) => ({
    type,
  })),
];
const BYPASSES = [
  { actor_type: "RepositoryRole", actor_id: 5 },
  { actor_type: "RepositoryRole", actor_id: 4 },
  { actor_type: "User", actor_id: 58_231_104 },
  { actor_type: "User", actor_id: 61_400_233 },
];

const ruleset = fc.record({
  include: fc.constantFrom("refs/heads/*", "~DEFAULT_BRANCH", "refs/heads/main", "refs/heads/dev*", "main"),
  enforcement: fc.constantFrom("active" as const, "disabled" as const),
  rules: fc.uniqueArray(fc.constantFrom(...RULES), { selector: ({ type }) => type, maxLength: 4 }),
  bypass: fc.uniqueArray(
    fc.tuple(fc.constantFrom(...BYPASSES), fc.constantFrom("always" as const, "pull_request" as const)),
    { selector: ([actor]) => JSON.stringify(actor), maxLength: 2 },
  ),
});

describe("rules made at random", () => {
  it("the answer is what happens", async (t) => {
    const on = await served(t);
    const place = { owner: "Basilakis", repo: "kai" };
    const { data: main } = await on.as().git.getRef({ ...place, ref: "heads/main" });
    await on.as().git.createRef({ ...place, ref: "refs/heads/development", sha: main.object.sha });
    const bare = structuredClone(on.world.store.data);
    const compare = fc.constantFrom(comparePush, compareDelete, compareMerge);
    const question = fc.tuple(compare, fc.constantFrom(...USERS), fc.constantFrom("main", "development"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(ruleset, { minLength: 1, maxLength: 3 }),
        question,
        async (rulesets, asked) => {
          Object.assign(on.world.store.data, structuredClone(bare));
          for (const [index, { include, enforcement, rules, bypass }] of rulesets.entries()) {
            await on.as().repos.createRepoRuleset({
              ...place,
              name: `random-${index}`,
              enforcement,
              conditions: { ref_name: { include: [include], exclude: [] } },
              rules: rules as never,
              bypass_actors: bypass.map(([actor, bypass_mode]) => ({ ...actor, bypass_mode })) as never,
            });
          }
          const [ask, user, branch] = asked;
          await ask(new Scene(on, place), user, branch);
        },
      ),
      { numRuns: 60 },
    );
  });
});
