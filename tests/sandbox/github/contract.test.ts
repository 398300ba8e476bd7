/** Every request that the simulation answers, once: each answer is valid by GitHub's official description. */
import assert from "node:assert/strict";
import { it } from "node:test";
import sodium from "libsodium-wrappers";
import { Description } from "../../../sandbox/github/http/description.ts";
import { routes } from "../../../sandbox/github/http/routes/index.ts";
import { askKept, askTeams } from "./kept-requests.ts";
import { type RawAnswer, type RawOptions, type Served, served } from "./support.ts";

const R = "/repos/Basilakis/kai";
const WORKFLOW =
  "name: Deploy\non:\n  workflow_dispatch:\n    inputs:\n      target: { required: true }\njobs: {}\n";

const text = (content: string) => Buffer.from(content).toString("base64");

/** Asks, and keeps which requests of the description were asked for. */
class Asker {
  readonly #on: Served;
  readonly #description = new Description();
  readonly asked = new Set<string>();

  constructor(on: Served) {
    this.#on = on;
  }

  /** @param status the only one that is right */
  async ask(status: number, request: string, body?: unknown, options: RawOptions = {}): Promise<RawAnswer> {
    const [method = "", address = ""] = request.split(" ");
    const match = this.#description.match(method, new URL(address, "http://x").pathname);
    assert.ok(match, `${request} is not in the description`);
    const answer = await this.#on.raw(request, { ...options, body });
    assert.equal(answer.status, status, `${request}: ${JSON.stringify(answer.body)}`);
    // A refusal alone is no contract.
    if (status < 400) this.asked.add(match.key);
    const problem = this.#description.answerProblem(
      match.key,
      status,
      answer.body === "" ? undefined : answer.body,
    );
    assert.equal(problem, undefined, request);
    return answer;
  }

  async accounts(): Promise<void> {
    for (const path of ["/user", "/users/octocat", "/orgs/kai-platform", "/user/repos"])
      await this.ask(200, `GET ${path}`);
    for (const keys of ["keys", "gpg_keys"]) await this.ask(200, `GET /users/octocat/${keys}`);
    await this.ask(404, "GET /users/nobody");
    await this.ask(404, "GET /orgs/octocat");
    await this.ask(204, "GET /orgs/kai-platform/members/Basilakis");
    await this.ask(404, "GET /orgs/kai-platform/members/octocat");
    await this.ask(200, "GET /orgs/kai-platform/memberships/Basilakis");
    await this.ask(200, "GET /user/memberships/orgs/kai-platform");
  }

  async repositories(): Promise<void> {
    await this.ask(201, "POST /user/repos", { name: "other", auto_init: true, private: true });
    await this.ask(422, "POST /user/repos", { name: "OTHER" });
    await this.ask(201, "POST /orgs/kai-platform/repos", { name: "kai" });
    await this.ask(200, `GET ${R}`);
    await this.ask(200, `PATCH ${R}`, { description: "Kai", allow_merge_commit: true });
    await this.ask(422, `PATCH ${R}`, { default_branch: "trunk" });
    await this.ask(204, "DELETE /repos/Basilakis/other");
    await this.ask(404, "GET /repos/Basilakis/other");
    await this.ask(200, `GET ${R}/topics`);
    await this.ask(200, `PUT ${R}/topics`, { names: ["kai"] });
    await this.ask(200, `GET ${R}/teams`);
    await this.ask(404, `GET ${R}/vulnerability-alerts`);
    await this.ask(204, `PUT ${R}/vulnerability-alerts`);
    await this.ask(204, `GET ${R}/vulnerability-alerts`);
    await this.ask(204, `DELETE ${R}/vulnerability-alerts`);
    await this.ask(200, `GET ${R}/actions/permissions`);
    await this.ask(204, `PUT ${R}/actions/permissions`, { enabled: true, allowed_actions: "local_only" });
    await this.ask(200, `GET ${R}/actions/permissions/workflow`);
    await this.ask(204, `PUT ${R}/actions/permissions/workflow`, { default_workflow_permissions: "read" });
  }

  async people(): Promise<void> {
    await this.ask(204, `PUT ${R}/collaborators/octocat`, { permission: "push" });
    await this.ask(422, `PUT ${R}/collaborators/Basilakis`);
    await this.ask(200, `GET ${R}/collaborators`);
    await this.ask(204, `GET ${R}/collaborators/octocat`);
    await this.ask(200, `GET ${R}/collaborators/octocat/permission`);
    await this.ask(204, `DELETE ${R}/collaborators/octocat`);
    await this.ask(404, `GET ${R}/collaborators/octocat`);
    for (const path of ["invitations", "hooks"]) await this.ask(200, `GET ${R}/${path}`);
    const { body: key } = await this.ask(201, `POST ${R}/keys`, { title: "k", key: "ssh-ed25519 AAAA" });
    await this.ask(422, `POST ${R}/keys`, { title: "k", key: "ssh-ed25519 AAAA" });
    await this.ask(200, `GET ${R}/keys`);
    await this.ask(200, `GET ${R}/keys/${key.id}`);
    await this.ask(204, `DELETE ${R}/keys/${key.id}`);
  }

  async git(): Promise<string> {
    const { body: ref } = await this.ask(200, `GET ${R}/git/ref/heads/main`);
    const { body: head } = await this.ask(200, `GET ${R}/git/commits/${ref.object.sha}`);
    const { body: blob } = await this.ask(201, `POST ${R}/git/blobs`, {
      content: WORKFLOW,
      encoding: "utf-8",
    });
    await this.ask(200, `GET ${R}/git/blobs/${blob.sha}`);
    const tree = [{ path: ".github/workflows/deploy.yml", mode: "100644", type: "blob", sha: blob.sha }];
    const { body: made } = await this.ask(201, `POST ${R}/git/trees`, { base_tree: head.tree.sha, tree });
    await this.ask(200, `GET ${R}/git/trees/${made.sha}?recursive=1`);
    const commit = { message: "Workflow", tree: made.sha, parents: [head.sha] };
    const { body: next } = await this.ask(201, `POST ${R}/git/commits`, commit);
    await this.ask(201, `POST ${R}/git/refs`, { ref: "refs/heads/feature/one", sha: head.sha });
    await this.ask(422, `POST ${R}/git/refs`, { ref: "refs/heads/feature/one", sha: head.sha });
    await this.ask(200, `PATCH ${R}/git/refs/heads/main`, { sha: next.sha });
    await this.ask(422, `PATCH ${R}/git/refs/heads/main`, { sha: head.sha });
    await this.ask(200, `GET ${R}/git/matching-refs/heads/feature`);
    await this.ask(200, `GET ${R}/branches`);
    await this.ask(200, `GET ${R}/branches/feature/one`);
    await this.ask(404, `GET ${R}/branches/nothing`);
    await this.files();
    await this.ask(200, `GET ${R}/commits?sha=main&per_page=1`);
    await this.ask(200, `GET ${R}/commits/main`);
    await this.ask(200, `GET ${R}/compare/feature/one...main`);
    await this.ask(201, `POST ${R}/merges`, { base: "feature/one", head: "main" });
    await this.ask(204, `POST ${R}/merges`, { base: "feature/one", head: "main" });
    await this.ask(404, `POST ${R}/merges`, { base: "nothing", head: "main" });
    await this.ask(204, `DELETE ${R}/git/refs/heads/feature/one`);
    return next.sha;
  }

  private async files(): Promise<void> {
    const file = `${R}/contents/docs/a.md`;
    const { body } = await this.ask(201, `PUT ${file}`, {
      message: "m",
      content: text("a"),
      branch: "feature/one",
    });
    await this.ask(422, `PUT ${file}`, { message: "m", content: text("b"), branch: "feature/one" });
    const change = { message: "m", content: text("b"), sha: body.content.sha, branch: "feature/one" };
    const { body: changed } = await this.ask(200, `PUT ${file}`, change);
    await this.ask(409, `PUT ${file}`, change);
    await this.ask(200, `GET ${file}?ref=feature/one`);
    await this.ask(200, `GET ${R}/contents/docs?ref=feature/one`);
    await this.ask(404, `GET ${R}/contents/docs?ref=main`);
    await this.ask(200, `DELETE ${file}`, { message: "m", sha: changed.content.sha, branch: "feature/one" });
  }

  async pulls(other: string): Promise<void> {
    const { body: ref } = await this.ask(200, `GET ${R}/git/ref/heads/main`);
    await this.ask(201, `POST ${R}/git/refs`, { ref: "refs/heads/work", sha: ref.object.sha });
    await this.ask(201, `PUT ${R}/contents/new`, { message: "m", content: text("n"), branch: "work" });
    const { body: pull } = await this.ask(201, `POST ${R}/pulls`, { title: "T", head: "work", base: "main" });
    await this.ask(422, `POST ${R}/pulls`, { title: "T", head: "work", base: "main" });
    const P = `${R}/pulls/${pull.number}`;
    for (const below of ["", "/commits", "/files", "/reviews", "/requested_reviewers"])
      await this.ask(200, `GET ${P}${below}`);
    await this.ask(200, `GET ${R}/pulls?head=Basilakis:work`);
    await this.ask(200, `PATCH ${P}`, { body: "text" });
    await this.ask(201, `POST ${P}/requested_reviewers`, { reviewers: ["eleni-dev"] });
    await this.ask(422, `POST ${P}/reviews`, { event: "APPROVE" });
    const { body: review } = await this.ask(200, `POST ${P}/reviews`, { event: "APPROVE" }, { token: other });
    await this.ask(200, `GET ${P}/reviews/${review.id}`);
    await this.ask(200, `PUT ${P}/reviews/${review.id}/dismissals`, { message: "m" });
    await this.ask(404, `GET ${P}/merge`);
    await this.ask(201, `PUT ${R}/contents/elsewhere`, { message: "m", content: text("e"), branch: "main" });
    await this.ask(202, `PUT ${P}/update-branch`);
    await this.ask(409, `PUT ${P}/merge`, { sha: "0".repeat(40) });
    await this.ask(200, `PUT ${P}/merge`, { merge_method: "squash" });
    await this.ask(204, `GET ${P}/merge`);
    await this.ask(405, `PUT ${P}/merge`);
  }

  async checks(sha: string, bot: string): Promise<void> {
    const job = { token: bot };
    const { body: run } = await this.ask(201, `POST ${R}/check-runs`, { name: "Build", head_sha: sha }, job);
    const end = { conclusion: "success", output: { title: "t", summary: "s" } };
    await this.ask(200, `PATCH ${R}/check-runs/${run.id}`, end, job);
    await this.ask(200, `GET ${R}/check-runs/${run.id}`);
    await this.ask(200, `GET ${R}/commits/${sha}/check-runs?check_name=Build`);
    await this.ask(201, `POST ${R}/statuses/${sha}`, { state: "success", context: "ci" });
    await this.ask(200, `GET ${R}/commits/${sha}/status`);
    await this.ask(200, `GET ${R}/commits/main/statuses`);
    const wanted = { ref: sha, environment: "staging", required_contexts: ["ci"], auto_merge: false };
    const { body: deployment } = await this.ask(201, `POST ${R}/deployments`, wanted);
    await this.ask(409, `POST ${R}/deployments`, { ...wanted, required_contexts: ["nothing"] });
    await this.ask(200, `GET ${R}/deployments?environment=staging`);
    const D = `${R}/deployments/${deployment.id}`;
    await this.ask(200, `GET ${D}`);
    const state = {
      state: "inactive",
      environment_url: "https://kai.example",
      log_url: "https://log.example",
    };
    await this.ask(201, `POST ${D}/statuses`, state);
    await this.ask(200, `GET ${D}/statuses`);
    await this.ask(204, `DELETE ${D}`);
  }

  async rules(): Promise<void> {
    const ruleset = {
      name: "all",
      enforcement: "active",
      target: "branch",
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
      rules: [
        { type: "update" },
        { type: "required_deployments", parameters: { required_deployment_environments: ["staging"] } },
        {
          type: "required_status_checks",
          parameters: {
            required_status_checks: [{ context: "Build" }],
            strict_required_status_checks_policy: true,
          },
        },
      ],
    };
    const { body } = await this.ask(201, `POST ${R}/rulesets`, ruleset);
    await this.ask(422, `POST ${R}/rulesets`, ruleset);
    await this.ask(200, `GET ${R}/rulesets`);
    await this.ask(200, `GET ${R}/rulesets/${body.id}?includes_parents=false`);
    await this.ask(200, `GET ${R}/rules/branches/main`);
    await this.ask(200, `PUT ${R}/rulesets/${body.id}`, { enforcement: "disabled" });
    await this.ask(204, `DELETE ${R}/rulesets/${body.id}`);
    const B = `${R}/branches/main/protection`;
    await this.ask(404, `GET ${B}`);
    const rule = {
      required_status_checks: { strict: true, contexts: ["Build"] },
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
    };
    await this.ask(200, `PUT ${B}`, rule);
    await this.ask(422, `PUT ${B}`, { ...rule, restrictions: { users: ["Basilakis"], teams: [] } });
    await this.ask(200, `GET ${B}`);
    await this.ask(200, `GET ${R}/branches/main`);
    for (const method of ["POST", "GET"]) await this.ask(200, `${method} ${B}/required_signatures`);
    await this.ask(204, `DELETE ${B}/required_signatures`);
    await this.ask(204, `DELETE ${B}/required_pull_request_reviews`);
    // The description wants `contexts`, the github plugin leaves them out.
    const checks = [{ context: "Build" }];
    await this.ask(200, `PUT ${B}`, { ...rule, required_status_checks: { strict: true, checks } });
    await this.ask(204, `DELETE ${B}`);
  }

  async environments(): Promise<void> {
    const E = `${R}/environments/production`;
    const reviewers = [{ type: "User", id: 58_231_104 }];
    const deployment_branch_policy = { protected_branches: false, custom_branch_policies: true };
    await this.ask(200, `PUT ${E}`, { wait_timer: 5, reviewers, deployment_branch_policy });
    await this.ask(422, `PUT ${E}`, { reviewers: [{ type: "User", id: 1 }] });
    await this.ask(200, `GET ${E}`);
    await this.ask(200, `GET ${R}/environments`);
    const { body } = await this.ask(200, `POST ${E}/deployment-branch-policies`, { name: "main" });
    await this.ask(200, `GET ${E}/deployment-branch-policies`);
    await this.ask(200, `GET ${E}/deployment-branch-policies/${body.id}`);
    await this.ask(200, `PUT ${E}/deployment-branch-policies/${body.id}`, { name: "release/*" });
    await this.ask(204, `DELETE ${E}/deployment-branch-policies/${body.id}`);
    for (const base of [`${R}/actions`, E]) await this.secretsAndVariables(base);
    await this.ask(204, `DELETE ${E}`);
  }

  private async secretsAndVariables(base: string): Promise<void> {
    const { body: key } = await this.ask(200, `GET ${base}/secrets/public-key`);
    const sealed = sodium.crypto_box_seal("value", Buffer.from(key.key, "base64"));
    const secret = { encrypted_value: Buffer.from(sealed).toString("base64"), key_id: key.key_id };
    await this.ask(201, `PUT ${base}/secrets/A`, secret);
    await this.ask(204, `PUT ${base}/secrets/A`, secret);
    await this.ask(422, `PUT ${base}/secrets/A`, { ...secret, key_id: "1" });
    await this.ask(200, `GET ${base}/secrets/A`);
    await this.ask(200, `GET ${base}/secrets`);
    await this.ask(204, `DELETE ${base}/secrets/A`);
    await this.ask(404, `GET ${base}/secrets/A`);
    await this.ask(201, `POST ${base}/variables`, { name: "V", value: "1" });
    await this.ask(409, `POST ${base}/variables`, { name: "v", value: "1" });
    await this.ask(200, `GET ${base}/variables`);
    await this.ask(200, `GET ${base}/variables/V`);
    await this.ask(204, `PATCH ${base}/variables/V`, { value: "2" });
    await this.ask(204, `DELETE ${base}/variables/V`);
  }

  async workflows(): Promise<void> {
    const { body } = await this.ask(200, `GET ${R}/actions/workflows`);
    const W = `${R}/actions/workflows/${body.workflows[0].id}`;
    await this.ask(200, `GET ${W}`);
    await this.ask(204, `PUT ${W}/disable`);
    await this.ask(422, `POST ${W}/dispatches`, { ref: "main", inputs: { target: "staging" } });
    await this.ask(204, `PUT ${W}/enable`);
    await this.ask(422, `POST ${W}/dispatches`, { ref: "main" });
    await this.ask(204, `POST ${R}/actions/workflows/deploy.yml/dispatches`, {
      ref: "main",
      inputs: { target: "x" },
    });
    const { body: runs } = await this.ask(200, `GET ${W}/runs`);
    await this.ask(200, `GET ${R}/actions/runs`);
    const run = `${R}/actions/runs/${runs.workflow_runs[0].id}`;
    await this.ask(200, `GET ${run}`);
    await this.ask(200, `GET ${run}/pending_deployments`);
    await this.ask(200, `GET ${run}/approvals`);
    const nothing = { environment_ids: [1], state: "approved", comment: "" };
    await this.ask(422, `POST ${run}/pending_deployments`, nothing);
  }
}

it("every answer is valid by the official description, and every request has been asked", async (t) => {
  await sodium.ready;
  const on = await served(t);
  const asker = new Asker(on);
  await asker.accounts();
  await asker.repositories();
  await asker.people();
  const sha = await asker.git();
  await asker.pulls(String(on.server.tokens["eleni-dev"]));
  await asker.checks(sha, String(on.server.tokens["github-actions[bot]"]));
  await asker.rules();
  await asker.environments();
  await asker.workflows();
  await askKept((...request) => asker.ask(...request));
  await askTeams((...request) => asker.ask(...request));
  assert.deepEqual(
    Object.keys(routes).filter((key) => !asker.asked.has(key)),
    // It works with an environment that a job waits for: decisions.test.ts.
    ["POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments"],
  );
});
