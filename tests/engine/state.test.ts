/** The state of a stack, as an engine exports it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { readState } from "../../engine/state.ts";
import { makeMachine } from "./fakes.ts";

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("kai-state-"));

it("is read from the file that the engine wrote, whatever it says beside; nothing is left", async (t) => {
  const machine = await makeMachine(t);
  const before = folders();
  await machine.put("pulumi", `echo 'warning: a new version'; echo '{"deployment":{}}' > "$4"`);
  const options = { pulumi: join(machine.bin, "pulumi"), directory: machine.folder, env: machine.env };
  const { code, state } = await readState("staging", options);
  assert.deepEqual([code, state], [0, { deployment: {} }]);
  assert.deepEqual(
    folders().filter((name) => !before.includes(name)),
    [],
  );
});

it("where there is none, the engine's code and words", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("pulumi", "echo 'error: no stack named staging found' >&2; exit 6");
  const options = { pulumi: join(machine.bin, "pulumi"), directory: machine.folder, env: machine.env };
  assert.deepEqual(await readState("staging", options), {
    code: 6,
    lastLines: ["error: no stack named staging found"],
  });
});
