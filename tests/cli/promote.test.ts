/** The command as people and scripts run it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { staged } from "../github/promotion/staged.ts";
import { TOKEN } from "../sandbox/github/support.ts";

/** Runs `kai promote` in this project's folder. */
function promote(url: string, args: string[], token = TOKEN) {
  const { FORCE_COLOR: _, ...others } = process.env;
  const env = { ...others, GITHUB_TOKEN: token, GITHUB_API_URL: url, NO_COLOR: "1" };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ["cli/main.ts", "promote", ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

describe("kai promote", () => {
  it("says what would be, moves the branch, and has nothing to do then", async (t) => {
    const stage = await staged(t);
    const sha = await stage.commit();
    const before = await stage.main();
    const { url } = stage.on.server;
    const looked = await promote(url, ["staging", "production", "--dry-run"]);
    assert.equal(looked.code, 0, looked.stderr);
    assert.match(looked.stdout, /^✔ main loses nothing/);
    assert.match(looked.stdout, new RegExp(`\nmain would move from ${before.slice(0, 10)} to ${sha}\\.\n$`));
    assert.equal(await stage.main(), before);

    const moved = await promote(url, ["staging", "production", "--json"]);
    assert.equal(moved.code, 0, moved.stderr);
    const answer = JSON.parse(moved.stdout) as Record<string, unknown>;
    assert.deepEqual([answer.outcome, answer.sha, answer.before], ["promoted", sha, before]);
    assert.equal(await stage.main(), sha);

    const again = await promote(url, ["staging", "production"]);
    assert.deepEqual(
      [again.code, again.stdout],
      [0, `main has ${sha} already; there is nothing to promote.\n`],
    );
  });

  it("is refused with 5 and the remedy, and changes nothing", async (t) => {
    const stage = await staged(t);
    await stage.commit({ deployed: "failure" });
    const before = await stage.main();
    const { code, stdout } = await promote(stage.on.server.url, ["staging", "production"]);
    assert.equal(code, 5);
    assert.match(stdout, /✖ The deployment of \w{10} to staging failed\.\n {4}Mend it, and deploy again\./);
    assert.match(stdout, new RegExp(`main stays at ${before.slice(0, 10)}\\.\n$`));
    assert.equal(await stage.main(), before);
  });

  it("wrong use is one sentence, with 2; nothing goes to standard output", async (t) => {
    const { url } = (await staged(t)).on.server;
    const cases: [string[], RegExp][] = [
      [["staging"], /missing required argument 'to'/],
      [
        ["stagign", "production"],
        /There is no stack and no environment "stagign"\. There are: production, staging\./,
      ],
      [["staging", "production", "--commit", "main"], /It must be the id of a commit/],
      [["staging", "production", "--commit", ""], /It must be the id of a commit/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await promote(url, args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, message);
    }
  });

  it("a token that may not see what is asked is told in a sentence, without a stack", async (t) => {
    const stage = await staged(t);
    await stage.commit();
    Object.assign(stage.on.record().repository, { private: true, visibility: "private" });
    Object.assign(stage.on.world.store.data.accounts.basilakis ?? {}, { plan: { name: "pro" } });
    const { code, stderr } = await promote(stage.on.server.url, ["staging", "production"]);
    assert.equal(code, 1);
    assert.match(stderr, /GitHub answered 403 to GET \/repos\/Basilakis\/kai\/commits\/\w+\/check-runs: /);
    assert.match(stderr, /`kai doctor` lists them\.$/m);
    assert.doesNotMatch(stderr, /\n\s+at |mistake in the program/);
  });
});
