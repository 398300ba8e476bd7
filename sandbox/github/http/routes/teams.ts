/** Teams of organizations, their people and repositories; membership of the organization. */
import type { RoleName } from "../../../../github/documents.ts";
import { refuse } from "../../client.ts";
import type { AccountDocument } from "../../store.ts";
import {
  createTeam,
  deleteTeam,
  editTeam,
  findTeam,
  ownOrganization,
  type TeamDocument,
} from "../../teams.ts";
import { simpleUser } from "../bodies/accounts.ts";
import { permissions, repositoryBody } from "../bodies/repositories.ts";
import { fullTeam, teamBody, WORDS } from "../bodies/teams.ts";
import { type Call, changes, created, guards, list, nothing, ok, R, type Routes } from "../route.ts";

const TEAMS = "/orgs/{org}/teams";
const TEAM = `${TEAMS}/{team_slug}`;

function orgOf({ github, params }: Call): AccountDocument {
  const account = github.account(params.org ?? params.owner ?? "");
  return account?.type === "Organization" ? account : refuse(`GET /orgs/${params.org}`, 404, "Not Found");
}

function teamOf(call: Call): TeamDocument {
  const { org, team_slug = "" } = call.params;
  const account = orgOf(call);
  const request = `GET /orgs/${org}/teams/${team_slug}`;
  // docs.github.com/rest/teams: who is no member of the organization sees none.
  if (account.members?.[call.github.login] === undefined) refuse(request, 404, "Not Found");
  return findTeam(account, team_slug, request);
}

/** The team for a change by an owner of the organization. */
function changedTeam(call: Call, method: string): TeamDocument {
  ownOrganization(call.github, call.params.org ?? "", `${method} /orgs/${call.params.org}/teams`);
  return teamOf(call);
}

function full(call: Call, team: TeamDocument): unknown {
  return fullTeam(call.github, call.links, orgOf(call), team);
}

function membership(call: Call, team: TeamDocument) {
  const { username = "" } = call.params;
  const login = call.github.account(username)?.login ?? "";
  const role = team.members[login] ?? refuse(`GET ${team.slug}/memberships/${username}`, 404, "Not Found");
  return ok({
    url: `${teamBody(call.links, orgOf(call), team).url}/memberships/${login}`,
    role,
    state: "active",
  });
}

/** The person that a request names; an invitation counts as accepted at once. */
function personOf({ github, params }: Call, request: string): string {
  return github.account(params.username ?? "")?.login ?? refuse(request, 404, "Not Found");
}

function repositoryOf({ github, params }: Call) {
  return github.ofOwner(params.owner ?? "").repository(params.repo ?? "");
}

const ROLES = Object.fromEntries(Object.entries(WORDS).map(([role, word]) => [word, role])) as Record<
  string,
  RoleName
>;

const people: Routes = {
  [`GET ${TEAM}/members`]: guards("members", (call) => {
    const { github, links, query } = call;
    const found = Object.entries(teamOf(call).members).filter(
      ([, role]) => (query.role ?? "all") === "all" || role === query.role,
    );
    return list(found.map(([login]) => simpleUser(github, links, login)));
  }),
  [`GET ${TEAM}/memberships/{username}`]: guards("members", (call) => membership(call, teamOf(call))),
  [`PUT ${TEAM}/memberships/{username}`]: changes("members", (call) => {
    const team = changedTeam(call, "PUT");
    const login = personOf(call, "PUT /orgs/teams/memberships");
    const { members = {} } = orgOf(call);
    members[login] ??= "member";
    team.members[login] = call.body?.role ?? "member";
    call.github.save();
    return membership(call, team);
  }),
  [`DELETE ${TEAM}/memberships/{username}`]: changes("members", (call) => {
    delete changedTeam(call, "DELETE").members[personOf(call, "DELETE /orgs/teams/memberships")];
    call.github.save();
    return nothing;
  }),
};

const repositories: Routes = {
  [`GET ${TEAM}/repos`]: guards("members", (call) => {
    const { github, links } = call;
    const team = teamOf(call);
    const found = Object.values(github.data.repositories).filter(
      ({ repository }) => repository.id in team.repositories,
    );
    return list(found.map((record) => repositoryBody(github, links, record)));
  }),
  [`GET ${TEAM}/repos/{owner}/{repo}`]: guards("members", (call) => {
    const { github, links, accept } = call;
    const record = repositoryOf(call);
    const role = teamOf(call).repositories[record.repository.id];
    if (!role) refuse("GET /orgs/teams/repos", 404, "Not Found");
    // OpenAPI, teams/check-permissions-for-repo-in-org: the body is answered to this media type alone.
    if (!accept.includes("repository+json")) return nothing;
    return ok({ ...repositoryBody(github, links, record), permissions: permissions(role), role_name: role });
  }),
  [`PUT ${TEAM}/repos/{owner}/{repo}`]: changes("members", (call) => {
    const team = changedTeam(call, "PUT");
    const { permission = "push" } = call.body ?? {};
    const role =
      ROLES[permission] ?? refuse("PUT /orgs/teams/repos", 422, `Invalid permission "${permission}"`);
    team.repositories[repositoryOf(call).repository.id] = role;
    call.github.save();
    return nothing;
  }),
  [`DELETE ${TEAM}/repos/{owner}/{repo}`]: changes("members", (call) => {
    delete changedTeam(call, "DELETE").repositories[repositoryOf(call).repository.id];
    call.github.save();
    return nothing;
  }),
  [`GET ${R}/teams`]: guards("administration", (call) => {
    const { id, owner } = call.record().repository;
    const teams = call.github.account(owner.login)?.teams ?? [];
    return list(
      teams
        .filter(({ repositories: roles }) => roles[id])
        .map((team) => teamBody(call.links, orgOf(call), team, team.repositories[id])),
    );
  }),
};

export const teamRoutes: Routes = {
  [`GET ${TEAMS}`]: guards("members", (call) =>
    list((orgOf(call).teams ?? []).map((team) => teamBody(call.links, orgOf(call), team))),
  ),
  [`POST ${TEAMS}`]: changes("members", (call) =>
    created(full(call, createTeam(call.github, call.params.org ?? "", call.body))),
  ),
  [`GET ${TEAM}`]: guards("members", (call) => ok(full(call, teamOf(call)))),
  [`PATCH ${TEAM}`]: changes("members", (call) => {
    const { org = "", team_slug = "" } = call.params;
    return ok(full(call, editTeam(call.github, org, team_slug, call.body)));
  }),
  [`DELETE ${TEAM}`]: changes("members", (call) => {
    deleteTeam(call.github, call.params.org ?? "", call.params.team_slug ?? "");
    return nothing;
  }),
  ...people,
  ...repositories,
};
