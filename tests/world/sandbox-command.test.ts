import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
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
import type { Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { parseDocument } from "yaml";
import { tampers } from "../../sandbox/tamper.ts";
import { cloudFiles } from "../support/snapshot.ts";
import { copyOf, type Ended, preparedFolder, reconciledFolder, root, run } from "../support/world.ts";

const KAI = join(root, "cli/kai.cjs");
const SHOW = 'echo "$PULUMI_DEBUG_PROVIDERS"';

describe("kai sandbox COMMAND", () => {
  it("runs the command in the world, and leaves the project's files alone", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const before = stackFiles(root);
    const script = `
      echo "backend $PULUMI_BACKEND_URL, key <$AWS_ACCESS_KEY_ID>, session <$AWS_SESSION_TOKEN>"
      pulumi config set --path kai:workflow.nodeVersion 20 --stack staging
      exit 5`;
    const mine = { ...process.env, AWS_ACCESS_KEY_ID: "MINE", AWS_SESSION_TOKEN: "MINE" };
    const { code, output } = await run(process.execPath, words(directory, "sh", "-c", script), mine);
    assert.equal(code, 5, output);
    assert.ok(output.includes(`backend file://${directory}/state, key <AKIA`), output);
    assert.match(output, /session <>/);
    assert.deepEqual(stackFiles(root), before);
    assert.match(stackFiles(join(directory, "project"))["Pulumi.staging.yaml"] ?? "", /nodeVersion: "?20/);
    await t.test("a command that is not on this machine gets a sentence", async () => {
      const missing = await sandbox(directory, "no-such-command");
      assert.equal(missing.code, 1);
      assert.match(missing.output, /no command "no-such-command" on this machine/);
      assert.doesNotMatch(missing.output, /Start the databases/);
    });
    await t.test("and so does a world whose file is damaged", async () => {
      const file = join(directory, "clouds/github.json");
      writeFileSync(file, "{");
      const damaged = await sandbox(directory, "true");
      assert.equal(damaged.code, 1);
      assert.match(damaged.output, /clouds\/github\.json is damaged: .*npm run sandbox -- reset/);
    });
  });

  it("joins a world that another command keeps running", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const first = await started(t, directory, `${SHOW}; read line`, { ...process.env, OF_FIRST: "1" });
    const second = await sandbox(directory, "sh", "-c", `${SHOW}; exit 3`);
    assert.deepEqual([second.code, second.output.trim()], [3, first.said]);
    await t.test("with the variables of its own terminal, and none of the first one's", async () => {
      const mine = { ...process.env, OF_SECOND: "2", KUBECONFIG: "MINE" };
      const shown = ["sh", "-c", 'echo "<$OF_FIRST> <$OF_SECOND> $KUBECONFIG"; command -v pulumi'];
      const { code, output } = await run(process.execPath, words(directory, ...shown), mine);
      assert.equal(code, 0, output);
      assert.ok(output.startsWith(`<> <2> ${directory}/home/no-kubeconfig\n`), output);
      assert.doesNotMatch(readFileSync(join(directory, "vaults/running.json"), "utf8"), /OF_FIRST/);
    });
    await t.test("which can be neither forgotten nor started twice meanwhile", async () => {
      for (const command of [["reset"], ["tamper", "github-rule-disabled"]]) {
        const refused = await sandbox(directory, ...command);
        assert.equal(refused.code, 1, refused.output);
        assert.match(refused.output, /in use/);
      }
      assert.ok(existsSync(join(directory, "vaults/credentials.json")));
    });
    await t.test("and which ends with the command that started it", async () => {
      first.child.stdin?.end("\n");
      await once(first.child, "close");
      assert.ok(!existsSync(join(directory, "vaults/running.json")));
    });
  });

  it("leaves nothing running after Ctrl-C, and the next command works", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const { child } = await started(t, directory, "echo ready; sleep 600");
    const group = -(child.pid as number);
    // As a terminal does it: to every process in the foreground.
    process.kill(group, "SIGINT");
    const [code] = await once(child, "close");
    assert.equal(code, 130);
    assert.throws(() => process.kill(group, 0), { code: "ESRCH" });
    assert.ok(!existsSync(join(directory, "vaults/running.json")));
    assert.equal((await sandbox(directory, "true")).code, 0);
  });

  it("ends the tour with one sentence at Ctrl-C, once the engine has ended", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const child = start(t, [KAI, "sandbox", "--directory", directory]);
    let said = "";
    let wasStopped = false;
    child.stderr?.on("data", (data) => {
      said += data;
      // As soon as a step of the engine has said how long it runs already.
      const isAtWork = /(Preview|Reconcile) production\n {4}\d+ s/.test(said);
      if (isAtWork && !wasStopped) wasStopped = process.kill(-(child.pid as number), "SIGINT");
    });
    const [code] = await once(child, "close");
    assert.equal(code, 130, said);
    assert.match(said, /Stopped\. What is done stays/);
    assert.throws(() => process.kill(-(child.pid as number), 0), { code: "ESRCH" });
  });

  it("ends its command when it is told to end", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const { child } = await started(t, directory, "echo ready; exec sleep 600");
    child.kill("SIGTERM");
    const [code] = await once(child, "close");
    assert.equal(code, 143);
    assert.throws(() => process.kill(-(child.pid as number), 0), { code: "ESRCH" });
    assert.ok(!existsSync(join(directory, "vaults/running.json")));
  });
});

describe("kai sandbox tamper and fail", () => {
  it("change one thing by hand, and let calls fail", async (t) => {
    const directory = await copyOf(t, reconciledFolder());
    await t.test("without a name, tamper lists every change and makes none", async () => {
      const before = cloudFiles(directory);
      const { code, output } = await sandbox(directory, "tamper");
      assert.equal(code, 0);
      for (const { id, title } of tampers)
        assert.match(output, new RegExp(`^${id} +${escaped(title)}$`, "m"));
      assert.deepEqual(cloudFiles(directory), before);
    });
    await t.test("an unknown change is refused, and nothing is changed", async () => {
      const before = cloudFiles(directory);
      const { code, output } = await sandbox(directory, "tamper", "github-rule-disable");
      assert.equal(code, 1);
      assert.match(output, /no change "github-rule-disable".*`npm run sandbox -- tamper` lists them/);
      assert.deepEqual(cloudFiles(directory), before);
    });
    await t.test("a change is made, said, and kept for the next command", async () => {
      const { code, output } = await sandbox(directory, "tamper", "github-rule-disabled");
      assert.equal(code, 0, output);
      assert.match(output, /Done by hand: .+/);
      assert.match(readFileSync(join(directory, "clouds/github.json"), "utf8"), /"enforcement": "disabled"/);
    });
    await t.test(
      "a kind of failure that does not exist is wrong use, as is a count that is none",
      async () => {
        const wrong = [
          ["fail", "502"],
          ["fail", "503", "--count", "some"],
          ["fail", "503", "--count", "0"],
          ["fail", "503", "--cloud", "gitlab"],
          ["fail"],
        ];
        for (const command of wrong) {
          const { code, output } = await sandbox(directory, ...command);
          assert.equal(code, 2, `${command.join(" ")}: ${output}`);
          assert.match(output, /500, 503, 429|whole number|github, digitalocean|missing required argument/);
        }
        assert.ok(!existsSync(join(directory, "faults.json")));
      },
    );
    await t.test("the next command meets the failure, the one after it does not", async () => {
      const planned = await sandbox(directory, "fail", "503", "--cloud", "github", "--operation", "invoke");
      assert.equal(planned.code, 0, planned.output);
      const preview = ["pulumi", "preview", "--stack", "staging", "--non-interactive"];
      const failed = await sandbox(directory, ...preview);
      assert.notEqual(failed.code, 0);
      assert.match(failed.output, /503 Service Unavailable/);
      const passed = await sandbox(directory, ...preview);
      assert.equal(passed.code, 0, passed.output);
    });
    await t.test("reset forgets the world", async () => {
      const { code, output } = await sandbox(directory, "reset");
      assert.deepEqual([code, output], [0, `Forgot the world in ${directory}.\n`]);
      assert.ok(!existsSync(directory));
    });
  });
});

describe("a world of which a part is broken", () => {
  it("is made whole: after a move of the project, a start that was cut, lost copies", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    rmSync(join(directory, "bin/kai"));
    symlinkSync("/nowhere/cli/kai.cjs", join(directory, "bin/kai"));
    rmSync(join(directory, "base"), { recursive: true });
    writeFileSync(join(directory, "vaults/running.json"), '{"pid":');
    // As Ctrl-C leaves it while the secrets are being set.
    const stackFile = join(directory, "project/Pulumi.staging.yaml");
    const document = parseDocument(readFileSync(stackFile, "utf8"));
    assert.ok(document.deleteIn(["config", "kai:dockerPassword"]));
    writeFileSync(stackFile, document.toString());
    rmSync(join(directory, "project/.staging-secrets-are-set"));
    const { code, output } = await sandbox(directory, "kai", "--version");
    assert.equal(code, 0, output);
    assert.match(readFileSync(stackFile, "utf8"), /kai:dockerPassword:\s+secure:/);
    await t.test("also while nobody reads its progress any more", async () => {
      const child = start(t, words(directory, "true"));
      child.stderr?.destroy();
      const [exitCode] = await once(child, "exit");
      assert.equal(exitCode, 0);
    });
  });

  it("works in a folder whose name has signs that addresses write otherwise", async (t) => {
    const parent = mkdtempSync(join(tmpdir(), "kai-signs-"));
    t.after(() => rmSync(parent, { recursive: true }));
    const directory = join(parent, "c# at 100%25?");
    cpSync(await preparedFolder(), directory, { recursive: true, verbatimSymlinks: true });
    const { code, output } = await sandbox(directory, "pulumi", "stack", "ls");
    assert.equal(code, 0, output);
    assert.match(output, /^production .*\nstaging /m);
  });

  it("ends, and lets nothing run on, where a database does not start", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    writeFileSync(join(directory, "databases/staging/PG_VERSION"), "no version");
    const { code } = await sandbox(directory, "true");
    assert.equal(code, 1);
    assert.ok(!existsSync(join(directory, "vaults/running.json")));
  });

  it("cannot be kept where nothing can be written", async (t) => {
    const parent = mkdtempSync(join(tmpdir(), "kai-unwritable-"));
    t.after(() => rmSync(parent, { recursive: true }));
    writeFileSync(join(parent, "file"), "");
    const { code, output } = await sandbox(join(parent, "file/world"), "true");
    assert.equal(code, 1);
    assert.match(
      output,
      /cannot be kept in .*: a part of that path is a file\. Change that, or give --directory/,
    );
    assert.doesNotMatch(output, /mistake in the program/);
  });
});

describe("a folder that is no world", () => {
  it("is not forgotten when it is absent, and not touched when it holds something else", async (t) => {
    const parent = mkdtempSync(join(tmpdir(), "kai-reset-"));
    t.after(() => rmSync(parent, { recursive: true }));
    assert.equal((await sandbox(join(parent, "absent"), "reset")).code, 0);
    const thesis = join(parent, "home");
    mkdirSync(thesis);
    writeFileSync(join(thesis, "thesis.txt"), "years of work");
    const { code, output } = await sandbox(thesis, "reset");
    assert.equal(code, 1);
    assert.match(output, /is no sandbox/);
    assert.deepEqual(readdirSync(thesis), ["thesis.txt"]);
    await t.test("nothing can be changed or fail there either", async () => {
      for (const command of [["fail", "503"], ["tamper", "github-rule-disabled"], ["true"]]) {
        const refused = await sandbox(thesis, ...command);
        assert.equal(refused.code, 1, refused.output);
        assert.match(refused.output, /no sandbox/);
      }
      assert.deepEqual(readdirSync(thesis), ["thesis.txt"]);
    });
  });
});

function words(directory: string, ...command: string[]): string[] {
  return [KAI, "sandbox", "--directory", directory, ...command];
}

/** Runs the sandbox command until it ends. */
function sandbox(directory: string, ...command: string[]): Promise<Ended> {
  return run(process.execPath, words(directory, ...command), process.env);
}

/** A shell script in the world, once it has printed its first line. */
async function started(
  t: TestContext,
  directory: string,
  script: string,
  env = process.env,
): Promise<{ child: ChildProcess; said: string }> {
  const child = start(t, words(directory, "sh", "-c", script), env);
  const [line] = await once(child.stdout as Readable, "data");
  return { child, said: String(line).trim() };
}

/** A process in a group of its own, as a terminal starts one; its group ends with the test. */
function start(t: TestContext, args: string[], env = process.env): ChildProcess {
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => {
    try {
      process.kill(-(child.pid as number), "SIGKILL");
    } catch {
      // Nothing is left of it, as it should be.
    }
  });
  return child;
}

function stackFiles(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => /^Pulumi.*\.yaml$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^$()[\]{}|\\]/g, "\\$&");
}
