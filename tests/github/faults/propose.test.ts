import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROPOSAL_BRANCH, propose } from "../../../cli/workflow/propose.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import { disturbEveryCall } from "./every-call.ts";

const FILES = ["deploy", "drift"].map((name) => ({
  path: `.github/workflows/${name}.yml`,
  content: `name: ${name}\non: push\njobs: {}\n`,
}));

describe("kai workflow propose, disturbed at each request", () => {
  it("opens one pull request", async (t) => {
    const calls = await disturbEveryCall(t, {
      async prepare(on) {
        return { ...(await layDown(on, { owner: "Basilakis", rules: "rulesets" })), base: "main" };
      },
      run: (github, target) => propose(github, target, FILES, { dryRun: false }),
      always(on) {
        assert.ok(on.record().pulls.length <= 1);
      },
    });
    t.diagnostic(`${calls} requests`);
  });

  it("brings its branch up to date, and keeps what others committed to it", async (t) => {
    const newer = FILES.map((file) => ({ ...file, content: `${file.content}# newer\n` }));
    const calls = await disturbEveryCall(t, {
      async prepare(on) {
        const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
        const target = { ...place, base: "main" };
        await propose(on.as(), target, FILES, { dryRun: false });
        await on.as().repos.createOrUpdateFileContents({
          ...place,
          path: "yarn.lock",
          message: "by hand",
          content: "eA==",
          branch: PROPOSAL_BRANCH,
        });
        return target;
      },
      run: (github, target) => propose(github, target, newer, { dryRun: false }),
      always(on) {
        assert.equal(on.record().pulls.length, 1);
      },
    });
    t.diagnostic(`${calls} requests`);
  });
});
