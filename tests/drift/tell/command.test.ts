/** `kai drift tell` as a job runs it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { DriftReport } from "../../../drift/report.ts";
import { BOT, type Served, served } from "../../sandbox/github/support.ts";
import { finding, reportOf, stackWith } from "./support.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Job {
  code: number | null;
  out: string;
  err: string;
  summary: string;
}

/** Runs the command with a job's token, and with nothing that opens a cloud. */
async function run(
  t: TestContext,
  on: Served,
  report: DriftReport | string,
  ...options: string[]
): Promise<Job> {
  const folder = mkdtempSync(join(tmpdir(), "kai-tell-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  writeFileSync(at("drift.json"), typeof report === "string" ? report : JSON.stringify(report));
  writeFileSync(at("summary"), "");
  const args = [
    "drift",
    "tell",
    at("drift.json"),
    "--directory",
    root,
    "--summary",
    at("summary"),
    ...options,
  ];
  const child = spawn(process.execPath, ["cli/kai.cjs", ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      GITHUB_API_URL: on.server.url,
      GITHUB_TOKEN: String(on.server.tokens[BOT]),
    },
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done) => child.on("close", done)),
  ]);
  return { code, out, err, summary: readFileSync(at("summary"), "utf8") };
}

test("news are in the issue, the summary and the answer; without news there is nothing to tell", async (t) => {
  const on = await served(t);
  const report = reportOf(stackWith([finding(1)]), stackWith([], { stack: "production" }));
  const first = await run(t, on, report);
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /^staging: drifted, issue opened: https?:\S+\/issues\/1\nproduction: clean, no issue\n$/,
  );
  assert.match(
    first.summary,
    /### Drift of `staging`: drifted, 1 finding: 1 high\n[\s\S]*rules-1[\s\S]*### Drift of `production`: clean/,
  );
  const second = JSON.parse((await run(t, on, report, "--json")).out);
  assert.deepEqual([second.state, second.changed], ["drifted", false]);
  assert.deepEqual(second.stacks[1], {
    stack: "production",
    outcome: "clean",
    done: "left as it is",
    changed: false,
  });
  assert.equal(on.record().issues.length, 1);
});

test("whoever is told learns that a part could not be looked at, also beside drift", async (t) => {
  const on = await served(t);
  const partial = stackWith([finding(1)], { outcome: "could-not-check", reason: "AWS does not answer." });
  const { out } = await run(t, on, { ...reportOf(partial), outcome: "drifted" }, "--json");
  assert.equal(JSON.parse(out).state, "could-not-check");
});

test("a summary is there even when GitHub cannot be told", async (t) => {
  const on = await served(t);
  on.record().repository.has_issues = false;
  const { code, out, err, summary } = await run(t, on, reportOf(stackWith([finding(1)])));
  assert.equal(code, 1);
  assert.match(err, /Issues are switched off/);
  assert.equal(out, "");
  assert.match(summary, /rules-1/);
});

test("what is no report is refused with what to do", async (t) => {
  const on = await served(t);
  const good = reportOf(stackWith([finding(1)]));
  for (const [text, message] of [
    ["", /is not JSON\. Write it with: kai drift --json >/],
    [JSON.stringify({ ...good, version: 2 }), /not a report .*\(version: /],
    [
      JSON.stringify(reportOf(stackWith([finding(1, { severity: "worst" as "high" })]))),
      /findings\.0\.severity/,
    ],
  ] as const) {
    const { code, err } = await run(t, on, text);
    assert.equal(code, 1);
    assert.match(err, message);
  }
});
