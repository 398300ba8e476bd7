/** Who can make a workflow print a secret. GitHub itself shows nobody a value. */
import { UserError } from "../../errors.ts";
import { type Actor, canWrite } from "../decisions/actor.ts";
import type { EnvironmentFacts, InventoryOf } from "../inventory/inventory.ts";
import type { Reason } from "./answer.ts";
import { branchNames } from "./branches.ts";
import {
  type Deployable,
  isAdmitted,
  originOf,
  restsOnRulesets,
  unseenPolicies,
  type Ways,
  waits,
} from "./environments.ts";
import { type People, roleOf } from "./people.ts";
import { ownBranch, reachOf } from "./reach.ts";

/** What is asked of a repository for a question about secrets. */
export type Secretive = Deployable & InventoryOf<"secrets"> & People;

/** A place that holds the secret, and how somebody's workflow gets it there; no way: it is out of reach. */
interface Place {
  ways: { ref: string; text: string }[];
  /** What stands before it, or why there is no way. */
  reasons: Reason[];
}

/** The refs are those on which the person's own workflow would read it. */
export function canReadSecret(repository: Secretive, name: string, actor: Actor): Ways {
  const secret = name.toUpperCase();
  const places = placesOf(repository, secret, actor);
  const unseen = unseenPlaces(repository, secret);
  if (places.length === 0 && unseen.length === 0) throw unknown(repository, secret);
  const reached = places.filter(({ ways }) => ways.length > 0);
  if (reached.length === 0)
    return { reasons: [...places.flatMap(({ reasons }) => reasons), ...unseen], from: [] };
  const out = places.filter(({ ways }) => ways.length === 0).flatMap(({ reasons }) => reasons);
  return {
    reasons: [
      ...reached.flatMap(({ reasons }) => reasons),
      ...out.map(({ text }): Reason => ({ verdict: "note", text })),
      ...others(repository, secret, actor),
    ],
    from: [...new Set(reached.flatMap(({ ways }) => ways.map(({ ref }) => ref)))],
  };
}

function placesOf(repository: Secretive, secret: string, actor: Actor): Place[] {
  const { secrets, environments } = repository;
  const holds = (list: readonly { name: string }[]) => list.some(({ name }) => name.toUpperCase() === secret);
  const inRepository = secrets.seen && holds(secrets.value) ? [repositoryPlace(repository, actor)] : [];
  const inEnvironments = environments.seen
    ? environments.value.filter((one) => one.secrets.seen && holds(one.secrets.value))
    : [];
  return [...inRepository, ...inEnvironments.map((one) => environmentPlace(repository, one, actor))];
}

/** docs.github.com/actions/reference/security/secure-use: "any user with write access to your repository has read access". */
function repositoryPlace(repository: Secretive, actor: Actor): Place {
  const origin = { kind: "repository", name: "secrets" } as const;
  const branch = ownBranch(repository, actor);
  if (!canWrite(actor.role) || branch === undefined) {
    const text = `The repository holds it, and ${actor.login} can put no workflow on any branch.`;
    return { ways: [], reasons: [{ verdict: "forbids", text, origin }] };
  }
  const text =
    "The repository holds it: every workflow of every branch may read it, so everybody with write access can print it.";
  return { ways: [{ ref: `refs/heads/${branch}`, text }], reasons: [{ verdict: "allows", text, origin }] };
}

function environmentPlace(repository: Secretive, environment: EnvironmentFacts, actor: Actor): Place {
  const origin = originOf(environment);
  const admitted = candidateRefs(repository, environment).filter((ref) =>
    isAdmitted(repository, environment, ref),
  );
  const hidden = unseenPolicies(repository, environment);
  const open = restsOnRulesets(repository, environment);
  const ways = admitted.flatMap((ref) => {
    const how = reachOf(repository, ref, actor);
    return how === undefined ? [] : [{ ref, text: `on ${plain(ref)} by ${how}` }];
  });
  if (ways.length > 0) {
    const text = `Environment ${environment.name} holds it, and ${actor.login} can put a workflow ${ways.map((way) => way.text).join("; ")}.`;
    return { ways, reasons: [{ verdict: "allows", text, origin, ...open }, ...waits(environment, actor)] };
  }
  if (hidden.length > 0) return { ways, reasons: hidden };
  const refs = admitted.map(plain).join(", ") || "no branch";
  const text = `Environment ${environment.name} holds it for jobs of ${refs}, where ${actor.login} can put no workflow.`;
  return { ways, reasons: [{ verdict: "forbids", text, origin, ...open }] };
}

/** Branches that are there, one for each pattern, and pull requests. */
function candidateRefs(repository: Deployable, { branch_policies: policies }: EnvironmentFacts): string[] {
  const patterns = policies.seen ? policies.value.filter(({ type }) => type === "branch") : [];
  const made = patterns
    .map(({ name }) => name.replaceAll(/\*+/g, "any"))
    .filter((name) => !name.startsWith("refs/"));
  const branches = [...new Set([...branchNames(repository.branches), ...made])];
  return [...branches.map((branch) => `refs/heads/${branch}`), "refs/pull/1/merge"];
}

function plain(ref: string): string {
  return ref.startsWith("refs/pull/") ? "pull requests" : ref.replace(/^refs\/heads\//, "");
}

/** Who else has write access and a way. */
function others(repository: Secretive, secret: string, actor: Actor): Reason[] {
  const { collaborators } = repository;
  if (!collaborators.seen) return [];
  const able = collaborators.value
    .filter(({ login }) => login.toLowerCase() !== actor.login.toLowerCase())
    .map(({ login, id }) => ({ login, id, role: roleOf(repository, login) }))
    .filter((person) => placesOf(repository, secret, person).some(({ ways }) => ways.length > 0));
  if (able.length === 0) return [];
  return [{ verdict: "note", text: `So can: ${able.map(({ login }) => login).join(", ")}.` }];
}

function unseenPlaces({ secrets, environments, repository }: Secretive, secret: string): Reason[] {
  const reasons: Reason[] = [];
  const hide = (text: string) => reasons.push({ verdict: "unseen", text });
  if (!secrets.seen) hide(`The repository's secrets cannot be seen: ${secrets.reason}`);
  if (!environments.seen) hide(`Environments cannot be seen: ${environments.reason}`);
  for (const { name, secrets: own } of environments.seen ? environments.value : []) {
    if (!own.seen) hide(`The secrets of ${name} cannot be seen: ${own.reason}`);
  }
  const isKnown = secrets.seen && secrets.value.some(({ name }) => name === secret);
  if (repository.owner.type === "Organization" && !isKnown) {
    hide("The organization may have a secret of that name, which is not looked up.");
  }
  return reasons;
}

function unknown({ secrets, environments }: Secretive, secret: string): UserError {
  const all = [
    ...(secrets.seen ? secrets.value : []),
    ...(environments.seen ? environments.value : []).flatMap((one) =>
      one.secrets.seen ? one.secrets.value : [],
    ),
  ];
  const names = [...new Set(all.map(({ name }) => name))].sort().join(", ") || "none";
  return new UserError(`There is no secret "${secret}". There are: ${names}.`);
}
