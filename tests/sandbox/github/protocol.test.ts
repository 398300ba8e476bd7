import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GitHub } from "../../../sandbox/github/client.ts";
import { Limits } from "../../../sandbox/github/http/limits.ts";
import { createRuleset } from "../../../sandbox/github/rulesets.ts";
import { Deeds, ending } from "./deeds.ts";
import { BOT, type Served, served } from "./support.ts";

const KAI = { owner: "Basilakis", repo: "kai" };
const R = "/repos/Basilakis/kai";

/** A repository with that many rulesets. */
function withRulesets({ world }: Served, count: number): void {
  const github = new GitHub(world, "Basilakis", "token");
  const conditions = { ref_name: { include: ["refs/heads/x"], exclude: [] } };
  for (let index = 0; index < count; index++) {
    const ruleset = {
      name: `r${index}`,
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
    } as const;
    createRuleset(github, "kai", {
      ...ruleset,
      bypass_actors: [],
      conditions,
      rules: [{ type: "deletion" }],
    });
  }
}

describe("both faces", () => {
  it("share the documents: what one changes the other sees", async (t) => {
    const on = await served(t);
    const plugin = new GitHub(on.world, "Basilakis", "token");
    await on.as().repos.update({ ...KAI, description: "over HTTP" });
    assert.equal(plugin.repository("kai").repository.description, "over HTTP");
    withRulesets(on, 1);
    const { data } = await on.as().repos.getRepoRulesets(KAI);
    assert.deepEqual(
      data.map(({ name }) => name),
      ["r0"],
    );
  });
});

describe("pages", () => {
  it("are of 30 unless asked for, linked, and followed by Octokit", async (t) => {
    const on = await served(t);
    withRulesets(on, 65);
    const first = await on.raw(`GET /api/v3${R}/rulesets`);
    assert.equal(first.body.length, 30);
    const link = String(first.headers.get("link"));
    assert.match(
      link,
      /<http:\/\/127\.0\.0\.1:\d+\/api\/v3\/repos\/Basilakis\/kai\/rulesets\?page=2>; rel="next"/,
    );
    assert.match(link, /page=3>; rel="last"/);
    const last = await on.raw(`GET ${R}/rulesets?page=3&per_page=30`);
    assert.equal(last.body.length, 5);
    assert.match(
      String(last.headers.get("link")),
      /page=2&per_page=30>; rel="prev".*page=1&per_page=30>; rel="first"/,
    );
    assert.equal((await on.as().paginate(on.as().repos.getRepoRulesets, KAI)).length, 65);
  });

  it("of counted lists tell the whole number; one page has no link", async (t) => {
    const on = await served(t);
    for (const name of ["A", "B", "C"])
      await on.as().actions.createRepoVariable({ ...KAI, name, value: "1" });
    const answer = await on.raw(`GET ${R}/actions/variables?per_page=2`);
    assert.deepEqual([answer.body.total_count, answer.body.variables.length], [3, 2]);
    assert.equal((await on.raw(`GET ${R}/actions/variables`)).headers.get("link"), null);
  });
});

describe("fingerprints", () => {
  it("answer 304 without a body and without a cost, until something changes", async (t) => {
    const on = await served(t);
    const first = await on.raw(`GET ${R}`);
    const headers = { "If-None-Match": String(first.headers.get("etag")) };
    const second = await on.raw(`GET ${R}`, { headers });
    assert.deepEqual([second.status, second.body], [304, ""]);
    const { headers: third } = await on.raw("GET /rate_limit");
    assert.equal(third.get("x-ratelimit-used"), "1");
    await on.as().repos.update({ ...KAI, description: "another" });
    assert.equal((await on.raw(`GET ${R}`, { headers })).status, 200);
  });
});

describe("refusals", () => {
  it("say what is wrong with a request in GitHub's words, with the page that helps", async (t) => {
    const on = await served(t);
    const cases: [
      status: number,
      message: RegExp,
      request: string,
      body?: unknown,
      headers?: Record<string, string>,
    ][] = [
      [400, /^Problems parsing JSON$/, `PATCH ${R}`, "{"],
      [400, /^Body should be a JSON object$/, `PATCH ${R}`, "1"],
      [422, /^Invalid request\.\n\n"name" wasn't supplied\.$/, "POST /user/repos", {}],
      [
        422,
        /^Invalid request\.\n\nFor 'properties\/name', must be string\.$/,
        "POST /user/repos",
        { name: 5 },
      ],
      [422, /^Invalid request\.\n\n"ref" wasn't supplied\.$/, `POST ${R}/git/refs`, { sha: "x" }],
      [404, /^Not Found$/, "GET /nothing"],
      [404, /^Not Found$/, "GET /repos/Basilakis/nothing"],
      [400, /not a supported version/, `GET ${R}`, undefined, { "X-GitHub-Api-Version": "2020-01-01" }],
      [403, /make sure your request has a User-Agent/, `GET ${R}`, undefined, { "User-Agent": "" }],
    ];
    for (const [status, message, request, body, headers = {}] of cases) {
      const answer = await on.raw(request, { body, headers });
      assert.equal(answer.status, status, request);
      assert.match(answer.body.message, message);
      assert.match(answer.body.documentation_url, /^https:\/\/docs\.github\.com\//);
      assert.equal(answer.body.status, String(status));
      assert.match(String(answer.headers.get("x-github-request-id")), /^[0-9A-F]{4}(:[0-9A-F]{4})+$/);
    }
  });

  it("give reasons as objects or as sentences, as the description has it", async (t) => {
    const on = await served(t);
    const objects = await on.raw(`POST ${R}/pulls`, { body: { title: "t", head: "nothing", base: "main" } });
    assert.deepEqual(objects.body.errors, [
      { resource: "Repository", code: "custom", message: "PullRequest head nothing is invalid" },
    ]);
    await on.as().git.createRef({
      ...KAI,
      ref: "refs/heads/a",
      sha: (await on.raw(`GET ${R}/git/ref/heads/main`)).body.object.sha,
    });
    const content = Buffer.from("x").toString("base64");
    await on.as().repos.createOrUpdateFileContents({ ...KAI, path: "x", message: "m", content, branch: "a" });
    await on.as().pulls.create({ ...KAI, title: "t", head: "a", base: "main" });
    const sentences = await on.raw(`POST ${R}/pulls/1/reviews`, { body: { event: "APPROVE" } });
    assert.deepEqual(sentences.body.errors, ["Can not approve your own pull request"]);
  });

  it("lead from a repository's old name to its number", async (t) => {
    const on = await served(t);
    await on.as().repos.update({ ...KAI, name: "platform" });
    const read = await on.raw(`GET /api/v3${R}/topics`);
    assert.equal(read.status, 301);
    assert.match(String(read.headers.get("location")), /\/api\/v3\/repositories\/741920385\/topics$/);
    assert.equal((await on.raw(`PATCH ${R}`, { body: {} })).status, 307);
    const { data } = await on.as().repos.get(KAI);
    assert.equal(data.full_name, "Basilakis/platform");
  });
});

describe("limits", () => {
  it("count down in headers, refuse, and begin anew", async (t) => {
    let clock = 1_000_000;
    const on = await served(t, new Limits(() => clock));
    const ask = () => on.raw("GET /users/octocat", { token: null });
    const first = await ask();
    assert.deepEqual(
      ["limit", "remaining", "used", "reset", "resource"].map((name) =>
        first.headers.get(`x-ratelimit-${name}`),
      ),
      ["60", "59", "1", "1003600", "core"],
    );
    for (let index = 0; index < 59; index++) await ask();
    const refused = await ask();
    assert.deepEqual([refused.status, refused.headers.get("x-ratelimit-remaining")], [403, "0"]);
    assert.match(refused.body.message, /^API rate limit exceeded for 127\.0\.0\.1/);
    // Somebody else has a window of their own, and so have queries.
    assert.equal((await on.raw(`GET ${R}`)).headers.get("x-ratelimit-limit"), "5000");
    const query = await on.raw("POST /graphql", { body: { query: "{ viewer { login } }" } });
    assert.equal(query.headers.get("x-ratelimit-resource"), "graphql");
    clock += 3600;
    assert.equal((await ask()).status, 200);
  });
});

describe("faults", () => {
  const answers = [
    ["500", 500, /Server Error/],
    ["503", 503, /unavailable/],
    ["429", 429, /Too Many Requests/],
    ["primary-limit", 403, /API rate limit exceeded/],
    ["secondary-limit", 403, /secondary rate limit/],
  ] as const;
  for (const [kind, status, message] of answers) {
    it(`${kind}: the write is refused and nothing is done`, async (t) => {
      const on = await served(t);
      on.faults.plan({ kind, count: 1, cloud: "github" });
      const answer = await on.raw("POST /user/repos", { body: { name: "new" } });
      assert.equal(answer.status, status);
      assert.match(answer.body.message, message);
      if (kind === "secondary-limit") assert.equal(answer.headers.get("retry-after"), "1");
      assert.equal(on.world.store.data.repositories["basilakis/new"], undefined);
      assert.equal((await on.raw("POST /user/repos", { body: { name: "new" } })).status, 201);
    });
  }

  for (const [kind, isDone] of [
    ["cut", false],
    ["timeout", false],
    ["lost-answer", true],
  ] as const) {
    it(`${kind}: the connection breaks, and the work is ${isDone ? "done" : "not done"}`, async (t) => {
      const on = await served(t);
      on.faults.plan({ kind, count: 1, types: ["POST /user/repos"] });
      await assert.rejects(on.raw("POST /user/repos", { body: { name: "new" } }));
      assert.equal(on.world.store.data.repositories["basilakis/new"] !== undefined, isDone);
    });
  }
});

describe("who asks", () => {
  it("a job's token is the Actions app's: it reports checks, and is no user", async (t) => {
    const on = await served(t);
    const { data } = await on.as().git.getRef({ ...KAI, ref: "heads/main" });
    const run = await on.as(BOT).checks.create({ ...KAI, name: "x", head_sha: data.object.sha });
    assert.equal(run.data.app?.id, 15_368);
    await assert.rejects(on.as(BOT).users.getAuthenticated(), /403|not accessible by integration/);
    await assert.rejects(
      on.as().checks.create({ ...KAI, name: "x", head_sha: data.object.sha }),
      /authenticate via a GitHub App/,
    );
  });

  it("a job neither opens nor approves pull requests unless the repository allows it", async (t) => {
    const on = await served(t);
    const deeds = new Deeds(on, KAI);
    const refused = /403 GitHub Actions is not permitted to create or approve pull requests/;
    const { number } = await deeds.propose("eleni-dev", "main");
    assert.match(await deeds.review(BOT, number), refused);
    await deeds.create("eleni-dev", "other", await deeds.commit("main"));
    const open = () => ending(on.as(BOT).pulls.create({ ...KAI, title: "t", head: "other", base: "main" }));
    assert.match(await open(), refused);
    on.record().workflow_permissions.can_approve_pull_request_reviews = true;
    assert.equal(await open(), "done");
    assert.equal(await deeds.review(BOT, number), "done");
  });

  it("without write access nobody opens a pull request from a branch here", async (t) => {
    const on = await served(t);
    await new Deeds(on, KAI).propose("eleni-dev", "main");
    const open = on.as("octocat").pulls.create({ ...KAI, title: "t", head: "work/1", base: "main" });
    assert.match(await ending(open), /404 Not Found/);
  });

  it("a part of an address that is wrongly written is not found", async (t) => {
    const on = await served(t);
    assert.equal((await on.raw(`GET ${R}/branches/%E0%A4%A`)).status, 404);
  });
});
