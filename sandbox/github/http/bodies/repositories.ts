/** Repositories as the interface answers them. */
import { canWrite } from "../../../../github/decisions/actor.ts";
import type { RoleName } from "../../../../github/documents.ts";
import type { GitHub } from "../../client.ts";
import type { RepositoryRecord } from "../../store.ts";
import { simpleUser } from "./accounts.ts";
import { type Links, repositoryLinks } from "./links.ts";

type Body = Record<string, unknown>;

/** `minimal-repository` */
export function minimalRepository(github: GitHub, links: Links, { repository }: RepositoryRecord): Body {
  const { id, node_id, name, full_name, description } = repository;
  return {
    id,
    node_id,
    name,
    full_name,
    owner: simpleUser(github, links, repository.owner.login),
    private: repository.private,
    html_url: `${links.html}/${full_name}`,
    description,
    fork: false,
    url: `${links.api}/repos/${full_name}`,
    ...repositoryLinks(links, full_name),
  };
}

/** `repository`, without what only the single answer has. */
export function repositoryBody(github: GitHub, links: Links, record: RepositoryRecord): Body {
  const { id: _, owner: __, homepage, ...settings } = record.repository;
  const { html } = links;
  const { full_name } = settings;
  const open = [...record.issues, ...record.pulls].filter(({ state }) => state === "open").length;
  return {
    ...settings,
    ...minimalRepository(github, links, record),
    // GitHub answers an empty text and null alike; the description wants an address or null.
    homepage: homepage || null,
    git_url: `git://github.com/${full_name}.git`,
    ssh_url: `git@github.com:${full_name}.git`,
    clone_url: `${html}/${full_name}.git`,
    svn_url: `${html}/${full_name}`,
    mirror_url: null,
    language: null,
    license: null,
    has_pages: record.pages !== null,
    disabled: false,
    size: 0,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    pushed_at: settings.updated_at,
    ...(github.login && { permissions: permissions(github.roleIn(record)) }),
  };
}

/** `full-repository` */
export function fullRepository(github: GitHub, links: Links, record: RepositoryRecord): Body {
  const { owner } = record.repository;
  const template = github.data.repositories[record.template?.toLowerCase() ?? ""];
  return {
    ...repositoryBody(github, links, record),
    ...(template && { template_repository: repositoryBody(github, links, template) }),
    subscribers_count: 0,
    network_count: 0,
    ...(owner.type === "Organization" && { organization: simpleUser(github, links, owner.login) }),
  };
}

/** What a role may do, in the interface's words. */
export function permissions(role: RoleName | undefined): Record<string, boolean> {
  const isWriter = canWrite(role);
  return {
    admin: role === "admin",
    maintain: role === "admin" || role === "maintain",
    push: isWriter,
    triage: isWriter || role === "triage",
    pull: true,
  };
}
