/** No sequence of actions by anyone but Basilakis changes `main` in the specification's profile (issue 6). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deeds, ending } from "./deeds.ts";
import { type Kind, layDown } from "./profile.ts";
import { BOT, type Served, served } from "./support.ts";

const OTHERS = ["eleni-dev", "nikos-ops", "octocat", BOT] as const;

/** One thing that somebody does. Whether it works is not asked. */
interface Step {
  who: (typeof OTHERS)[number];
  what: keyof typeof DOINGS;
  /** Which pull request, where several are open. */
  pick: number;
}

interface Scene {
  on: Served;
  deeds: Deeds;
  place: { owner: string; repo: string };
  /** Pull requests to `main` and their heads. */
  pulls: { number: number; head: string; branch: string }[];
}

const pullAt = ({ pulls }: Scene, pick: number) => pulls[pick % pulls.length];

const DOINGS = {
  async propose(scene: Scene, { who }: Step) {
    if (who !== BOT && who !== "octocat") scene.pulls.push(await scene.deeds.propose(who, "main"));
  },
  async approve(scene: Scene, { who, pick }: Step) {
    const pull = pullAt(scene, pick);
    if (pull) await scene.deeds.review(who, pull.number);
  },
  async pass(scene: Scene, { pick }: Step) {
    const pull = pullAt(scene, pick);
    if (pull) await scene.deeds.passes(pull.head);
  },
  async merge(scene: Scene, { who, pick }: Step) {
    const pull = pullAt(scene, pick);
    const method = (["merge", "squash", "rebase"] as const)[pick % 3];
    if (pull) await scene.deeds.merge(who, pull.number, method);
  },
  /** The head of a pull request, which may be approved and green, is pushed to `main` itself. */
  async pushApproved(scene: Scene, { who, pick }: Step) {
    const pull = pullAt(scene, pick);
    if (pull) await scene.deeds.push(who, "main", pull.head, pick % 2 === 0);
  },
  async push({ deeds }: Scene, { who }: Step) {
    const sha = await deeds.commit("main");
    await deeds.passes(sha);
    await deeds.push(who, "main", sha);
  },
  async rewrite({ deeds }: Scene, { who }: Step) {
    await deeds.push(who, "main", await deeds.commit("main", []), true);
  },
  async remove({ deeds }: Scene, { who }: Step) {
    await deeds.remove(who, "main");
  },
  async mergeBranches({ on, place }: Scene, { who }: Step) {
    await ending(on.as(who).repos.merge({ ...place, base: "main", head: "staging" }));
  },
  async writeFile({ on, place }: Scene, { who, pick }: Step) {
    const content = Buffer.from(`${pick}`).toString("base64");
    const file = { path: "file", message: "m", content, branch: "main" };
    await ending(on.as(who).repos.createOrUpdateFileContents({ ...place, ...file }));
  },
  async switchOff({ on, place }: Scene, { who }: Step) {
    for (const { id } of on.record(`${place.owner}/${place.repo}`.toLowerCase()).rulesets) {
      await ending(on.as(who).repos.deleteRepoRuleset({ ...place, ruleset_id: id }));
    }
    await ending(on.as(who).repos.deleteBranchProtection({ ...place, branch: "main" }));
  },
  async bypass({ on, place }: Scene, { who }: Step) {
    await ending(on.as(who).repos.addCollaborator({ ...place, username: who, permission: "admin" }));
    await ending(on.as(who).repos.update({ ...place, default_branch: "staging" }));
  },
  async deploy({ on, place }: Scene, { who }: Step) {
    await ending(on.as(who).repos.createDeployment({ ...place, ref: "main", required_contexts: [] }));
  },
} satisfies Record<string, (scene: Scene, step: Step) => Promise<void>>;

const steps = fc.array(
  fc.record<Step>({
    who: fc.constantFrom(...OTHERS),
    what: fc.constantFrom(...(Object.keys(DOINGS) as (keyof typeof DOINGS)[])),
    pick: fc.nat(5),
  }),
  { minLength: 1, maxLength: 12 },
);

const KINDS: Kind[] = [
  { owner: "Basilakis", rules: "rulesets" },
  { owner: "Basilakis", rules: "rulesets", mainPushMode: "direct" },
  { owner: "kai-platform", rules: "rulesets" },
  { owner: "kai-platform", rules: "classic" },
];

describe("main", () => {
  for (const kind of KINDS) {
    const { owner, rules, mainPushMode = "merge-only" } = kind;
    it(`stays as it is whatever others do (${owner}, ${rules}, ${mainPushMode})`, async (t) => {
      const on = await served(t);
      const place = await layDown(on, kind);
      const deeds = new Deeds(on, place);
      // The owner himself has approved one: that alone must not be enough for others.
      const first = await deeds.propose("eleni-dev", "main");
      await deeds.passes(first.head);
      await deeds.review("Basilakis", first.number);
      const head = await deeds.head("main");
      const start = structuredClone(on.world.store.data);
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          Object.assign(on.world.store.data, structuredClone(start));
          const scene: Scene = { on, deeds, place, pulls: [first] };
          for (const step of sequence) await DOINGS[step.what](scene, step);
          assert.equal(await deeds.head("main"), head);
        }),
        { numRuns: 40 },
      );
    });
  }
});
