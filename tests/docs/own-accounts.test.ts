/** What docs/own-accounts.md promises: that the rights are enough and needed, and that the names are the program's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { bucket, siteDeployer } from "../../pipeline/names.ts";
import type { Permission } from "../../sandbox/github/store.ts";
import type { Settings } from "../../settings.ts";
import { kaiSettings } from "../settings/kai.ts";
import { githubWorld } from "../support/github-world.ts";
import { root } from "../support/world.ts";

const page = readFileSync(join(root, "docs/own-accounts.md"), "utf8");

/** The cells of the rows of the table below a line that begins with this text. */
function rowsBelow(heading: string): string[][] {
  const [, rest = ""] = page.split(`\n${heading}`);
  const [table = ""] = /(?:^\|.*\n)+/m.exec(rest) ?? [];
  return table
    .split("\n")
    .slice(2, -1)
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

/** The rights of the page's table, as the simulated GitHub knows them. */
function documentedRights(): Map<string, "read" | "write"> {
  const rows = rowsBelow("### GitHub");
  return new Map(
    rows.map(([name = "", access]) => [name.toLowerCase(), access === "write" ? "write" : "read"]),
  );
}

async function stacks(): Promise<Record<"production" | "staging", Settings>> {
  return { production: await kaiSettings("production"), staging: await kaiSettings("staging") };
}

const UP = ["up", "--yes", "--skip-preview"];

/** Each right to write, and a request of production's first `up` that needs it. */
const NEEDED = {
  administration: /\/repos\/Basilakis\/kai\S*/,
  contents: /\/git\/refs/,
  environments: /\/environments\/[\w-]+\/secrets\/\w+/,
  secrets: /\/actions\/secrets\/\w+/,
} satisfies Partial<Record<Permission, RegExp>>;

/** A world whose token has the rights of the page's table. */
async function documentedWorld(t: TestContext) {
  const world = await githubWorld(t, await stacks());
  const rights = documentedRights();
  const { permissions } = world.github.store.data.token;
  for (const permission of Object.keys(permissions) as Permission[]) {
    permissions[permission] = rights.get(permission) ?? "none";
  }
  return { world, permissions };
}

describe("the rights of GitHub's token", () => {
  it("are enough for both stacks", async (t) => {
    const { world } = await documentedWorld(t);
    await world.succeed("production", ...UP);
    await world.succeed("staging", ...UP);
  });

  // A world each: what a run that fails had made until then is a race.
  for (const [permission, request] of Object.entries(NEEDED)) {
    it(`are all needed: ${permission}`, async (t) => {
      const { world, permissions } = await documentedWorld(t);
      assert.equal(permissions[permission as Permission], "write");
      permissions[permission as Permission] = "read";
      const { code, output } = await world.pulumi("production", ...UP);
      assert.notEqual(code, 0);
      assert.match(
        output,
        new RegExp(`${request.source}: 403 Resource not accessible by personal access token`),
      );
    });
  }
});

describe("the policy of the AWS user", () => {
  const [, text = ""] = /```json\n(\{\n {2}"Version".*?)```/s.exec(page) ?? [];
  const policy = JSON.parse(text) as {
    Statement: { Sid: string; Action: string[]; Resource: string | string[] }[];
  };
  const resources = (sid: string) => [policy.Statement.find((one) => one.Sid === sid)?.Resource ?? []].flat();

  it("covers the buckets and the deploy identities of both stacks", async () => {
    for (const settings of Object.values(await stacks())) {
      for (const site of settings.sites) {
        const arn = `arn:aws:s3:::${bucket(settings, site)}`;
        assert.ok(
          resources("SiteBuckets").some((pattern) => matchesGlob(arn, pattern)),
          arn,
        );
      }
      for (const kind of ["user", "role"]) {
        const arn = `arn:aws:iam::ACCOUNT:${kind}/${siteDeployer(settings)}`;
        assert.ok(
          resources("SiteDeployer").some((pattern) => matchesGlob(arn, pattern)),
          arn,
        );
      }
    }
  });
});

describe("the names of what is adopted", () => {
  it("are the program's", () => {
    const pinned = ["production", "staging"].flatMap(
      (stack) =>
        JSON.parse(readFileSync(join(root, `tests/world/expected/${stack}.json`), "utf8")) as string[],
    );
    const names = new Set(pinned.map((line) => line.split("::").at(-1)?.split(" ")[0]));
    // Of other configurations than Kai's: classic rules, a role in place of the user, a site with domain and variables.
    const others = [
      "rules-main",
      "site-deployer-role",
      "client-vercel-domain",
      "client-vercel-variable-NAME",
    ];
    const shown = rowsBelow("Any other object").flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    );
    assert.ok(shown.length > 10);
    assert.deepEqual(
      shown.filter((name) => !names.has(name) && !others.includes(name)),
      [],
    );
  });
});
