/** What `gh` asks, as version 2.102.0 asks it: over a file, in GraphQL where the other interface would do. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Faults } from "../../../sandbox/faults.ts";
import { ghSettings } from "../../../sandbox/github/http/gh.ts";
import { serveGitHub } from "../../../sandbox/github/http/server.ts";
import { openGitHub } from "../../../sandbox/github/store.ts";
import { Deeds } from "./deeds.ts";
import { layDown } from "./profile.ts";
import { served, TOKEN } from "./support.ts";

/** A request through a file, to the host that `gh` believes in. */
function through(socketPath: string, path: string): Promise<{ status: number | undefined; body: unknown }> {
  const headers = {
    Host: "api.github.com",
    Authorization: `token ${TOKEN}`,
    "User-Agent": "GitHub CLI 2.102.0",
  };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers }, (answer) => {
      let text = "";
      answer.on("data", (data) => (text += data));
      answer.on("end", () => resolve({ status: answer.statusCode, body: JSON.parse(text) }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "kai-gh-test-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe("gh", () => {
  it("is sent to a file, where the same interface answers", async (t) => {
    const directory = folder(t);
    const settings = ghSettings(join(directory, "gh"));
    assert.ok(settings.socket);
    assert.match(readFileSync(join(settings.folder, "config.yml"), "utf8"), /^http_unix_socket: "\/.*"$/m);
    const world = openGitHub(join(directory, "a.json"), join(directory, "b.json"));
    const faults = new Faults(join(directory, "f.json"));
    const server = await serveGitHub({ world, token: TOKEN, faults, socket: settings.socket });
    const { status, body } = await through(settings.socket, "/user");
    assert.deepEqual([status, (body as { login: string }).login], [200, "Basilakis"]);
    // `gh auth status` asks for the root.
    assert.equal((await through(settings.socket, "/")).status, 200);
    server.stop();
    settings.remove();
    assert.equal(existsSync(settings.socket), false);
  });

  it("opens, shows and merges a pull request, where the rules allow it", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const deeds = new Deeds(on, place);
    const head = await deeds.commit("main");
    await deeds.create("Basilakis", "work", head);
    const github = on.as();
    const ask = <T>(query: string, variables = {}) => github.graphql<T>(query, variables);
    const { repository } = await ask<{ repository: { id: string; viewerPermission: string } }>(
      `query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
        id viewerPermission hasWikiEnabled hasIssuesEnabled isPrivate sshUrl mergeCommitAllowed parent { id } defaultBranchRef { name } } }`,
      { owner: place.owner, name: place.repo },
    );
    assert.equal(repository.viewerPermission, "ADMIN");
    const input = {
      repositoryId: repository.id,
      headRefName: "work",
      baseRefName: "main",
      title: "T",
      body: "B",
      draft: false,
    };
    const made = await ask<{ createPullRequest: { pullRequest: { id: string; number: number } } }>(
      "mutation($input: CreatePullRequestInput!) { createPullRequest(input: $input) { pullRequest { id number url } } }",
      { input },
    );
    const { id, number } = made.createPullRequest.pullRequest;
    const state = () =>
      ask<{ repository: { pullRequest: object } }>(
        `{ repository(owner: "Basilakis", name: "kai") { pullRequest(number: ${number}) { state mergeStateStatus mergeable author { login } } } }`,
      );
    const shown = {
      state: "OPEN",
      mergeStateStatus: "BLOCKED",
      mergeable: "MERGEABLE",
      author: { login: "Basilakis" },
    };
    assert.deepEqual((await state()).repository.pullRequest, shown);
    const merge = () =>
      ask(
        "mutation($input: MergePullRequestInput!) { mergePullRequest(input: $input) { clientMutationId } }",
        {
          input: { pullRequestId: id, mergeMethod: "SQUASH" },
        },
      );
    await assert.rejects(merge(), /At least 1 approving review is required/);
    await deeds.passes(head);
    await deeds.review("eleni-dev", number);
    assert.deepEqual((await state()).repository.pullRequest, { ...shown, mergeStateStatus: "CLEAN" });
    await merge();
    const listed = await ask<{
      repository: { pullRequests: { nodes: { number: number; state: string }[] } };
    }>(
      '{ repository(owner: "Basilakis", name: "kai") { pullRequests(first: 30, states: [MERGED]) { nodes { number state } } } }',
    );
    assert.deepEqual(listed.repository.pullRequests.nodes, [{ number, state: "MERGED" }]);
  });

  it("lists rulesets with their sources", async (t) => {
    const on = await served(t);
    await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const { repository } = await on.as().graphql<{ repository: { rulesets: { nodes: object[] } } }>(
      `{ repository(owner: "Basilakis", name: "kai") { rulesets(first: 30, includeParents: true) { nodes {
        databaseId name target enforcement rules { totalCount } source { __typename ... on Repository { owner: nameWithOwner } } } } } }`,
    );
    const [first] = repository.rulesets.nodes as Record<string, unknown>[];
    assert.deepEqual(
      [first?.name, first?.target, first?.enforcement],
      ["main-owner-lock", "BRANCH", "ACTIVE"],
    );
    assert.deepEqual(first?.source, { __typename: "Repository", owner: "Basilakis/kai" });
  });
});
