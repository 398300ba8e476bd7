/** Who it is that wants to do something. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import { ACTIONS_APP_ID } from "../../pipeline/rules.ts";
import { type Actor, canWrite } from "../decisions/actor.ts";
import type { RoleName } from "../documents.ts";
import type { CollaboratorFacts, InventoryOf } from "../inventory/inventory.ts";
import type { GitHubError } from "../problems.ts";
import type { Reason } from "./answer.ts";

/** What is known of the people in a repository. */
export type People = InventoryOf<"collaborators" | "actions">;

/** Somebody, and whether they may write at all. */
export interface Person {
  actor: Actor;
  standing: Reason;
}

/** The widest first, with what GitHub calls it in permissions. */
const ROLES = [
  ["admin", "admin"],
  ["maintain", "maintain"],
  ["write", "push"],
  ["triage", "triage"],
  ["read", "pull"],
] as const satisfies readonly (readonly [RoleName, keyof NonNullable<CollaboratorFacts["permissions"]>])[];

/** The built-in role of somebody, or what their own is based on; undefined for a stranger, and where that is not shown. */
export function roleOf(
  { collaborators }: Pick<People, "collaborators">,
  login: string,
): RoleName | undefined {
  const found = collaborators.seen ? findPerson(collaborators.value, login) : undefined;
  return found && baseRole(found);
}

/** A built-in role, or the one that an organization's own is based on; undefined where that is not shown. */
export function baseRole({ role_name, permissions }: CollaboratorFacts): RoleName | undefined {
  const named = ROLES.find(([role]) => role === role_name);
  return (named ?? ROLES.find(([, permission]) => permissions?.[permission]))?.[0];
}

function findPerson(people: readonly CollaboratorFacts[], login: string): CollaboratorFacts | undefined {
  return people.find((person) => person.login.toLowerCase() === login.toLowerCase());
}

/**
 * @param asking whose token it is
 * @throws UserError where GitHub knows nobody of that name
 */
export async function findActor(
  github: Octokit,
  people: People,
  login: string,
  asking: string | undefined,
): Promise<Person> {
  const isAsking = login.toLowerCase() === asking?.toLowerCase();
  const found = login.endsWith("[bot]")
    ? await appOf(github, people, login)
    : await personOf(github, people, login, isAsking);
  return { ...found, actor: { ...found.actor, ...(isAsking && { isAsking }) } };
}

async function personOf(github: Octokit, people: People, login: string, isAsking: boolean): Promise<Person> {
  const account = await accountOf(github, login);
  const { collaborators, repository } = people;
  const actor: Actor = { login: account.login, id: account.id, role: roleOf(people, login) };
  if (repository.owner.type === "User" && repository.owner.id === account.id) {
    return {
      actor: { ...actor, role: "admin" },
      standing: may(`${account.login} owns the repository.`, "admin"),
    };
  }
  if (!collaborators.seen && isAsking) return ownRole(repository.permissions, actor);
  if (!collaborators.seen) {
    return { actor, standing: { verdict: "unseen", text: `Roles cannot be seen: ${collaborators.reason}` } };
  }
  const found = findPerson(collaborators.value, login);
  return { actor: await withOwnership(github, people, actor), standing: standingOf(account.login, found) };
}

/** What GitHub tells everybody about themselves. */
function ownRole({ admin, maintain, push }: People["repository"]["permissions"], actor: Actor): Person {
  const role = admin ? "admin" : maintain ? "maintain" : push ? "write" : undefined;
  if (!role) return { actor, standing: stranger(actor.login) };
  return { actor: { ...actor, role }, standing: may(`${actor.login} has the role ${role}.`, role) };
}

function standingOf(login: string, found: CollaboratorFacts | undefined): Reason {
  if (!found) return stranger(login);
  const { role_name: role } = found;
  const base = baseRole(found);
  const origin = { kind: "role", name: role } as const;
  if (base === undefined) {
    const text = `What the organization's own role "${role}" may do is not shown.`;
    return { verdict: "unseen", text, origin };
  }
  const named = base === role ? role : `${role}, which is based on ${base}`;
  if (canWrite(base)) return may(`${login} has the role ${named}.`, role);
  return {
    verdict: "forbids",
    text: `${login} has the role ${named}${base === role ? ", which" : " and"} may not write.`,
    origin,
    remedy: `An administrator gives ${login} the role write.`,
  };
}

function may(text: string, role: string): Reason {
  return { verdict: "allows", text, origin: { kind: "role", name: role } };
}

function stranger(login: string): Reason {
  return {
    verdict: "forbids",
    text: `${login} has no role in the repository.`,
    origin: { kind: "role", name: "none" },
    remedy: `An administrator invites ${login} with the role write.`,
  };
}

async function accountOf(github: Octokit, username: string): Promise<{ login: string; id: number }> {
  const { data } = await github.users.getByUsername({ username }).catch((error: GitHubError) => {
    if (error.status !== 404) throw error;
    throw new UserError(
      `GitHub knows no user "${username}". Write the login as it stands in the address of the profile; an app's ends in [bot].`,
      { cause: error },
    );
  });
  if (data.type !== "Organization") return data;
  throw new UserError(`${data.login} is an organization: it does nothing by itself. Name one of its people.`);
}

/** Owners of an organization are administrators everywhere in it; who else is one cannot be told by the role alone. */
async function withOwnership(github: Octokit, { repository }: People, actor: Actor): Promise<Actor> {
  if (repository.owner.type === "User" || actor.role !== "admin") return actor;
  const question = { org: repository.owner.login, username: actor.login };
  const ownsOrganization = await github.orgs.getMembershipForUser(question).then(
    ({ data }) => data.role === "admin",
    ({ status }: GitHubError) => (status === 404 ? false : ("unknown" as const)),
  );
  return { ...actor, ownsOrganization };
}

/** Whose token a job gets: the built-in app's. */
export const ACTIONS_LOGIN = "github-actions[bot]";

async function appOf(github: Octokit, { actions }: People, login: string): Promise<Person> {
  if (login !== ACTIONS_LOGIN) {
    const id = await appId(github, login.replace(/\[bot\]$/, ""));
    const text = `What the installation of ${login} may do is shown to the repository's owner alone, in the settings.`;
    return { actor: { login, role: undefined, app: { id } }, standing: { verdict: "unseen", text } };
  }
  const actor = { login, role: "write" as const, app: { id: ACTIONS_APP_ID } };
  if (!actions.seen) {
    const text = `Whether jobs may write cannot be seen: ${actions.reason}`;
    return { actor, standing: { verdict: "unseen", text } };
  }
  const { enabled, default_workflow_permissions: level } = actions.value;
  const origin = { kind: "repository", name: "settings of Actions" } as const;
  if (!enabled) {
    const text = "GitHub Actions is switched off in this repository.";
    return { actor, standing: { verdict: "forbids", text, origin } };
  }
  if (level === "write") return { actor, standing: may("A job's token may write by default.", "write") };
  const text =
    "The job's workflow says `permissions: contents: write`; without it a job's token may only read.";
  return { actor, standing: { verdict: "needs", text, origin } };
}

async function appId(github: Octokit, app_slug: string): Promise<number> {
  const { data } = await github.apps.getBySlug({ app_slug }).catch((error: GitHubError) => {
    if (error.status !== 404) throw error;
    throw new UserError(
      `GitHub knows no app "${app_slug}". Write it as in https://github.com/apps/NAME, with [bot].`,
      {
        cause: error,
      },
    );
  });
  return data?.id ?? 0;
}
