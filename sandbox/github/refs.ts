/** Branches of the simulated GitHub (docs.github.com/rest/git/refs). */
import { type GitHub, refuse, role } from "./client.ts";
import { nodeId, type RefDocument, type RepositoryRecord, type RulesetDocument } from "./store.ts";

/** `GET /repos/{owner}/{repo}/git/ref/heads/{branch}` */
export function getBranch(github: GitHub, name: string, branch: string): RefDocument {
  const request = `GET ${github.path(name)}/git/ref/heads/${branch}`;
  return github.repository(name, request).refs[`refs/heads/${branch}`] ?? refuse(request, 404, "Not Found");
}

/** `POST /repos/{owner}/{repo}/git/refs` */
export function createBranch(github: GitHub, name: string, branch: string, sha: string): RefDocument {
  const request = `POST ${github.path(name)}/git/refs`;
  const record = github.writable(name, request, "contents");
  const ref = `refs/heads/${branch}`;
  // docs.github.com/rest/git/refs: an empty repository cannot get a reference.
  if (Object.keys(record.refs).length === 0) refuse(request, 409, "Git Repository is empty.");
  if (record.refs[ref]) refuse(request, 422, "Reference already exists");
  if (!record.commits[sha]) refuse(request, 422, "Object does not exist");
  if (rulesOn(record, branch, github.login).includes("creation")) {
    refuse(request, 422, "Repository rule violations found", [
      "Cannot create ref due to creations being restricted.",
    ]);
  }
  record.refs[ref] = { ref, node_id: nodeId("REF", github.nextId()), object: { type: "commit", sha } };
  github.changed(record);
  return record.refs[ref];
}

/** `DELETE /repos/{owner}/{repo}/git/refs/heads/{branch}` */
export function deleteBranch(github: GitHub, name: string, branch: string): void {
  const request = `DELETE ${github.path(name)}/git/refs/heads/${branch}`;
  const record = github.writable(name, request, "contents");
  const ref = `refs/heads/${branch}`;
  if (!record.refs[ref]) refuse(request, 422, "Reference does not exist");
  // docs.github.com/repositories/…/changing-the-default-branch: the default branch cannot be deleted.
  if (record.repository.default_branch === branch) refuse(request, 422, "Cannot delete the default branch");
  // Rule `deletion` (docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/
  // managing-rulesets/available-rules-for-rulesets); a classic rule forbids it unless it allows deletions.
  if (rulesOn(record, branch, github.login).includes("deletion")) {
    refuse(request, 422, "Repository rule violations found", ["Cannot delete this branch"]);
  }
  const classic = record.branch_protection_rules.find(({ pattern }) => pattern === branch);
  if (classic && !classic.allowsDeletions) refuse(request, 422, "Cannot delete this protected branch");
  delete record.refs[ref];
  github.changed(record);
}

/** Types of the rules that bind somebody on a branch. */
export function rulesOn(record: RepositoryRecord, branch: string, login: string): string[] {
  return record.rulesets
    .filter((ruleset) => ruleset.enforcement === "active" && ruleset.target === "branch")
    .filter((ruleset) => covers(ruleset, branch, record.repository.default_branch))
    .filter((ruleset) => !bypasses(record, ruleset, login))
    .flatMap((ruleset) => ruleset.rules.map(({ type }) => type));
}

/** Names in short form match nothing (real-plugins.md, "Accepted in preview though wrong"). */
function covers(ruleset: RulesetDocument, branch: string, defaultBranch: string): boolean {
  const matches = (pattern: string) =>
    pattern === "~ALL" ||
    (pattern === "~DEFAULT_BRANCH" && branch === defaultBranch) ||
    pattern === `refs/heads/${branch}`;
  const { include, exclude } = ruleset.conditions.ref_name;
  return include.some(matches) && !exclude.some(matches);
}

/** Ids of the built-in roles in bypass lists (OpenAPI, repository-ruleset-bypass-actor). */
const ROLE_IDS: Record<number, string> = { 2: "maintain", 4: "write", 5: "admin" };

/** A bypass for pull requests only does not lift rules from pushes and deletions. */
function bypasses(record: RepositoryRecord, ruleset: RulesetDocument, login: string): boolean {
  return ruleset.bypass_actors.some(({ actor_type, actor_id, bypass_mode }) => {
    if (bypass_mode === "pull_request") return false;
    if (actor_type === "RepositoryRole") return ROLE_IDS[actor_id ?? 0] === role(record, login);
    const person = record.collaborators.find((one) => one.login === login);
    return actor_type === "User" && person?.id === actor_id;
  });
}
