import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stateOf } from "../support/snapshot.ts";
import { reconciledFolder } from "../support/world.ts";

/**
 * Names and types of everything that the two stacks hold. A resource whose name or type changes is another resource for
 * the engine: it deletes the old one, with the cluster's workloads or the bucket's files in it. After a change that is
 * meant (with `aliases` in the program, where the object must survive):
 * `UPDATE_EXPECTED=1 node --test --test-global-setup=tests/support/global-setup.ts tests/world/names.test.ts`, and read
 * the difference.
 */
for (const stack of ["production", "staging"]) {
  test(`${stack} holds exactly the resources that are kept in expected/${stack}.json`, async () => {
    const file = new URL(`expected/${stack}.json`, import.meta.url);
    const found = resources(await reconciledFolder(), stack);
    if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    assert.deepEqual(found, JSON.parse(readFileSync(file, "utf8")));
  });
}

/**
 * What the engine tells resources apart by, without the stack: the types of the parents and the own one, and the name.
 */
function resources(directory: string, stack: string): string[] {
  return stateOf(directory, stack)
    .map(({ urn, protect }) => `${urn.split("::").slice(2).join("::")}${protect ? " (protected)" : ""}`)
    .sort();
}
