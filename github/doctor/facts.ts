/** Everything that the checks of a repository look at, read once. */
import type { Octokit } from "@octokit/rest";
import { branches as longLived } from "../../pipeline/branches.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import type { Settings } from "../../settings.ts";
import type { InventoryOf, Seen } from "../inventory/inventory.ts";
import { readInventory } from "../inventory/read.ts";
import { seen } from "../inventory/seen.ts";
import { readPlan, readToken, type TokenFacts } from "../token.ts";

/** The parts of the inventory that the checks read. */
const PARTS = [
  "branches",
  "rulesets",
  "classicRules",
  "environments",
  "secrets",
  "collaborators",
  "deployKeys",
  "workflows",
  "workflowFiles",
] as const;

export interface DoctorFacts {
  /** The stacks that are looked at. */
  stacks: readonly Settings[];
  /** Settings of the stack that owns the repository; of any stack where none that is looked at does. */
  owner: Settings;
  /** The workflow files as the model has them. */
  files: readonly WorkflowFile[];
  token: TokenFacts;
  /** The plan of the repository's owner; undefined where the token may not see it. */
  plan: string | undefined;
  inventory: InventoryOf<(typeof PARTS)[number]>;
  /** Login that the settings name → whether GitHub has such a user. */
  users: ReadonlyMap<string, boolean>;
  /** Names of the checks and statuses on the newest commits of the protected branches. */
  reported: Seen<ReadonlySet<string>>;
  /** Milliseconds since 1970. */
  now: number;
}

/** What the project says. */
export type DoctorModel = Pick<DoctorFacts, "stacks" | "owner" | "files">;

/** @throws UserError when there is no such repository, or the token is refused. */
export async function readFacts(github: Octokit, model: DoctorModel, now: number): Promise<DoctorFacts> {
  const { owner, name: repo } = model.owner.repository;
  const [token, inventory, users] = await Promise.all([
    readToken(github),
    readInventory(github, { owner, repo }, PARTS),
    readUsers(github, namedLogins(model)),
  ]);
  const heads = headsOf(model.owner, inventory.branches);
  const [plan, reported] = await Promise.all([
    readPlan(github, inventory.repository.owner),
    seen(() => readReported(github, { owner, repo }, heads)),
  ]);
  return { ...model, token, plan, inventory, users, reported, now };
}

/** The logins that rules and reviewers name. */
export function namedLogins({ owner, stacks }: Pick<DoctorFacts, "owner" | "stacks">): string[] {
  return [...new Set([owner.rules.mainOwner, ...stacks.flatMap(({ environment }) => environment.reviewers)])];
}

async function readUsers(github: Octokit, logins: readonly string[]): Promise<Map<string, boolean>> {
  const entries = logins.map(async (username) => {
    const answer = await seen(() => github.users.getByUsername({ username }));
    return [username, answer.seen] as const;
  });
  return new Map(await Promise.all(entries));
}

/** Newest commits of the branches that the rules are about, each once. */
function headsOf(owner: Settings, branches: DoctorFacts["inventory"]["branches"]): string[] {
  const names = longLived(owner).map(({ name }) => name);
  const there = branches.seen ? branches.value.filter(({ name }) => names.includes(name)) : [];
  return [...new Set(there.map(({ sha }) => sha))];
}

async function readReported(
  github: Octokit,
  target: { owner: string; repo: string },
  heads: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = heads.map(async (ref) => {
    const [runs, { data: status }] = await Promise.all([
      github.paginate(github.checks.listForRef, { ...target, ref, per_page: 100 }),
      github.repos.getCombinedStatusForRef({ ...target, ref }),
    ]);
    return [...runs.map(({ name }) => name), ...status.statuses.map(({ context }) => context)];
  });
  return new Set((await Promise.all(names)).flat());
}
