/** Users and organizations as the interface answers them. */
import type { GitHub } from "../../client.ts";
import { type AccountDocument, nodeId } from "../../store.ts";
import { type Links, userLinks } from "./links.ts";

type Body = Record<string, unknown>;

/** `simple-user`. A login that is no account is an app's: `github-actions[bot]`. */
export function simpleUser(github: GitHub, links: Links, login: string): Body {
  const account = github.account(login);
  // The Actions app's own user has this id.
  const id = account?.id ?? 41_898_282;
  return {
    login: account?.login ?? login,
    id,
    node_id: account?.node_id ?? nodeId("BOT", id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: "",
    url: `${links.api}/users/${encodeURIComponent(login)}`,
    html_url: `${links.html}/${encodeURIComponent(login)}`,
    ...userLinks(links, encodeURIComponent(login)),
    type: account?.type ?? "Bot",
    site_admin: false,
  };
}

/** `public-user`; the plan is shown to the user alone. */
export function user(github: GitHub, links: Links, account: AccountDocument, isOwn: boolean): Body {
  const owned = Object.values(github.data.repositories).filter(
    ({ repository }) => repository.owner.id === account.id,
  );
  const hidden = owned.filter(({ repository }) => repository.private).length;
  return {
    ...simpleUser(github, links, account.login),
    name: account.name,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: owned.length - hidden,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.created_at,
    updated_at: account.updated_at,
    ...(isOwn && {
      private_gists: 0,
      total_private_repos: hidden,
      owned_private_repos: hidden,
      disk_usage: 0,
      collaborators: 0,
      two_factor_authentication: true,
      plan: { name: account.plan.name, space: 976_562_499, collaborators: 0, private_repos: 10_000 },
    }),
  };
}

/** `organization-full`; the plan is shown to its owners. */
export function organization(github: GitHub, links: Links, account: AccountDocument): Body {
  const below = (path: string) => `${links.api}/orgs/${account.login}${path}`;
  const owned = Object.values(github.data.repositories).filter(
    ({ repository }) => repository.owner.id === account.id && !repository.private,
  );
  return {
    login: account.login,
    id: account.id,
    node_id: account.node_id,
    url: below(""),
    repos_url: below("/repos"),
    events_url: below("/events"),
    hooks_url: below("/hooks"),
    issues_url: below("/issues"),
    members_url: below("/members{/member}"),
    public_members_url: below("/public_members{/member}"),
    avatar_url: `https://avatars.githubusercontent.com/u/${account.id}?v=4`,
    description: null,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: owned.length,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${links.html}/${account.login}`,
    type: "Organization",
    created_at: account.created_at,
    updated_at: account.updated_at,
    archived_at: null,
    ...(account.members?.[github.login] === "admin" && {
      plan: {
        name: account.plan.name,
        space: 976_562_499,
        private_repos: 999_999,
        filled_seats: 1,
        seats: 5,
      },
    }),
  };
}
