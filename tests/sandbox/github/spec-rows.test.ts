/**
 * The specification line by line, as github-ci.md 1.2 lists it with a trap each: what holds is in sentences.test.ts; here is
 * what the program does about the trap.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MERGE_SETTINGS } from "../../../pipeline/branches.ts";
import { contradictions, type RepositoryFacts } from "../../../pipeline/contradictions.ts";
import { requiredChecks } from "../../../pipeline/jobs.ts";
import { wantedRules } from "../../../pipeline/rules.ts";
import { branchProtectionScore } from "../../../pipeline/scorecard.ts";
import { workflowsOf } from "../../../pipeline/workflows/render.ts";
import { checkSettings } from "../../../settings.ts";
import { changed, kaiConfig, kaiSettings } from "../../settings/kai.ts";
import { Deeds } from "./deeds.ts";
import { layDown } from "./profile.ts";
import { served } from "./support.ts";

const CLASSIC = {
  "rules.kind": "classic",
  "repository.ownerType": "organization",
  "repository.owner": "kai-platform",
};

/** What is said of Kai's production stack: id and severity. */
async function said(changes: Record<string, unknown>, facts: RepositoryFacts): Promise<string[]> {
  const settings = await kaiSettings("production", changes);
  return contradictions(settings, facts).map(({ id, severity }) => `${id}: ${severity}`);
}

const PEOPLE = ["Basilakis admin", "eleni-dev write", "nikos-ops write"].map(person);

function person(entry: string): { login: string; role: string } {
  const [login = "", role = ""] = entry.split(" ");
  return { login, role };
}

describe("github-ci.md 1.2", () => {
  it("main, only Basilakis pushes: classic restrictions on a user's repository are refused", async () => {
    const config = changed(await kaiConfig("production"), { "rules.kind": "classic" });
    const { problems } = checkSettings("production", config);
    assert.deepEqual(
      problems.map(({ key }) => key),
      ["kai:rules.kind"],
    );
  });

  it("main, only Basilakis pushes: other administrators and maintainers are named with classic rules", async () => {
    const people = [...PEOPLE, person("octocat maintain")];
    assert.ok((await said(CLASSIC, { people })).includes("other-administrators: note"));
    assert.ok(!(await said({}, { people })).some((one) => one.startsWith("other-administrators")));
  });

  it("main, only Basilakis pushes: in a ruleset another administrator is bound too", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, await layDown(on, { owner: "kai-platform", rules: "rulesets" }));
    const writer = on.record("kai-platform/kai").collaborators.find(({ login }) => login === "eleni-dev");
    Object.assign(writer ?? {}, { role_name: "admin" });
    const sha = await deeds.commit("main");
    await deeds.passes(sha);
    assert.match(await deeds.push("eleni-dev", "main", sha), /Cannot update this protected ref/);
  });

  it("main, reviews: a lone maintainer is refused, and nobody else is", async () => {
    assert.ok((await said({}, { people: PEOPLE.slice(0, 1) })).includes("lone-maintainer: deadlock"));
    assert.ok(!(await said({}, { people: PEOPLE })).some((one) => one.startsWith("lone-maintainer")));
  });

  it("main, push directly and reviews: merge-only by default, and the program says so", async () => {
    assert.equal((await kaiSettings("production")).rules.mainPushMode, "merge-only");
    assert.ok((await said({}, { people: PEOPLE })).includes("pull-request-and-direct-push: note"));
  });

  it("main, push directly and reviews: `direct` lifts the pull request alone", async () => {
    const { rulesets } = wantedRules(await kaiSettings("production", { "rules.mainPushMode": "direct" }));
    const lifted = rulesets.filter(
      ({ includes, bypassActors }) => includes.includes("refs/heads/main") && bypassActors.length > 0,
    );
    assert.deepEqual(
      lifted.flatMap(({ rules }) => Object.keys(rules)),
      ["update", "pullRequest"],
    );
  });

  it("main, status checks: the context is the name of a job that runs on every pull request", async () => {
    const stacks = [await kaiSettings("staging"), await kaiSettings("production")];
    const always = Object.values(workflowsOf(stacks)).filter(({ on }) => on.pull_request === null);
    const names = always.flatMap(({ jobs }) => Object.values(jobs).filter((job) => !job.if && !job.needs));
    for (const check of requiredChecks())
      assert.ok(
        names.some(({ name }) => name === check),
        check,
      );
  });

  it("main, linear history: squash and rebase are offered, merge commits are not", () => {
    const { allowMergeCommit, allowSquashMerge, allowRebaseMerge } = MERGE_SETTINGS;
    assert.deepEqual([allowMergeCommit, allowSquashMerge, allowRebaseMerge], [false, true, true]);
  });

  it("main, no bypassing: nobody, and Scorecard's other view of the lock is said", async () => {
    const settings = await kaiSettings("production");
    const quality = wantedRules(settings).rulesets.find(({ name }) => name === "main-quality");
    assert.deepEqual(quality?.bypassActors, []);
    assert.match(branchProtectionScore(settings).missing.at(-1)?.reason ?? "", /passes the lock/);
  });

  it("staging, administrators may bypass: they are named, for a ruleset without a bypass actor binds them", async () => {
    const staging = wantedRules(await kaiSettings("production")).rulesets.find(
      ({ name }) => name === "staging",
    );
    assert.deepEqual(staging?.bypassActors, [{ actorType: "RepositoryRole", actorId: 5, mode: "always" }]);
  });

  it("development, checks: an untested commit is pushed elsewhere first", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, await layDown(on, { owner: "Basilakis", rules: "rulesets" }));
    const sha = await deeds.commit("development");
    assert.match(await deeds.push("eleni-dev", "development", sha), /is expected/);
    assert.equal(await deeds.create("eleni-dev", "mine", sha), "done");
    await deeds.passes(sha);
    assert.equal(await deeds.push("eleni-dev", "development", sha), "done");
  });

  it("development and staging, checks: the program makes them again from a commit without one", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const deeds = new Deeds(on, place);
    const untested = await deeds.commit("main");
    for (const branch of ["staging", "development"]) {
      // As after a deletion that somebody made possible.
      delete on.record().refs[`refs/heads/${branch}`];
      assert.equal(await deeds.create("Basilakis", branch, untested), "done");
    }
  });

  it("all, deletion and force push: forbidden in every ruleset of quality, and in every classic rule", async () => {
    const { rulesets } = wantedRules(await kaiSettings("production"));
    for (const branch of ["main", "staging", "development"]) {
      const rules = rulesets
        .filter(({ includes }) => includes.includes(`refs/heads/${branch}`))
        .map((one) => one.rules);
      assert.ok(
        rules.some(({ deletion, nonFastForward }) => deletion && nonFastForward),
        branch,
      );
    }
    for (const rule of wantedRules(await kaiSettings("production", CLASSIC)).classic)
      assert.deepEqual([rule.allowsDeletions, rule.allowsForcePushes], [false, false]);
  });

  it("private repository on the Free plan: refused before the first resource", async () => {
    const found = await said({ "repository.visibility": "private" }, { people: PEOPLE, hasRules: false });
    assert.ok(found.includes("private-without-rules: refused"));
  });

  it("the native gate: `requiredDeployments` makes validation in staging a rule of main", async () => {
    const { rulesets } = wantedRules(
      await kaiSettings("production", { "rules.requiredDeployments": ["staging"] }),
    );
    const gates = rulesets.filter(({ rules }) => rules.requiredDeployments);
    assert.deepEqual(
      gates.map(({ name, bypassActors }) => [name, bypassActors]),
      [["main-quality", []]],
    );
  });
});
