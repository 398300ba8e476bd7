/** Who may read what. */
import { canWrite } from "../../../github/decisions/actor.ts";
import { type GitHub, refuse } from "../client.ts";
import type { Needs } from "./route.ts";

/**
 * Reading needs a right where it is not public, and a role where it is not for everybody: docs.github.com/rest, "must have
 * push access" for collaborators and secrets, "admin" for protection, keys and permissions of Actions.
 */
export function refuseUnreadable(github: GitHub, repository: string, needs: Needs, request: string): void {
  const record = github.repository(repository, request);
  if (needs.isPublic && !record.repository.private) return;
  github.need(request, needs.permission, "read");
  if (needs.isPublic || github.grant?.app) return;
  const role = github.roleIn(record);
  if (needs.permission === "administration" && role !== "admin") {
    refuse(request, 403, "Must have admin rights to Repository.");
  }
  if (!canWrite(role)) refuse(request, 403, "Must have push access to repository");
}
