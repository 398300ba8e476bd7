import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { StackReport } from "../../drift/check.ts";
import type { Difference } from "../../drift/differences.ts";
import { describeReport, driftReport, type Style } from "../../drift/report.ts";
import { digestOf } from "./recordings.ts";

const bare: Style = { width: Number.POSITIVE_INFINITY, paint: (_style, text) => text };

const clean: StackReport = { stack: "production", outcome: "clean", objects: 41, findings: [] };
const unknown: StackReport = {
  stack: "staging",
  outcome: "could-not-check",
  reason: "GitHub refused the credentials.",
  objects: 3,
  findings: [],
};

function drifted(keep: (finding: Difference) => boolean = () => true): StackReport {
  const digest = digestOf("drifted");
  const findings = digest.differences().filter(keep);
  return { stack: "staging", outcome: "drifted", objects: digest.read.size, findings };
}

/** The example that the documentation shows. */
const example = driftReport([
  clean,
  drifted(
    ({ name, property = "" }) =>
      ["staging", "secret-docker"].includes(name) ||
      ["enforcement", "rules.pullRequest.requiredApprovingReviewCount", "migrations[0].checksum"].includes(
        property,
      ),
  ),
]);

test("the documentation shows what the command prints", () => {
  const page = readFileSync(new URL("../../docs/drift.md", import.meta.url), "utf8");
  assert.ok(page.includes(`\n\`\`\`text\n${describeReport(example, bare)}\n\`\`\`\n`));
  const [first] = example.stacks[1]!.findings.filter(({ property }) => property === "enforcement");
  const json = driftReport([{ ...drifted(), findings: [first!] }]);
  assert.ok(page.includes(`\n\`\`\`json\n${JSON.stringify(json, null, 2)}\n\`\`\`\n`));
});

/** The page's second example: what only GitHub itself tells, and what it does not tell this token. */
const beside = driftReport([
  {
    ...clean,
    outcome: "drifted",
    findings: [
      {
        urn: "urn:pulumi:production::kai::github:index/repository:Repository::kai-repository",
        type: "github:index/repository:Repository",
        name: "kai-repository",
        id: "kai",
        cloud: "github",
        kind: "changed",
        property: 'deployKeys["build server"]',
        found: "may write, since 2026-08-31T14:00:00Z",
        remedy: "Delete it in Settings → Deploy keys, or make it read-only.",
        replaces: false,
      },
    ],
    unseen: [
      {
        what: "secrets of the repository",
        reason: 'The token lacks the permission "Secrets: read".',
      },
    ],
  },
]);

test("what only GitHub tells comes with its own remedy, and what it does not tell is said", () => {
  const page = readFileSync(new URL("../../docs/drift.md", import.meta.url), "utf8");
  assert.ok(page.includes(`\n\`\`\`text\n${describeReport(beside, bare)}\n\`\`\`\n`));
  assert.equal(beside.stacks[0]?.revert, undefined);
  const both = driftReport([{ ...drifted(), unseen: beside.stacks[0]?.unseen ?? [] }]);
  assert.equal(both.stacks[0]?.revert, "pulumi up --refresh --stack staging");
});

test("what could not be seen changes no outcome, and is told of a clean stack as well", () => {
  const report = driftReport([{ ...clean, unseen: beside.stacks[0]?.unseen ?? [] }]);
  assert.equal(report.outcome, "clean");
  assert.match(
    describeReport(report, bare),
    /clean, 41 objects as deployed\n\nWhat could not be seen in production\n\n {2}secrets of the repository: The token lacks/,
  );
});

test("drift counts more than what could not be checked, and that more than clean", () => {
  const outcome = (...stacks: StackReport[]) => driftReport(stacks).outcome;
  assert.equal(outcome(clean, clean), "clean");
  assert.equal(outcome(clean, unknown), "could-not-check");
  assert.equal(outcome(unknown, drifted(), clean), "drifted");
  assert.equal(outcome({ ...unknown, findings: drifted().findings }), "drifted");
});

test("a stack that could not be checked says why, and what had been found before", () => {
  const text = describeReport(driftReport([{ ...unknown, findings: drifted().findings }]), bare);
  assert.match(
    text,
    /^\? staging: could not check; 7 objects changed by hand had been found before that\. GitHub refused the credentials\./,
  );
  assert.match(text, /wanted {2}"active"/);
});

test("every finding has both ways out, by the stack's own name", () => {
  const report = driftReport([{ ...drifted(), stack: "team/kai/production" }]);
  assert.equal(report.stacks[0]?.revert, "pulumi up --refresh --stack team/kai/production");
  const text = describeReport(report, bare);
  assert.ok(text.includes("  pulumi up --refresh --stack team/kai/production\n"));
  assert.ok(text.includes("(Pulumi.production.yaml)"));
  assert.equal(driftReport([clean]).stacks[0]?.revert, undefined);
});

test("long values are spread over lines on a narrow terminal only", () => {
  const report = driftReport([drifted(({ property }) => property === "topics")]);
  assert.match(describeReport(report, bare), /wanted {2}\["one","two"\]/);
  const narrow = describeReport(report, { ...bare, width: 24 });
  assert.match(narrow, /wanted {2}\[\n {16}"one",\n {16}"two"\n {14}\]/);
});

test("of long texts only what differs is shown", () => {
  const [finding] = drifted().findings as [Difference];
  const show = (property: string, wanted: string, found: string) =>
    describeReport(
      driftReport([{ ...drifted(), findings: [{ ...finding, property, wanted, found }] }]),
      bare,
    );
  const policy = (action: string) => JSON.stringify({ Statement: [{ Sid: "Write", Action: action }] });
  assert.match(
    show("policy", policy("s3:PutObject"), policy("s3:*")),
    /\n {4}policy: Statement\[0\]\.Action \(high, secrets\)\n {6}wanted {2}"s3:PutObject"\n {6}found {3}"s3:\*"\n/,
  );
  assert.match(
    show("code", "one\ntwo\nthree\n", "one\nthree\n"),
    /\n {4}code: line 2 \(high, secrets\)\n {6}wanted {2}"two"\n {6}found {3}not set\n/,
  );
  assert.match(
    show("code", "one\n", "one\ntwo\nthree\n"),
    /\n {4}code: line 2 \(high, secrets\)\n {6}wanted {2}not set\n {6}found {3}two\n {14}three\n/,
  );
});

test("a table altered by hand does not pass as something that an up undoes", () => {
  const [finding] = drifted().findings as [Difference];
  const altered = {
    cloud: "database",
    property: "alteredTables",
    wanted: [],
    found: ["public.a (altered: column x added)"],
  };
  const text = describeReport(
    driftReport([{ ...drifted(), findings: [{ ...finding, ...altered, replaces: false }] }]),
    bare,
  );
  assert.match(
    text,
    /found {3}\["public\.a \(altered: column x added\)"\]\n {6}No up undoes this\. .*\n {6}To keep it: kai migrate repair --accept-tables$/,
  );
});

test("texts from outside cannot steer the terminal or forge lines", () => {
  const evil = "\u001b[2Jx\n✔ all clean\u202e\u009b31m";
  const [finding] = drifted().findings as [Difference];
  const findings: Difference[] = [
    {
      ...finding,
      name: evil,
      id: evil,
      property: evil,
      wanted: evil,
      found: { [evil]: [evil] },
      remedy: evil,
    },
  ];
  const unseen = [{ what: evil, reason: evil }];
  const text = describeReport(
    driftReport([
      { ...drifted(), findings, unseen },
      { ...unknown, reason: evil },
    ]),
    {
      ...bare,
      width: 10,
    },
  );
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{C}/u);
  assert.doesNotMatch(text, /^✔/m);
});

test("a stack where nothing was ever deployed does not pass as compared", () => {
  assert.match(
    describeReport(driftReport([{ ...clean, objects: 0 }]), bare),
    /production: nothing is deployed$/,
  );
});
