import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { findEngine } from "../../engine/find-engine.ts";
import { showProgress } from "../../engine/progress.ts";
import packageJson from "../../package.json" with { type: "json" };
import { root } from "./fakes.ts";

const guard = join(root, "engine", "require-node.cjs");
/** Preloaded, it makes Node believe that it is version 20. */
const pretendOld =
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } });';
const sentence = /This program needs Node 24 or newer, .*`export PATH="\$PWD\/node_modules\/\.bin:\$PATH"`/;

function runNode(...args: string[]) {
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

test("the check stops a Node that is too old with one sentence, and lets the others pass", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kai-node-"));
  t.after(() => rm(folder, { recursive: true }));
  const old = join(folder, "old.cjs");
  await writeFile(old, pretendOld);
  const stopped = runNode("--require", old, "--require", guard, "--eval", "console.log('ran')");
  assert.equal(stopped.status, 32);
  assert.match(stopped.stderr, sentence);
  assert.equal(stopped.stderr.trim().split("\n").length, 1);
  assert.equal(stopped.stdout, "");
  const passed = runNode("--require", guard, "--eval", "console.log('ran')");
  assert.deepEqual([passed.status, passed.stdout, passed.stderr], [0, "ran\n", ""]);
});

test("package.json, the check and the kai command agree on the oldest Node", async () => {
  const oldest = Number(packageJson.engines.node.replace(">=", ""));
  for (const file of [guard, join(root, "cli", "kai.cjs")]) {
    assert.match(await readFile(file, "utf8"), new RegExp(`^const oldest = ${oldest};$`, "m"), file);
  }
});

/** These run the real engine; where the machine has none yet, it is made (and shown) first. */
let engine: Engine;
before(async () => {
  engine = await findEngine({ progress: showProgress(process.stderr) });
});

test("the real engine answers the version that was promised", () => {
  const { stdout } = spawnSync(engine.pulumi, ["version"], {
    encoding: "utf8",
    env: engineEnvironment(engine, process.env, root),
  });
  assert.equal(stdout.trim(), `v${engine.version}`);
});

test("the real engine runs a program with the Node that npm brought, and stops at one that is too old", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kai project "));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "engine"));
  await mkdir(join(folder, "state"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "engine", "require-node.cjs"), await readFile(guard));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "index.ts"), "export const node: string = process.execPath;\n");
  await writeFile(
    join(folder, "Pulumi.yaml"),
    `name: guard
main: index.ts
runtime:
  name: nodejs
  options: { typescript: false, nodeargs: --require=./engine/require-node.cjs }
`,
  );
  const env = {
    ...engineEnvironment(engine, process.env, root),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  };
  const pulumi = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    spawnSync(engine.pulumi, [...args, "--non-interactive", "--cwd", folder], {
      encoding: "utf8",
      env: { ...env, ...more },
    });
  const init = pulumi(["stack", "init", "dev"]);
  assert.equal(init.status, 0, init.stderr);

  const passed = pulumi(["preview", "--stack", "dev"]);
  assert.equal(passed.status, 0, passed.stdout);
  assert.match(passed.stdout, /node: +".*node_modules.*node"/);

  const old = join(folder, "old.cjs");
  await writeFile(old, pretendOld);
  const stopped = pulumi(["preview", "--stack", "dev"], { NODE_OPTIONS: `--require="${old}"` });
  assert.notEqual(stopped.status, 0);
  assert.match(stopped.stdout, sentence);
  assert.doesNotMatch(stopped.stdout, /Unknown file extension|unhandled exception/);
});
