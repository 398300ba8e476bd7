/** What the doctor says of a computer. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { checkEngine, checkNode } from "../../../cli/doctor/machine.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { makeMachine, root } from "../../engine/fakes.ts";

const STACKS = ["production", "staging"];

/** @param answer what the engine on PATH does when it is asked for its stacks */
async function lines(t: TestContext, answer?: string): Promise<string[]> {
  const machine = await makeMachine(t);
  const version = packageJson.dependencies["@pulumi/pulumi"];
  if (answer !== undefined) {
    await machine.put("pulumi", `case "$1" in version) echo v${version} ;; *) ${answer} ;; esac`);
    for (const name of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
      await machine.put(name, "exit 0");
  }
  const found = await checkEngine({ root, directory: root, env: machine.env }, STACKS);
  return found.map(({ level, message, remedy }) => `${level} ${message} | ${remedy}`);
}

it("a Node that is too old, and the one that npm brings", () => {
  assert.deepEqual(checkNode(process.versions.node), []);
  const [found] = checkNode("20.19.0");
  assert.match(found?.message ?? "", /^This is Node 20\.19\.0, and the program needs/);
});

it("no engine is a note, and the backend cannot be asked", async (t) => {
  const [engine, state] = await lines(t);
  assert.match(engine ?? "", /^note There is no Pulumi engine on this computer yet .* \| kai engine$/);
  assert.match(state ?? "", /^unchecked The state backend: there is no engine/);
});

it("a backend that has both stacks is nothing to say; one that lacks a stack is a note", async (t) => {
  assert.deepEqual(await lines(t, `echo '[{"name":"team/kai/production"},{"name":"staging"}]'`), []);
  assert.deepEqual(await lines(t, `echo '[{"name":"staging"}]'`), [
    "note The state backend has no stack production yet. | pulumi stack init production",
  ]);
});

it("a backend that nobody is logged in to is told as that", async (t) => {
  const [state] = await lines(t, "echo 'error: PULUMI_ACCESS_TOKEN must be set' >&2; exit 3");
  assert.match(
    state ?? "",
    /^unchecked The state backend: Not logged in to the state backend.* \| pulumi login$/,
  );
});
