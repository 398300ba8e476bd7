/** What the configuration ignores for a time, and which clouds a broken run had seen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StackReport } from "../../drift/check.ts";
import { cloudsOf, cloudsOfBroken } from "../../drift/clouds.ts";
import { expiring } from "../../drift/credentials.ts";
import { type Ignored, withIgnored } from "../../drift/ignored.ts";
import { describeReport, driftReport } from "../../drift/report.ts";
import { checkSettings } from "../../settings.ts";
import { kaiConfig } from "../settings/kai.ts";
import { digestOfSteps, step } from "./steps.ts";

const REPOSITORY = "github:index/repository:Repository";
const bare = { width: Number.POSITIVE_INFINITY, paint: (_style: string, text: string) => text };

function report(...steps: Parameters<typeof step>[]): StackReport {
  const findings = digestOfSteps(steps.map((one) => step(...one))).differences();
  return { stack: "production", outcome: findings.length > 0 ? "drifted" : "clean", objects: 9, findings };
}

const entry = (property?: string, until = "2027-01-31"): Ignored => ({
  name: "kai-repository",
  ...(property !== undefined && { property }),
  reason: "Nikos is on call",
  until,
});
const wiki = report([REPOSITORY, "kai-repository", "hasWiki", false, true]);

describe("an entry of kai:drift.ignore", () => {
  const outcome = (found: StackReport, entries: Ignored[], today = "2026-11-25") => {
    const { outcome, findings, ignored = [], unused = [] } = withIgnored(found, entries, today);
    return [outcome, findings.length, ignored.length, unused.length];
  };

  it("leaves out its property, what is below it, or the whole object, and nothing else", () => {
    assert.deepEqual(outcome(wiki, [entry("hasWiki")]), ["clean", 0, 1, 0]);
    assert.deepEqual(outcome(wiki, [entry()]), ["clean", 0, 1, 0]);
    assert.deepEqual(outcome(wiki, [entry("hasWik")]), ["drifted", 1, 0, 1]);
    assert.deepEqual(outcome(wiki, [{ ...entry(), name: "other" }]), ["drifted", 1, 0, 1]);
    const rules = report([REPOSITORY, "kai-repository", "pages.source[0].branch", "a", "b"]);
    for (const property of ["pages", "pages.source", "pages.source[0]"]) {
      assert.deepEqual(outcome(rules, [entry(property)]), ["clean", 0, 1, 0], property);
    }
    const gone = report([REPOSITORY, "kai-repository"]);
    assert.deepEqual(outcome(gone, [entry("hasWiki")]), ["drifted", 1, 0, 1]);
    assert.deepEqual(outcome(gone, [entry()]), ["clean", 0, 1, 0]);
  });

  it("holds on its last day, and is drift that says so from the next day on", () => {
    assert.deepEqual(outcome(wiki, [entry("hasWiki")], "2027-01-31"), ["clean", 0, 1, 0]);
    const later = withIgnored(wiki, [entry("hasWiki")], "2027-02-01");
    assert.equal(later.outcome, "drifted");
    assert.match(
      describeReport(driftReport([later]), bare),
      /\n {6}was ignored until 2027-01-31: Nikos is on call\n/,
    );
    assert.deepEqual(outcome(wiki, [entry("hasWiki"), entry("hasWiki", "2028-01-01")], "2027-02-01"), [
      "clean",
      0,
      1,
      0,
    ]);
  });

  it("is named where it leaves something out, and where it fits nothing", () => {
    const text = describeReport(
      driftReport([withIgnored(wiki, [entry("hasWiki"), entry("gone")], "2026-11-25")]),
      bare,
    );
    assert.match(text, /^✔ production: clean/);
    assert.match(text, /\nIgnored until 2027-01-31: kai-repository hasWiki \(Nikos is on call\)\n/);
    assert.match(text, /\nUnused in kai:drift\.ignore of Pulumi\.production\.yaml: kai-repository gone$/);
  });

  it("is not called unused where not everything was compared", () => {
    const broken: StackReport = { ...report(), outcome: "could-not-check", reason: "No." };
    assert.deepEqual(outcome(broken, [entry()]), ["could-not-check", 0, 0, 0]);
    assert.deepEqual(outcome({ ...report(), unseen: [{ what: "a", reason: "b" }] }, [entry()]), [
      "clean",
      0,
      0,
      0,
    ]);
  });

  it("has a reason and a day that exists", async () => {
    const config = await kaiConfig("production");
    const problems = (ignore: unknown) =>
      checkSettings("production", { ...config, drift: { ignore } }).problems.map(({ key }) => key);
    assert.deepEqual(problems([entry("hasWiki")]), []);
    assert.deepEqual(problems([{ name: "a", reason: "b", until: "2027-01-31 00:00:00 +0000 UTC" }]), []);
    const wrong = [{ name: "a" }, { ...entry(), until: "soon" }, { ...entry(), until: "2027-02-30" }];
    assert.deepEqual(problems(wrong), [
      "kai:drift.ignore[0].reason",
      "kai:drift.ignore[0].until",
      "kai:drift.ignore[1].until",
      "kai:drift.ignore[2].until",
    ]);
  });
});

describe("clouds of a stack", () => {
  const urn = (type: string, name = "x") => `urn:pulumi:production::kai::kai:a:B$${type}::${name}`;
  const types = [
    REPOSITORY,
    "aws:s3/bucket:Bucket",
    "kubernetes:core/v1:Secret",
    "vercel:index/project:Project",
    "digitalocean:index/vpc:Vpc",
    "pulumi-nodejs:dynamic:Resource",
  ];
  const resources = [
    ...types.map((type) => ({ urn: urn(type), type, custom: true })),
    { urn: urn("pulumi:providers:aws"), type: "pulumi:providers:aws", custom: true },
    { urn: urn("kai:a:B"), type: "kai:a:B", custom: false },
  ];

  it("are all checked after a run to its end", () => {
    const clouds = cloudsOf(types.map((type) => urn(type)));
    assert.equal(clouds.length, 6);
    assert.ok(clouds.every(({ outcome }) => outcome === "checked"));
  });

  for (const type of types) {
    it(`are told apart when ${type.split(":")[0]} does not answer`, () => {
      const read = new Set(types.filter((one) => one !== type).map((one) => urn(one)));
      const errors = [{ urn: urn(type), message: "connect ECONNREFUSED" }];
      const clouds = cloudsOfBroken(resources, { read, errors, reason: "It did not answer." });
      const broken = clouds.filter(({ outcome }) => outcome === "could-not-check");
      assert.deepEqual(
        broken.map(({ reason }) => reason),
        ["It did not answer."],
      );
      assert.equal(clouds.length, 6);
    });
  }

  it("are not called checked where the engine stopped before", () => {
    const errors = [{ urn: urn(REPOSITORY), message: "no" }];
    const clouds = cloudsOfBroken(resources, {
      read: new Set([urn(types[1] as string)]),
      errors,
      reason: "No.",
    });
    assert.deepEqual(
      clouds.filter(({ outcome }) => outcome === "checked").map(({ cloud }) => cloud),
      ["aws"],
    );
    const stack: StackReport = { ...report(), outcome: "could-not-check", reason: "No.", clouds };
    assert.match(
      describeReport(driftReport([stack]), bare),
      /could not check\. No\.\n {4}Checked: aws\. Not checked: database, digitalocean, github, kubernetes, vercel\.$/,
    );
  });
});

describe("a token that ends", () => {
  const provider = {
    urn: "urn:pulumi:production::kai::pulumi:providers:github::github",
    type: "pulumi:providers:github",
    name: "github",
    id: "1",
  };
  const at = (days: number) => {
    const now = new Date("2026-11-25T00:00:00Z");
    return expiring(provider, new Date(now.getTime() + days * 86_400_000).toISOString(), now);
  };

  it("is found two weeks before, and not earlier", () => {
    assert.deepEqual(at(15), []);
    const [finding] =
      driftReport([{ ...report(), outcome: "drifted", findings: at(3) }]).stacks[0]?.findings ?? [];
    assert.deepEqual(
      [finding?.class, finding?.severity, finding?.cloud, finding?.found],
      ["secrets", "high", "github", "2026-11-28T00:00:00.000Z"],
    );
  });

  it("is no object that somebody changed", () => {
    const text = describeReport(driftReport([{ ...report(), outcome: "drifted", findings: at(3) }]), bare);
    assert.match(text, /^✖ production: drifted, 0 of 9 objects changed by hand; a credential ends soon\n/);
  });
});

it("what waits for an up is told by itself, and is no drift", () => {
  const text = describeReport(driftReport([{ ...report(), pending: 4 }]), bare);
  assert.equal(
    text,
    "✔ production: clean, 9 objects as deployed\n\n4 changes of the configuration wait for an up of production.",
  );
});
