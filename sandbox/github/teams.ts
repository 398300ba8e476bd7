/** Teams of organizations in the simulated GitHub (docs.github.com/rest/teams). */
import type { RoleName } from "../../github/documents.ts";
import { type GitHub, refuse } from "./client.ts";
import { type AccountDocument, now } from "./store.ts";

export interface TeamDocument {
  id: number;
  slug: string;
  name: string;
  description: string | null;
  privacy: "closed" | "secret";
  notification_setting: "notifications_enabled" | "notifications_disabled";
  /** The parent's id. */
  parent: number | null;
  members: Record<string, "member" | "maintainer">;
  /** Id of a repository → role that it gives. */
  repositories: Record<number, RoleName>;
  created_at: string;
  updated_at: string;
}

/** What `POST /orgs/{org}/teams` and `PATCH /orgs/{org}/teams/{slug}` take. */
export interface TeamRequest {
  name?: string;
  description?: string;
  privacy?: TeamDocument["privacy"];
  notification_setting?: TeamDocument["notification_setting"];
  parent_team_id?: number | null;
}

/** An organization for a change of its people; 403 for who does not own it. */
export function ownOrganization(github: GitHub, login: string, request: string): AccountDocument {
  const account = github.account(login);
  if (account?.type !== "Organization") refuse(request, 404, "Not Found");
  github.need(request, "members");
  if (account.members?.[github.login] !== "admin")
    refuse(request, 403, "You must be an organization owner or team maintainer to do this.");
  account.teams ??= [];
  return account;
}

/** A team by its slug. */
export function findTeam({ teams = [] }: AccountDocument, slug: string, request: string): TeamDocument {
  return teams.find((team) => team.slug === slug.toLowerCase()) ?? refuse(request, 404, "Not Found");
}

/** The address of a team's name: small letters, dashes between words. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** `POST /orgs/{org}/teams`: whoever makes it becomes its maintainer (OpenAPI, teams/create). */
export function createTeam(
  github: GitHub,
  login: string,
  wanted: TeamRequest & { name: string },
): TeamDocument {
  const request = `POST /orgs/${login}/teams`;
  const account = ownOrganization(github, login, request);
  const created = now();
  const parent = wanted.parent_team_id ?? null;
  const team: TeamDocument = {
    id: github.nextId(),
    slug: slugOf(wanted.name),
    name: wanted.name,
    description: wanted.description ?? null,
    // OpenAPI, teams/create: secret by default, closed for a nested team.
    privacy: wanted.privacy ?? (parent === null ? "secret" : "closed"),
    notification_setting: wanted.notification_setting ?? "notifications_enabled",
    parent,
    members: { [github.login]: "maintainer" },
    repositories: {},
    created_at: created,
    updated_at: created,
  };
  refuseWrong(account, team, request);
  account.teams?.push(team);
  github.save();
  return team;
}

/** `PATCH /orgs/{org}/teams/{slug}`: a new name is a new slug. */
export function editTeam(github: GitHub, login: string, slug: string, wanted: TeamRequest): TeamDocument {
  const request = `PATCH /orgs/${login}/teams/${slug}`;
  const account = ownOrganization(github, login, request);
  const team = findTeam(account, slug, request);
  const { parent_team_id: parent = team.parent, ...rest } = wanted;
  const next = { ...team, ...rest, parent, slug: slugOf(wanted.name ?? team.name) };
  refuseWrong(account, next, request);
  Object.assign(team, next, { updated_at: now() });
  github.save();
  return team;
}

function refuseWrong({ teams = [] }: AccountDocument, team: TeamDocument, request: string): void {
  if (teams.some(({ slug, id }) => slug === team.slug && id !== team.id))
    refuse(request, 422, "Validation Failed", ["Name must be unique for this org"]);
  if (team.parent !== null && !teams.some(({ id }) => id === team.parent))
    refuse(request, 422, "Validation Failed", ["parent_team_id is invalid"]);
}

/** `DELETE /orgs/{org}/teams/{slug}`: child teams go with it (OpenAPI, teams/delete-in-org). */
export function deleteTeam(github: GitHub, login: string, slug: string): void {
  const request = `DELETE /orgs/${login}/teams/${slug}`;
  const account = ownOrganization(github, login, request);
  const gone = new Set([findTeam(account, slug, request).id]);
  for (const { id, parent } of account.teams ?? []) if (parent !== null && gone.has(parent)) gone.add(id);
  account.teams = account.teams?.filter(({ id }) => !gone.has(id));
  github.save();
}

/** Roles of a repository that somebody's teams, and those above them, give. */
export function teamRoles(teams: readonly TeamDocument[], repository: number, login: string): RoleName[] {
  const mine = teams.filter(({ members }) => members[login] !== undefined);
  for (const { parent } of mine) {
    const above = teams.find(({ id }) => id === parent);
    if (above && !mine.includes(above)) mine.push(above);
  }
  return mine.flatMap(({ repositories }) => repositories[repository] ?? []);
}
