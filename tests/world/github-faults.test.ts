/** A sample of `npm run bench -- github`, which disturbs every call. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Call, Campaign, changeAfterUp, withoutOtherClouds } from "../support/github-campaign.ts";
import { freshWorld, type TestWorld } from "../support/world.ts";

const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
const SECRET = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";

function campaign(t: TestContext, world: TestWorld): Promise<Campaign> {
  const folder = mkdtempSync(join(tmpdir(), "kai-campaign-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return Campaign.of(world, folder);
}

test("a ruleset whose answer got lost is not doubled, and a secret that a deletion lost its answer for is gone", async (t) => {
  const world = await freshWorld(t);
  withoutOtherClouds(world);
  const first = await campaign(t, world);
  const made: Call = { operation: "create", subject: RULESET, nth: 1 };
  t.diagnostic(await first.disturbed(made, "lost-answer"));
  await changeAfterUp(world);
  const second = await campaign(t, world);
  const deleted: Call = { operation: "delete", subject: SECRET, nth: 0 };
  t.diagnostic(await second.disturbed(deleted, "lost-answer"));
  t.diagnostic(await second.disturbed({ operation: "update", subject: RULESET, nth: 0 }, "secondary-limit"));
});
