/** Branches and tags of the simulated GitHub (docs.github.com/rest/git/refs). */
import { rulesetRules } from "../../github/decisions/bound.ts";
import { type GitHub, refuse, roleOf } from "./client.ts";
import { refuseViolations } from "./decisions.ts";
import { isFastForward } from "./git/history.ts";
import { headMoved } from "./pulls/heads.ts";
import { type GitHubData, nodeId, type RefDocument, type RepositoryRecord } from "./store.ts";

/** `GET /repos/{owner}/{repo}/git/ref/{ref}`. @param ref without `refs/`: `heads/main` */
export function getRef(github: GitHub, name: string, ref: string): RefDocument {
  const request = `GET ${github.path(name)}/git/ref/${ref}`;
  return github.repository(name, request).refs[`refs/${ref}`] ?? refuse(request, 404, "Not Found");
}

/** The same of a branch. */
export function getBranch(github: GitHub, name: string, branch: string): RefDocument {
  return getRef(github, name, `heads/${branch}`);
}

/** `POST /repos/{owner}/{repo}/git/refs`. @param ref in full: `refs/heads/main` */
export function createRef(github: GitHub, name: string, ref: string, sha: string): RefDocument {
  const request = `POST ${github.path(name)}/git/refs`;
  const record = github.writable(name, request, "contents");
  // OpenAPI, git/create-ref: "If it doesn't start with 'refs' and have at least two slashes, it will be rejected."
  if (!/^refs\/(heads|tags)\/./.test(ref)) refuse(request, 422, "Reference name is invalid");
  // docs.github.com/rest/git/refs: an empty repository cannot get a reference.
  if (Object.keys(record.refs).length === 0) refuse(request, 409, "Git Repository is empty.");
  if (record.refs[ref]) refuse(request, 422, "Reference already exists");
  if (!record.commits[sha]) refuse(request, 422, "Object does not exist");
  refuseViolations(github, record, { kind: "create", ref, after: sha }, request);
  const created = { ref, node_id: nodeId("REF", github.nextId()), object: { type: "commit" as const, sha } };
  record.refs[ref] = created;
  github.changed(record);
  return created;
}

/** The same for a branch. */
export function createBranch(github: GitHub, name: string, branch: string, sha: string): RefDocument {
  return createRef(github, name, `refs/heads/${branch}`, sha);
}

/** `PATCH /repos/{owner}/{repo}/git/refs/{ref}`. @param ref without `refs/` */
export function updateRef(
  github: GitHub,
  name: string,
  ref: string,
  sha: string,
  force: boolean,
): RefDocument {
  const request = `PATCH ${github.path(name)}/git/refs/${ref}`;
  const record = github.writable(name, request, "contents");
  const present = record.refs[`refs/${ref}`] ?? refuse(request, 422, "Reference does not exist");
  if (!record.commits[sha]) refuse(request, 422, "Object does not exist");
  const before = present.object.sha;
  if (!force && !isFastForward(record, before, sha)) refuse(request, 422, "Update is not a fast forward");
  moveRef(github, record, present, sha, { request, status: 422 });
  return present;
}

/** Moves a ref where the rules allow it. @param refusal how a violation is answered */
export function moveRef(
  github: GitHub,
  record: RepositoryRecord,
  present: RefDocument,
  sha: string,
  refusal: { request: string; status: number },
): void {
  const before = present.object.sha;
  if (before === sha) return;
  const change = { kind: "update" as const, ref: present.ref, before, after: sha };
  refuseViolations(github, record, change, refusal.request, refusal.status);
  present.object.sha = sha;
  headMoved(record, present.ref, github.login);
  github.changed(record);
}

/** `DELETE /repos/{owner}/{repo}/git/refs/{ref}`. @param ref without `refs/` */
export function deleteRef(github: GitHub, name: string, ref: string): void {
  const request = `DELETE ${github.path(name)}/git/refs/${ref}`;
  const record = github.writable(name, request, "contents");
  const present = record.refs[`refs/${ref}`] ?? refuse(request, 422, "Reference does not exist");
  // docs.github.com/repositories/…/changing-the-default-branch: the default branch cannot be deleted.
  if (ref === `heads/${record.repository.default_branch}`) {
    refuse(request, 422, "Cannot delete the default branch");
  }
  refuseViolations(github, record, { kind: "delete", ref: present.ref, before: present.object.sha }, request);
  delete record.refs[present.ref];
  github.changed(record);
}

/** The same for a branch. */
export function deleteBranch(github: GitHub, name: string, branch: string): void {
  deleteRef(github, name, `heads/${branch}`);
}

/** Types of the rules of rulesets that bind somebody who pushes to a branch. */
export function rulesOn(record: RepositoryRecord, branch: string, login: string): string[] {
  const owner = record.repository.owner.login;
  const accounts: GitHubData["accounts"] = {};
  const role = login.toLowerCase() === owner.toLowerCase() ? "admin" : roleOf({ accounts }, record, login);
  const { id } = record.collaborators.find((person) => person.login === login) ?? record.repository.owner;
  return rulesetRules(record, `refs/heads/${branch}`, { login, id, role }, false).map(({ type }) => type);
}
