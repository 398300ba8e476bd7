/** The client's patience: what is asked again, what is waited for, what is told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../errors.ts";
import { githubClient } from "../../github/client.ts";
import { Limits } from "../../sandbox/github/http/limits.ts";
import { type Served, served, TOKEN } from "../sandbox/github/support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };

function client(on: Served) {
  return githubClient({ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: on.server.url });
}

describe("the client", () => {
  for (const kind of ["503", "cut", "lost-answer", "429", "secondary-limit"] as const) {
    it(`asks again after ${kind}`, async (t) => {
      const on = await served(t);
      on.faults.plan({ kind, cloud: "github", operation: "read", count: 1 });
      const { data } = await client(on).repos.get(KAI);
      assert.equal(data.name, "kai");
    });
  }

  it("asks a GraphQL query again", async (t) => {
    const on = await served(t);
    on.faults.plan({ kind: "503", cloud: "github", operation: "create", count: 1 });
    const answer = await client(on).graphql<{ viewer: { login: string } }>("{ viewer { login } }");
    assert.equal(answer.viewer.login, "Basilakis");
  });

  it("does not make a thing again whose answer got lost", async (t) => {
    const on = await served(t);
    on.faults.plan({ kind: "lost-answer", cloud: "github", operation: "create", count: 1 });
    const key = { ...KAI, title: "ci", key: "ssh-ed25519 AAAA" };
    await assert.rejects(client(on).repos.createDeployKey(key), /^UserError: The connection to GitHub broke/);
    assert.equal(on.record().deploy_keys.length, 1);
  });

  it("tells of a token that GitHub does not take, and never its text", async (t) => {
    const on = await served(t);
    const wrong = githubClient({ GITHUB_TOKEN: "w0rds", GITHUB_API_URL: on.server.url });
    await assert.rejects(wrong.repos.get(KAI), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^GitHub refuses the token \(401\)/);
      assert.doesNotMatch(error.message, /w0rds/);
      return true;
    });
  });

  it("takes no text that can be no token, and does not show it", () => {
    for (const text of ["ghp_w0rds\nghp_other", "“ghp_w0rds”", "ghp_w0rds x"]) {
      assert.throws(
        () => githubClient({ GITHUB_TOKEN: text }),
        ({ message }: Error) => /^GITHUB_TOKEN has characters/.test(message) && !message.includes("w0rds"),
      );
    }
  });

  it("leaves out the end of a line behind a token", async (t) => {
    const on = await served(t);
    const github = githubClient({ GITHUB_TOKEN: `${TOKEN}\n`, GITHUB_API_URL: on.server.url });
    assert.equal((await github.repos.get(KAI)).status, 200);
  });

  it("tells of a limit that ends too late to wait for, with the hour", async (t) => {
    const noon = Date.UTC(2037, 0, 1, 12) / 1000;
    const on = await served(t, new Limits(() => noon));
    on.faults.plan({ kind: "primary-limit", cloud: "github", operation: "read", count: 1 });
    await assert.rejects(client(on).repos.get(KAI), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /a rate limit is reached\. Run it again after 13:00 UTC\.$/);
      return true;
    });
  });
});
