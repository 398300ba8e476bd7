/** Users, organizations and what is about the interface itself. */
import { refuse } from "../../client.ts";
import { ownOrganization } from "../../teams.ts";
import { organization, simpleUser, user } from "../bodies/accounts.ts";
import { repositoryBody } from "../bodies/repositories.ts";
import { type Answer, type Call, list, nothing, ok, type Routes } from "../route.ts";

function own(call: Call): string {
  return call.github.login || refuse("GET /user", 401, "Requires authentication");
}

/** docs.github.com/rest/orgs/orgs: a user is no organization; the github plugin tells them apart by this. */
function orgOf({ github, params }: Call) {
  const account = github.account(params.org ?? "");
  return account?.type === "Organization" ? account : refuse(`GET /orgs/${params.org}`, 404, "Not Found");
}

function membership(call: Call, login: string): Answer {
  const { github, links } = call;
  const org = orgOf(call);
  const role =
    org.members?.[login] ?? refuse(`GET /orgs/${org.login}/memberships/${login}`, 404, "Not Found");
  const body = organization(github, links, org);
  return ok({
    url: `${body.url}/memberships/${login}`,
    state: "active",
    role,
    organization_url: body.url,
    organization: body,
    user: simpleUser(github, links, login),
  });
}

function accountOf({ github, params }: Call) {
  return github.account(params.username ?? "") ?? refuse(`GET /users/${params.username}`, 404, "Not Found");
}

function keys(call: Call): Answer {
  accountOf(call);
  return list([]);
}

export const accountRoutes: Routes = {
  "GET /user": {
    run(call) {
      const account = call.github.account(own(call));
      // An app's token is no user's.
      if (!account) refuse("GET /user", 403, "Resource not accessible by integration");
      return ok(user(call.github, call.links, account, true));
    },
  },
  "GET /users/{username}": { run: (call) => ok(user(call.github, call.links, accountOf(call), false)) },
  // The provider's lookup of a user asks for both kinds of keys; nobody here has any.
  "GET /users/{username}/gpg_keys": { run: keys },
  "GET /users/{username}/keys": { run: keys },
  "GET /orgs/{org}": { run: (call) => ok(organization(call.github, call.links, orgOf(call))) },
  "GET /orgs/{org}/members/{username}": {
    run(call) {
      const isMember = orgOf(call).members?.[call.params.username ?? ""] !== undefined;
      return isMember ? nothing : refuse(`GET /orgs/${call.params.org}/members`, 404, "Not Found");
    },
  },
  "GET /orgs/{org}/memberships/{username}": { run: (call) => membership(call, call.params.username ?? "") },
  "PUT /orgs/{org}/memberships/{username}": {
    needs: { permission: "members", level: "write" },
    run(call) {
      const { org = "", username = "" } = call.params;
      const request = `PUT /orgs/${org}/memberships/${username}`;
      const account = ownOrganization(call.github, org, request);
      const { login } = accountOf(call);
      account.members = { ...account.members, [login]: call.body?.role ?? "member" };
      call.github.save();
      return membership(call, login);
    },
  },
  "DELETE /orgs/{org}/memberships/{username}": {
    needs: { permission: "members", level: "write" },
    run(call) {
      const { org = "", username = "" } = call.params;
      const account = ownOrganization(call.github, org, `DELETE /orgs/${org}/memberships/${username}`);
      const { login } = accountOf(call);
      if (account.members) delete account.members[login];
      for (const team of account.teams ?? []) delete team.members[login];
      call.github.save();
      return nothing;
    },
  },
  "GET /user/memberships/orgs/{org}": { run: (call) => membership(call, own(call)) },
  "GET /user/repos": {
    run(call) {
      const login = own(call);
      const records = Object.values(call.github.data.repositories).filter(
        (record) => call.github.roleIn(record) !== undefined,
      );
      return list(login ? records.map((record) => repositoryBody(call.github, call.links, record)) : []);
    },
  },
};
