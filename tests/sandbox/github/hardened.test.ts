/** The hardened profile, tried by really pushing, merging and deploying over the interface. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deeds, ending, type Place } from "./deeds.ts";
import { type Kind, layDown } from "./profile.ts";
import { type Served, served } from "./support.ts";

const OWNER = "Basilakis";
const [WRITER, OTHER] = ["eleni-dev", "nikos-ops"];
const HARDENED = { "rules.profile": "hardened" };

const KINDS: Kind[] = [
  { owner: "Basilakis", rules: "rulesets", changes: HARDENED },
  { owner: "kai-platform", rules: "rulesets", changes: HARDENED },
  { owner: "kai-platform", rules: "classic", changes: HARDENED },
];

/** A job of the workflow has deployed a commit. */
async function deploy(on: Served, place: Place, sha: string): Promise<void> {
  const { data } = await on.as(OWNER).repos.createDeployment({
    ...place,
    ref: sha,
    environment: "staging",
    auto_merge: false,
    required_contexts: [],
  });
  if (!("id" in data)) throw new Error(data.message);
  await on.as(OWNER).repos.createDeploymentStatus({ ...place, deployment_id: data.id, state: "success" });
}

for (const kind of KINDS) {
  describe(`hardened, ${kind.owner}, ${kind.rules}`, () => {
    it("main takes a commit that is green and was deployed to staging, from Basilakis alone", async (t) => {
      const on = await served(t);
      const place = await layDown(on, kind);
      const deeds = new Deeds(on, place);
      const sha = await deeds.commit("main");
      assert.match(
        await deeds.push(OWNER, "main", sha),
        /Required status check "Build and Test" is expected/,
      );
      await deeds.passes(sha);
      assert.match(await deeds.push(OWNER, "main", sha), /Missing successful active staging deployment/);
      await deploy(on, place, sha);
      assert.match(
        await deeds.push(WRITER, "main", sha),
        /Cannot update this protected ref|not authorized to push/,
      );
      assert.equal(await deeds.push(OWNER, "main", sha), "done");
    });

    it("staging takes what two others approved, from administrators too", async (t) => {
      const on = await served(t);
      const deeds = new Deeds(on, await layDown(on, kind));
      const { number, head } = await deeds.propose(WRITER, "staging");
      await deeds.passes(head);
      assert.equal(await deeds.review(OTHER, number), "done");
      assert.match(await deeds.merge(OWNER, number), /At least 2 approving reviews are required/);
      assert.equal(await deeds.review(OWNER, number), "done");
      assert.equal(await deeds.merge(OTHER, number), "done");
    });

    it("a release tag is made once, and neither moved nor deleted", async (t) => {
      const on = await served(t);
      const place = await layDown(on, kind);
      const deeds = new Deeds(on, place);
      const first = await deeds.head("main");
      const later = await deeds.commit("main");
      const { git } = on.as(OWNER);
      assert.equal(await ending(git.createRef({ ...place, ref: "refs/tags/v1.0", sha: first })), "done");
      const move = git.updateRef({ ...place, ref: "tags/v1.0", sha: later, force: true });
      assert.match(await ending(move), /Cannot update this protected ref/);
      assert.match(await ending(git.deleteRef({ ...place, ref: "tags/v1.0" })), /Cannot delete this/);
      assert.equal(await ending(git.createRef({ ...place, ref: "refs/tags/other", sha: first })), "done");
      assert.equal(await ending(git.deleteRef({ ...place, ref: "tags/other" })), "done");
    });

    it("a frozen branch is changed by nobody", async (t) => {
      const on = await served(t);
      const changes = { ...HARDENED, "rules.requiredDeployments": [], "rules.frozen": ["production"] };
      const deeds = new Deeds(on, await layDown(on, { ...kind, changes }));
      const sha = await deeds.commit("main");
      await deeds.passes(sha);
      assert.match(await deeds.push(OWNER, "main", sha), /Cannot update this protected ref|locked branch/);
    });
  });
}
