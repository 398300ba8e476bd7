/** What the simulation's store knows, for the rules that `github/decisions/` decides by. */
import type { Actor } from "../../github/decisions/actor.ts";
import { outcome } from "../../github/decisions/checks.ts";
import { CODEOWNERS_PLACES, ownersOf } from "../../github/decisions/code-owners.ts";
import { refusalText, type Violation, violations as violationsOf } from "../../github/decisions/decide.ts";
import { standing } from "../../github/decisions/reviews.ts";
import type { Evidence, MergeMethod } from "../../github/decisions/rules.ts";
import { type GitHub, hasPlan, RULES_PLANS, refuse, roleOf } from "./client.ts";
import { changesBetween, commitsBetween, isFastForward, mergeBase } from "./git/history.ts";
import { entryAt } from "./git/objects.ts";
import type { RepositoryRecord } from "./store.ts";
import type { PullDocument } from "./work.ts";

/** What somebody wants to do to a ref, with its commits. */
export type Change =
  | { kind: "create"; ref: string; after: string }
  | { kind: "update"; ref: string; before: string; after: string }
  | { kind: "delete"; ref: string; before: string }
  | { kind: "merge"; ref: string; before: string; pull: PullDocument; method: MergeMethod };

/** Somebody as rules see them. */
export function actorOf(github: GitHub, record: RepositoryRecord): Actor {
  const { login, grant } = github;
  const owner = github.account(record.repository.owner.login);
  const id = github.account(login)?.id;
  return {
    login,
    role: github.roleIn(record),
    ...(id !== undefined && { id }),
    ...(grant?.app && { app: grant.app }),
    ...(owner?.members?.[login] === "admin" && { ownsOrganization: true }),
  };
}

/** Every rule that forbids the change; none: it is allowed. Whether somebody may write at all is asked before. */
export function violations(github: GitHub, record: RepositoryRecord, change: Change): Violation[] {
  // "Won't be enforced on this private repository until you upgrade" (PMeV-EFUL/ucri2#2 quotes the page).
  if (!hasPlan(github, record, RULES_PLANS)) return [];
  return violationsOf(record, change, actorOf(github, record), evidenceOf(github, record, change));
}

/**
 * Refuses a change that a rule forbids.
 * @param status 422 for refs, 409 for contents, 405 for merges
 */
export function refuseViolations(
  github: GitHub,
  record: RepositoryRecord,
  change: Change,
  request: string,
  status = 422,
): void {
  const found = violations(github, record, change);
  if (found.length > 0) refuse(request, status, refusalText(found));
}

/** The commit that is to be on the branch, or the pull request's head; empty for a deletion. */
function headOf(change: Change): string {
  if (change.kind === "delete") return "";
  return change.kind === "merge" ? change.pull.head.sha : change.after;
}

function evidenceOf(github: GitHub, record: RepositoryRecord, change: Change): Evidence {
  const head = headOf(change);
  const before = change.kind === "create" ? undefined : change.before;
  const added = () => commitsBetween(record, before, head);
  const reported = {
    check_runs: record.check_runs.filter(({ head_sha }) => head_sha === head),
    statuses: record.statuses.filter(({ sha }) => sha === head),
  };
  return {
    isFastForward: () => before === undefined || isFastForward(record, before, head),
    hasMergeCommit: () => added().some(({ parents }) => parents.length > 1),
    isSigned: () => added().every(({ verified }) => verified),
    outcome: (check) => outcome(reported, check),
    isDeployed: (environment) => {
      const here = record.deployments.filter((one) => one.environment === environment && one.sha === head);
      return here.at(-1)?.statuses.at(-1)?.state === "success";
    },
    standing: () => {
      if (change.kind !== "merge") throw new Error("only a merge has reviews");
      const reviewed = { ...change.pull, owners: () => codeOwners(record, change.pull) };
      return standing(reviewed, (login) => roleOf(github.data, record, login));
    },
  };
}

/** Owners of the files that a pull request changes. */
function codeOwners(record: RepositoryRecord, { base, head }: PullDocument): string[][] {
  const present = record.refs[`refs/heads/${base.ref}`]?.object.sha;
  const tree = (sha: string | undefined) => record.commits[sha ?? ""]?.tree;
  const onBase = tree(present);
  const blobs = CODEOWNERS_PLACES.map((place) => onBase && entryAt(record, onBase, place)?.sha);
  const file = Buffer.from(record.blobs[blobs.find(Boolean) ?? ""] ?? "", "base64").toString("utf8");
  const from = mergeBase(record, present ?? base.sha, head.sha);
  const changed = changesBetween(record, tree(from), tree(head.sha) ?? "").map(({ path }) => path);
  return ownersOf(file, changed);
}
