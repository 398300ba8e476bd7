import assert from "node:assert/strict";
import { beforeEach, describe, it, type TestContext } from "node:test";
import { GitHub } from "../../../sandbox/github/client.ts";
import { createProtection } from "../../../sandbox/github/protection.ts";
import { createBranch, deleteBranch, getBranch } from "../../../sandbox/github/refs.ts";
import { createRepository } from "../../../sandbox/github/repositories.ts";
import { createRuleset, updateRuleset } from "../../../sandbox/github/rulesets.ts";
import { CLASSIC, fresh, github, makePrivate, QUALITY, refused, world } from "./documents.ts";

describe("rules", () => {
  beforeEach((t) => fresh(t as TestContext));

  it("names of rulesets are unique, also after a change", () => {
    createRuleset(github, "kai", QUALITY);
    refused(422, /Name must be unique/, () => createRuleset(github, "kai", QUALITY));
    const other = createRuleset(github, "kai", { ...QUALITY, name: "other" });
    refused(422, /Name must be unique/, () => updateRuleset(github, "kai", other.id, QUALITY));
    updateRuleset(github, "kai", other.id, { ...QUALITY, name: "other", enforcement: "disabled" });
  });

  it("bypass actors exist and suit the owner", () => {
    const by = (actor_type: string, actor_id: number) => () =>
      createRuleset(github, "kai", {
        ...QUALITY,
        bypass_actors: [{ actor_type, actor_id, bypass_mode: "always" }],
      });
    refused(422, /Actor User 1 must be part of the ruleset source/, by("User", 1));
    refused(422, /GitHub Actions integration must be part/, by("Integration", 15368));
    refused(422, /OrganizationAdmin must be part/, by("OrganizationAdmin", 1));
    by("RepositoryRole", 5)();
  });

  it("a private repository of a Free account has no rules", () => {
    makePrivate();
    refused(403, /Upgrade to GitHub Pro or make this repository public/, () =>
      createRuleset(github, "kai", QUALITY),
    );
    refused(403, /Upgrade to GitHub Pro/, () => createProtection(github, "kai", CLASSIC));
    (github.account("Basilakis") as { plan: { name: string } }).plan = { name: "pro" };
    createRuleset(github, "kai", QUALITY);
  });

  it("classic push restrictions are an organization's", () => {
    refused(422, /Only organization repositories can have users and team restrictions/, () =>
      createProtection(github, "kai", { ...CLASSIC, restrictsPushes: true, pushAllowances: ["Basilakis"] }),
    );
    createProtection(github, "kai", CLASSIC);
    refused(422, /Name already protected: main/, () => createProtection(github, "kai", CLASSIC));
  });

  it("a classic rule drops actors without write access, and refuses unknown ones", () => {
    const organization = new GitHub(world, "kai-platform", "token");
    createRepository(organization, { name: "kai", auto_init: true });
    const rule = createProtection(organization, "kai", {
      ...CLASSIC,
      restrictsPushes: true,
      pushAllowances: ["Basilakis", "octocat"],
    });
    assert.deepEqual(rule.pushAllowances, ["Basilakis"]);
    refused(404, /Could not resolve to a User with the login of 'nobody'/, () =>
      createProtection(organization, "kai", { ...CLASSIC, pattern: "x", pushAllowances: ["nobody"] }),
    );
  });

  it("a branch is deleted only where no rule forbids it; the default branch never", () => {
    const { sha } = getBranch(github, "kai", "main").object;
    createBranch(github, "kai", "staging", sha);
    const conditions = { ref_name: { include: ["refs/heads/staging"], exclude: [] } };
    const created = createRuleset(github, "kai", { ...QUALITY, conditions });
    refused(422, /Cannot delete this branch/, () => deleteBranch(github, "kai", "staging"));
    const admin = { actor_type: "RepositoryRole", actor_id: 5, bypass_mode: "always" as const };
    updateRuleset(github, "kai", created.id, { ...QUALITY, conditions, bypass_actors: [admin] });
    deleteBranch(github, "kai", "staging");
    refused(422, /Cannot delete the default branch/, () => deleteBranch(github, "kai", "main"));
  });

  it("a ref name in short form protects nothing", () => {
    createBranch(github, "kai", "staging", getBranch(github, "kai", "main").object.sha);
    const conditions = { ref_name: { include: ["staging"], exclude: [] } };
    createRuleset(github, "kai", { ...QUALITY, conditions });
    deleteBranch(github, "kai", "staging");
  });
});
