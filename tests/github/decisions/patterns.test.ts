import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownersOf } from "../../../github/decisions/code-owners.ts";
import { matchesPattern } from "../../../github/decisions/patterns.ts";

describe("patterns of rules, as Ruby's fnmatch with FNM_PATHNAME has them", () => {
  const cases: [pattern: string, matches: string[], others: string[]][] = [
    ["qa/*", ["qa/foo"], ["qa/foo/bar", "qa"]],
    ["qa/**/*", ["qa/x", "qa/foo/bar/foobar/hello-world"], ["qa"]],
    ["qa**/**/*", ["qa-1/a/b", "qa/x"], ["qa"]],
    ["**", ["main"], ["feature/x"]],
    ["**/*", ["main", "a/b/c"], []],
    ["refs/heads/**/*", ["refs/heads/a", "refs/heads/a/b"], ["refs/tags/a"]],
    ["feature**", ["feature-x"], ["feature/x"]],
    ["*release*", ["my-release-1"], ["a/release"]],
    ["v[0-9].*", ["v1.2"], ["vx.2"]],
    ["v[!0-9]", ["vx"], ["v1"]],
    ["ma?n", ["maïn", "ma😀n"], ["ma/n", "man"]],
    // Nothing but fnmatch's wildcards means more than itself.
    ["a{b,c}", ["a{b,c}"], ["ab", "ac"]],
    ["a+(b)*", ["a+(b)x"], ["ab", "aab"]],
    ["a.b|c#d*", ["a.b|c#d1"], ["axb", "a.b"]],
    ["a[b*", ["a[bc"], ["abc"]],
  ];
  for (const [pattern, matches, others] of cases) {
    test(pattern, () => {
      for (const name of matches) assert.ok(matchesPattern(pattern, name), name);
      for (const name of others) assert.ok(!matchesPattern(pattern, name), name);
    });
  }
});

describe("patterns of CODEOWNERS, as about-code-owners has them", () => {
  const cases: [pattern: string, owned: string[], others: string[]][] = [
    ["*", ["a", ".gitignore", ".github/workflows/deploy.yml"], []],
    ["*.js", ["x.js", "src/a/x.js"], ["x.ts"]],
    ["/build/logs/", ["build/logs/a/b"], ["build/logs", "x/build/logs/a"]],
    ["docs/*", ["docs/getting-started.md"], ["docs/build-app/troubleshooting.md"]],
    ["apps/", ["apps/x", "a/apps/x/y"], ["apps"]],
    ["**/logs", ["logs", "build/logs/a", "deeply/nested/logs/a"], ["logs2"]],
    ["/scripts/**", ["scripts/a/b"], ["scripts"]],
    [".github/", [".github/workflows/deploy.yml"], ["github/x"]],
  ];
  for (const [pattern, owned, others] of cases) {
    test(pattern, () => {
      const isOwned = (path: string) => ownersOf(`${pattern} @somebody`, [path]).length > 0;
      assert.deepEqual([...owned, ...others].filter(isOwned), owned);
    });
  }
});
