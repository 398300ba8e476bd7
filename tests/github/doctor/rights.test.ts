/** Tokens of several rights: what the least sets allow, and what is said of weaker ones. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Octokit } from "@octokit/rest";
import { githubClient } from "../../../github/client.ts";
import { USES } from "../../../github/doctor/rights.ts";
import { TOKEN } from "../../sandbox/github/support.ts";
import { staged } from "../promotion/staged.ts";
import { healthy } from "./support.ts";

/** What is said about a token, without the rest. */
async function said(on: Awaited<ReturnType<typeof healthy>>, github: Octokit): Promise<string[]> {
  return (await on.findings(github)).filter((line) => line.includes(" token-"));
}

function permissionsOf(name: (typeof USES)[number]["name"]) {
  return USES.find((use) => use.name === name)?.permissions ?? {};
}

describe("a token with the least set", () => {
  it("for pulumi up and kai drift together lacks nothing", async (t) => {
    const on = await healthy(t);
    const permissions = {
      ...permissionsOf("kai drift"),
      ...permissionsOf("pulumi up"),
      variables: "read",
    } as const;
    assert.deepEqual(await on.findings(on.with({ permissions })), []);
  });

  it("for kai promote promotes", async (t) => {
    const stage = await staged(t);
    const sha = await stage.commit();
    const github = stage.on.with({ permissions: permissionsOf("kai promote") });
    assert.equal((await stage.promote({}, github)).outcome, "promoted");
    assert.equal(await stage.main(), sha);
  });

  it("as a classic one has repo and workflow", async (t) => {
    const on = await healthy(t);
    assert.deepEqual(await on.findings(on.with({ scopes: ["repo", "workflow"] })), [
      "note token-expiry: GITHUB_TOKEN never expires: a fine-grained one for this repository alone would end by itself.",
    ]);
  });
});

describe("a weak token is told which right it lacks", () => {
  it("no permission at all", async (t) => {
    const on = await healthy(t);
    const found = await said(on, on.with({ permissions: { metadata: "read" } }));
    assert.match(
      found.join("\n"),
      /^warning token-rights: GITHUB_TOKEN is not enough for `pulumi up`: it lacks Administration: write, Secrets: write, Environments: write\.$/m,
    );
    assert.match(
      found.join("\n"),
      /^error token-rights: GITHUB_TOKEN is not enough for `kai drift`: it lacks .*Administration: write, Secrets: read, Environments: read\.$/m,
    );
  });

  it("administration read: the bypass lists stay hidden, which is not the same as empty", async (t) => {
    const on = await healthy(t);
    const permissions = { ...permissionsOf("kai drift"), administration: "read" } as const;
    const found = await on.findings(on.with({ permissions }));
    assert.match(found.join("\n"), /^error token-rights: .*`kai drift`: it lacks Administration: write\.$/m);
    assert.match(found.join("\n"), /^unchecked bypass-actors: Who may bypass the ruleset main-quality/m);
  });

  for (const [permission, right] of [
    ["secrets", "Secrets: read"],
    ["environments", "Environments: read"],
  ] as const) {
    it(`${permission} missing`, async (t) => {
      const on = await healthy(t);
      const { [permission]: _, ...permissions } = { ...permissionsOf("kai drift") };
      const found = await on.findings(on.with({ permissions }));
      assert.match(
        found.join("\n"),
        new RegExp(`^error token-rights: .*\`kai drift\`: it lacks ${right}\\.$`, "m"),
      );
      assert.match(found.join("\n"), /^unchecked missing-secrets: /m);
    });
  }

  it("a classic one without the scope workflow", async (t) => {
    const on = await healthy(t);
    const found = await on.full(on.with({ scopes: ["repo"] }));
    const [rights] = found.filter(({ check }) => check === "token-rights");
    assert.equal(rights?.level, "note");
    assert.match(
      rights?.message ?? "",
      /not enough for `kai workflow propose`: it lacks the scope workflow\.$/,
    );
    assert.match(
      rights?.remedy ?? "",
      /: https:\/\/github\.com\/settings\/tokens\/new\?scopes=repo,workflow$/,
    );
  });

  it("a fine-grained one for kai promote on a private repository, where only a classic one sees checks", async (t) => {
    const on = await healthy(t, { settings: { "repository.visibility": "private" } });
    Object.assign(on.record().repository, { private: true, visibility: "private" });
    Object.assign(on.world.store.data.accounts.basilakis ?? {}, { plan: { name: "pro" } });
    const rights = (await on.full()).find(({ check }) => check === "token-rights");
    assert.match(rights?.message ?? "", /not enough for `kai promote`: it lacks Checks: read\.$/);
    assert.match(
      rights?.remedy ?? "",
      /^GitHub shows the checks .* to no fine-grained token\. Make a classic one/,
    );
  });

  it("a collaborator's, who is no administrator and not whom the rules let through", async (t) => {
    const on = await healthy(t);
    const found = await said(on, on.as("eleni-dev"));
    const [first] = await on.full(on.as("eleni-dev"));
    assert.equal(first?.remedy, "Take a token of somebody with the role admin in the repository.");
    assert.match(
      found.join("\n"),
      /^warning token-rights: .*`pulumi up`: it lacks the role admin for eleni-dev\.$/m,
    );
    assert.match(
      found.join("\n"),
      /^note token-rights: GITHUB_TOKEN is eleni-dev's, and only Basilakis may move main/m,
    );
  });
});

describe("a token that ends", () => {
  it("in five days is told, with the day", async (t) => {
    const on = await healthy(t);
    const github = on.as();
    github.hook.after("request", ({ headers }) => {
      headers["github-authentication-token-expiration"] = "2026-06-06 00:00:00 UTC";
    });
    const [found] = (await on.full(github)).filter(({ check }) => check === "token-expiry");
    assert.equal(found?.message, "GITHUB_TOKEN expires on 2026-06-06, in 5 day(s).");
  });

  it("in a year is not", async (t) => {
    const on = await healthy(t);
    const github = on.as();
    github.hook.after("request", ({ headers }) => {
      headers["github-authentication-token-expiration"] = "2027-06-06 00:00:00 UTC";
    });
    assert.deepEqual(await on.findings(github), []);
  });

  it("or has ended is refused as a whole, in a sentence", async (t) => {
    const on = await healthy(t);
    on.world.store.data.token.expires_at = "2020-01-01T00:00:00Z";
    const github = githubClient({ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: on.server.url });
    await assert.rejects(
      on.findings(github),
      /GitHub refuses the token \(401\): it is mistyped, revoked or expired/,
    );
  });
});
