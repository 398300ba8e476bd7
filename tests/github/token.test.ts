/** What a token says about itself. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { readPlan, readToken } from "../../github/token.ts";
import { BOT, served } from "../sandbox/github/support.ts";

it("knows a classic token by its scopes, a fine-grained one by their lack, an app's by being nobody's", async (t) => {
  const on = await served(t);
  assert.deepEqual(await readToken(on.as("eleni-dev")), {
    kind: "classic",
    login: "eleni-dev",
    scopes: ["repo", "workflow"],
    expires: undefined,
  });
  assert.deepEqual(await readToken(on.with({ expires_at: "2040-01-02T03:04:05Z" })), {
    kind: "fine-grained",
    login: "Basilakis",
    scopes: undefined,
    expires: "2040-01-02T03:04:05.000Z",
  });
  const { kind, login } = await readToken(on.as(BOT));
  assert.deepEqual({ kind, login }, { kind: "app", login: undefined });
});

it("knows the plan of the owner where the token is the owner's alone", async (t) => {
  const on = await served(t);
  const owner = { login: "basilakis", type: "User" } as const;
  const organization = { login: "kai-platform", type: "Organization" } as const;
  assert.equal(await readPlan(on.as(), owner), "free");
  assert.equal(await readPlan(on.as("eleni-dev"), owner), undefined);
  assert.equal(await readPlan(on.as(), organization), "team");
  assert.equal(await readPlan(on.as("octocat"), organization), undefined);
  assert.equal(await readPlan(on.as(BOT), owner), undefined);
});
