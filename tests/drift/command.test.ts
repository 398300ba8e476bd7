/** The command on the real engine: a project of one dynamic resource whose "cloud" is a file. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DriftReport } from "../../drift/report.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { findEngine } from "../../engine/find-engine.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kai-drift-"));
const project = join(folder, "project");
const cloud = join(folder, "cloud.json");
let environment: NodeJS.ProcessEnv;

const program = `
import * as pulumi from "@pulumi/pulumi";
class Thing extends pulumi.dynamic.Resource {
  constructor(name, inputs) {
    super({
      async create(inputs) { return (await import("./thing.mjs")).create(inputs); },
      async read(id, state) { return (await import("./thing.mjs")).read(id, state); },
      async update(_id, _olds, news) { return (await import("./thing.mjs")).update(news); },
      async delete() {},
    }, name, inputs);
  }
}
new Thing("thing", { size: 3, limits: { cpu: "2" }, token: pulumi.secret("hunter2") });
`;

const provider = `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const file = process.env.THING_FILE;
const write = ({ __provider, ...thing }) => writeFileSync(file, JSON.stringify(thing));
export function create(inputs) { write(inputs); return { id: "thing-1", outs: inputs }; }
export function update(inputs) { write(inputs); return { outs: inputs }; }
export async function read(id, state) {
  if (!existsSync(file)) return {};
  const { $hang, $refuse, ...live } = JSON.parse(readFileSync(file, "utf8"));
  if ($refuse) throw new Error("connect ECONNREFUSED 127.0.0.1:1");
  if ($hang) { writeFileSync($hang, String(process.pid)); await new Promise((done) => setTimeout(done, 600_000)); }
  const now = { ...live, __provider: state.__provider };
  return { id, props: now, inputs: now };
}
`;

before(async () => {
  mkdirSync(join(folder, "state"));
  mkdirSync(project);
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  const files = {
    "Pulumi.yaml":
      "name: thing\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\n",
    "package.json": '{ "type": "module" }',
    "index.mjs": program,
    "thing.mjs": provider,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  const engine = await findEngine({ root });
  const env = {
    ...process.env,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
    THING_FILE: cloud,
  };
  environment = engineEnvironment(engine, env, root);
  await up("stack", "init", "staging");
  await up("up", "--yes", "--skip-preview", "--stack", "staging");
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function up(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run("pulumi", args);
  assert.equal(code, 0, stdout + stderr);
}

function drift(...args: string[]) {
  return run(process.execPath, [join(root, "cli", "kai.cjs"), "drift", ...args]);
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(command: string, args: string[]) {
  const child = spawn(command, args, { cwd: project, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<Ended>((resolve, reject) => {
    const texts = { stdout: "", stderr: "" };
    child.stdout.on("data", (text) => (texts.stdout += text));
    child.stderr.on("data", (text) => (texts.stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...texts }));
  });
  return { child, ended };
}

function run(command: string, args: string[]): Promise<Ended> {
  return start(command, args).ended;
}

function editCloud(change: object): void {
  writeFileSync(cloud, JSON.stringify({ ...JSON.parse(readFileSync(cloud, "utf8")), ...change }));
}

/** Every file of the state backend with its content. */
function state(): Record<string, string> {
  const folderOfState = join(folder, "state");
  const files = readdirSync(folderOfState, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), "utf8"),
    ]),
  );
}

test("clean, drifted, put back by an up, gone: each with its exit code, and nothing is written", async () => {
  const untouched = await drift();
  assert.equal(untouched.code, 0, untouched.stderr);
  assert.equal(untouched.stdout, "✔ staging: clean, 1 object as deployed\n");

  editCloud({ size: 4, limits: { cpu: "9" }, token: "leaked" });
  const before = state();
  const changed = readFileSync(cloud, "utf8");
  const found = await drift("--json");
  assert.equal(found.code, 7, found.stderr);
  assert.doesNotMatch(found.stdout + found.stderr, /leaked|hunter2/);
  const { outcome, stacks } = JSON.parse(found.stdout) as DriftReport;
  assert.equal(outcome, "drifted");
  assert.deepEqual(
    stacks[0]?.findings.map(({ property, wanted, found }) => [property, wanted, found]),
    [
      ["limits.cpu", "2", "9"],
      ["size", 3, 4],
      ["token", "[secret]", "[secret]"],
    ],
  );
  assert.deepEqual(state(), before);
  assert.equal(readFileSync(cloud, "utf8"), changed);

  await up("up", "--yes", "--skip-preview", "--refresh", "--stack", "staging");
  assert.equal((await drift("--stack", "staging")).code, 0);

  const thing = readFileSync(cloud, "utf8");
  rmSync(cloud);
  const gone = await drift();
  writeFileSync(cloud, thing);
  assert.equal(gone.code, 7);
  assert.match(gone.stdout, /thing-1\n {4}is gone; the next up creates it again/);
});

test("a stack that does not exist could not be checked; the others are", async () => {
  const result = await drift("--stack", "staging", "--stack", "nowhere");
  assert.equal(result.code, 3);
  assert.match(result.stdout, /^✔ staging: clean/);
  assert.match(
    result.stdout,
    /^\? nowhere: could not check\. The stack nowhere does not exist .*pulumi stack init/m,
  );
});

test("a folder without a project says what to do", async () => {
  const result = await drift("--directory", folder);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /There is no Pulumi\.<stack>\.yaml in .*--directory/);
  assert.equal(result.stdout, "");
});

test("Ctrl-C stops the engine and its plugins, also one that hangs", { timeout: 60_000 }, async () => {
  const marker = join(folder, "reading");
  const before = state();
  const thing = readFileSync(cloud, "utf8");
  editCloud({ $hang: marker });
  const { child, ended } = start(process.execPath, [join(root, "cli", "main.ts"), "drift"]);
  while (!hasText(marker) && child.exitCode === null) await sleep(50);
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  writeFileSync(cloud, thing);
  assert.equal(code, 130);
  const provider = Number(readFileSync(marker, "utf8"));
  while (isRunning(provider)) await sleep(50);
  assert.equal(stdout, "");
  assert.deepEqual(state(), before, "nothing is left in the state, no lock either");
});

test("a cloud that does not answer is named, and nothing is taken for clean", async () => {
  const thing = readFileSync(cloud, "utf8");
  editCloud({ $refuse: true });
  const { code, stdout } = await drift("--json");
  writeFileSync(cloud, thing);
  assert.equal(code, 3);
  const [stack] = (JSON.parse(stdout) as DriftReport).stacks;
  assert.match(stack?.reason ?? "", /could not be reached/);
  assert.deepEqual(
    stack?.clouds?.map(({ cloud, outcome }) => [cloud, outcome]),
    [["database", "could-not-check"]],
  );
});

test("changes that wait for an up are counted when somebody asks", async () => {
  const waiting = program.replace("size: 3", "size: 5");
  writeFileSync(join(project, "index.mjs"), waiting);
  const asked = await drift("--pending");
  const silent = await drift();
  writeFileSync(join(project, "index.mjs"), program);
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(
    asked.stdout,
    /clean, 1 object as deployed\n\n1 changes? of the configuration waits? for an up of staging/,
  );
  assert.doesNotMatch(silent.stdout, /wait/);
});

function hasText(file: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8") !== "";
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
