/** What a push does to each ref, and what GitHub says where it is declined. */

import type { Violation } from "../../../../github/decisions/decide.ts";
import { type GitHub, Refusal } from "../../client.ts";
import { type Change, violations } from "../../decisions.ts";
import { needForPath } from "../../git/data.ts";
import { changesBetween } from "../../git/history.ts";
import { headMoved } from "../../pulls/heads.ts";
import { nodeId, type RepositoryRecord } from "../../store.ts";

/** One ref that is to be moved; 40 zeros where there is none. */
export interface Command {
  before: string;
  after: string;
  ref: string;
}

export const NONE = "0".repeat(40);

/** Why a ref was not moved: for git, and for the person. */
export interface Declined {
  reason: string;
  remote?: string;
}

/** Moves a ref, or says why not. */
export function pushRef(github: GitHub, record: RepositoryRecord, command: Command): Declined | undefined {
  const { before, after, ref } = command;
  const present = record.refs[ref];
  if ((present?.object.sha ?? NONE) !== before) return { reason: "failed to update ref" };
  if (after === NONE && ref === `refs/heads/${record.repository.default_branch}`) {
    return {
      reason: "refusing to delete the current branch",
      remote: `error: refusing to delete the current branch: ${ref}`,
    };
  }
  if (after !== NONE && !record.commits[after]) return { reason: "only commits are known to the simulation" };
  const found = violations(github, record, changeOf(command));
  if (found.length > 0) return declined(record, ref, found);
  const workflow = after === NONE ? undefined : forbiddenWorkflow(github, record, command);
  if (workflow) return workflow;
  if (after === NONE) delete record.refs[ref];
  else
    record.refs[ref] = {
      node_id: nodeId("REF", github.nextId()),
      ...present,
      ref,
      object: { type: "commit", sha: after },
    };
  if (after !== NONE) headMoved(record, ref, github.login);
  github.changed(record);
  return undefined;
}

function changeOf({ before, after, ref }: Command): Change {
  if (after === NONE) return { kind: "delete", ref, before };
  return before === NONE ? { kind: "create", ref, after } : { kind: "update", ref, before, after };
}

/** The texts of a real push: az-digital/arizona-bootstrap#1524 for classic rules, DSACMS/repo-scaffolder#342 for rulesets. */
function declined({ repository }: RepositoryRecord, ref: string, found: readonly Violation[]): Declined {
  const reasons = [...new Set(found.map(({ reason }) => `- ${reason}\n\n`))].join("");
  if (found.every(({ rule }) => rule.origin === "classic")) {
    return {
      reason: "protected branch hook declined",
      remote: `error: GH006: Protected branch update failed for ${ref}.\n\n${reasons}`,
    };
  }
  const page = `https://github.com/${repository.full_name}/rules?ref=${encodeURIComponent(ref)}`;
  return {
    reason: "push declined due to repository rule violations",
    remote: `error: GH013: Repository rule violations found for ${ref}.\nReview all repository rules at ${page}\n\n${reasons}`,
  };
}

function forbiddenWorkflow(
  github: GitHub,
  record: RepositoryRecord,
  { before, after }: Command,
): Declined | undefined {
  const tree = (sha: string) => record.commits[sha]?.tree;
  const from =
    tree(before) ?? tree(record.refs[`refs/heads/${record.repository.default_branch}`]?.object.sha ?? "");
  try {
    for (const { path } of changesBetween(record, from, tree(after) ?? ""))
      needForPath(github, "POST git-receive-pack", path);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return { reason: error.body.message };
    throw error;
  }
}
