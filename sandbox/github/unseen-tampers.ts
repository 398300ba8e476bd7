/**
 * Changes that somebody makes by hand on GitHub where the github plugin does not look, or what it sees it does not put
 * back (real-plugins.md, Surprises; terraform-provider-github#3609). The drift check asks GitHub itself; no `up` undoes
 * them.
 */
import { present } from "../present.ts";
import type { TamperedWorld } from "../tamper.ts";
import { GitHub } from "./client.ts";
import { addBlob, filesOf, treeOf } from "./git/objects.ts";
import { BARE_RULE } from "./protection.ts";
import { commitOnGitHub, nodeId, now, type RepositoryRecord } from "./store.ts";
import { change, environment, type GitHubTamper } from "./tampers.ts";

export const unseenGitHubTampers: GitHubTamper[] = [
  change("github-secret-overwritten", "Somebody gave a production secret another value.", (record) => {
    const secret = environment(record, "production").secrets.find(({ name }) => name === "MONGODB_URI");
    const { updated_at } = present(secret, "secret MONGODB_URI of production");
    // GitHub tells whole seconds: within the second of our own write nobody could see it.
    const next = new Date(Math.max(Date.now(), Date.parse(updated_at) + 1000)).toISOString();
    Object.assign(secret ?? {}, { updated_at: `${next.slice(0, 19)}Z` });
  }),
  change("github-secret-added", "Somebody added a secret to the production environment.", (record) => {
    const secret = { name: "DEPLOY_TOKEN", created_at: now(), updated_at: now() };
    environment(record, "production").secrets.push(secret);
  }),
  change("github-reviewers-removed", "Somebody took away the reviewers of production.", (record) => {
    const production = environment(record, "production");
    production.protection_rules = production.protection_rules.filter(
      ({ type }) => type !== "required_reviewers",
    );
  }),
  change("github-branch-policy-added", "Somebody let one more branch deploy to staging.", (record, world) => {
    const id = nextId(world);
    const policy = { id, node_id: nodeId("DBP", id), name: "hotfix/*", type: "branch" } as const;
    environment(record, "staging").branch_policies.push(policy);
  }),
  change("github-ruleset-added", "Somebody added a ruleset to the staging branch.", (record, world) => {
    const id = nextId(world);
    record.rulesets.push({
      id,
      node_id: nodeId("RRS", id),
      name: "signatures",
      target: "branch",
      source_type: "Repository",
      source: record.repository.full_name,
      enforcement: "active",
      bypass_actors: [],
      conditions: { ref_name: { include: ["refs/heads/staging"], exclude: [] } },
      rules: [{ type: "required_signatures" }],
      created_at: now(),
      updated_at: now(),
    });
  }),
  change(
    "github-classic-rule-added",
    "Somebody added a classic rule to the development branch.",
    (record, world) => {
      const rule = { ...BARE_RULE, id: nodeId("BPR", nextId(world)), pattern: "dev*", lockBranch: true };
      record.branch_protection_rules.push(rule);
    },
  ),
  change("github-deploy-key-added", "Somebody added a deploy key that may write.", (record, world) => {
    const key = { id: nextId(world), key: "ssh-ed25519 AAAA", title: "build server", read_only: false };
    record.deploy_keys.push({ ...key, created_at: now() });
  }),
  change("github-actions-off", "Somebody switched GitHub Actions off.", (record) => {
    record.actions_permissions.enabled = false;
  }),
  change("github-workflow-edited", "Somebody edited the workflow that deploys.", (record) => {
    const text = "name: Deploy\non: push\njobs: {}\n";
    commit(record, ".github/workflows/deploy.yml", text);
  }),
];

function nextId({ clouds }: Pick<TamperedWorld, "clouds">): number {
  return new GitHub(clouds.github, "", undefined).nextId();
}

function commit(record: RepositoryRecord, path: string, text: string): void {
  const { default_branch, owner } = record.repository;
  const { object } = present(record.refs[`refs/heads/${default_branch}`], "default branch");
  const files = filesOf(record, record.commits[object.sha]?.tree ?? "");
  files.set(path, { name: path, mode: "100644", sha: addBlob(record, Buffer.from(text)) });
  const made = {
    message: "Quick fix",
    tree: treeOf(record, files),
    parents: [{ sha: object.sha }],
    author: owner.login,
  };
  object.sha = commitOnGitHub(record, made).sha;
}
