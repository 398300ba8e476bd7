/** Everything that the checks of a repository look at, read once. */
import type { Octokit } from "@octokit/rest";
import { branches as longLived } from "../../pipeline/branches.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import type { Settings } from "../../settings.ts";
import { readCodeOwners, readReported } from "../evidence.ts";
import type { InventoryOf, Seen } from "../inventory/inventory.ts";
import { readInventory, type Target } from "../inventory/read.ts";
import { seen } from "../inventory/seen.ts";
import type { GitHubError } from "../problems.ts";
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
  /** The workflow files as the model has them; undefined where the configuration of a stack is not right. */
  files: readonly WorkflowFile[] | undefined;
  token: TokenFacts;
  /** The plan of the repository's owner; undefined where the token may not see it. */
  plan: string | undefined;
  inventory: InventoryOf<(typeof PARTS)[number]>;
  /** Login that the settings name → whether GitHub has such a user. */
  users: ReadonlyMap<string, boolean>;
  /** Whether the production branch has a CODEOWNERS file; undefined where that may not be seen. */
  hasCodeOwners: boolean | undefined;
  /** Names of the checks and statuses on the newest commits of the branches of the model, and of pull requests to them. */
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
  // A repository that was renamed is asked by its present name.
  const target = { owner: inventory.repository.owner.login, repo: inventory.repository.name };
  const [plan, reported, codeOwners] = await Promise.all([
    readPlan(github, inventory.repository.owner),
    seen(() => readReportedNames(github, target, model.owner, inventory.branches)),
    seen(() => readCodeOwners(github, target, model.owner.branches.production)),
  ]);
  const hasCodeOwners = codeOwners.seen ? codeOwners.value !== undefined : undefined;
  return { ...model, token, plan, inventory, users, reported, hasCodeOwners, now };
}

/** The logins that rules and reviewers name. */
export function namedLogins({ owner, stacks }: Pick<DoctorFacts, "owner" | "stacks">): string[] {
  return [...new Set([owner.rules.mainOwner, ...stacks.flatMap(({ environment }) => environment.reviewers)])];
}

async function readUsers(github: Octokit, logins: readonly string[]): Promise<Map<string, boolean>> {
  const entries = logins.map(async (username) => {
    const isThere = await github.users.getByUsername({ username }).then(
      () => true,
      ({ status }: GitHubError) => status !== 404,
    );
    return [username, isThere] as const;
  });
  return new Map(await Promise.all(entries));
}

/** Pull requests whose checks are looked at: some jobs run on these alone. */
const PULLS = 3;

async function readReportedNames(
  github: Octokit,
  target: Target,
  owner: Settings,
  branches: DoctorFacts["inventory"]["branches"],
): Promise<ReadonlySet<string>> {
  const names = longLived(owner).map(({ name }) => name);
  const there = branches.seen ? branches.value.filter(({ name }) => names.includes(name)) : [];
  // A token that may not see pull requests sees the branches all the same.
  const newest = await seen(() =>
    github.pulls.list({ ...target, state: "all", sort: "updated", direction: "desc" }),
  );
  const pulls = (newest.seen ? newest.value.data : [])
    .filter(({ base }) => names.includes(base.ref))
    .slice(0, PULLS);
  const heads = new Set([...there.map(({ sha }) => sha), ...pulls.map(({ head }) => head.sha)]);
  const reports = await Promise.all([...heads].map((sha) => readReported(github, target, sha)));
  return new Set(
    reports.flatMap(({ check_runs, statuses }) => [
      ...check_runs.map(({ name }) => name),
      ...statuses.map(({ context }) => context),
    ]),
  );
}
