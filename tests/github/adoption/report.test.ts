/** What people read of an adoption. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type AdoptionReport, describeAdoption, describeRemovals } from "../../../github/adoption/report.ts";
import type { ClassicRule } from "../../../github/documents.ts";

const EMPTY: AdoptionReport = {
  repository: "Basilakis/shop",
  configuration: [],
  settled: {},
  problems: [],
  stacks: [],
  losses: [],
  kept: [],
  notes: [],
  classicRules: [],
  written: [],
};
const plain = (_style: string, text: string) => text;

it("says each change with its property, and new secrets in a line", () => {
  const text = describeAdoption(
    {
      ...EMPTY,
      configuration: [
        { file: "Pulumi.yaml", section: "branches", field: "production", from: "main", to: "master" },
      ],
      stacks: [
        {
          stack: "production",
          imports: { "rules-main-quality": "shop:7" },
          changes: [
            {
              action: "change",
              object: "repository Basilakis/shop",
              properties: [{ property: "allow_merge_commit", from: true, to: false }],
            },
            { action: "overwrite", object: "secret SLACK_WEBHOOK", properties: [] },
            { action: "create", object: "secret A of environment staging", properties: [] },
            { action: "create", object: "secret B of environment staging", properties: [] },
          ],
        },
      ],
      kept: ["ruleset mine", "branch main", "branch x", "person eleni-dev"],
      losses: [{ object: "branch main", what: "no deletion (ruleset x) is demanded no more" }],
      classicRules: ["main"],
    },
    plain,
  );
  for (const line of [
    "  Pulumi.yaml: kai:branches.production  main → master",
    "pulumi up --stack production",
    "  takes over rules-main-quality (shop:7)",
    "    allow_merge_commit: true → false",
    "  overwrites secret SLACK_WEBHOOK",
    "  creates secrets of environment staging: A, B",
    "  ruleset mine",
    "  2 branches, 1 person with access",
    "  branch main: no deletion (ruleset x) is demanded no more",
  ])
    assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
  assert.match(text, /main: it stays beside the rulesets.*kai adopt --remove-classic/);
});

it("says that there is nothing to do", () => {
  assert.equal(
    describeAdoption(EMPTY, plain),
    "Basilakis/shop is as the configuration says: there is nothing to adopt.",
  );
});

it("shows what would steer a terminal by its number", () => {
  const text = describeAdoption(
    {
      ...EMPTY,
      notes: ["branch \u001b[2Jx\u202e"],
      stacks: [{ stack: "a", imports: { x: "y" }, changes: [] }],
    },
    plain,
  );
  assert.match(text, /branch \\u001b\[2Jx\\u202e/);
  assert.equal(describeRemovals([], []), "There are no classic rules.");
});

it("says what went with a rule that was removed all the same", () => {
  const rule = { pattern: "main" } as ClassicRule;
  const losses = [{ object: "branch main", what: "signed commits (classic rule main) is demanded no more" }];
  assert.equal(
    describeRemovals([{ rule, losses }], ["main"]),
    "classic rule main: removed, and with it\n  branch main: signed commits (classic rule main) is demanded no more",
  );
  assert.match(
    describeRemovals([{ rule, losses: [] }], ["main"]),
    /removed; the rulesets demand what it did$/,
  );
});
