/** Teams as the interface answers them. */
import type { RoleName } from "../../../../github/documents.ts";
import type { GitHub } from "../../client.ts";
import { type AccountDocument, nodeId } from "../../store.ts";
import type { TeamDocument } from "../../teams.ts";
import { organization } from "./accounts.ts";
import type { Links } from "./links.ts";
import { permissions } from "./repositories.ts";

type Body = Record<string, unknown>;

/** The interface's word for a role that a team has in a repository. */
export const WORDS: Record<RoleName, string> = {
  read: "pull",
  triage: "triage",
  write: "push",
  maintain: "maintain",
  admin: "admin",
};

/** `team-simple` */
function simpleTeam(links: Links, account: AccountDocument, team: TeamDocument, role: RoleName): Body {
  const { id, slug, name, description, privacy, notification_setting } = team;
  const url = `${links.api}/organizations/${account.id}/team/${id}`;
  return {
    id,
    slug,
    name,
    description,
    privacy,
    notification_setting,
    node_id: nodeId("T", id),
    url,
    html_url: `${links.html}/orgs/${account.login}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    permission: WORDS[role],
    type: "organization",
    organization_id: account.id,
  };
}

/** `team` @param role the one that it has in the repository that is asked about */
export function teamBody(
  links: Links,
  account: AccountDocument,
  team: TeamDocument,
  role: RoleName = "read",
): Body {
  const above = account.teams?.find(({ id }) => id === team.parent);
  return {
    ...simpleTeam(links, account, team, role),
    permissions: permissions(role),
    parent: above ? simpleTeam(links, account, above, "read") : null,
  };
}

/** `team-full` */
export function fullTeam(github: GitHub, links: Links, account: AccountDocument, team: TeamDocument): Body {
  const { created_at, updated_at } = team;
  return {
    ...teamBody(links, account, team),
    members_count: Object.keys(team.members).length,
    repos_count: Object.keys(team.repositories).length,
    created_at,
    updated_at,
    organization: organization(github, links, account),
  };
}
