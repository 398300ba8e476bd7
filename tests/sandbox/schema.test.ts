import assert from "node:assert/strict";
import { test } from "node:test";
import { PackageSchema } from "../../sandbox/provider/schema.ts";
import { UNKNOWN } from "../../sandbox/provider/values.ts";

const github = new PackageSchema("github");
const branch = "github:index/branch:Branch";

test("inputs that the npm package's types allow pass", () => {
  assert.deepEqual(github.validate(branch, { repository: "kai", branch: "staging" }), []);
});

test("unknown, missing and wrongly typed inputs are refused", () => {
  const reasons = github.validate(branch, { branch: 7, sourcebranch: "main" }).map(({ reason }) => reason);
  assert.ok(
    reasons.some((reason) => reason.includes('unknown property "sourcebranch"')),
    String(reasons),
  );
  assert.ok(
    reasons.some((reason) => reason.includes("must be string")),
    String(reasons),
  );
  assert.ok(
    reasons.some((reason) => reason.includes("required property 'repository'")),
    String(reasons),
  );
});

test("values that a preview does not know yet are neither missing nor wrong", () => {
  assert.deepEqual(github.validate(branch, { repository: UNKNOWN, branch: "staging" }), []);
});

test("nested inputs are checked as deep as the types go", () => {
  const kubernetes = new PackageSchema("kubernetes");
  const failures = kubernetes.validate("kubernetes:apps/v1:Deployment", {
    spec: { selector: {}, template: { spec: { containers: [{ name: "api", imagePullpolicy: "Always" }] } } },
  });
  assert.equal(failures.length, 1);
  assert.match(failures[0]?.reason ?? "", /unknown property "imagePullpolicy"/);
});

test("a type that the list of types lacks is refused", () => {
  assert.match(github.validate("github:index/gist:Gist", {})[0]?.reason ?? "", /does not know the type/);
});

test("computed outputs are those that are no inputs", () => {
  assert.deepEqual(github.computedNames(branch).sort(), ["ref", "sha"]);
});
