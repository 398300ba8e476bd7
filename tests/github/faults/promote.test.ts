import assert from "node:assert/strict";
import { it } from "node:test";
import { promote } from "../../../github/promotion/promote.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import { Staged, WISH } from "../promotion/staged.ts";
import { disturbEveryCall } from "./every-call.ts";

it("kai promote, disturbed at each request, moves main once, to the very commit", async (t) => {
  const calls = await disturbEveryCall(t, {
    async prepare(on) {
      const kind = { owner: "Basilakis", rules: "rulesets", mainPushMode: "direct" } as const;
      const place = await layDown(on, kind);
      const scene = new Staged(on, place);
      const before = await scene.main();
      return { place, before, sha: await scene.commit() };
    },
    run: (github, { place }) => promote(github, place, WISH, { dryRun: false, tell() {} }),
    always(on, { before, sha }) {
      assert.ok([before, sha].includes(String(on.record().refs["refs/heads/main"]?.object.sha)));
    },
  });
  t.diagnostic(`${calls} requests`);
});
