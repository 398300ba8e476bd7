import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import fc from "fast-check";
import { differencesOfStep } from "../../drift/differences.ts";
import { RefreshDigest } from "../../drift/digest.ts";
import { formatPath, parsePath } from "../../drift/properties.ts";
import { digestOf, recorded } from "./recordings.ts";

const notSet = undefined;

test("every kind of change is found with its property, wanted and found", () => {
  const found = digestOf("drifted")
    .differences()
    .map(({ name, kind, property, wanted, found: live }) =>
      kind === "deleted" ? [name, "deleted"] : [name, property, wanted, live],
    );
  assert.deepEqual(found, [
    ["secret-docker", "value", "[secret]", "[secret]"],
    ["staging", "deleted"],
    ["repository-kai", "deleteBranchOnMerge", true, notSet],
    ["repository-kai", "description", "The pipeline", "Hacked"],
    ["repository-kai", "hasIssues", true, false],
    ["repository-kai", "hasWiki", notSet, true],
    ["repository-kai", "homepageUrl", notSet, "http://x"],
    ["repository-kai", "topics", ["one", "two"], ["one", "three"]],
    ["main-quality", "bypassActors[1]", notSet, { actorId: 9, actorType: "Team", bypassMode: "always" }],
    [
      "main-quality",
      "conditions.refName.includes",
      ["refs/heads/main", "refs/heads/staging"],
      ["refs/heads/main"],
    ],
    ["main-quality", "enforcement", "active", "disabled"],
    ["main-quality", "rules.deletion", true, notSet],
    ["main-quality", "rules.nonFastForward", notSet, true],
    ["main-quality", "rules.pullRequest.requiredApprovingReviewCount", 1, 0],
    // The provider numbers the members of this set in its own order: its index names the wrong pair.
    [
      "main-quality",
      "rules.requiredStatusChecks.requiredChecks",
      [{ context: "build" }, { context: "test" }],
      [{ context: "zzz" }, { context: "build" }],
    ],
    ["migrations", "migrations[0].checksum", "a1", "zz"],
    ["migrations", "migrations[1].checksum", "b2", "c"],
    ["migrations", "migrations[1].name", "002.sql", "003.sql"],
    ["migrations", "migrations[2]", notSet, { checksum: "d", name: "004" }],
    ["workload", "containers[0].env[1].value", "[secret]", "[secret]"],
    ["workload", "containers[0].image", "[secret]", "[secret]"],
    ["workload", 'labels["app.kubernetes.io/name"]', "api", "web"],
    ["workload", "token", "[secret]", "[secret]"],
    // This provider says only that something changed.
    ["yes-no", "size", 3, 4],
  ]);
});

test("a finding names the object, its cloud and its id", () => {
  const [finding] = digestOf("drifted")
    .differences()
    .filter(({ property }) => property === "enforcement");
  assert.deepEqual(finding, {
    urn: "urn:pulumi:staging::kai::kai:github:Repository$github:index/repositoryRuleset:RepositoryRuleset::main-quality",
    type: "github:index/repositoryRuleset:RepositoryRuleset",
    name: "main-quality",
    id: "r-main-quality",
    cloud: "github",
    kind: "changed",
    property: "enforcement",
    wanted: "active",
    found: "disabled",
    replaces: false,
  });
  const clouds = new Map(
    digestOf("drifted")
      .differences()
      .map((each) => [each.name, each.cloud]),
  );
  assert.equal(clouds.get("migrations"), "database");
});

test("a change that only a replacement puts back says so", () => {
  const findings = digestOf("replaced").differences();
  assert.deepEqual(
    findings.map(({ property, wanted, found, replaces }) => ({ property, wanted, found, replaces })),
    [{ property: "branch", wanted: "staging", found: "other", replaces: true }],
  );
});

test("an untouched world has no findings, nor has a program whose changes wait for an up", () => {
  for (const name of ["clean", "pending"] as const) {
    const digest = digestOf(name);
    assert.deepEqual(digest.differences(), [], name);
    assert.equal(digest.sawChanges, false, name);
    assert.equal(digest.read.size, 7, name);
  }
});

test("the order in which the engine answers does not matter", () => {
  const events = recorded("drifted");
  const starts = events.filter((event) => event.resourcePreEvent);
  const ends = events.filter((event) => event.resOutputsEvent).toReversed();
  const digest = new RefreshDigest();
  // One object has a second, unrelated step of the program; it comes after the refresh by its nature.
  for (const event of [...starts, ...ends.filter(({ resOutputsEvent }) => !isProgramStep(resOutputsEvent))]) {
    digest.take(event);
  }
  assert.deepEqual(digest.differences(), digestOf("drifted").differences());
});

function isProgramStep(event: { metadata: StepEventMetadata } | undefined): boolean {
  return event?.metadata.logical === true;
}

test("debug messages, where the engine writes secrets in clear text, leave no trace", () => {
  const digest = new RefreshDigest();
  const event = { diagnosticEvent: { prefix: "debug: ", message: "value,,,hunter2", severity: "debug" } };
  digest.take(event as never);
  assert.ok(!JSON.stringify([digest.errors, digest.activity, digest.differences()]).includes("hunter2"));
});

const secret = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};

test("a live value is blinded where only the state knows that it is secret, at any depth", () => {
  const cases: [inputs: object, live: object, path: string][] = [
    [{ token: secret }, { token: "leak" }, "token"],
    [{ data: secret }, { data: { key: "leak" } }, "data.key"],
    [{ data: { key: secret } }, { data: { key: "leak" } }, "data.key"],
    [{ list: [secret, "b"] }, { list: ["b", "leak"] }, "list[0]"],
    [
      { env: [{ name: "A", value: secret }] },
      {
        env: [
          { name: "B", value: "leak" },
          { name: "A", value: "leak" },
        ],
      },
      "env[0].value",
    ],
    [
      { env: [{ name: "A", value: secret }] },
      {
        env: [
          { name: "A", value: "x" },
          { name: "B", value: "leak" },
        ],
      },
      "env[1]",
    ],
  ];
  for (const [inputs, live, path] of cases) {
    const text = JSON.stringify(differencesOfStep(changed(inputs, live, { [path]: "update" })));
    assert.ok(!text.includes("leak"), text);
    assert.match(text, /\[secret\]/);
  }
});

test("lists are shown so that wanted and found can be compared", () => {
  const item = (name: string, extra = {}) => ({ name, ...extra });
  const cases: {
    wanted: unknown[];
    found: unknown[];
    path: string;
    property: string;
    values: [unknown, unknown];
  }[] = [
    // One of three is gone from the middle: the engine numbers what followed it.
    {
      wanted: [item("a"), item("b"), item("c")],
      found: [item("a"), item("c")],
      path: "list[1].name",
      property: "list",
      values: [
        [item("a"), item("b"), item("c")],
        [item("a"), item("c")],
      ],
    },
    // The cloud adds fields of its own to what the program said: still the same items.
    {
      wanted: [item("a"), item("b")],
      found: [item("b", { id: 2 }), item("z", { id: 3 })],
      path: "list[0].name",
      property: "list",
      values: [
        [item("a"), item("b")],
        [item("b", { id: 2 }), item("z", { id: 3 })],
      ],
    },
    {
      wanted: [item("a")],
      found: [item("z")],
      path: "list[0].name",
      property: "list[0].name",
      values: ["a", "z"],
    },
    { wanted: ["a", "b"], found: ["b"], path: "list[0]", property: "list", values: [["a", "b"], ["b"]] },
    // An index that says nothing: the whole list does.
    {
      wanted: [item("a")],
      found: [item("a"), item("b")],
      path: "list[0].name",
      property: "list",
      values: [[item("a")], [item("a"), item("b")]],
    },
  ];
  for (const { wanted, found, path, property, values } of cases) {
    const findings = differencesOfStep(changed({ list: wanted }, { list: found }, { [path]: "update" }));
    assert.deepEqual(
      findings.map((finding) => [finding.property, finding.wanted, finding.found]),
      [[property, ...values]],
    );
  }
});

test("what the program left to the cloud is compared with what the cloud had chosen", () => {
  const step = changed({}, { size: "large" }, { size: "add" });
  step.old!.outputs = { size: "small" };
  const [finding] = differencesOfStep(step);
  assert.equal(finding?.wanted, "small");
  assert.equal(finding?.found, "large");
});

test("a change that nobody names is still a finding", () => {
  const step = { ...changed({ value: secret }, { value: secret }, {}), detailedDiff: null as never };
  const [finding, ...others] = differencesOfStep(step);
  assert.equal(finding?.kind, "changed");
  assert.equal(finding?.property, undefined);
  assert.deepEqual(others, []);
});

test("the code of a dynamic provider is no property", () => {
  assert.deepEqual(
    differencesOfStep(changed({ __provider: "a" }, { __provider: "b" }, { __provider: "update" })),
    [],
  );
});

test("a property path survives being read and written", () => {
  const part = fc.oneof(fc.string({ minLength: 1 }), fc.nat());
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(part), (first, rest) => {
      assert.deepEqual(parsePath(formatPath([first, ...rest])), [first, ...rest]);
    }),
  );
});

function changed(inputs: object, live: object, diff: Record<string, string>): StepEventMetadata {
  const type = "github:index/repository:Repository";
  const urn = `urn:pulumi:staging::kai::${type}::r`;
  const state = { type, urn, custom: true, id: "1", parent: "", provider: "" };
  return {
    op: "update",
    urn,
    type,
    provider: "",
    old: { ...state, inputs, outputs: { ...inputs } },
    new: { ...state, inputs: live, outputs: { ...live } },
    detailedDiff: Object.fromEntries(
      Object.entries(diff).map(([path, diffKind]) => [path, { diffKind, inputDiff: false }]),
    ) as never,
  };
}

test("a property of a list's item says whose it is, unless the name itself changed or is secret", () => {
  const item = (wanted: object, found: object) =>
    differencesOfStep(changed({ list: [wanted] }, { list: [found] }, { "list[0].x": "update" }))[0]?.item;
  assert.equal(item({ name: "001.sql", x: 1 }, { name: "001.sql", x: 2 }), "001.sql");
  assert.equal(item({ name: "001.sql", x: 1 }, { name: "002.sql", x: 2 }), undefined);
  assert.equal(item({ x: 1 }, { x: 2 }), undefined);
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "c" };
  assert.equal(item({ name: secret, x: 1 }, { name: "leak", x: 2 }), undefined);
});

test("a Deployment that is gone is one finding, though a patch resource misses it too", () => {
  const digest = new RefreshDigest();
  for (const step of [
    gone("deployment", "kubernetes:apps/v1:Deployment", "kai/api"),
    gone("deployment-patch", "kubernetes:apps/v1:DeploymentPatch", "kai/api"),
    gone("other-patch", "kubernetes:apps/v1:DeploymentPatch", "kai/other"),
  ]) {
    digest.take({ sequence: 0, timestamp: 0, resourcePreEvent: { metadata: { ...step, op: "refresh" } } });
    digest.take({ sequence: 0, timestamp: 0, resOutputsEvent: { metadata: step } });
  }
  assert.deepEqual(
    digest.differences().map(({ name }) => name),
    ["deployment", "other-patch"],
    "a patch alone is still reported",
  );
});

function gone(name: string, type: string, id: string): StepEventMetadata {
  const urn = `urn:pulumi:s::p::${type}::${name}`;
  return { op: "delete", urn, type, provider: "", old: { urn, type, id, custom: true } } as StepEventMetadata;
}
