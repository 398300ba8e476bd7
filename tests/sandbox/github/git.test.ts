/** Real git on the simulated GitHub: clone, fetch and push over HTTP, with the rules enforced. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Deeds } from "./deeds.ts";
import { type Kind, layDown } from "./profile.ts";
import { type Served, served } from "./support.ts";

interface Ended {
  code: number | null;
  output: string;
}

/** A clone of somebody's, with nothing of this machine's settings. */
class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), "kai-clone-"));
  readonly #url: string;

  constructor(t: TestContext, on: Served, login: string, repository = "Basilakis/kai") {
    const url = new URL(`${on.server.url}/${repository}.git`);
    url.username = login;
    url.password = String(on.server.tokens[login] ?? login);
    this.#url = url.href;
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  run(...args: string[]): Promise<Ended> {
    const who = [
      "-c",
      "user.name=Somebody",
      "-c",
      "user.email=somebody@kai.example",
      "-c",
      "credential.helper=",
    ];
    const env = {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    };
    return new Promise((resolve) => {
      const child = spawn("git", [...who, ...args], { cwd: this.folder, env });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  async succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    assert.equal(code, 0, `git ${args.join(" ")}: ${output}`);
    return output.trim();
  }

  clone(): Promise<string> {
    return this.succeed("clone", "--quiet", this.#url, ".");
  }

  /** A commit of one file on the branch at hand. */
  async commit(path: string, content = path): Promise<string> {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
    await this.succeed("add", ".");
    await this.succeed("commit", "--quiet", "--message", `Write ${path}`);
    return this.succeed("rev-parse", "HEAD");
  }

  /** A push that is declined. @returns what git showed */
  async declined(...refs: string[]): Promise<string> {
    const { code, output } = await this.run("push", "origin", ...refs);
    assert.notEqual(code, 0, output);
    return output.replaceAll(/^remote: ?/gm, "");
  }
}

async function scene(t: TestContext, kind: Kind, login: string) {
  const on = await served(t);
  const place = await layDown(on, kind);
  const clone = new Clone(t, on, login, `${place.owner}/${place.repo}`);
  await clone.clone();
  return { on, deeds: new Deeds(on, place), clone };
}

const USER: Kind = { owner: "Basilakis", rules: "rulesets" };
const CLASSIC: Kind = { owner: "kai-platform", rules: "classic" };

describe("git", () => {
  it("clones, and pushes a branch that the interface then shows with the same hashes", async (t) => {
    const { on, clone } = await scene(t, USER, "eleni-dev");
    await clone.succeed("checkout", "--quiet", "-b", "feature/a");
    await clone.commit("docs/deep/one.txt");
    const sha = await clone.commit("docs/two.txt");
    await clone.succeed("push", "--quiet", "origin", "feature/a");
    const place = { owner: "Basilakis", repo: "kai" };
    const { data } = await on.as().repos.getCommit({ ...place, ref: "feature/a" });
    assert.deepEqual(
      [data.sha, data.commit.message, data.commit.author?.name],
      [sha, "Write docs/two.txt\n", "Somebody"],
    );
    const { data: file } = await on.as().repos.getContent({ ...place, path: "docs/deep/one.txt", ref: sha });
    assert.ok("content" in file && Buffer.from(file.content, "base64").toString() === "docs/deep/one.txt");
    // And back: what the interface writes is fetched.
    const content = Buffer.from("x").toString("base64");
    await on.as().repos.createOrUpdateFileContents({
      ...place,
      path: "three",
      message: "m",
      content,
      branch: "feature/a",
    });
    await clone.succeed("pull", "--quiet", "--ff-only", "origin", "feature/a");
    assert.equal(await clone.succeed("show", "HEAD:three"), "x");
  });

  it("is declined with GH013 by rulesets, and nothing moves", async (t) => {
    const { deeds, clone } = await scene(t, USER, "eleni-dev");
    const before = await deeds.head("main");
    await clone.commit("a.txt");
    const said = await clone.declined("main");
    assert.match(said, /error: GH013: Repository rule violations found for refs\/heads\/main\./);
    assert.match(
      said,
      /Review all repository rules at https:\/\/github\.com\/Basilakis\/kai\/rules\?ref=refs%2Fheads%2Fmain/,
    );
    for (const reason of [
      "Cannot update this protected ref.",
      "Changes must be made through a pull request.",
      'Required status check "Build and Test" is expected.',
    ])
      assert.ok(said.includes(`- ${reason}`), said);
    assert.match(
      said,
      /! \[remote rejected\] main -> main \(push declined due to repository rule violations\)/,
    );
    assert.equal(await deeds.head("main"), before);
  });

  it("is declined with GH006 by classic rules", async (t) => {
    const { clone } = await scene(t, CLASSIC, "eleni-dev");
    await clone.commit("a.txt");
    const said = await clone.declined("main");
    assert.match(said, /error: GH006: Protected branch update failed for refs\/heads\/main\./);
    assert.match(said, /You're not authorized to push to this branch/);
    assert.match(said, /\(protected branch hook declined\)/);
  });

  it("pushes to development once the commit is green", async (t) => {
    const { deeds, clone } = await scene(t, USER, "nikos-ops");
    await clone.succeed("checkout", "--quiet", "development");
    const sha = await clone.commit("a.txt");
    assert.match(await clone.declined("development"), /Required status check "Build and Test" is expected/);
    await clone.succeed("push", "--quiet", "origin", "HEAD:refs/heads/try");
    await deeds.passes(sha);
    await clone.succeed("push", "--quiet", "origin", "development");
    assert.equal(await deeds.head("development"), sha);
  });

  it("neither rewrites nor deletes what is protected, and does both elsewhere", async (t) => {
    const { deeds, clone } = await scene(t, USER, "eleni-dev");
    await clone.succeed("checkout", "--quiet", "development");
    await clone.succeed("commit", "--quiet", "--amend", "--message", "Another");
    assert.match(await clone.declined("--force", "development"), /Cannot force-push to this branch/);
    assert.match(await clone.declined("--delete", "development"), /Cannot delete this branch/);
    assert.match(await clone.declined("--delete", "main"), /refusing to delete the current branch/);
    await clone.succeed("push", "--quiet", "origin", "HEAD:refs/heads/mine");
    await clone.succeed("commit", "--quiet", "--amend", "--message", "A third");
    await clone.succeed("push", "--quiet", "--force", "origin", "HEAD:refs/heads/mine");
    await clone.succeed("push", "--quiet", "--delete", "origin", "mine");
    await assert.rejects(deeds.head("mine"), /Not Found/);
  });

  it("takes several refs at once, each for itself", async (t) => {
    const { deeds, clone } = await scene(t, USER, "eleni-dev");
    const sha = await clone.commit("a.txt");
    const said = await clone.declined("main", "HEAD:refs/heads/mine");
    assert.match(said, /\[new branch\] +HEAD -> mine/);
    assert.equal(await deeds.head("mine"), sha);
  });

  it("begins an empty repository", async (t) => {
    const on = await served(t);
    await on.as().repos.createForAuthenticatedUser({ name: "empty" });
    const clone = new Clone(t, on, "Basilakis", "Basilakis/empty");
    await clone.clone();
    await clone.succeed("checkout", "--quiet", "-B", "main");
    const sha = await clone.commit("README.md");
    await clone.succeed("push", "--quiet", "origin", "main");
    const { data } = await on.as().git.getRef({ owner: "Basilakis", repo: "empty", ref: "heads/main" });
    assert.equal(data.object.sha, sha);
  });

  it("keeps a commit with a time zone byte for byte", async (t) => {
    const { on, clone } = await scene(t, USER, "eleni-dev");
    await clone.succeed(
      "commit",
      "--quiet",
      "--allow-empty",
      "--date",
      "2026-01-02T03:04:05+0530",
      "--message",
      "Far",
    );
    await clone.succeed("push", "--quiet", "origin", "HEAD:refs/heads/far");
    const other = new Clone(t, on, "nikos-ops");
    await other.clone();
    assert.match(
      await other.succeed("log", "-1", "--format=%ai", "origin/far"),
      /2026-01-02 03:04:05 \+0530/,
    );
  });

  it("asks who it is: strangers, wrong tokens and tokens without the right are turned away", async (t) => {
    const { on } = await scene(t, USER, "eleni-dev");
    const stranger = new Clone(t, on, "octocat");
    await stranger.clone();
    assert.match(
      await stranger.declined("HEAD:refs/heads/x"),
      /Permission to Basilakis\/kai\.git denied to octocat|403/,
    );
    const wrong = new Clone(t, on, "ghp_wrong");
    // Git sends no password before it is asked for one, and what is public is given to anybody.
    await wrong.clone();
    assert.match(await wrong.declined("HEAD:refs/heads/x"), /Authentication failed/);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    assert.notEqual(
      (await new Clone(t, on, "octocat").run("ls-remote", `${on.server.url}/Basilakis/kai`)).code,
      0,
    );
  });
});
