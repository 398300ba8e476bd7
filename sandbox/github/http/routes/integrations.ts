/** What ties a repository to other services: webhooks, autolinks, Pages. Nothing is sent to them. */
import { refuse } from "../../client.ts";
import type { AutolinkDocument, HookDocument, PagesDocument } from "../../kept.ts";
import { now } from "../../store.ts";
import { apiOf } from "../bodies/git.ts";
import { type Answer, type Call, changes, created, guards, nothing, ok, R, type Routes } from "../route.ts";
import { shelf } from "../shelf.ts";

const hooks = shelf<HookDocument>({
  path: `${R}/hooks`,
  key: "hook_id",
  permission: "webhooks",
  isPublic: false,
  all: (record) => record.hooks,
  is: (hook, id) => hook.id === Number(id),
  make({ github, record, body }, request) {
    const config: HookDocument["config"] = { content_type: "form", insecure_ssl: "0", ...texts(body.config) };
    const { active = true, events = ["push"] } = body;
    const isSame = (hook: HookDocument) =>
      hook.config.url === config.url && hook.events.join() === events.join();
    if (record().hooks.some(isSame))
      refuse(request, 422, "Validation Failed", ["Hook already exists on this repository"]);
    return { id: github.nextId(), active, events, config, created_at: now(), updated_at: now() };
  },
  change(hook, { body }) {
    const { active = hook.active, events = hook.events, config } = body;
    // docs.github.com/rest/repos/webhooks: a secret that is left out is removed.
    const kept = { content_type: hook.config.content_type, insecure_ssl: hook.config.insecure_ssl };
    const next = config ? { ...kept, ...texts(config) } : hook.config;
    Object.assign(hook, { active, events, config: next, updated_at: now() });
  },
  body(call, hook) {
    const url = `${apiOf(call.place())}/hooks/${hook.id}`;
    const { secret, ...config } = hook.config;
    return {
      type: "Repository",
      name: "web",
      ...hook,
      config: { ...config, ...(secret && { secret: "********" }) },
      url,
      test_url: `${url}/test`,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      last_response: { code: null, status: "unused", message: null },
    };
  },
});

/** `insecure_ssl` may be a number. */
function texts(config: Record<string, unknown> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
}

const autolinks = shelf<AutolinkDocument>({
  path: `${R}/autolinks`,
  key: "autolink_id",
  permission: "administration",
  isPublic: false,
  all: (record) => record.autolinks,
  is: (link, id) => link.id === Number(id),
  make({ github, record, body }, request) {
    const { key_prefix, url_template, is_alphanumeric = true } = body;
    if (record().autolinks.some((link) => link.key_prefix === key_prefix))
      refuse(request, 422, "Validation Failed", ["key_prefix already_exists"]);
    if (!url_template.includes("<num>"))
      refuse(request, 422, "Validation Failed", ["url_template must contain <num>"]);
    return { id: github.nextId(), key_prefix, url_template, is_alphanumeric };
  },
  body: (_, link) => ({ ...link, updated_at: null }),
});

function pagesOf(call: Call): PagesDocument {
  return (
    call.record().pages ?? refuse(`GET ${call.github.path(call.params.repo ?? "")}/pages`, 404, "Not Found")
  );
}

function pagesBody(call: Call): unknown {
  const { build_type, source, cname } = pagesOf(call);
  const { repository } = call.record();
  return {
    url: `${apiOf(call.place())}/pages`,
    status: null,
    cname,
    custom_404: false,
    html_url: `https://${repository.owner.login.toLowerCase()}.github.io/${repository.name}/`,
    build_type,
    source,
    public: !repository.private,
    https_enforced: true,
    protected_domain_state: null,
    pending_domain_unverified_at: null,
  };
}

/** @param present what the request leaves out */
function setPages(
  call: Call,
  method: string,
  present: PagesDocument | null,
  answer: (body: unknown) => Answer,
) {
  const { github, params, body } = call;
  const request = `${method} ${github.path(params.repo ?? "")}/pages`;
  const record = github.writable(params.repo ?? "", request, "administration");
  const branch = record.repository.default_branch;
  const { build_type = "legacy", source = { branch, path: "/" }, cname = null } = { ...present, ...body };
  record.pages = { build_type, source: { path: "/", ...source }, cname };
  github.changed(record);
  return answer(pagesBody(call));
}

export const integrationRoutes: Routes = {
  ...hooks,
  ...autolinks,
  [`GET ${R}/pages`]: guards("administration", (call) => ok(pagesBody(call))),
  [`POST ${R}/pages`]: changes("administration", (call) => {
    const request = `POST ${call.github.path(call.params.repo ?? "")}/pages`;
    if (call.record().pages) refuse(request, 409, "GitHub Pages is already enabled.");
    return setPages(call, "POST", null, created);
  }),
  [`PUT ${R}/pages`]: changes("administration", (call) =>
    setPages(call, "PUT", pagesOf(call), () => nothing),
  ),
  [`DELETE ${R}/pages`]: changes("administration", (call) => {
    const { github, params } = call;
    const request = `DELETE ${github.path(params.repo ?? "")}/pages`;
    const record = github.writable(params.repo ?? "", request, "administration");
    pagesOf(call);
    record.pages = null;
    github.changed(record);
    return nothing;
  }),
};
