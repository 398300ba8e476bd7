/** People with access to a repository (docs.github.com/rest/collaborators/collaborators). */
import type { RoleName } from "../../github/documents.ts";
import { type GitHub, refuse } from "./client.ts";
import type { CollaboratorDocument } from "./store.ts";

const ROLES: Record<string, RoleName> = {
  pull: "read",
  triage: "triage",
  push: "write",
  maintain: "maintain",
  admin: "admin",
};

/**
 * `PUT …/collaborators/{login}`. The invitation counts as accepted at once. @param permission of organizations'
 * repositories only; on a user's repository every collaborator may write (permission-levels-for-a-personal-account-repository)
 */
export function addCollaborator(
  github: GitHub,
  name: string,
  login: string,
  permission = "push",
): CollaboratorDocument {
  const request = `PUT ${github.path(name)}/collaborators/${login}`;
  const record = github.writable(name, request, "administration");
  const person = github.account(login) ?? refuse(request, 404, "Not Found");
  const isUserOwned = record.repository.owner.type === "User";
  if (isUserOwned && person.login === record.repository.owner.login) {
    refuse(request, 422, "Repository owner cannot be a collaborator");
  }
  const role = isUserOwned
    ? "write"
    : (ROLES[permission] ?? refuse(request, 422, `Invalid permission "${permission}"`));
  const present = record.collaborators.find((one) => one.id === person.id);
  const collaborator = present ?? { login: person.login, id: person.id, role_name: role };
  collaborator.role_name = role;
  if (!present) record.collaborators.push(collaborator);
  github.changed(record);
  return collaborator;
}

/** `DELETE …/collaborators/{login}`: also who is none is answered with 204. */
export function removeCollaborator(github: GitHub, name: string, login: string): void {
  const request = `DELETE ${github.path(name)}/collaborators/${login}`;
  const record = github.writable(name, request, "administration");
  record.collaborators = record.collaborators.filter(
    (one) => one.login.toLowerCase() !== login.toLowerCase(),
  );
  github.changed(record);
}
