import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";

const engine: Engine = { pulumi: "/e/bin/pulumi", version: "3.274.1", source: "cache", directory: "/e/bin" };

test("the engine's environment puts npm's Node first, then the engine, then the user's PATH", () => {
  const given = { PATH: ["/usr/bin", "/bin"].join(delimiter), PULUMI_BACKEND_URL: "file:///state" };
  const environment = engineEnvironment(engine, given, "/checkout");
  assert.deepEqual(environment.PATH?.split(delimiter), [
    join("/checkout", "node_modules", ".bin"),
    "/e/bin",
    "/usr/bin",
    "/bin",
  ]);
  assert.equal(environment.PULUMI_BACKEND_URL, "file:///state");
  assert.equal(given.PATH, ["/usr/bin", "/bin"].join(delimiter));
});

test("without a PATH the current folder does not become part of it", () => {
  // An empty entry of PATH means the current folder.
  const { PATH } = engineEnvironment(engine, {}, "/checkout");
  assert.ok(!PATH?.split(delimiter).includes(""));
});
