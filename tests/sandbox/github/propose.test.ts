/** The program's own client on the simulated GitHub: `kai workflow propose`, merged past the rules that it is part of. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { propose } from "../../../cli/workflow/propose.ts";
import { githubClient } from "../../../github/client.ts";
import { Deeds } from "./deeds.ts";
import { layDown } from "./profile.ts";
import { served, TOKEN } from "./support.ts";

const FILES = [{ path: ".github/workflows/deploy.yml", content: "name: Deploy\non: push\njobs: {}\n" }];

describe("kai workflow propose", () => {
  it("opens a pull request, updates it, and has nothing to do once it is merged", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const github = githubClient({ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: on.server.url });
    const target = { ...place, base: "main" };
    const dry = await propose(github, target, FILES, { dryRun: true });
    assert.equal(dry.action, "would-open");
    const opened = await propose(github, target, FILES, { dryRun: false });
    assert.deepEqual([opened.action, opened.number], ["opened", 1]);
    const changed = [{ ...FILES[0], content: `${FILES[0]?.content}# more\n` }] as typeof FILES;
    assert.equal((await propose(github, target, changed, { dryRun: false })).action, "updated");
    const { data: pull } = await github.pulls.get({ ...place, pull_number: 1 });
    assert.equal(pull.mergeable_state, "blocked");
    const deeds = new Deeds(on, place);
    await deeds.passes(pull.head.sha);
    await deeds.review("eleni-dev", 1);
    assert.equal(await deeds.merge("Basilakis", 1), "done");
    assert.equal((await propose(github, target, changed, { dryRun: false })).action, "none");
    const { data } = await github.actions.listRepoWorkflows(place);
    assert.deepEqual(
      data.workflows.map(({ name, state }) => [name, state]),
      [["Deploy", "active"]],
    );
  });

  it("is told in one sentence what the token lacks", async (t) => {
    const on = await served(t);
    const github = on.with({ permissions: { contents: "write", pull_requests: "write" } });
    await assert.rejects(
      propose(github, { owner: "Basilakis", repo: "kai", base: "main" }, FILES, { dryRun: false }),
      /GITHUB_TOKEN may not do this on Basilakis\/kai/,
    );
  });
});
