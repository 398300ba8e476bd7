/** What the doctor says of the rules as configured. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkContradictions, checkScorecard } from "../../../github/doctor/rules.ts";
import { healthy } from "./support.ts";

describe("contradictions", () => {
  it("that may surprise are notes with the ways out, until they are accepted", async (t) => {
    const facts = await (await healthy(t)).facts();
    const found = checkContradictions(facts);
    assert.deepEqual(new Set(found.map(({ level }) => level)), new Set(["note"]));
    const push = found.find(({ message }) => message.includes("(pull-request-and-direct-push)"));
    assert.match(push?.remedy ?? "", /^One of:\n {2}- `mainPushMode: direct` in kai:rules/);
    facts.owner.rules.accepts = ["pull-request-and-direct-push", "linear-history-and-promotion"];
    assert.deepEqual(checkContradictions(facts), []);
  });

  it("by which nobody could work are errors: a lone maintainer", async (t) => {
    const on = await healthy(t);
    const record = on.record();
    record.collaborators = record.collaborators.filter(({ login }) => login === "Basilakis");
    const found = checkContradictions(await on.facts());
    const lone = found.find(({ message }) => message.includes("(lone-maintainer)"));
    assert.equal(lone?.level, "error");
    assert.match(lone?.message ?? "", /only Basilakis has write access/);
    assert.match(lone?.remedy ?? "", /gh api --method PUT repos\/Basilakis\/kai\/collaborators/);
  });

  it("that another check tells with its command are not told twice", async (t) => {
    const on = await healthy(t, { settings: { "rules.mainOwner": "octocat" } });
    const told = checkContradictions(await on.facts()).map(({ message }) => message);
    assert.doesNotMatch(told.join("\n"), /\(owner-without-write\)/);
    assert.match(
      (await on.findings()).join("\n"),
      /error people: octocat, whom kai:rules.mainOwner names, has no access/,
    );
  });
});

describe("OpenSSF Scorecard", () => {
  it("is foretold, with what the next tier asks for", async (t) => {
    const [found] = checkScorecard(await (await healthy(t)).facts());
    assert.equal(found?.level, "note");
    assert.match(found?.message ?? "", /rules of main \d+ of 10 \(tier \d of 5\)/);
    assert.match(found?.remedy ?? "", /^For tier \d:\n {2}- /);
  });
});
