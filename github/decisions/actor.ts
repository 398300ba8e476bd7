/** Who acts, and what they may bypass. */
import type { RoleName, Ruleset } from "../documents.ts";

/** A login; an app's ends in `[bot]`. */
export type Login = string;

/** Somebody who pushes, merges or deletes. */
export interface Actor {
  login: Login;
  /** Of a person or an organization; absent: it is on no bypass list. */
  id?: number;
  role: RoleName | undefined;
  /** The app, where a token is an app's. */
  app?: { id: number };
  /** Whether they own the organization that owns the repository; "unknown" where that cannot be seen. */
  ownsOrganization?: boolean | "unknown";
  /** Whether it is the token's own user, to whom GitHub tells what they may bypass. */
  isAsking?: true;
}

/** Whether a role may push. */
export function canWrite(name: string | undefined): boolean {
  return name === "admin" || name === "maintain" || name === "write";
}

/** Ids of the built-in roles in bypass lists (OpenAPI, repository-ruleset-bypass-actor). */
const ROLE_IDS: Record<number, RoleName> = { 2: "maintain", 4: "write", 5: "admin" };

/**
 * Whether somebody stands on a ruleset's bypass list. OpenAPI, repository-ruleset-bypass-actor: `always` and `exempt`
 * lift the rules everywhere, `pull_request` from merges.
 * @returns "unknown" where the list is hidden, or names a team, whose members are not known here
 */
export function bypasses(
  ruleset: Pick<Ruleset, "bypass_actors" | "current_user_can_bypass">,
  actor: Actor,
  isMerge: boolean,
): boolean | "unknown" {
  if (!ruleset.bypass_actors) return toldBypass(ruleset.current_user_can_bypass, actor, isMerge);
  const found = ruleset.bypass_actors
    .filter(({ bypass_mode }) => bypass_mode !== "pull_request" || isMerge)
    .map(({ actor_type, actor_id }) => isMeant(actor_type, actor_id, actor));
  if (found.includes(true)) return true;
  return found.includes("unknown") && "unknown";
}

function toldBypass(
  told: Ruleset["current_user_can_bypass"],
  { isAsking }: Actor,
  isMerge: boolean,
): boolean | "unknown" {
  if (!isAsking || told === undefined) return "unknown";
  return told === "always" || told === "exempt" || (told === "pull_requests_only" && isMerge);
}

function isMeant(type: string, id: number | null, actor: Actor): boolean | "unknown" {
  if (type === "Integration") return actor.app?.id === id;
  if (actor.app) return false;
  if (type === "RepositoryRole") return isRole(id, actor);
  if (type === "OrganizationAdmin") return actor.ownsOrganization ?? false;
  // Members of a team have at least its role, so who may not write is in none that could bypass to write.
  if (type === "Team") return canWrite(actor.role) && "unknown";
  if (type === "User") return actor.id !== undefined && actor.id === id;
  // A key is nobody; whom other types mean (an Enterprise's owners) is not shown to its organizations.
  return type !== "DeployKey" && "unknown";
}

/** Exactly that role (open.ts). A role beyond the built-in ones is an Enterprise's own. */
function isRole(id: number | null, { role }: Actor): boolean | "unknown" {
  const named = ROLE_IDS[id ?? 0];
  return named ? named === role : role !== undefined && "unknown";
}
