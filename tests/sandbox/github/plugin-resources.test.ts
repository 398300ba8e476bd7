/**
 * More requests of the real github plugin 6.15.0, recorded with the plugin on this simulation: for the resources that the
 * program does not use and other configurations do. In order: made, read, read again without a change, deleted.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import sodium from "libsodium-wrappers";
import { served } from "./support.ts";

/** One resource: what is sent, what the plugin compares with what it sent, and how it is taken away. */
interface Recorded {
  make: [request: string, body: unknown];
  /** Where it is read; the id or number of what was made takes the place of `{}`. */
  read: string;
  /** What the answer must hold for a second `up` without changes. */
  holds: Record<string, unknown>;
  /** Absent: it is set back, not deleted. */
  remove?: string;
}

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm";

const RESOURCES: Record<string, Recorded> = {
  IssueLabel: {
    make: ["POST labels", { name: "prio:high", color: "FF0000", description: "d" }],
    read: "labels/prio:high",
    holds: { name: "prio:high", color: "FF0000", description: "d" },
    remove: "labels/prio:high",
  },
  RepositoryMilestone: {
    make: [
      "POST milestones",
      { state: "open", title: "M1", description: "d", due_on: "2030-01-01T23:39:00Z" },
    ],
    read: "milestones/{}",
    holds: { title: "M1", description: "d", state: "open", due_on: "2030-01-01T00:00:00Z" },
    remove: "milestones/{}",
  },
  Issue: {
    make: ["POST issues", { title: "Drift", body: "b", labels: ["bug"], assignees: ["Basilakis"] }],
    read: "issues/{}",
    holds: { title: "Drift", body: "b", state: "open" },
  },
  RepositoryWebhook: {
    make: [
      "POST hooks",
      {
        name: "web",
        config: { content_type: "json", insecure_ssl: "0", url: "https://hook.example/1", secret: "s" },
        events: ["push", "pull_request"],
        active: false,
      },
    ],
    read: "hooks/{}",
    // The secret is never shown again; the plugin keeps its own.
    holds: {
      active: false,
      events: ["push", "pull_request"],
      config: { content_type: "json", insecure_ssl: "0", url: "https://hook.example/1", secret: "********" },
    },
    remove: "hooks/{}",
  },
  RepositoryAutolinkReference: {
    make: [
      "POST autolinks",
      { key_prefix: "TICKET-", url_template: "https://t.example/<num>", is_alphanumeric: true },
    ],
    read: "autolinks/{}",
    holds: { key_prefix: "TICKET-", url_template: "https://t.example/<num>", is_alphanumeric: true },
    remove: "autolinks/{}",
  },
  RepositoryDeployKey: {
    make: ["POST keys", { key: KEY, title: "key", read_only: true }],
    read: "keys/{}",
    holds: { key: KEY, title: "key", read_only: true },
    remove: "keys/{}",
  },
  Release: {
    make: [
      "POST releases",
      {
        tag_name: "r1",
        target_commitish: "main",
        name: "R1",
        body: "notes",
        draft: false,
        prerelease: false,
        generate_release_notes: false,
      },
    ],
    read: "releases/{}",
    holds: { tag_name: "r1", target_commitish: "main", name: "R1", body: "notes", draft: false },
    remove: "releases/{}",
  },
  RepositoryPages: {
    make: ["POST pages", { build_type: "legacy", source: { branch: "main" } }],
    read: "pages",
    holds: { build_type: "legacy", source: { branch: "main", path: "/" } },
    remove: "pages",
  },
  ActionsRepositoryOidcSubjectClaimCustomizationTemplate: {
    make: [
      "PUT actions/oidc/customization/sub",
      { use_default: false, include_claim_keys: ["repo", "context"] },
    ],
    read: "actions/oidc/customization/sub",
    holds: { use_default: false, include_claim_keys: ["repo", "context"] },
  },
};

const R = "/api/v3/repos/Basilakis/kai";

describe("resources of the github plugin", () => {
  for (const [name, { make, read, holds, remove }] of Object.entries(RESOURCES)) {
    it(name, async (t) => {
      const { raw } = await served(t);
      const [request, body] = make;
      const made = await raw(request.replace(" ", ` ${R}/`), { body });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const { id, number } = made.body;
      const at = (path: string) =>
        `${R}/${path.replace("{}", String(path.includes("hooks") ? id : (number ?? id)))}`;
      const first = await raw(`GET ${at(read)}`);
      assert.equal(first.status, 200);
      for (const [member, value] of Object.entries(holds))
        assert.deepEqual(first.body[member], value, member);
      const etag = String(first.headers.get("etag"));
      assert.equal((await raw(`GET ${at(read)}`, { headers: { "If-None-Match": etag } })).status, 304);
      if (remove === undefined) return;
      assert.equal((await raw(`DELETE ${at(remove)}`)).status, 204);
      assert.equal((await raw(`GET ${at(read)}`)).status, 404);
    });
  }

  it("IssueLabels takes away the labels that a new repository has", async (t) => {
    const { raw } = await served(t);
    const { body: labels } = await raw(`GET ${R}/labels?per_page=100`);
    assert.equal(labels.length, 9);
    for (const { name } of labels)
      assert.equal((await raw(`DELETE ${R}/labels/${encodeURIComponent(name)}`)).status, 204);
    assert.equal((await raw(`POST ${R}/labels`, { body: { name: "one", color: "00ff00" } })).status, 201);
    const { body: left } = await raw(`GET ${R}/labels?per_page=100`);
    assert.deepEqual(
      left.map(({ name }: { name: string }) => name),
      ["one"],
    );
  });

  it("Issue is closed and forgotten by destroy, and shares its numbers with pull requests", async (t) => {
    const { raw, as } = await served(t);
    const { body: issue } = await raw(`POST ${R}/issues`, { body: { title: "one" } });
    const { body } = await raw(`PATCH ${R}/issues/${issue.number}`, { body: { state: "closed" } });
    assert.deepEqual([body.state, body.closed_by.login], ["closed", "Basilakis"]);
    const { data: main } = await as().git.getRef({ owner: "Basilakis", repo: "kai", ref: "heads/main" });
    const content = { owner: "Basilakis", repo: "kai", path: "x", message: "x", content: "eA==" };
    await as().git.createRef({ owner: "Basilakis", repo: "kai", ref: "refs/heads/x", sha: main.object.sha });
    await as().repos.createOrUpdateFileContents({ ...content, branch: "x" });
    const pull = { owner: "Basilakis", repo: "kai", title: "x", head: "x", base: "main" };
    assert.equal((await as().pulls.create(pull)).data.number, issue.number + 1);
  });

  it("ActionsRepositoryPermissions: the chosen actions after the choice", async (t) => {
    const { raw } = await served(t);
    const chosen = { github_owned_allowed: true, verified_allowed: false, patterns_allowed: ["actions/*"] };
    const settings = { enabled: true, allowed_actions: "selected", sha_pinning_required: true };
    assert.equal((await raw(`PUT ${R}/actions/permissions`, { body: settings })).status, 204);
    assert.equal((await raw(`PUT ${R}/actions/permissions/selected-actions`, { body: chosen })).status, 204);
    const { body } = await raw(`GET ${R}/actions/permissions`);
    assert.deepEqual(
      [body.enabled, body.allowed_actions, body.sha_pinning_required],
      [true, "selected", true],
    );
    assert.deepEqual((await raw(`GET ${R}/actions/permissions/selected-actions`)).body, chosen);
  });

  for (const app of ["dependabot", "codespaces"]) {
    it(`secrets of ${app} lie apart from those of Actions`, async (t) => {
      await sodium.ready;
      const { raw, world } = await served(t);
      await putSecret(raw, "actions", "for Actions");
      await putSecret(raw, app, `for ${app}`);
      assert.equal((await raw(`GET ${R}/${app}/secrets/TOKEN`)).body.name, "TOKEN");
      assert.deepEqual(Object.values(world.vault.data).sort(), ["for Actions", `for ${app}`]);
      assert.equal((await raw(`DELETE ${R}/${app}/secrets/TOKEN`)).status, 204);
      assert.deepEqual(Object.values(world.vault.data), ["for Actions"]);
    });
  }

  it("Repository from a template has its files, a history of its own, and names it in every answer", async (t) => {
    const { raw } = await served(t);
    await raw(`PATCH ${R}`, { body: { is_template: true } });
    const body = {
      name: "new",
      owner: "Basilakis",
      description: "",
      include_all_branches: false,
      private: true,
    };
    assert.equal((await raw(`POST ${R}/generate`, { body })).status, 201);
    const { body: made } = await raw("GET /api/v3/repos/Basilakis/new");
    assert.deepEqual([made.template_repository.full_name, made.private], ["Basilakis/kai", true]);
    assert.equal((await raw("GET /api/v3/repos/Basilakis/new/contents/README.md")).status, 200);
    const { body: commits } = await raw("GET /api/v3/repos/Basilakis/new/commits");
    assert.deepEqual([commits.length, commits[0].parents.length], [1, 0]);
  });

  it("BranchProtectionV3: checks alone, signatures by a request of their own", async (t) => {
    const on = await served(t);
    on.organizationRepository();
    const B = "/api/v3/repos/kai-platform/kai/branches/main/protection";
    const body = {
      required_status_checks: { strict: true, checks: [{ context: "ci/build" }] },
      required_pull_request_reviews: {
        bypass_pull_request_allowances: { users: ["Basilakis"], teams: [], apps: [] },
        dismissal_restrictions: { users: ["Basilakis"] },
        dismiss_stale_reviews: true,
        require_code_owner_reviews: false,
        required_approving_review_count: 2,
        require_last_push_approval: true,
      },
      enforce_admins: false,
      restrictions: { users: ["eleni-dev"], teams: [], apps: [] },
      required_conversation_resolution: true,
    };
    assert.equal((await on.raw(`PUT ${B}`, { body })).status, 200);
    assert.equal((await on.raw(`POST ${B}/required_signatures`)).status, 200);
    const { body: rule } = await on.raw(`GET ${B}`);
    const logins = ({ users }: { users: { login: string }[] }) => users.map(({ login }) => login);
    const reviews = rule.required_pull_request_reviews;
    assert.deepEqual(logins(reviews.dismissal_restrictions), ["Basilakis"]);
    assert.deepEqual(logins(reviews.bypass_pull_request_allowances), ["Basilakis"]);
    assert.deepEqual(logins(rule.restrictions), ["eleni-dev"]);
    assert.deepEqual([rule.required_signatures.enabled, rule.required_status_checks.strict], [true, true]);
  });
});

describe("the github plugin's resources for teams", () => {
  it("by numbers, as it asks: a team gives its people its role, its children's too, and ends with itself", async (t) => {
    const on = await served(t);
    const { raw } = on;
    const record = on.organizationRepository();
    record.collaborators = [];
    const { body: team } = await raw("POST /api/v3/orgs/kai-platform/teams", {
      body: {
        name: "Devs",
        description: "d",
        privacy: "closed",
        notification_setting: "notifications_enabled",
      },
    });
    const { body: child } = await raw("POST /api/v3/orgs/kai-platform/teams", {
      body: { name: "Kids", parent_team_id: team.id },
    });
    assert.deepEqual([team.slug, team.members_count, child.parent.id], ["devs", 1, team.id]);
    const T = `/api/v3/organizations/${team.organization.id}/team`;
    const role = async (login: string) =>
      (await raw(`GET /api/v3/repos/kai-platform/kai/collaborators/${login}/permission`)).body.role_name;
    await raw(`PUT ${T}/${team.id}/memberships/eleni-dev`, { body: { role: "member" } });
    await raw(`PUT ${T}/${child.id}/memberships/nikos-ops`, { body: { role: "maintainer" } });
    assert.deepEqual([await role("eleni-dev"), await role("nikos-ops")], ["read", "read"]);
    const repository = `${T}/${team.id}/repos/kai-platform/kai`;
    assert.equal((await raw(`PUT ${repository}`, { body: { permission: "push" } })).status, 204);
    const headers = { Accept: "application/vnd.github.v3.repository+json" };
    assert.equal((await raw(`GET ${repository}`, { headers })).body.permissions.push, true);
    assert.deepEqual([await role("eleni-dev"), await role("nikos-ops")], ["write", "write"]);
    assert.equal((await raw(`DELETE ${T}/${team.id}`)).status, 204);
    assert.equal((await raw(`GET ${T}/${child.id}`)).status, 404);
    assert.deepEqual([await role("eleni-dev"), await role("nikos-ops")], ["read", "read"]);
  });

  it("a team reviews an environment, and only owners of the organization change teams", async (t) => {
    const on = await served(t);
    on.organizationRepository();
    const { body: team } = await on.raw("POST /orgs/kai-platform/teams", { body: { name: "Devs" } });
    const path = "/repos/kai-platform/kai/environments/prod";
    await on.raw(`PUT ${path}`, { body: { reviewers: [{ type: "Team", id: team.id }] } });
    const [rule] = (await on.raw(`GET ${path}`)).body.protection_rules;
    assert.deepEqual(
      [rule.reviewers[0].type, rule.reviewers[0].reviewer.id, rule.reviewers[0].reviewer.slug],
      ["Team", team.id, "devs"],
    );
    const token = String(on.server.tokens["eleni-dev"]);
    const refused = await on.raw("POST /orgs/kai-platform/teams", { body: { name: "Mine" }, token });
    assert.equal(refused.status, 403);
  });
});

type Raw = Awaited<ReturnType<typeof served>>["raw"];

async function putSecret(raw: Raw, app: string, value: string): Promise<void> {
  const { body: key } = await raw(`GET ${R}/${app}/secrets/public-key`);
  const sealed = sodium.crypto_box_seal(value, Buffer.from(key.key, "base64"));
  const box = { key_id: key.key_id, encrypted_value: Buffer.from(sealed).toString("base64") };
  assert.equal((await raw(`PUT ${R}/${app}/secrets/TOKEN`, { body: box })).status, 201);
}
