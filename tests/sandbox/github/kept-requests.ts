/** The contract's requests for what GitHub keeps and nothing decides about: issues, hooks, releases, switches. */
import sodium from "libsodium-wrappers";
import type { RawAnswer } from "./support.ts";

const R = "/repos/Basilakis/kai";

type Ask = (status: number, request: string, body?: unknown) => Promise<RawAnswer>;

export async function askKept(ask: Ask): Promise<void> {
  await labels(ask);
  await issues(ask);
  await integrations(ask);
  await releases(ask);
  await switches(ask);
  for (const app of ["dependabot", "codespaces"]) await secrets(ask, `${R}/${app}/secrets`);
  await ask(200, `PATCH ${R}`, { is_template: true });
  await ask(201, "POST /repos/Basilakis/kai/generate", { name: "copy", description: "x" });
  await ask(404, "POST /repos/Basilakis/copy/generate", { name: "copy-of-copy" });
}

async function labels(ask: Ask): Promise<void> {
  await ask(200, `GET ${R}/labels`);
  await ask(201, `POST ${R}/labels`, { name: "drift", color: "FF0000" });
  await ask(422, `POST ${R}/labels`, { name: "Drift" });
  await ask(200, `GET ${R}/labels/DRIFT`);
  await ask(200, `PATCH ${R}/labels/drift`, { new_name: "found drift", description: "x" });
  await ask(422, `PATCH ${R}/labels/bug`, { new_name: "found drift" });
  await ask(204, `DELETE ${R}/labels/found%20drift`);
  await ask(404, `GET ${R}/labels/found%20drift`);
  await ask(201, `POST ${R}/milestones`, { title: "M1", due_on: "2030-01-01T23:39:00Z" });
  await ask(200, `GET ${R}/milestones`);
  await ask(200, `GET ${R}/milestones/1`);
  await ask(200, `PATCH ${R}/milestones/1`, { state: "closed" });
}

async function issues(ask: Ask): Promise<void> {
  const wanted = { title: "Drift", labels: ["bug", "new one"], assignees: ["Basilakis"], milestone: 1 };
  const { body: issue } = await ask(201, `POST ${R}/issues`, wanted);
  const one = `${R}/issues/${issue.number}`;
  await ask(200, `GET ${R}/issues?state=all&labels=bug`);
  await ask(200, `GET ${one}`);
  await ask(200, `PATCH ${one}`, { state: "closed", state_reason: "not_planned" });
  await ask(422, `PATCH ${one}`, { milestone: 9 });
  await ask(200, `GET ${one}/labels`);
  await ask(200, `POST ${one}/labels`, { labels: ["question"] });
  await ask(200, `PUT ${one}/labels`, { labels: ["question", "wontfix"] });
  await ask(200, `DELETE ${one}/labels/wontfix`);
  const { body: comment } = await ask(201, `POST ${one}/comments`, { body: "first" });
  await ask(200, `GET ${one}/comments`);
  const below = `${R}/issues/comments/${comment.id}`;
  await ask(200, `GET ${below}`);
  await ask(200, `PATCH ${below}`, { body: "second" });
  await ask(204, `DELETE ${below}`);
  await ask(404, `GET ${below}`);
  await ask(204, `DELETE ${R}/milestones/1`);
}

async function integrations(ask: Ask): Promise<void> {
  const config = { url: "https://hook.example", content_type: "json", secret: "s" };
  const { body: hook } = await ask(201, `POST ${R}/hooks`, { name: "web", config, events: ["push"] });
  await ask(422, `POST ${R}/hooks`, { config, events: ["push"] });
  await ask(200, `GET ${R}/hooks`);
  await ask(200, `GET ${R}/hooks/${hook.id}`);
  await ask(200, `PATCH ${R}/hooks/${hook.id}`, { active: false });
  await ask(204, `DELETE ${R}/hooks/${hook.id}`);
  const link = { key_prefix: "KAI-", url_template: "https://t.example/<num>" };
  const { body: autolink } = await ask(201, `POST ${R}/autolinks`, link);
  await ask(422, `POST ${R}/autolinks`, link);
  await ask(200, `GET ${R}/autolinks`);
  await ask(200, `GET ${R}/autolinks/${autolink.id}`);
  await ask(204, `DELETE ${R}/autolinks/${autolink.id}`);
  await ask(404, `GET ${R}/pages`);
  await ask(201, `POST ${R}/pages`, { source: { branch: "main" } });
  await ask(409, `POST ${R}/pages`, { source: { branch: "main" } });
  await ask(200, `GET ${R}/pages`);
  await ask(204, `PUT ${R}/pages`, { build_type: "workflow" });
  await ask(204, `DELETE ${R}/pages`);
}

async function releases(ask: Ask): Promise<void> {
  const { body: release } = await ask(201, `POST ${R}/releases`, { tag_name: "r1" });
  await ask(422, `POST ${R}/releases`, { tag_name: "r1" });
  await ask(422, `POST ${R}/releases`, { tag_name: "r2", target_commitish: "nowhere" });
  await ask(200, `GET ${R}/git/ref/tags/r1`);
  await ask(200, `GET ${R}/releases`);
  await ask(200, `GET ${R}/releases/latest`);
  await ask(200, `GET ${R}/releases/tags/r1`);
  await ask(200, `GET ${R}/releases/${release.id}`);
  await ask(200, `PATCH ${R}/releases/${release.id}`, { prerelease: true });
  await ask(404, `GET ${R}/releases/latest`);
  await ask(204, `DELETE ${R}/releases/${release.id}`);
}

async function switches(ask: Ask): Promise<void> {
  const actions = `${R}/actions/permissions`;
  await ask(204, `PUT ${actions}`, { enabled: true, allowed_actions: "all" });
  await ask(409, `GET ${actions}/selected-actions`);
  await ask(204, `PUT ${actions}`, { enabled: true, allowed_actions: "selected" });
  await ask(204, `PUT ${actions}/selected-actions`, { patterns_allowed: ["actions/*"] });
  await ask(200, `GET ${actions}/selected-actions`);
  await ask(422, `PUT ${actions}/access`, { access_level: "user" });
  await ask(201, "POST /user/repos", { name: "hidden", private: true });
  await ask(204, "PUT /repos/Basilakis/hidden/actions/permissions/access", { access_level: "user" });
  await ask(200, `GET ${actions}/access`);
  const oidc = { use_default: false, include_claim_keys: ["repo", "context"] };
  await ask(201, `PUT ${R}/actions/oidc/customization/sub`, oidc);
  await ask(200, `GET ${R}/actions/oidc/customization/sub`);
  await ask(204, `DELETE ${R}/vulnerability-alerts`);
  await ask(422, `PUT ${R}/automated-security-fixes`);
  await ask(204, `PUT ${R}/vulnerability-alerts`);
  await ask(204, `PUT ${R}/automated-security-fixes`);
  await ask(200, `GET ${R}/automated-security-fixes`);
  await ask(204, `DELETE ${R}/automated-security-fixes`);
}

async function secrets(ask: Ask, base: string): Promise<void> {
  await sodium.ready;
  const { body: key } = await ask(200, `GET ${base}/public-key`);
  const sealed = sodium.crypto_box_seal("value", Buffer.from(key.key, "base64"));
  const box = { key_id: key.key_id, encrypted_value: Buffer.from(sealed).toString("base64") };
  await ask(201, `PUT ${base}/TOKEN`, box);
  await ask(204, `PUT ${base}/TOKEN`, box);
  await ask(200, `GET ${base}`);
  await ask(200, `GET ${base}/TOKEN`);
  await ask(204, `DELETE ${base}/TOKEN`);
}

export async function askTeams(ask: Ask): Promise<void> {
  const T = "/orgs/kai-platform/teams";
  const { body: team } = await ask(201, `POST ${T}`, { name: "Devs & Ops", privacy: "closed" });
  await ask(422, `POST ${T}`, { name: "devs ops" });
  await ask(201, `POST ${T}`, { name: "Kids", parent_team_id: team.id });
  await ask(404, "GET /orgs/octocat/teams");
  await ask(200, `GET ${T}`);
  await ask(200, `GET ${T}/kids`);
  await ask(200, `PATCH ${T}/devs-ops`, { name: "Devs" });
  await ask(404, `GET ${T}/devs-ops`);
  await ask(200, `PUT ${T}/devs/memberships/octocat`, { role: "maintainer" });
  await ask(200, `GET ${T}/devs/memberships/octocat`);
  await ask(200, `GET ${T}/devs/members?role=maintainer`);
  await ask(204, `DELETE ${T}/devs/memberships/octocat`);
  await ask(404, `GET ${T}/devs/memberships/octocat`);
  const repository = `${T}/devs/repos/kai-platform/kai`;
  await ask(204, `PUT ${repository}`, { permission: "maintain" });
  await ask(200, `GET ${T}/devs/repos`);
  await ask(204, `GET ${repository}`);
  await ask(200, "GET /repos/kai-platform/kai/teams");
  await ask(204, `DELETE ${repository}`);
  await ask(404, `GET ${repository}`);
  await ask(200, "PUT /orgs/kai-platform/memberships/octocat", { role: "member" });
  await ask(204, "DELETE /orgs/kai-platform/memberships/octocat");
  await ask(204, `DELETE ${T}/devs`);
  await ask(404, `GET ${T}/kids`);
}
