import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { PROPOSAL_BRANCH, propose } from "../../cli/workflow/propose.ts";
import { githubClient } from "../../github/client.ts";
import { SmallGitHub } from "./github.ts";

const FILES = [
  { path: ".github/workflows/deploy.yml", content: "deploy 1\n" },
  { path: ".github/workflows/drift.yml", content: "drift 1\n" },
];
const WANTED = Object.fromEntries(FILES.map(({ path, content }) => [path, content]));
const TARGET = { owner: "Basilakis", repo: "kai", base: "development" };

describe("kai workflow propose", () => {
  let github: SmallGitHub;
  const run = (options = { dryRun: false }, files = FILES) =>
    propose(
      githubClient({ GITHUB_TOKEN: "t0ken", GITHUB_BASE_URL: `${github.url}/` }),
      TARGET,
      files,
      options,
    );

  beforeEach(async () => {
    github = await new SmallGitHub().start();
    github.commit("development", { "README.md": "hello", ".github/workflows/drift.yml": "drift 0\n" });
  });
  afterEach(() => github.stop());

  it("opens a pull request with one commit on top of the base branch", async () => {
    const result = await run();
    assert.equal(result.action, "opened");
    assert.equal(result.url, `${github.url}/Basilakis/kai/pull/1`);
    assert.deepEqual(
      result.files.map(({ state }) => state),
      ["missing", "differs"],
    );
    assert.deepEqual(github.files(PROPOSAL_BRANCH), { "README.md": "hello", ...WANTED });
    assert.equal(github.history(PROPOSAL_BRANCH).size, 2);
    assert.equal(github.pulls[0]?.base, "development");
    assert.match(github.pulls[0]?.body ?? "", /deploy\.yml`: new\n.*drift\.yml`: changed/);
  });

  it("proposes nothing that is there already", async () => {
    github.commit("development", WANTED);
    assert.equal((await run()).action, "none");
    assert.deepEqual(github.writes, []);
  });

  it("changes nothing in a dry run", async () => {
    assert.equal((await run({ dryRun: true })).action, "would-open");
    assert.deepEqual(github.writes, []);
    await run();
    github.writes.length = 0;
    const again = await run({ dryRun: true });
    assert.equal(again.action, "would-update");
    assert.equal(again.number, 1);
    assert.deepEqual(github.writes, []);
  });

  it("brings the open pull request up to date instead of opening a second one", async () => {
    await run();
    const newer = [{ path: ".github/workflows/deploy.yml", content: "deploy 2\n" }, ...FILES.slice(1)];
    const result = await run({ dryRun: false }, newer);
    assert.equal(result.action, "updated");
    assert.equal(github.pulls.length, 1);
    assert.equal(github.files(PROPOSAL_BRANCH)[".github/workflows/deploy.yml"], "deploy 2\n");
  });

  it("makes no commit when the branch holds the files", async () => {
    await run();
    const before = github.branches.get(PROPOSAL_BRANCH);
    await run();
    assert.equal(github.branches.get(PROPOSAL_BRANCH), before);
  });

  it("keeps what others committed to its branch, and takes in a newer base", async () => {
    await run();
    const theirs = github.commit(PROPOSAL_BRANCH, {
      "yarn.lock": "locked",
      ".github/workflows/deploy.yml": "edited\n",
    });
    const base = github.commit("development", { "README.md": "hello again" });
    await run();
    const history = github.history(PROPOSAL_BRANCH);
    assert.ok(history.has(theirs) && history.has(base));
    const files = github.files(PROPOSAL_BRANCH);
    assert.equal(files["yarn.lock"], "locked");
    assert.equal(files[".github/workflows/deploy.yml"], "deploy 1\n");
  });

  it("loses to somebody who pushes at the same moment", async () => {
    await run();
    let theirs = "";
    github.beforeMove = () => {
      theirs = github.commit(PROPOSAL_BRANCH, { "yarn.lock": "locked" });
    };
    const newer = [{ path: ".github/workflows/deploy.yml", content: "deploy 2\n" }];
    await assert.rejects(run({ dryRun: false }, newer), /run the command again/);
    assert.equal(github.branches.get(PROPOSAL_BRANCH), theirs);
  });

  it("says what to do about a branch that does not exist, a token, and missing rights", async () => {
    github.branches.delete("development");
    await assert.rejects(run(), /no branch development.*--base/);
    assert.throws(() => githubClient({}), /GITHUB_TOKEN is not set/);
    github.commit("development", {});
    for (const [status, message] of [
      [403, /write access to contents, workflows and pull requests/],
      [404, /write access to contents, workflows and pull requests/],
      [409, /delete the branch kai\/workflows/],
    ] as const) {
      github.refuses = status;
      await assert.rejects(run(), message);
    }
  });
});
