/** What people may do to the branches of a repository, tried at every change of the repository: nothing may become possible. */
import type { Actor } from "../../github/decisions/actor.ts";
import { violations } from "../../github/decisions/decide.ts";
import type { Change, Evidence } from "../../github/decisions/rules.ts";
import type { GitHubStore, RepositoryRecord } from "../../sandbox/github/store.ts";

/** Everything that the rules refuse: `eleni-dev (write) force pushes main`. */
export function refusals(record: RepositoryRecord, branches: readonly string[]): Set<string> {
  const refused = new Set<string>();
  for (const branch of branches) {
    for (const actor of actorsIn(record)) {
      for (const [what, change, evidence] of attempts(`refs/heads/${branch}`)) {
        if (violations(record, change, actor, evidence).length > 0) {
          refused.add(`${actor.login} (${actor.role}) ${what} ${branch}`);
        }
      }
    }
  }
  return refused;
}

/** Samples at every write to the repository's documents. @returns what became possible, and how many samples were taken */
export function watch(world: GitHubStore, record: RepositoryRecord) {
  const branches = Object.keys(record.refs)
    .filter((ref) => ref.startsWith("refs/heads/"))
    .map((ref) => ref.slice("refs/heads/".length));
  const before = refusals(record, branches);
  const gained = new Set<string>();
  let samples = 0;
  const { store } = world;
  const save = store.save.bind(store);
  store.save = () => {
    const now = refusals(record, branches);
    for (const attempt of before) if (!now.has(attempt)) gained.add(attempt);
    samples += 1;
    save();
  };
  return {
    stop() {
      store.save = save;
      return { gained: [...gained], samples, refused: before.size };
    },
  };
}

function actorsIn({ repository, collaborators }: RepositoryRecord): Actor[] {
  const roles = ["admin", "maintain", "write"] as const;
  const people = collaborators.map(({ login, id, role_name: role }) => ({ login, id, role }));
  const anybody = roles.map((role) => ({ login: `a ${role}`, id: 1, role }));
  const owner = { login: repository.owner.login, id: repository.owner.id, role: "admin" as const };
  return [...people, ...anybody, ...(repository.owner.type === "User" ? [owner] : [])];
}

const GOOD: Evidence = {
  isFastForward: () => true,
  hasMergeCommit: () => false,
  isSigned: () => true,
  outcome: () => "passed",
  isDeployed: () => true,
  standing: () => ({ approvals: 9, isRejected: false, isLastPushApproved: true, isApprovedByOwners: true }),
};

/** Each lacks one thing that a rule may ask for. */
function attempts(ref: string): [what: string, change: Change, evidence: Evidence][] {
  const lacking: [string, Partial<Evidence>][] = [
    ["well", {}],
    ["by force", { isFastForward: () => false }],
    ["with a merge commit", { hasMergeCommit: () => true }],
    ["unsigned", { isSigned: () => false }],
    ["unchecked", { outcome: () => "missing" }],
    ["with another check missing", { outcome: ({ context }) => (context === "Lint" ? "missing" : "passed") }],
    ["undeployed", { isDeployed: () => false }],
    ["unapproved", standing({ approvals: 0 })],
    ["with one approval", standing({ approvals: 1 })],
    ["rejected", standing({ isRejected: true })],
    ["with the last push unapproved", standing({ isLastPushApproved: false })],
    ["without its owners", standing({ isApprovedByOwners: false })],
  ];
  const changes: [string, Change][] = [
    ["pushes", { kind: "update", ref }],
    ["deletes", { kind: "delete", ref }],
    ...(["merge", "squash", "rebase"] as const).map((method): [string, Change] => [
      `merges (${method})`,
      { kind: "merge", ref, method },
    ]),
  ];
  return changes.flatMap(([verb, change]) =>
    lacking.map(([how, evidence]): [string, Change, Evidence] => [
      `${verb} ${how}`,
      change,
      { ...GOOD, ...evidence },
    ]),
  );
}

function standing(lacks: Partial<ReturnType<Evidence["standing"]>>): Partial<Evidence> {
  return { standing: () => ({ ...GOOD.standing(), ...lacks }) };
}
