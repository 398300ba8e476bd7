/** The simulated GitHub as life has it before the first `up`. */
import { addBlob, treeOf } from "./git/objects.ts";
import {
  type AccountDocument,
  ALL_PERMISSIONS,
  commitOnGitHub,
  type GitHubData,
  nodeId,
  now,
  type PlanName,
  type RepositoryRecord,
  repositoryRecord,
} from "./store.ts";
import { ACTIONS_APP } from "./work.ts";

function account(
  login: string,
  id: number,
  type: AccountDocument["type"],
  plan: PlanName = "free",
): AccountDocument {
  const created = "2020-01-01T00:00:00Z";
  return {
    login,
    id,
    node_id: nodeId(type === "User" ? "U" : "O", id),
    type,
    name: null,
    plan: { name: plan },
    created_at: created,
    updated_at: created,
  };
}

/** One hand-made repository of a user, and an organization without any. */
export function initialData(): GitHubData {
  const owner = account("Basilakis", 58_231_104, "User");
  const organization = account("kai-platform", 92_004_517, "Organization", "team");
  organization.members = { [owner.login]: "admin" };
  const people = [
    owner,
    account("eleni-dev", 61_400_233, "User"),
    account("nikos-ops", 70_112_845, "User"),
    account("octocat", 583_231, "User"),
    organization,
  ];
  const accounts = Object.fromEntries(people.map((person) => [person.login.toLowerCase(), person]));
  return {
    nextId: 1000,
    accounts,
    repositories: { "basilakis/kai": firstRepository(owner, accounts) },
    renamed: {},
    token: { login: owner.login, permissions: ALL_PERMISSIONS, expires_at: null },
    tokens: {},
  };
}

function firstRepository(
  owner: AccountDocument,
  accounts: Record<string, AccountDocument>,
): RepositoryRecord {
  const kai = repositoryRecord(owner, "kai", 741_920_385);
  kai.repository.description = "Kai platform";
  kai.repository.homepage = "https://kai.example";
  kai.repository.topics = ["catalog", "machine-learning"];
  for (const login of ["eleni-dev", "nikos-ops"]) {
    const person = accounts[login] as AccountDocument;
    kai.collaborators.push({ login: person.login, id: person.id, role_name: "write" });
  }
  startHistory(kai, owner.login, 1);
  reportFirstCheck(kai);
  return kai;
}

/** The workflow of the repository has run on its commit: a branch with required checks can be made from it. */
function reportFirstCheck(record: RepositoryRecord): void {
  const [head_sha = ""] = Object.keys(record.commits);
  const at = now();
  record.check_runs.push({
    id: 2,
    name: "Build and Test",
    head_sha,
    status: "completed",
    conclusion: "success",
    started_at: at,
    completed_at: at,
    external_id: null,
    details_url: null,
    output: { title: null, summary: null, text: null },
    app: ACTIONS_APP,
  });
}

/** The first commit on the default branch, with the file that GitHub puts there. */
export function startHistory(record: RepositoryRecord, author: string, refId: number): void {
  const readme = addBlob(record, Buffer.from(`# ${record.repository.name}\n`));
  const tree = treeOf(record, new Map([["README.md", { name: "README.md", mode: "100644", sha: readme }]]));
  firstCommit(record, tree, author, refId);
}

/** The first commit of a repository that is made from a template: its files, without its history. */
export function startFrom(
  record: RepositoryRecord,
  template: RepositoryRecord,
  author: string,
  refId: number,
): void {
  const { default_branch, full_name } = template.repository;
  record.template = full_name;
  record.repository.default_branch = default_branch;
  const head = template.refs[`refs/heads/${default_branch}`]?.object.sha ?? "";
  const tree = template.commits[head]?.tree;
  if (!tree) return;
  Object.assign(record.trees, template.trees);
  Object.assign(record.blobs, template.blobs);
  firstCommit(record, tree, author, refId);
}

function firstCommit(record: RepositoryRecord, tree: string, author: string, refId: number): void {
  const commit = commitOnGitHub(record, { message: "Initial commit", tree, parents: [], author });
  const ref = `refs/heads/${record.repository.default_branch}`;
  record.refs[ref] = { ref, node_id: nodeId("REF", refId), object: { type: "commit", sha: commit.sha } };
}
