import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { SmallGitHub } from "./github.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs `kai workflow …`. Not `execFileSync`: the small GitHub answers from this process. */
function kai(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { GITHUB_TOKEN: _, GITHUB_API_URL: __, GITHUB_BASE_URL: ___, ...rest } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, "cli/kai.cjs"), "workflow", ...args],
      { cwd: tmpdir(), env: { ...rest, ...env } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe("kai workflow", () => {
  let checkout: string;
  let project: string;
  before(async () => {
    checkout = await mkdtemp(join(tmpdir(), "kai-checkout-"));
    project = join(checkout, "infrastructure");
    await mkdir(project);
    for (const file of ["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml"]) {
      await cp(join(ROOT, file), join(project, file));
    }
  });
  after(() => rm(checkout, { recursive: true }));

  it("check finds what is missing, render writes it, check agrees", async () => {
    const first = await kai(["check", "--directory", project, "--json"]);
    assert.equal(first.code, 1, first.err);
    assert.equal(JSON.parse(first.out).outcome, "differs");
    const rendered = await kai(["render", "--directory", project]);
    assert.equal(rendered.code, 0, rendered.err);
    const files = await readdir(join(checkout, ".github/workflows"));
    assert.deepEqual(files.sort(), ["deploy.yml", "drift.yml", "infrastructure.yml"]);
    const second = await kai(["check", "--directory", project]);
    assert.equal(second.code, 0, second.out + second.err);
  });

  it("check names the file and the line that somebody edited, and does not mind line ends", async () => {
    await kai(["render", "--directory", project]);
    const path = join(checkout, ".github/workflows/deploy.yml");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll("\n", "\r\n"));
    assert.equal((await kai(["check", "--directory", project])).code, 0);
    const line = text.split("\n").findIndex((found) => found.includes("cancel-in-progress")) + 1;
    await writeFile(path, text.replace("cancel-in-progress: false", "cancel-in-progress: true"));
    const { code, out } = await kai(["check", "--directory", project, "--json"]);
    assert.equal(code, 1);
    const [edited] = JSON.parse(out).files;
    assert.deepEqual(edited, { path: ".github/workflows/deploy.yml", state: "differs", line });
  });

  it("render says what to name when the folder is no part of a checkout", async () => {
    const { code, err } = await kai(["render", "--directory", ROOT]);
    assert.equal(code, 1);
    assert.match(err, /--checkout/);
    const out = join(checkout, "out");
    assert.equal((await kai(["render", "--directory", ROOT, "--out", out])).code, 0);
    assert.deepEqual((await readdir(out)).sort(), ["deploy.yml", "drift.yml", "infrastructure.yml"]);
  });

  it("refuses a setting that GitHub would stumble over, and writes nothing", async () => {
    const broken = join(checkout, "broken");
    await cp(project, broken, { recursive: true });
    const file = join(broken, "Pulumi.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("      packageManager: yarn", "      packageManager: bun"));
    const { code, err } = await kai(["render", "--directory", broken, "--out", join(checkout, "none")]);
    assert.equal(code, 1);
    assert.match(err, /kai:workflow\.packageManager/);
    await assert.rejects(readdir(join(checkout, "none")));
  });

  it("propose opens the pull request on the GitHub that the environment names", async () => {
    const github = await new SmallGitHub().start();
    try {
      github.commit("development", { "README.md": "hello" });
      const env = { GITHUB_TOKEN: "t0ken", GITHUB_API_URL: `${github.url}/api/v3` };
      const dry = await kai(["propose", "--directory", project, "--dry-run"], env);
      assert.match(dry.out, /Would open a pull request of Basilakis\/kai from kai\/workflows to development/);
      const { code, out, err } = await kai(["propose", "--directory", project, "--json"], env);
      assert.equal(code, 0, err);
      assert.equal(JSON.parse(out).action, "opened");
      const rendered = await kai(["render", "--directory", project, "--stdout", "--json"]);
      const wanted = JSON.parse(rendered.out).map(({ path, content }: Record<string, string>) => [
        path,
        content,
      ]);
      assert.deepEqual(github.files("kai/workflows"), {
        "README.md": "hello",
        ...Object.fromEntries(wanted),
      });
    } finally {
      await github.stop();
    }
  });

  it("tells the package manager by its lock file, and refuses one that is not there", async () => {
    await writeFile(join(checkout, "package.json"), "{}");
    const none = await kai(["render", "--directory", project]);
    assert.equal(none.code, 1);
    assert.match(none.err, /There is no yarn\.lock, .*Commit it, or set kai:workflow\.packageManager/);
    await writeFile(join(checkout, "pnpm-lock.yaml"), "");
    assert.match(
      (await kai(["check", "--directory", project])).err,
      /pnpm-lock\.yaml is there: set kai:workflow\.packageManager to pnpm/,
    );
    await writeFile(join(checkout, "yarn.lock"), "");
    assert.equal((await kai(["render", "--directory", project])).code, 0);
  });

  it("renders the same bytes wherever and whenever it runs", async () => {
    const args = ["render", "--directory", project, "--stdout", "--json"];
    const here = await kai(args, { TZ: "UTC", LC_ALL: "C" });
    const there = await kai(args, { TZ: "Pacific/Kiritimati", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" });
    assert.equal(here.code, 0, here.err);
    assert.equal(there.out, here.out);
  });

  it("simulates an event: what runs, what does not, and the values that decide", async () => {
    const { code, out, err } = await kai([
      "simulate",
      "--directory",
      project,
      "--branch",
      "staging",
      "--json",
    ]);
    assert.equal(code, 0, err);
    const [deploy, , drift] = JSON.parse(out);
    const jobs = Object.fromEntries(deploy.jobs.map((job: { id: string }) => [job.id, job]));
    assert.equal(jobs["deploy-staging"].outcome, "runs");
    assert.equal(jobs["deploy-production"].outcome, "skipped");
    assert.equal(
      jobs["deploy-production"].because,
      "github.ref == 'refs/heads/main' (github.ref is 'refs/heads/staging')",
    );
    assert.match(drift.notStarted, /does not start on push/);
    const live = await kai(["simulate", "--directory", project, "--branch", "main"]);
    assert.match(
      live.out,
      /Deploy to Production: runs in the environment production after an approval by Basilakis/,
    );
  });

  it("simulates what a failed step or job leads to", async () => {
    const assumed = "deploy-staging/Run integration tests=failure";
    const { out } = await kai([
      "simulate",
      "--directory",
      project,
      "--branch",
      "staging",
      "--result",
      assumed,
    ]);
    assert.match(out, /Deploy to Staging: runs in the environment staging, and ends with failure/);
    assert.match(
      out,
      /step "Return to the previous images" runs: success; failure\(\) \("Run integration tests" failed\)/,
    );
    const built = await kai([
      "simulate",
      "--directory",
      project,
      "--branch",
      "main",
      "--result",
      "build=failure",
    ]);
    assert.match(
      built.out,
      /Deploy to Production: does not run\n {4}success\(\) \(build: failure, images: skipped\)/,
    );
  });

  it("simulates any file with its inputs, and names what it does not know", async () => {
    const file = join(checkout, "other.yml");
    const condition = "inputs.where == 'live'";
    await writeFile(
      file,
      `on: { workflow_dispatch: { inputs: { where: { required: true } } } }\njobs:\n  a:\n    if: ${condition}\n    runs-on: x\n    steps: [{ run: ls }]\n`,
    );
    const args = ["simulate", "--directory", project, "--file", file, "--event", "workflow_dispatch"];
    const { out, err } = await kai([...args, "--input", "where=test"]);
    assert.match(out, /a: does not run\n {4}inputs\.where == 'live' \(inputs\.where is 'test'\)/, err);
    assert.match((await kai(args)).err, /requires the input where/);
    assert.match(
      (await kai([...args, "--input", "where=live", "--result", "b=failure"])).err,
      /names b, which is no job/,
    );
    assert.equal((await kai([...args, "--input", "where"])).code, 1);
    assert.match(
      (await kai(["simulate", "--directory", project, "--file", join(checkout, "none.yml")])).err,
      /cannot be read/,
    );
  });

  it("is refused with the code for wrong use", async () => {
    assert.equal((await kai(["render", "--nonsense"])).code, 2);
    assert.equal((await kai(["propose", "--directory", project])).code, 1);
  });
});
