/** What a token may not do is answered as GitHub answers it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Octokit } from "@octokit/rest";
import { ending } from "./deeds.ts";
import { type Served, served } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const R = "/repos/Basilakis/kai";

/** One request for each right, reading and writing. */
const READS: Record<string, (github: Octokit) => Promise<unknown>> = {
  secrets: (github) => github.actions.listRepoSecrets(KAI),
  variables: (github) => github.actions.listRepoVariables(KAI),
  administration: (github) => github.repos.listDeployKeys(KAI),
};

const WRITES: Record<string, (github: Octokit, sha: string) => Promise<unknown>> = {
  administration: (github) => github.repos.update({ ...KAI, description: "x" }),
  contents: (github, sha) => github.git.createRef({ ...KAI, ref: "refs/heads/x", sha }),
  deployments: (github) => github.repos.createDeployment({ ...KAI, ref: "main", required_contexts: [] }),
  statuses: (github, sha) => github.repos.createCommitStatus({ ...KAI, sha, state: "success" }),
  variables: (github) => github.actions.createRepoVariable({ ...KAI, name: "A", value: "1" }),
};

async function head(on: Served): Promise<string> {
  return (await on.as().git.getRef({ ...KAI, ref: "heads/main" })).data.object.sha;
}

describe("fine-grained tokens", () => {
  for (const [permission, write] of Object.entries(WRITES)) {
    it(`${permission}: read does not write, write does, and the header names it`, async (t) => {
      const on = await served(t);
      const sha = await head(on);
      const weak = write(on.with({ permissions: { [permission]: "read", metadata: "read" } }), sha);
      await assert.rejects(
        weak,
        (error: { status: number; message: string; response: { headers: object } }) => {
          assert.equal(error.status, 403);
          assert.match(error.message, /Resource not accessible by personal access token/);
          assert.deepEqual(
            Object.entries(error.response.headers).find(([name]) => name === "x-accepted-github-permissions"),
            ["x-accepted-github-permissions", `${permission}=write`],
          );
          return true;
        },
      );
      assert.equal(await ending(write(on.with({ permissions: { [permission]: "write" } }), sha)), "done");
    });
  }

  for (const [permission, read] of Object.entries(READS)) {
    it(`${permission}: nothing is read without it`, async (t) => {
      const on = await served(t);
      assert.match(await ending(read(on.with({}))), /403 Resource not accessible/);
      assert.equal(await ending(read(on.with({ permissions: { [permission]: "read" } }))), "done");
    });
  }

  it("hold for the repositories they were given; another's is read where it is public, and not there where it is private", async (t) => {
    const on = await served(t);
    const token = on.with({
      repositories: ["basilakis/other"],
      permissions: { administration: "write", contents: "read" },
    });
    assert.equal(await ending(token.repos.get(KAI)), "done");
    assert.match(
      await ending(token.repos.update({ ...KAI, description: "x" })),
      /403 Resource not accessible/,
    );
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    assert.match(await ending(token.repos.get(KAI)), /404 Not Found/);
  });

  it("write workflow files only with the right for it", async (t) => {
    const on = await served(t);
    const file = { ...KAI, path: ".github/workflows/a.yml", message: "m", content: "" };
    const without = on.with({ permissions: { contents: "write" } });
    assert.match(await ending(without.repos.createOrUpdateFileContents(file)), /403/);
    const both = on.with({ permissions: { contents: "write", workflows: "write" } });
    assert.equal(await ending(both.repos.createOrUpdateFileContents(file)), "done");
  });

  it("show a ruleset's bypass list to whoever may change it alone", async (t) => {
    const on = await served(t);
    const bypass_actors = [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }] as const;
    const { data } = await on.as().repos.createRepoRuleset({
      ...KAI,
      name: "r",
      enforcement: "active",
      bypass_actors: [...bypass_actors],
    });
    const seen = async (github: Octokit) =>
      (await github.repos.getRepoRuleset({ ...KAI, ruleset_id: data.id })).data.bypass_actors;
    assert.deepEqual(await seen(on.as()), bypass_actors);
    assert.equal(await seen(on.with({ permissions: { metadata: "read" } })), undefined);
    assert.equal(await seen(on.as("eleni-dev")), undefined);
  });
});

describe("classic tokens", () => {
  it("need the scope: without it a private repository is not there, and a write is not found", async (t) => {
    const on = await served(t);
    const bare = on.with({ scopes: [] });
    assert.equal(await ending(bare.repos.get(KAI)), "done");
    assert.match(await ending(bare.repos.update({ ...KAI, description: "x" })), /404/);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    assert.match(await ending(bare.repos.get(KAI)), /404/);
    assert.equal(await ending(on.with({ scopes: ["repo"] }).repos.get(KAI)), "done");
  });

  it("are described in headers", async (t) => {
    const on = await served(t);
    const { headers } = await on.raw(`GET ${R}`, { token: String(on.server.tokens["eleni-dev"]) });
    assert.equal(headers.get("x-oauth-scopes"), "repo, workflow");
  });

  it("delete a repository and write workflows only with the scopes for it", async (t) => {
    const on = await served(t);
    const token = on.with({ scopes: ["repo"] });
    assert.match(await ending(token.repos.delete(KAI)), /403 Must have admin rights/);
    const file = { ...KAI, path: ".github/workflows/a.yml", message: "m", content: "" };
    assert.match(await ending(token.repos.createOrUpdateFileContents(file)), /403 .*`workflow` scope/);
    assert.equal(await ending(on.with({ scopes: ["repo", "delete_repo"] }).repos.delete(KAI)), "done");
  });
});

describe("people", () => {
  it("do no more than their role, whatever their token says", async (t) => {
    const on = await served(t);
    const sha = await head(on);
    const [writer, stranger] = [on.as("eleni-dev"), on.as("octocat")];
    assert.match(
      await ending(writer.repos.update({ ...KAI, description: "x" })),
      /403 Must have admin rights to Repository/,
    );
    assert.match(
      await ending(writer.repos.createRepoRuleset({ ...KAI, name: "r", enforcement: "active" })),
      /403 Must have admin/,
    );
    assert.match(await ending(writer.repos.listDeployKeys(KAI)), /403 Must have admin/);
    assert.equal(await ending(writer.git.createRef({ ...KAI, ref: "refs/heads/w", sha })), "done");
    assert.match(await ending(stranger.git.createRef({ ...KAI, ref: "refs/heads/s", sha })), /404 Not Found/);
    assert.match(await ending(stranger.actions.listRepoSecrets(KAI)), /403/);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    assert.match(await ending(stranger.repos.get(KAI)), /404/);
    assert.equal(await ending(writer.repos.get(KAI)), "done");
  });

  it("without a token read what is public, and with a wrong or an expired one nothing", async (t) => {
    const on = await served(t);
    assert.equal((await on.raw(`GET ${R}`, { token: null })).status, 200);
    assert.equal((await on.raw(`PATCH ${R}`, { token: null, body: {} })).status, 401);
    const wrong = await on.raw(`GET ${R}`, { token: "ghp_wrong" });
    assert.deepEqual([wrong.status, wrong.body.message], [401, "Bad credentials"]);
    on.world.store.data.token.expires_at = "2020-01-01T00:00:00Z";
    assert.equal((await on.raw(`GET ${R}`)).status, 401);
  });

  it("sign in with a password that is a token, as git and curl do", async (t) => {
    const on = await served(t);
    const basic = Buffer.from(`x-access-token:${on.server.tokens.octocat}`).toString("base64");
    const { body } = await on.raw("GET /user", { token: null, headers: { Authorization: `Basic ${basic}` } });
    assert.equal(body.login, "octocat");
  });
});

describe("a private repository on the plan Free", () => {
  it("has no rules: they are neither read nor written, and those that were there bind nobody", async (t) => {
    const on = await served(t);
    const lock = {
      ...KAI,
      name: "lock",
      enforcement: "active" as const,
      rules: [{ type: "update" as const }],
    };
    const conditions = { ref_name: { include: ["refs/heads/main"], exclude: [] } };
    await on.as().repos.createRepoRuleset({ ...lock, conditions });
    const write = () =>
      ending(
        on.as("eleni-dev").repos.createOrUpdateFileContents({ ...KAI, path: "a", message: "m", content: "" }),
      );
    assert.match(await write(), /409 .*Cannot update this protected ref/s);
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    const upgrade = /403 Upgrade to GitHub Pro or make this repository public to enable this feature/;
    assert.match(await ending(on.as().repos.getRepoRulesets(KAI)), upgrade);
    assert.match(await ending(on.as().repos.getBranchRules({ ...KAI, branch: "main" })), upgrade);
    assert.match(await ending(on.as().repos.getBranchProtection({ ...KAI, branch: "main" })), upgrade);
    assert.match(await ending(on.as().repos.createRepoRuleset({ ...lock, name: "second" })), upgrade);
    assert.equal(await write(), "done");
    Object.assign(on.world.store.data.accounts.basilakis ?? {}, { plan: { name: "pro" } });
    assert.equal((await on.as().repos.getRepoRulesets(KAI)).data.length, 1);
    assert.match(
      await ending(
        on.as("eleni-dev").repos.createOrUpdateFileContents({ ...KAI, path: "b", message: "m", content: "" }),
      ),
      /Cannot update/,
    );
  });
});
