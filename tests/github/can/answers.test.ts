/** Certain pull requests, people of every kind, weak tokens, and the command itself. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { canPush } from "../../../github/can/branches.ts";
import { can } from "../../../github/can/can.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import { Deeds } from "../../sandbox/github/deeds.ts";
import { layDown } from "../../sandbox/github/profile.ts";
import { BOT, served, TOKEN } from "../../sandbox/github/support.ts";
import { Scene, USERS } from "./scene.ts";

describe("a certain pull request", () => {
  for (const base of ["main", "staging", "development"]) {
    it(`to ${base}: can be merged exactly when the answer says so`, async (t) => {
      const on = await served(t);
      const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
      const deeds = new Deeds(on, place);
      const steps: ((number: number, head: string) => Promise<unknown>)[] = [
        async () => {},
        (_, head) => deeds.passes(head),
        (number) => deeds.review("nikos-ops", number, "REQUEST_CHANGES"),
        (number) => deeds.review("nikos-ops", number),
      ];
      const { number, head } = await deeds.propose("eleni-dev", base);
      for (const step of steps) {
        await step(number, head);
        const scene = new Scene(on, place);
        for (const user of USERS) {
          const answer = await scene.ask(user, "merge", `#${number}`);
          const isDone = await scene.try((fresh) => fresh.merge(user, number, "squash"));
          assert.equal(isDone, answer.answer === "yes", `${user}: ${JSON.stringify(answer)}`);
        }
      }
    });
  }

  it("tells each condition, met or not, with what helps", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const deeds = new Deeds(on, place);
    const { number, head } = await deeds.propose("eleni-dev", "main");
    await deeds.passes(head);
    const answer = await can(on.as(), place, { user: "Basilakis", action: "merge", target: `#${number}` });
    const of = (rule: string) => answer.reasons.find((reason) => reason.rule === rule);
    assert.deepEqual(
      [of("required_status_checks")?.verdict, of("pull_request")?.verdict],
      ["allows", "forbids"],
    );
    assert.match(
      of("pull_request")?.remedy ?? "",
      /Somebody with write access, not the author, must approve/,
    );
    const { id, name, url } = of("pull_request")?.origin ?? {};
    assert.equal(on.record().rulesets.find((ruleset) => ruleset.id === id)?.name, name);
    assert.match(url ?? "", new RegExp(`/Basilakis/kai/rules/${id}$`));
    assert.deepEqual(
      answer.open.map((one) => one.id),
      ["merge-past-update"],
    );
    await assert.rejects(
      can(on.as(), place, { user: "Basilakis", action: "merge", target: "#99" }),
      /no pull request #99/,
    );
  });

  it("that is merged, closed or a draft is not merged again", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const deeds = new Deeds(on, place);
    const { number, head } = await deeds.propose("eleni-dev", "development");
    await deeds.passes(head);
    const ask = async () =>
      (await can(on.as(), place, { user: "eleni-dev", action: "merge", target: `#${number}` })).reasons[0];
    const pull = on.record().pulls[0];
    assert.ok(pull);
    pull.draft = true;
    assert.match((await ask())?.text ?? "", /is a draft/);
    pull.draft = false;
    await on.as().pulls.update({ ...place, pull_number: number, state: "closed" });
    assert.match((await ask())?.text ?? "", /is closed/);
    await on.as().pulls.update({ ...place, pull_number: number, state: "open" });
    assert.equal(await deeds.merge("eleni-dev", number), "done");
    assert.match((await ask())?.text ?? "", /is merged already/);
  });
});

it("a pull request whose files a team owns, and whose conversations must be resolved", async (t) => {
  const on = await served(t);
  const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
  const deeds = new Deeds(on, place);
  const development = on.record().rulesets.find(({ name }) => name === "development");
  const { number, head } = await deeds.propose("eleni-dev", "development");
  await deeds.passes(head);
  await deeds.review("nikos-ops", number);
  const parameters = {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: true,
    require_last_push_approval: false,
    required_review_thread_resolution: true,
  };
  development?.rules.push({ type: "pull_request", parameters });
  const ask = async (owners: string) => {
    const github = on.as();
    github.hook.wrap("request", async (request, options) => {
      if (options.path !== ".github/CODEOWNERS") return request(options);
      const content = Buffer.from(owners).toString("base64");
      return { status: 200, url: "", headers: {}, data: { content } } as never;
    });
    return can(github, place, { user: "Basilakis", action: "merge", target: `#${number}` });
  };
  const approved = await ask("* @nikos-ops\n");
  assert.equal(approved.answer, "yes", JSON.stringify(approved.reasons));
  assert.ok(approved.reasons.some(({ text }) => text === "Every conversation must be resolved."));
  assert.equal((await ask("* @octocat\n")).answer, "no");
  const team = await ask("* @kai-platform/web\n");
  assert.equal(team.answer, "cannot say");
  assert.match(JSON.stringify(team.reasons), /A team, or an address, owns files of it/);
});

describe("people", () => {
  it("who are not there, strangers, organizations and apps", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const push = (user: string, target = "development") =>
      can(on.as(), place, { user, action: "push", target });
    await assert.rejects(push("nobody-at-all"), /GitHub knows no user "nobody-at-all"/);
    await assert.rejects(push("kai-platform"), /is an organization/);
    const stranger = await push("octocat");
    assert.deepEqual([stranger.answer, stranger.reasons[0]?.origin?.kind], ["no", "role"]);
    assert.match(stranger.reasons[0]?.remedy ?? "", /invites octocat/);
    assert.equal((await push("ELENI-dev")).answer, "yes");
    assert.equal((await push(BOT)).answer, "yes");
    await on.as().actions.setGithubActionsDefaultWorkflowPermissionsRepository({
      ...place,
      default_workflow_permissions: "read",
    });
    assert.match(JSON.stringify((await push(BOT)).reasons), /permissions: contents: write/);
    await on.as().actions.setGithubActionsPermissionsRepository({ ...place, enabled: false });
    assert.equal((await push(BOT)).answer, "no");
  });

  it("a token that sees little says so, and what it sees for certain", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const ask = (user: string, target: string) =>
      can(on.as("eleni-dev"), place, { user, action: "push", target });
    const other = await ask("Basilakis", "main");
    assert.equal(other.answer, "cannot say");
    assert.match(JSON.stringify(other.reasons), /Whether Basilakis may bypass that cannot be seen/);
    assert.match(JSON.stringify(other.reasons), /Classic rules cannot be seen/);
    // GitHub tells people what they may bypass themselves.
    assert.equal((await ask("eleni-dev", "main")).answer, "no");
  });

  it("in an organization: its owners, its teams and roles of its own", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "kai-platform", rules: "rulesets" });
    const record = on.record("kai-platform/kai");
    const [lock] = record.rulesets;
    assert.ok(lock);
    const ask = async (user: string) =>
      (await can(on.as(), place, { user, action: "push", target: "main" })).reasons;
    const verdict = async (user: string) => (await ask(user)).find(({ rule }) => rule === "update")?.verdict;
    lock.bypass_actors = [{ actor_type: "OrganizationAdmin", actor_id: null, bypass_mode: "always" }];
    assert.deepEqual([await verdict("Basilakis"), await verdict("eleni-dev")], [undefined, "forbids"]);
    lock.bypass_actors = [{ actor_type: "Team", actor_id: 1, bypass_mode: "always" }];
    assert.equal(await verdict("eleni-dev"), "unseen");
  });

  it("a role of the organization's own may what it is based on", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "kai-platform", rules: "rulesets" });
    const ask = (permissions?: object) => {
      const github = on.as();
      github.hook.after("request", ({ data }, { url }) => {
        if (!url.includes("/collaborators")) return;
        const person = (data as { login: string }[]).find(({ login }) => login === "eleni-dev") ?? {};
        Object.assign(person, { role_name: "release-manager", permissions });
      });
      return can(github, place, { user: "eleni-dev", action: "push", target: "development" });
    };
    assert.equal((await ask({ admin: false, push: true, triage: true, pull: true })).answer, "yes");
    assert.equal((await ask({ admin: false, push: false, triage: true, pull: true })).answer, "no");
    assert.equal((await ask()).answer, "cannot say");
  });

  it("a classic rule's list names people, apps and teams", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "kai-platform", rules: "classic" });
    const [rule] = on
      .record("kai-platform/kai")
      .branch_protection_rules.filter(({ pattern }) => pattern === "main");
    assert.ok(rule);
    const ask = async (...pushAllowances: string[]) => {
      const live = await readInventory(on.as(), place, ["branches", "rulesets", "classicRules"]);
      const classicRules = { seen: true as const, value: [{ ...rule, pushAllowances }] };
      const actor = { login: "eleni-dev", role: "write" } as const;
      const reasons = canPush({ ...live, classicRules }, "main", actor);
      return reasons.find((reason) => reason.rule === "push_restriction")?.verdict;
    };
    assert.equal(await ask("nikos-ops"), "forbids");
    assert.equal(await ask("Eleni-Dev"), undefined);
    assert.equal(await ask("kai-platform/backend"), "unseen");
    // Not the app that is called as a person is.
    assert.equal(await ask("eleni-dev[bot]"), "forbids");
  });

  it("where branches cannot be seen, a push is not taken for a new branch", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const live = await readInventory(on.as(), place, ["rulesets", "classicRules"]);
    const branches = { seen: false, reason: "The token lacks a permission." } as const;
    const reasons = canPush({ ...live, branches }, "main", { login: "eleni-dev", role: "write" });
    assert.ok(reasons.some(({ rule, verdict }) => rule === "update" && verdict === "forbids"));
    assert.ok(reasons.some(({ verdict }) => verdict === "unseen"));
  });
});

describe("other targets", () => {
  it("tags, branches that are not there, the default branch, an archived repository", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const ask = (action: "push" | "delete", target: string) =>
      can(on.as(), place, { user: "eleni-dev", action, target });
    const sha = on.record().refs["refs/heads/main"]?.object.sha ?? "";
    await on.as().git.createRef({ ...place, ref: "refs/tags/v1", sha });
    assert.equal((await ask("delete", "v1")).answer, "yes");
    await assert.rejects(ask("delete", "v2"), /has no branch and no tag "v2"/);
    const answers = async (...targets: string[]) =>
      Promise.all(targets.map(async (target) => (await ask("push", target)).answer));
    assert.deepEqual(await answers("new/branch", "refs/tags/v2", "fix-#12", "größe"), Array(4).fill("yes"));
    for (const name of ["", "a b", "a..b", "-f", "x.lock", "a\u001b[31m", "@{u}", "a/", ".x"])
      await assert.rejects(ask("push", name), /can be no branch/, name);
    const { rulesets } = on.record();
    const staging = rulesets.find(({ name }) => name === "staging");
    Object.assign(staging?.conditions.ref_name ?? {}, { include: ["refs/heads/new/*"] });
    const passed = await ask("push", "new/branch");
    assert.equal(passed.open[0]?.id, "pull-request-on-create");
    staging?.rules.push({ type: "creation" });
    assert.deepEqual(await answers("new/branch", "new/branch/below"), ["no", "yes"]);
    assert.match((await ask("delete", "main")).reasons[0]?.text ?? "", /default branch/);
    on.record().repository.archived = true;
    assert.match((await ask("push", "development")).reasons[0]?.text ?? "", /archived/);
  });

  it("a rule that nobody here knows is no yes", async (t) => {
    const on = await served(t);
    const place = await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    on.record()
      .rulesets.find(({ name }) => name === "development")
      ?.rules.push({ type: "code_scanning" });
    const answer = await can(on.as(), place, { user: "eleni-dev", action: "push", target: "development" });
    assert.deepEqual([answer.answer, answer.open[0]?.id], ["cannot say", "rules-that-forbid-nothing"]);
  });
});

describe("kai can", () => {
  it("answers people and scripts, with a code for each answer", async (t) => {
    const on = await served(t);
    await layDown(on, { owner: "Basilakis", rules: "rulesets" });
    const env = { ...process.env, GITHUB_TOKEN: TOKEN, GITHUB_API_URL: on.server.url, NO_COLOR: "1" };
    const kai = (...args: string[]) =>
      new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
        execFile(process.execPath, ["cli/main.ts", "can", ...args], { env }, (error, stdout, stderr) =>
          resolve({ code: error ? error.code : 0, stdout, stderr }),
        );
      });
    const yes = await kai("eleni-dev", "push", "development");
    assert.equal(yes.code, 0, yes.stderr);
    assert.match(yes.stdout, /^Yes, if:\n/);
    assert.match(
      yes.stdout,
      /• The commit's check "Build and Test" must be green\.\n {4}rule required_status_checks, ruleset "development", id \d+/,
    );
    const no = await kai("eleni-dev", "push", "main", "--json");
    assert.equal(no.code, 5);
    assert.equal(JSON.parse(no.stdout).answer, "no");
    const wrong = await kai("eleni-dev", "dance", "main");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /Allowed choices are push, merge, delete, deploy, read-secret/);
  });
});
