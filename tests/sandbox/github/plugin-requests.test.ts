/**
 * The requests that the real github plugin 6.15.0 was recorded to send, replayed as it sends them: below `/api/v3`, with
 * its headers, in its order. Each gets a valid answer with the fields that the plugin reads.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import sodium from "libsodium-wrappers";
import { type RawAnswer, type Served, served } from "./support.ts";

const HEADERS = {
  Accept: "application/vnd.github.v3+json",
  "X-GitHub-Api-Version": "2022-11-28",
  "User-Agent": "go-github/v84",
};

interface Plugin {
  on: Served;
  /** @param status the only one that the plugin takes for success */
  send(status: number, request: string, body?: unknown, headers?: Record<string, string>): Promise<RawAnswer>;
  query(query: string, variables?: Record<string, unknown>): Promise<RawAnswer["body"]>;
}

async function plugin(t: TestContext): Promise<Plugin> {
  const on = await served(t);
  const send: Plugin["send"] = async (status, request, body, headers = {}) => {
    const [method, path] = request.split(" ");
    const options = { body, headers: { ...HEADERS, ...headers } };
    const answer = await on.raw(`${method} /api/v3/${path}`, options);
    assert.equal(answer.status, status, `${request}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const query: Plugin["query"] = async (text, variables = {}) => {
    const answer = await on.raw("POST /api/graphql", { body: { query: text, variables }, headers: HEADERS });
    assert.equal(answer.status, 200);
    return answer.body;
  };
  return { on, send, query };
}

/** Named fields are there, none of them null. */
function has(body: Record<string, unknown>, ...names: string[]): void {
  for (const name of names) assert.notEqual(body[name] ?? undefined, undefined, `${name} is missing`);
}

/** A second read finds the same, by the fingerprint that the first one had. */
async function unchanged({ send }: Plugin, path: string): Promise<void> {
  const first = await send(200, `GET ${path}`);
  const etag = String(first.headers.get("etag"));
  await send(304, `GET ${path}`, undefined, { "If-None-Match": etag });
}

async function seal({ send }: Plugin, path: string, value: string) {
  const { body } = await send(200, `GET ${path}`);
  has(body, "key_id", "key");
  await sodium.ready;
  const sealed = sodium.crypto_box_seal(value, Buffer.from(body.key, "base64"));
  return { key_id: body.key_id, encrypted_value: Buffer.from(sealed).toString("base64") };
}

describe("the github plugin's requests", () => {
  it("Configure: an organization answers 200, a user 404, and an empty owner asks who the token is", async (t) => {
    const { send } = await plugin(t);
    const { body } = await send(200, "GET orgs/kai-platform");
    has(body, "id", "login", "node_id");
    await send(404, "GET orgs/Basilakis");
    const { body: user } = await send(200, "GET user");
    has(user, "id", "login");
  });

  it("getUser asks for the user and both kinds of keys: any that is not found is a user who is not found", async (t) => {
    const { send } = await plugin(t);
    has((await send(200, "GET users/octocat")).body, "id", "login", "node_id");
    for (const keys of ["gpg_keys", "keys"])
      assert.deepEqual((await send(200, `GET users/octocat/${keys}`)).body, []);
    await send(404, "GET users/nobody");
  });

  for (const [owner, path] of [
    ["Basilakis", "user/repos"],
    ["kai-platform", "orgs/kai-platform/repos"],
  ] as const) {
    it(`Repository of ${owner}: created, changed, read, read again, deleted`, async (t) => {
      const face = await plugin(t);
      const { send } = face;
      const settings = {
        has_projects: false,
        has_wiki: false,
        has_issues: true,
        description: "x",
        auto_init: true,
      };
      const { body: made } = await send(201, `POST ${path}`, {
        name: "new",
        private: true,
        has_downloads: false,
        ...settings,
      });
      has(
        made,
        "name",
        "node_id",
        "full_name",
        "html_url",
        "ssh_url",
        "clone_url",
        "svn_url",
        "git_url",
        "default_branch",
      );
      assert.equal(made.private, true);
      const R = `repos/${owner}/new`;
      await send(200, `PATCH ${R}`, {
        name: "new",
        has_downloads: false,
        allow_merge_commit: false,
        allow_squash_merge: true,
      });
      await send(200, `PATCH ${R}`, { visibility: "public" });
      const { body } = await send(200, `GET ${R}`);
      assert.deepEqual([body.visibility, body.private, body.allow_merge_commit], ["public", false, false]);
      // The plugin asks for this only where the answer has `security_and_analysis`.
      assert.equal(body.security_and_analysis, undefined);
      await send(404, `GET ${R}/vulnerability-alerts`);
      await unchanged(face, R);
      await send(204, `DELETE ${R}`);
      await send(404, `GET ${R}`);
    });
  }

  it("Branch: the source is looked up, the ref made and read", async (t) => {
    const face = await plugin(t);
    const { body: source } = await face.send(200, "GET repos/Basilakis/kai/git/ref/heads/main");
    const ref = { ref: "refs/heads/staging", sha: source.object.sha };
    await face.send(201, "POST repos/Basilakis/kai/git/refs", ref);
    const { body } = await face.send(200, "GET repos/Basilakis/kai/git/ref/heads/staging");
    assert.deepEqual([body.ref, body.object.sha], [ref.ref, ref.sha]);
    await unchanged(face, "repos/Basilakis/kai/git/ref/heads/staging");
    await face.send(204, "DELETE repos/Basilakis/kai/git/refs/heads/staging");
  });

  it("Branch: without a first commit the source is not found", async (t) => {
    const { send } = await plugin(t);
    await send(201, "POST user/repos", { name: "empty" });
    await send(404, "GET repos/Basilakis/empty/git/ref/heads/main");
  });

  it("RepositoryEnvironment: made and changed by one request", async (t) => {
    const { send } = await plugin(t);
    const wanted = {
      wait_timer: 0,
      reviewers: null,
      can_admins_bypass: true,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
      prevent_self_review: false,
    };
    const { body: made } = await send(200, "PUT repos/Basilakis/kai/environments/staging", wanted);
    has(made, "id", "name");
    const { body: repository } = await send(200, "GET repos/Basilakis/kai");
    has(repository, "id");
    const reviewers = [{ type: "User", id: 58_231_104 }];
    await send(200, "PUT repos/Basilakis/kai/environments/staging", {
      ...wanted,
      reviewers,
      can_admins_bypass: false,
    });
    const { body } = await send(200, "GET repos/Basilakis/kai/environments/staging");
    assert.equal(body.can_admins_bypass, false);
    assert.deepEqual(body.deployment_branch_policy, wanted.deployment_branch_policy);
    const rule = body.protection_rules.find(({ type }: { type: string }) => type === "required_reviewers");
    assert.equal(rule.reviewers[0].reviewer.id, 58_231_104);
    await send(204, "DELETE repos/Basilakis/kai/environments/staging");
  });

  it("RepositoryRuleset: every rule comes back as it was sent", async (t) => {
    const face = await plugin(t);
    const { send } = face;
    await send(200, "GET repos/Basilakis/kai");
    const wanted = {
      name: "main-quality",
      target: "branch",
      source_type: "Repository",
      source: "web",
      enforcement: "active",
      bypass_actors: [{ actor_id: 58_231_104, actor_type: "User", bypass_mode: "always" }],
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
      rules: [
        { type: "deletion" },
        { type: "non_fast_forward" },
        { type: "required_linear_history" },
        {
          type: "pull_request",
          parameters: {
            allowed_merge_methods: ["squash", "rebase"],
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_approving_review_count: 1,
            required_review_thread_resolution: false,
          },
        },
        {
          type: "required_status_checks",
          parameters: {
            do_not_enforce_on_create: false,
            required_status_checks: [{ context: "Build and Test", integration_id: 15_368 }],
            strict_required_status_checks_policy: false,
          },
        },
      ],
    };
    const { body: made } = await send(201, "POST repos/Basilakis/kai/rulesets", wanted);
    const path = `repos/Basilakis/kai/rulesets/${made.id}`;
    const { body } = await send(200, `GET ${path}?includes_parents=false`);
    for (const name of ["name", "target", "enforcement", "bypass_actors", "conditions", "rules"] as const) {
      assert.deepEqual(body[name], wanted[name], name);
    }
    has(body, "id", "node_id");
    await unchanged(face, `${path}?includes_parents=false`);
    await send(200, "GET repos/Basilakis/kai");
    await send(200, `PUT ${path}`, { ...wanted, enforcement: "disabled" });
    await send(204, `DELETE ${path}`);
    await send(404, `GET ${path}?includes_parents=false`);
  });

  it("ActionsSecret and ActionsEnvironmentSecret: sealed, written, and read without the value", async (t) => {
    const face = await plugin(t);
    const { send, on } = face;
    const { body: repository } = await send(200, "GET repos/Basilakis/kai");
    await send(200, "PUT repos/Basilakis/kai/environments/staging", { wait_timer: 0, reviewers: null });
    const bases = [
      "repos/Basilakis/kai/actions/secrets",
      `repositories/${repository.id}/environments/staging/secrets`,
    ];
    for (const [index, base] of bases.entries()) {
      await send(201, `PUT ${base}/TOKEN`, await seal(face, `${base}/public-key`, `first ${index}`));
      const { body } = await send(200, `GET ${base}/TOKEN`);
      has(body, "name", "created_at", "updated_at");
      assert.equal(body.value, undefined);
      await send(204, `PUT ${base}/TOKEN`, await seal(face, `${base}/public-key`, `second ${index}`));
    }
    assert.deepEqual(on.world.vault.data, {
      "Basilakis/kai/TOKEN": "second 0",
      "Basilakis/kai/staging/TOKEN": "second 1",
    });
    // A box for one place does not open in another.
    const wrong = await seal(face, `${bases[0]}/public-key`, "x");
    await send(422, `PUT ${bases[1]}/TOKEN`, wrong);
    for (const base of bases) await send(204, `DELETE ${base}/TOKEN`);
    assert.deepEqual(on.world.vault.data, {});
  });
});

/** As terraform-provider-github asks for a rule (util_v4_branch_protection.go, BranchProtectionRule). */
const RULE = `repository { id name }
  pushAllowances(first: 100) { nodes { actor { ... on App { id name } ... on Team { id name } ... on User { id name login } } } }
  reviewDismissalAllowances(first: 100) { nodes { actor { ... on Team { id name } ... on User { id name } } } }
  bypassPullRequestAllowances(first: 100) { nodes { actor { ... on Team { id name } ... on User { id name } } } }
  bypassForcePushAllowances(first: 100) { nodes { actor { ... on Team { id name } ... on User { id name } } } }
  allowsDeletions allowsForcePushes blocksCreations dismissesStaleReviews id isAdminEnforced lockBranch pattern
  requireLastPushApproval requiredApprovingReviewCount requiredStatusCheckContexts requiresApprovingReviews
  requiresCodeOwnerReviews requiresCommitSignatures requiresLinearHistory requiresConversationResolution
  requiresStatusChecks requiresStrictStatusChecks restrictsPushes restrictsReviewDismissals`;

describe("BranchProtection's queries", () => {
  it("create, read, change, find by pattern and delete a rule of an organization", async (t) => {
    const { on, query } = await plugin(t);
    on.organizationRepository();
    const { data } = await query(
      '{ repository(owner: "kai-platform", name: "kai") { id } user(login: "Basilakis") { id } }',
    );
    const input = {
      repositoryId: data.repository.id,
      pattern: "main",
      isAdminEnforced: true,
      restrictsPushes: true,
      blocksCreations: true,
      pushActorIds: [data.user.id],
      requiresStatusChecks: true,
      requiredStatusCheckContexts: ["Build and Test"],
      reviewDismissalActorIds: [],
    };
    const create =
      "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }";
    const made = await query(create, { input });
    const { id } = made.data.createBranchProtectionRule.branchProtectionRule;
    const read = async () =>
      (await query(`query($id: ID!) { node(id: $id) { ... on BranchProtectionRule { ${RULE} } } }`, { id }))
        .data.node;
    const rule = await read();
    assert.deepEqual(rule.pushAllowances.nodes, [
      { actor: { id: data.user.id, name: null, login: "Basilakis" } },
    ]);
    assert.deepEqual(rule.requiredStatusCheckContexts, ["Build and Test"]);
    assert.deepEqual(
      [rule.restrictsPushes, rule.requiresLinearHistory, rule.allowsDeletions],
      [true, false, false],
    );
    const update =
      "mutation($input: UpdateBranchProtectionRuleInput!) { updateBranchProtectionRule(input: $input) { branchProtectionRule { id } } }";
    await query(update, { input: { branchProtectionRuleId: id, requiresLinearHistory: true } });
    assert.equal((await read()).requiresLinearHistory, true);
    const find = `query($id: ID!, $first: Int!, $cursor: String) { node(id: $id) { ... on Repository { id
      branchProtectionRules(first: $first, after: $cursor) { nodes { id pattern } pageInfo { endCursor hasNextPage } } } } }`;
    const found = await query(find, { id: data.repository.id, first: 100, cursor: null });
    assert.deepEqual(found.data.node.branchProtectionRules.nodes, [{ id, pattern: "main" }]);
    const remove =
      "mutation($input: DeleteBranchProtectionRuleInput!) { deleteBranchProtectionRule(input: $input) { clientMutationId } }";
    assert.equal((await query(remove, { input: { branchProtectionRuleId: id } })).errors, undefined);
    const gone = await query("query($id: ID!) { node(id: $id) { id } }", { id });
    assert.match(gone.errors[0].message, /^Could not resolve to a node with the global id of/);
  });

  it("refuse in the body: wrong fields, unknown people, a user's push restrictions, who does not administer", async (t) => {
    const { on, query } = await plugin(t);
    assert.match((await query("{ viewer { nothing } }")).errors[0].message, /Cannot query field "nothing"/);
    const unknown = await query('{ user(login: "nobody") { id } }');
    assert.equal(unknown.errors[0].type, "NOT_FOUND");
    const { repository, viewer } = (
      await query('{ viewer { id } repository(owner: "Basilakis", name: "kai") { id } }')
    ).data;
    const create =
      "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { clientMutationId } }";
    const input = { repositoryId: repository.id, pattern: "main" };
    const restricted = await query(create, {
      input: { ...input, restrictsPushes: true, pushActorIds: [viewer.id] },
    });
    assert.match(
      restricted.errors[0].message,
      /Only organization repositories can have users and team restrictions/,
    );
    const other = await on.raw("POST /graphql", {
      token: String(on.server.tokens["eleni-dev"]),
      body: { query: create, variables: { input } },
    });
    assert.equal(other.body.errors[0].type, "FORBIDDEN");
    const anonymous = await on.raw("POST /graphql", { token: null, body: { query: "{ viewer { login } }" } });
    assert.equal(anonymous.status, 401);
  });
});
