import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import { fakeGo, kai, makeMachine } from "../engine/fakes.ts";

test("--help teaches: commands, examples, exit codes", async (t) => {
  const { code, stdout, stderr } = await kai(await makeMachine(t), ["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const part of [/^ {2}engine /m, /^Examples:/m, /^Exit codes:/m, /^ {2}7 +drift/m])
    assert.match(stdout, part);
});

test("--version answers the package's version", async (t) => {
  const { code, stdout } = await kai(await makeMachine(t), ["--version"]);
  assert.deepEqual([code, stdout], [0, `${packageJson.version}\n`]);
});

test("wrong use exits with 2 and leads on", async (t) => {
  const machine = await makeMachine(t);
  const cases: [string[], RegExp][] = [
    [["engin"], /unknown command 'engin'\s+\(Did you mean engine\?\)/],
    [["engine", "--jsn"], /unknown option '--jsn'\s+\(Did you mean --json\?\)/],
    [["engine", "extra"], /too many arguments/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await kai(machine, args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /`kai --help` lists the commands/);
  }
});

test("a user's mistake is printed without a stack, anything else with it and a word on what it is", async (t) => {
  const machine = await makeMachine(t);
  const mistake = await kai(machine, ["engine"]);
  assert.equal(mistake.code, 1);
  assert.doesNotMatch(mistake.stderr, /^\s+at |UserError/m);

  const preload = join(machine.folder, "break.mjs");
  await writeFile(preload, 'console.log = () => { throw new TypeError("something strange"); };');
  await machine.put("go", fakeGo());
  const unexpected = await kai(machine, ["engine"], { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` });
  assert.equal(unexpected.code, 1);
  assert.match(unexpected.stderr, /TypeError: something strange\n\s+at /);
  assert.match(unexpected.stderr, /This is a mistake in the program/);
});

test("a Node that is too old hands over to the one that npm brought", async (t) => {
  const machine = await makeMachine(t);
  const preload = join(machine.folder, "old.cjs");
  const { node: _present, ...others } = process.versions;
  const versions = JSON.stringify({ ...others, node: "20.19.0" });
  await writeFile(preload, `Object.defineProperty(process, "versions", { value: ${versions} });`);
  const env = { NODE_OPTIONS: `--require="${preload}"` };
  assert.deepEqual(await kai(machine, ["--version"], env), {
    code: 0,
    stdout: `${packageJson.version}\n`,
    stderr: "",
  });
  assert.equal((await kai(machine, ["engin"], env)).code, 2);
});
