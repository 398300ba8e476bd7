/** The whole life of a stack's issue, over HTTP. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Finding } from "../../../drift/findings.ts";
import type { ReportedStack } from "../../../drift/report.ts";
import { type Told, tellIssue } from "../../../drift/tell/issues.ts";
import { githubClient } from "../../../github/client.ts";
import { BOT, type Served, served } from "../../sandbox/github/support.ts";
import { finding, stackWith } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const DAY = "2026-11-25";
const NEXT = "2026-11-26";

interface Watched extends Served {
  /** Tells as a job does, with its token. */
  tell(report: ReportedStack, today?: string): Promise<Told>;
  /** Writes since the last question. */
  writes(): string[];
  issues(): { number: number; state: string; body: string; labels: string[] }[];
  comments(number?: number): string[];
}

async function watched(t: TestContext): Promise<Watched> {
  const on = await served(t);
  let written: string[] = [];
  const client = (token: string) => {
    const github = githubClient({ GITHUB_API_URL: on.server.url, GITHUB_TOKEN: token });
    github.hook.before("request", ({ method, url }) => {
      if (method !== "GET") written.push(`${method} ${url.replace("/repos/{owner}/{repo}", "")}`);
    });
    return github;
  };
  return {
    ...on,
    tell: (report, today = DAY) => tellIssue(client(String(on.server.tokens[BOT])), KAI, report, today),
    writes() {
      const before = written;
      written = [];
      return before;
    },
    issues: () =>
      on
        .record()
        .issues.map(({ number, state, body, labels }) => ({ number, state, body: body ?? "", labels })),
    comments: (number) =>
      on
        .record()
        .comments.filter((comment) => number === undefined || comment.number === number)
        .map(({ body }) => body),
  };
}

const drifted = (...findings: Finding[]) => stackWith(findings);
const clean = stackWith([]);
const failed = stackWith([], { outcome: "could-not-check", reason: "AWS does not answer." });

describe("the issue of a stack", () => {
  it("lives: opened, quiet, updated, closed when clean, opened again, and never a second one", async (t) => {
    const on = await watched(t);
    assert.deepEqual(await on.tell(clean), { done: "left as it is", changed: false });
    assert.deepEqual(on.writes(), []);

    const opened = await on.tell(drifted(finding(1)));
    assert.equal(opened.done, "opened");
    assert.equal(opened.changed, true);
    assert.match(String(opened.issue), /\/basilakis\/kai\/issues\/1$/i);
    assert.deepEqual(on.writes(), ["POST /issues"]);
    const [issue] = on.issues();
    assert.deepEqual(issue?.labels, ["drift"]);
    assert.match(String(issue?.body), /`rules-1`.*`enforcement`.*`"active"`.*`"disabled"`.*2026-11-25/);

    assert.deepEqual(await on.tell(drifted(finding(1))), {
      ...opened,
      done: "left as it is",
      changed: false,
    });
    assert.deepEqual(on.writes(), [], "nothing changed: nothing is written");

    // The day alone is no news: the text is written anew, and nobody is told.
    assert.deepEqual(await on.tell(drifted(finding(1)), NEXT), {
      ...opened,
      done: "updated",
      changed: false,
    });
    assert.deepEqual(on.writes(), ["PATCH /issues/{issue_number}"]);
    assert.match(String(on.issues()[0]?.body), /Last seen on 2026-11-26/);

    const more = await on.tell(drifted(finding(1), finding(2, { severity: "low" })), NEXT);
    assert.deepEqual([more.done, more.changed], ["updated", true]);
    assert.equal(on.comments().length, 1);
    assert.match(String(on.comments()[0]), /^New: 1 finding: 1 low\.\n\n.*`rules-2`/);
    assert.ok(!on.comments()[0]?.includes("rules-1"));
    const rows = String(on.issues()[0]?.body).split("\n");
    assert.match(String(rows.find((row) => row.includes("rules-1"))), /2026-11-25 \|$/);
    assert.match(String(rows.find((row) => row.includes("rules-2"))), /2026-11-26 \|$/);

    const fewer = await on.tell(drifted(finding(1)), NEXT);
    assert.deepEqual([fewer.done, fewer.changed, on.comments().length], ["updated", false, 1]);

    on.writes();
    const closed = await on.tell(clean, NEXT);
    assert.deepEqual([closed.done, closed.changed], ["closed", true]);
    assert.equal(on.issues()[0]?.state, "closed");
    assert.match(String(on.comments()[1]), /^Clean again/);
    on.writes();
    assert.equal((await on.tell(clean, NEXT)).changed, false);
    assert.deepEqual(on.writes(), []);

    const back = await on.tell(drifted(finding(1)), NEXT);
    assert.deepEqual([back.done, back.changed], ["reopened", true]);
    assert.equal(on.issues()[0]?.state, "open");
    assert.match(String(on.comments()[2]), /^Drift is back: 1 finding/);
    assert.match(String(on.issues()[0]?.body), /\| 2026-11-26 \|/, "it came back on this day");
    assert.equal(on.issues().length, 1);
  });

  it("is one for each stack", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    await on.tell(stackWith([finding(1)], { stack: "team/kai/production" }));
    await on.tell(clean);
    assert.deepEqual(
      on.issues().map(({ state }) => state),
      ["closed", "open"],
    );
  });

  it("keeps its text when the check could not get to its end; what it had found opens one, or is said once", async (t) => {
    const on = await watched(t);
    assert.deepEqual(await on.tell(failed), { done: "left as it is", changed: false });
    assert.equal(on.issues().length, 0);
    await on.tell({ ...failed, findings: [finding(1)] });
    assert.equal(on.issues().length, 1);
    on.writes();
    await on.tell(failed);
    await on.tell({ ...failed, findings: [finding(1)] }, NEXT);
    assert.deepEqual(on.writes(), []);
    assert.equal(on.issues()[0]?.state, "open");
    const told = await on.tell({ ...failed, findings: [finding(2)] }, NEXT);
    assert.deepEqual([told.done, told.changed, on.writes().length], ["updated", true, 2]);
    assert.match(String(on.comments(1)[0]), /^New, in a check .*: 1 finding: 1 high\.\n\n.*rules-2/);
    assert.match(String(on.issues()[0]?.body), /rules-1/);
    await on.tell({ ...failed, findings: [finding(1), finding(2)] }, "2026-11-27");
    assert.deepEqual(on.writes(), []);
    await on.tell(drifted(finding(1), finding(2)), "2026-11-27");
    assert.equal(on.comments(1).length, 1);
    const rows = String(on.issues()[0]?.body).split("\n");
    assert.match(String(rows.find((row) => row.includes("rules-2"))), /2026-11-26 \|$/);
  });
});

it("an issue as long as GitHub takes it still gets what a broken check found for the first time", async (t) => {
  const on = await watched(t);
  const many = Array.from({ length: 1200 }, (_, index) => finding(index));
  await on.tell(drifted(...many));
  const more = Array.from({ length: 200 }, (_, index) => finding(2000 + index));
  assert.equal((await on.tell({ ...failed, findings: more }, NEXT)).done, "updated");
  const body = String(on.issues()[0]?.body);
  assert.ok(body.length <= 65_536, String(body.length));
  assert.equal((body.match(/`/g)?.length ?? 0) % 2, 0);
});

describe("people", () => {
  it("who copy the text into an issue of their own keep that", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    const body = String(on.issues()[0]?.body);
    await on.as().issues.create({ ...KAI, title: "Post-mortem", body, labels: ["drift"] });
    await on.tell(drifted(finding(1), finding(2)), NEXT);
    assert.deepEqual(
      on.issues().map(({ state, body: now }) => [state, now === body]),
      [
        ["open", false],
        ["open", true],
      ],
    );
  });

  it("who write around the text keep theirs", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    const body = `Eleni looks at it.\n\n${on.issues()[0]?.body}\n\nNot the second one.`;
    await on.as().issues.update({ ...KAI, issue_number: 1, body, title: "Who did this?" });
    await on.tell(drifted(finding(1), finding(2)), NEXT);
    const now = String(on.issues()[0]?.body);
    assert.ok(now.startsWith("Eleni looks at it.\n\n<!--"), now);
    assert.ok(now.endsWith("-->\n\nNot the second one."), now);
    assert.match(now, /rules-2/);
    assert.match(String(now.split("\n").find((row) => row.includes("rules-1"))), /2026-11-25 \|$/);
    assert.equal(on.record().issues[0]?.title, "Who did this?");
  });

  for (const [what, cut] of [
    ["cut the hidden text", (body: string) => body.replace(/<!-- kai drift of staging, seen: .*-->/, "")],
    ["spoil the hidden text", (body: string) => body.replace('{"version"', "{version")],
    ["write another version into it", (body: string) => body.replace('"version":1', '"version":2')],
  ] as const) {
    it(`who ${what} get it anew, in the same issue`, async (t) => {
      const on = await watched(t);
      await on.tell(drifted(finding(1)));
      await on.as().issues.update({ ...KAI, issue_number: 1, body: cut(String(on.issues()[0]?.body)) });
      await on.tell(drifted(finding(1)), NEXT);
      assert.equal(on.issues().length, 1);
      await on.tell(drifted(finding(1)), NEXT);
      on.writes();
      await on.tell(drifted(finding(1)), NEXT);
      assert.deepEqual(on.writes(), []);
    });
  }

  it("who take the label away get it back", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    await on.as().issues.deleteLabel({ ...KAI, name: "drift" });
    await on.tell(drifted(finding(1)));
    assert.equal(on.issues().length, 1);
    assert.deepEqual((await on.as().issues.get({ ...KAI, issue_number: 1 })).data.labels.length, 1);
    await on.as().issues.deleteLabel({ ...KAI, name: "drift" });
    await on.tell(clean);
    assert.equal(on.issues()[0]?.state, "closed");
  });

  it("who close it while drift is there mute nothing", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    await on.as().issues.update({ ...KAI, issue_number: 1, state: "closed" });
    const told = await on.tell(drifted(finding(1)), NEXT);
    assert.deepEqual([told.done, told.changed], ["reopened", true]);
    assert.match(String(on.comments()[0]), /^Still there: 1 finding/);
    assert.match(String(on.issues()[0]?.body), /\| 2026-11-25 \|/, "it was there all the time");
  });

  it("who delete or transfer it get a new one", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    on.record().issues = [];
    assert.equal((await on.tell(drifted(finding(1)))).done, "opened");
  });

  it("who lock the conversation get no comment, and a true text", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    const github = githubClient({
      GITHUB_API_URL: on.server.url,
      GITHUB_TOKEN: String(on.server.tokens[BOT]),
    });
    github.hook.wrap("request", async (request, options) => {
      if (options.url.endsWith("/comments")) {
        throw Object.assign(new Error("Unable to create comment because issue is locked."), { status: 403 });
      }
      const answer = await request(options);
      for (const issue of Array.isArray(answer.data) ? answer.data : []) issue.locked = true;
      return answer;
    });
    await tellIssue(github, KAI, drifted(finding(1), finding(2)), DAY);
    assert.match(String(on.issues()[0]?.body), /rules-2/);
    assert.deepEqual(on.comments(), []);
  });

  it("from outside whose issue looks like ours are not written to", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    const [ours] = on.record().issues;
    // As somebody without a role: the same text, from before ours was there.
    on.record().issues = [{ ...ours!, user: "stranger" }];
    on.world.store.data.accounts.stranger = {
      ...on.world.store.data.accounts["eleni-dev"]!,
      login: "stranger",
    };
    on.record().collaborators = on.record().collaborators.filter(({ login }) => login !== "stranger");
    assert.equal((await on.tell(drifted(finding(1)))).done, "opened");
    assert.equal(on.issues().length, 2);
  });
});

describe("trouble", () => {
  it("of two runs at once leaves one issue open, and the next run writes to that", async (t) => {
    const on = await watched(t);
    await Promise.all([on.tell(drifted(finding(1))), on.tell(drifted(finding(1)))]);
    await on.tell(drifted(finding(1)), NEXT);
    const open = on.issues().filter(({ state }) => state === "open");
    assert.deepEqual(
      open.map(({ number }) => number),
      [1],
    );
    assert.match(String(open[0]?.body), /2026-11-26/);
    await on.tell(clean, NEXT);
    await on.tell(drifted(finding(2)), NEXT);
    assert.deepEqual(
      on
        .issues()
        .filter(({ state }) => state === "open")
        .map(({ number }) => number),
      [1],
    );
  });

  it("of a run that ended between its issue and the look at what else is there is mended by the next", async (t) => {
    const on = await watched(t);
    await on.tell(drifted(finding(1)));
    const [first] = on.record().issues;
    on.record().issues.push({ ...first!, id: 99, number: 2 });
    await on.tell(drifted(finding(1)), NEXT);
    assert.deepEqual(
      on.issues().map(({ state }) => state),
      ["open", "closed"],
    );
    assert.match(String(on.issues()[1]?.body), /#1 is kept/);
  });

  it("of an answer that got lost opens no second one", async (t) => {
    const on = await watched(t);
    on.faults.plan({ kind: "lost-answer", count: 1, types: ["POST /repos/{owner}/{repo}/issues"] });
    assert.equal((await on.tell(drifted(finding(1)))).done, "opened");
    assert.equal(on.issues().length, 1);
  });

  it("of a request that never arrived is told, and the next run opens it", async (t) => {
    const on = await watched(t);
    on.faults.plan({ kind: "cut", count: 1, types: ["POST /repos/{owner}/{repo}/issues"] });
    await assert.rejects(on.tell(drifted(finding(1))), /The connection to GitHub broke/);
    assert.equal((await on.tell(drifted(finding(1)))).done, "opened");
    assert.equal(on.issues().length, 1);
  });

  it("of a rate limit is one sentence", async (t) => {
    const on = await watched(t);
    on.faults.plan({
      kind: "primary-limit",
      count: 1,
      types: ["GET /repos/{owner}/{repo}/issues"],
      operation: "read",
    });
    await assert.rejects(on.tell(drifted(finding(1))), {
      name: "UserError",
      message: /rate limit is reached/,
    });
    assert.deepEqual(on.issues(), []);
  });

  it("of issues that are switched off, and of a token without the right, is told with the remedy", async (t) => {
    const on = await watched(t);
    const weak = githubClient({ GITHUB_API_URL: on.server.url, GITHUB_TOKEN: "ghp_nobody's" });
    await assert.rejects(tellIssue(weak, KAI, drifted(finding(1)), DAY), /refuses the token/);
    on.record().repository.has_issues = false;
    await assert.rejects(on.tell(drifted(finding(1))), /Issues are switched off in Basilakis\/kai/);
  });
});
