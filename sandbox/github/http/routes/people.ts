/** Collaborators, deploy keys. */
import { refuse, roleOf } from "../../client.ts";
import { addCollaborator, removeCollaborator } from "../../collaborators.ts";
import { now } from "../../store.ts";
import type { DeployKeyDocument } from "../../work.ts";
import { simpleUser } from "../bodies/accounts.ts";
import { permissions } from "../bodies/repositories.ts";
import { type Call, changes, guards, list, nothing, ok, R, type Routes, shows } from "../route.ts";
import { shelf } from "../shelf.ts";

/** The interface's older word for each role. */
const OLDER: Record<string, string> = {
  read: "read",
  triage: "read",
  write: "write",
  maintain: "write",
  admin: "admin",
};

function keyBody({ links, record }: Call, key: DeployKeyDocument) {
  const url = `${links.api}/repos/${record().repository.full_name}/keys/${key.id}`;
  return { ...key, url, verified: true, added_by: null, last_used: null };
}

/** In an organization also its members, whose base permission is to read (docs.github.com/rest/collaborators). */
function everybody({ github, record, query }: Call): string[] {
  const { collaborators, repository } = record();
  const members = Object.keys(github.account(repository.owner.login)?.members ?? {});
  const direct = collaborators.map(({ login }) => login);
  if (query.affiliation === "outside") return direct.filter((login) => !members.includes(login));
  return [...new Set([...direct, ...(query.affiliation === "direct" ? [] : members)])];
}

const deployKeys = shelf<DeployKeyDocument>({
  path: `${R}/keys`,
  key: "key_id",
  permission: "administration",
  isPublic: false,
  all: (record) => record.deploy_keys,
  is: (key, id) => key.id === Number(id),
  make({ github, record, body }, request) {
    const { key, title = "", read_only = false } = body;
    if (record().deploy_keys.some((one) => one.key === key))
      refuse(request, 422, "Validation Failed", ["key is already in use"]);
    return { id: github.nextId(), key, title, read_only, created_at: now() };
  },
  body: keyBody,
});

export const peopleRoutes: Routes = {
  ...deployKeys,
  [`GET ${R}/collaborators`]: guards("metadata", (call) => {
    const { github, links } = call;
    const record = call.record();
    return list(
      everybody(call).map((login) => {
        const role = roleOf(github.data, record, login);
        return { ...simpleUser(github, links, login), role_name: role, permissions: permissions(role) };
      }),
    );
  }),
  [`GET ${R}/collaborators/{username}`]: shows("metadata", (call) => {
    const isOne = roleOf(call.github.data, call.record(), call.params.username ?? "") !== undefined;
    return isOne
      ? nothing
      : refuse(`GET ${call.github.path("")}`, 404, `${call.params.username} is not a user`);
  }),
  [`PUT ${R}/collaborators/{username}`]: changes("administration", ({ github, params, body }) => {
    addCollaborator(github, params.repo ?? "", params.username ?? "", body?.permission);
    return nothing;
  }),
  [`DELETE ${R}/collaborators/{username}`]: changes("administration", ({ github, params }) => {
    removeCollaborator(github, params.repo ?? "", params.username ?? "");
    return nothing;
  }),
  [`GET ${R}/collaborators/{username}/permission`]: shows("metadata", (call) => {
    const { github, links, params } = call;
    const account = github.account(params.username ?? "");
    if (!account) refuse(`GET ${github.path("")}`, 404, `${params.username} is not a user`);
    const role = roleOf(github.data, call.record(), account.login);
    const shown = role ?? (call.record().repository.private ? "none" : "read");
    const person = {
      ...simpleUser(github, links, account.login),
      role_name: shown,
      permissions: permissions(role),
    };
    return ok({ permission: OLDER[shown] ?? "none", role_name: shown, user: person });
  }),
  [`GET ${R}/invitations`]: guards("administration", () => list([])),
};
