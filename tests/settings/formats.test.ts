import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as is from "../../settings/formats.ts";
import { closest, flow } from "../../settings/problems.ts";

const RIGHT_AND_WRONG: [name: string, test: (text: string) => boolean, right: string[], wrong: string[]][] = [
  [
    "a DNS label",
    is.isDnsLabel,
    ["a", "kai-api", "a".repeat(63)],
    ["", "-a", "a-", "1a", "A", "a.b", "a".repeat(64)],
  ],
  [
    "a domain name",
    is.isDomainName,
    ["kai.dev", "a.b-c.example"],
    ["kai", "kai.dev.", "-a.dev", "a..dev", "kai.1"],
  ],
  [
    "a login",
    is.isLogin,
    ["Basilakis", "a-b", "a".repeat(39)],
    ["-a", "a-", "a--b", "a_b", "", "a".repeat(40)],
  ],
  [
    "a repository",
    is.isRepositoryName,
    ["kai", "kai.js", "_", "A-1"],
    ["", ".", "..", "a b", "kai.git", "a/b"],
  ],
  [
    "a branch",
    is.isBranchName,
    ["main", "release/1.2", "a@b", "ü"],
    [
      "",
      "@",
      "HEAD",
      "-a",
      "a.",
      "a..b",
      "a/",
      "/a",
      "a//b",
      "a b",
      "a~1",
      "a^",
      "a:b",
      "x.lock",
      ".a",
      "a/.b",
      "refs/heads/a",
      "a@{1}",
    ],
  ],
  [
    "a label key",
    is.isLabelKey,
    ["a", "kai.dev/role", "A_b.c"],
    ["", "/", "a/", "/a", "a/b/c", "-a", "a ", "A.b/c"],
  ],
  ["a path", is.isUrlPath, ["/", "/api/ml", "/a%20b"], ["", "api", "/a b", "/a?b", "/../x", "//x?"]],
  [
    "a folder",
    is.isRelativeDirectory,
    [".", "packages/client", ".github"],
    ["", "/a", "../a", "a/../b", "a//b", "a\\b"],
  ],
  [
    "a folder that may lie beside the program's",
    is.isDirectoryFromHere,
    ["migrations", "../packages/server/migrations", "../../sql"],
    ["", "/a", "..", "../", "a/../b", "a//b"],
  ],
  [
    "an image",
    is.isImageName,
    ["kai", "team/kai_x", "a--b"],
    ["", "Kai", "kai:1", "a//b", "kai@sha256", "-a"],
  ],
  [
    "an image reference",
    is.isImageReference,
    ["nginx", "ghcr.io/a/b:1.2", `host:5000/a@sha256:${"a".repeat(64)}`],
    ["", "a b", "A/b", "x:"],
  ],
  [
    "a cpu quantity",
    is.isCpu,
    ["1", "0.5", "250m", "1.125"],
    ["", "0", "0m", "1.5m", "-1", "1 ", "1k", "1Gi", "0.0001"],
  ],
  ["a memory quantity", is.isMemory, ["1", "512Mi", "1.5Gi", "1G"], ["", "0", "512m", "1 Gi", "1gb", "-1Gi"]],
  ["an SQL name", is.isSqlIdentifier, ["schema_migrations", "_a1"], ["", "1a", "A", "a-b", "a".repeat(64)]],
];

describe("formats", () => {
  for (const [name, test, right, wrong] of RIGHT_AND_WRONG) {
    it(`of ${name}`, () => {
      for (const text of right) assert.equal(test(text), true, text);
      for (const text of wrong) assert.equal(test(text), false, text);
    });
  }

  it("of a quantity give its number", () => {
    assert.equal(is.quantity("250m"), 0.25);
    assert.equal(is.quantity("1Gi"), 2 ** 30);
    assert.equal(is.quantity("1.5k"), 1500);
    assert.equal(is.quantity("1X"), undefined);
  });
});

describe("address ranges", () => {
  const address = fc
    .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((parts) => parts.join("."));

  it("hold their own addresses, and overlap what shares one", () => {
    fc.assert(
      fc.property(address, fc.nat(32), fc.nat(32), (text, one, other) => {
        const a = is.parseRange(`${text}/${one}`);
        const b = is.parseRange(`${text}/${other}`);
        assert.ok(a && b);
        assert.equal(a.last - a.first + 1, 2 ** (32 - one));
        assert.ok(is.overlaps(a, b) && is.overlaps(b, a));
      }),
    );
  });

  it("next to each other do not overlap", () => {
    const [low, high] = ["10.0.0.0/9", "10.128.0.0/9"].map(is.parseRange);
    assert.ok(low && high && !is.overlaps(low, high));
  });

  it("are private only as a whole", () => {
    const isPrivate = (text: string) => is.isPrivateRange(is.parseRange(text) as is.Range);
    assert.ok(isPrivate("172.16.0.0/12") && isPrivate("192.168.4.0/24"));
    assert.equal(isPrivate("172.0.0.0/8") || isPrivate("172.32.0.0/16") || isPrivate("0.0.0.0/0"), false);
  });

  it("of other shapes are none", () => {
    for (const text of ["", "10.0.0.0", "10.0.0/8", "256.0.0.0/8", "10.0.0.0/33", "::1/64", "10.0.0.0/8 "]) {
      assert.equal(is.parseRange(text), undefined, text);
    }
  });
});

describe("remedies", () => {
  it("guess the word that was meant, and none that is far", () => {
    assert.equal(closest("clutser", ["clouds", "cluster"]), "cluster");
    assert.equal(closest("NAME", ["name"]), "name");
    assert.equal(closest("zzz", ["name", "port"]), undefined);
  });

  it("are written as YAML that means the same", async () => {
    const { parse } = await import("yaml");
    for (const value of [
      "1.33.",
      "04:00",
      "true",
      "22",
      "",
      "a: b",
      "kai",
      3,
      false,
      ["a", "1"],
      { a: "2", b: ["x"] },
    ]) {
      assert.deepEqual(parse(flow(value)), value);
    }
  });
});
