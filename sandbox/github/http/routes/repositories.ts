/** Repositories and their settings. */
import { refuse } from "../../client.ts";
import { startFrom } from "../../initial.ts";
import {
  createRepository,
  deleteRepository,
  editRepository,
  type RepositorySettings,
} from "../../repositories.ts";
import { fullRepository } from "../bodies/repositories.ts";
import { type Call, changes, created, nothing, ok, R, type Routes, shows } from "../route.ts";

/** Members of the request that the simulation keeps; `private` and `visibility` say the same. */
function settings(body: Record<string, unknown>): RepositorySettings {
  const {
    private: isPrivate,
    team_id: _,
    security_and_analysis: __,
    custom_properties: ___,
    gitignore_template: ____,
    license_template: _____,
    use_squash_pr_title_as_default: ______,
    ...rest
  } = body;
  const visibility =
    rest.visibility ?? (isPrivate === undefined ? undefined : isPrivate ? "private" : "public");
  return { ...rest, ...(visibility !== undefined && { visibility }) } as RepositorySettings;
}

function create(call: Call) {
  const { body } = call;
  const record = createRepository(call.github, {
    ...settings(body),
    name: body.name,
    auto_init: body.auto_init === true,
  });
  return created(fullRepository(call.github, call.links, record));
}

const TEMPLATE = "/repos/{template_owner}/{template_repo}";

/** docs.github.com/rest/repos/repos#create-a-repository-using-a-template */
function generate({ github, links, params, body }: Call) {
  const { template_owner = "", template_repo = "" } = params;
  const template = github.ofOwner(template_owner).repository(template_repo);
  const request = `POST /repos/${template.repository.full_name}/generate`;
  if (!template.repository.is_template) refuse(request, 404, "Not Found");
  const own = github.ofOwner(body.owner ?? github.login);
  const { name, description, private: isPrivate = false } = body;
  const visibility = isPrivate ? "private" : "public";
  const record = createRepository(own, { name, visibility, ...(description && { description }) });
  startFrom(record, template, github.login, github.nextId());
  github.changed(record);
  return created(fullRepository(own, links, record));
}

export const repositoryRoutes: Routes = {
  "POST /user/repos": changes("administration", create),
  "POST /orgs/{org}/repos": changes("administration", (call) => {
    const org = call.github.account(call.params.org ?? "");
    const request = `POST /orgs/${call.params.org}/repos`;
    if (org?.type !== "Organization") refuse(request, 404, "Not Found");
    if (!org.members?.[call.github.login])
      refuse(request, 403, "You need admin access to the organization before adding a repository to it.");
    return create(call);
  }),
  [`POST ${TEMPLATE}/generate`]: changes("administration", generate),
  [`GET ${R}`]: shows("metadata", (call) => ok(fullRepository(call.github, call.links, call.record()))),
  [`PATCH ${R}`]: changes("administration", (call) => {
    const record = editRepository(call.github, call.params.repo ?? "", settings(call.body));
    return ok(fullRepository(call.github, call.links, record));
  }),
  [`DELETE ${R}`]: changes("administration", ({ github, params }) => {
    github.writable(params.repo ?? "", `DELETE ${github.path(params.repo ?? "")}`, "administration");
    // scopes-for-oauth-apps: `delete_repo` grants access to delete adminable repositories.
    if (github.grant?.scopes && !github.grant.scopes.includes("delete_repo")) {
      refuse(`DELETE ${github.path(params.repo ?? "")}`, 403, "Must have admin rights to Repository.");
    }
    deleteRepository(github, params.repo ?? "");
    return nothing;
  }),
  [`GET ${R}/topics`]: shows("metadata", (call) => ok({ names: call.record().repository.topics })),
  [`PUT ${R}/topics`]: changes("administration", (call) => {
    const record = editRepository(call.github, call.params.repo ?? "", { topics: call.body.names });
    return ok({ names: record.repository.topics });
  }),
};
