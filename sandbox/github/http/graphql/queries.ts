/** What can be asked in GraphQL. Each object names its type, which the unions and interfaces of the schema need. */
import { type GitHub, refuse } from "../../client.ts";
import { resolveCommit } from "../../git/data.ts";
import { entryAt, type TreeEntry } from "../../git/objects.ts";
import {
  type AccountDocument,
  nodeId,
  type ProtectionRuleDocument,
  type RepositoryRecord,
  type RulesetDocument,
} from "../../store.ts";
import type { TeamDocument } from "../../teams.ts";

import { pullFields } from "./pulls.ts";

type Body = Record<string, unknown>;

/** The roots of queries. */
export function queries(github: GitHub): Body {
  return {
    // An app is its bot, as a user (docs.github.com/graphql, viewer).
    viewer: () =>
      github.grant?.app ? { __typename: "User", login: github.login } : accountNode(github, github.login),
    rateLimit: () => ({
      limit: 5000,
      cost: 1,
      remaining: 4999,
      used: 1,
      nodeCount: 0,
      resetAt: new Date().toISOString(),
    }),
    user: ({ login }: { login: string }) => accountNode(github, login, "User"),
    organization: ({ login }: { login: string }) => accountNode(github, login, "Organization"),
    repository: ({ owner, name }: { owner: string; name: string }) =>
      repositoryNode(github, recordOf(github, owner, name)),
    node: ({ id }: { id: string }) => nodeOf(github, id),
  };
}

function recordOf(github: GitHub, owner: string, name: string): RepositoryRecord {
  const key = `${owner}/${name}`.toLowerCase();
  const { repositories, renamed } = github.data;
  // GraphQL, Query.repository: followRenames is true by default.
  const record = repositories[key] ?? repositories[renamed[key] ?? ""];
  if (record && github.sees(record)) return record;
  return refuse("POST /graphql", 404, `Could not resolve to a Repository with the name '${owner}/${name}'.`);
}

/** A user or an organization. */
export function accountNode(github: GitHub, login: string, type?: AccountDocument["type"]): Body {
  const account = github.account(login);
  if (!account || (type && account.type !== type)) {
    refuse(
      "POST /graphql",
      404,
      `Could not resolve to a${type === "Organization" ? "n" : ""} ${type ?? "User"} with the login of '${login}'.`,
    );
  }
  return {
    __typename: account.type,
    id: account.node_id,
    databaseId: account.id,
    login: account.login,
    name: account.name,
    // Nobody shows theirs.
    email: "",
    url: `https://github.com/${account.login}`,
    team: ({ slug }: { slug: string }) => {
      const team = account.teams?.find((one) => one.slug === slug);
      return team ? teamNode(github, team) : null;
    },
  };
}

function teamNode(github: GitHub, { id, name, slug, members }: TeamDocument): Body {
  const edges = Object.entries(members).map(([login, role], index) => ({
    cursor: String(index),
    role: role.toUpperCase(),
    node: accountNode(github, login),
  }));
  const page = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  return {
    __typename: "Team",
    id: nodeId("T", id),
    databaseId: id,
    name,
    slug,
    members: () => ({
      totalCount: edges.length,
      nodes: edges.map(({ node }) => node),
      edges,
      pageInfo: page,
    }),
  };
}

function nodeOf(github: GitHub, id: string): Body {
  for (const record of Object.values(github.data.repositories).filter((one) => github.sees(one))) {
    if (record.repository.node_id === id) return repositoryNode(github, record);
    const rule = record.branch_protection_rules.find((one) => one.id === id);
    if (rule) return ruleNode(github, record, rule);
  }
  const account = Object.values(github.data.accounts).find(({ node_id }) => node_id === id);
  if (account) return accountNode(github, account.login);
  // The github plugin tells by this sentence whether a text is an id.
  return refuse("POST /graphql", 404, `Could not resolve to a node with the global id of '${id}'`);
}

/** A list as GraphQL has them, in one page. */
export function connection(nodes: readonly unknown[]): Body {
  return {
    totalCount: nodes.length,
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: String(index) })),
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  };
}

/** A repository. */
export function repositoryNode(github: GitHub, record: RepositoryRecord): Body {
  const { repository } = record;
  const ruleNodes = () => record.branch_protection_rules.map((rule) => ruleNode(github, record, rule));
  const mayAdminister = () => {
    github.need("POST /graphql", "administration", "read");
    return github.roleIn(record) === "admin";
  };
  return {
    __typename: "Repository",
    id: repository.node_id,
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.full_name,
    description: repository.description,
    url: `https://github.com/${repository.full_name}`,
    isPrivate: repository.private,
    visibility: repository.visibility.toUpperCase(),
    isArchived: repository.archived,
    isFork: false,
    mergeCommitAllowed: repository.allow_merge_commit,
    squashMergeAllowed: repository.allow_squash_merge,
    rebaseMergeAllowed: repository.allow_rebase_merge,
    owner: () => accountNode(github, repository.owner.login),
    viewerPermission: () => github.roleIn(record)?.toUpperCase() ?? "READ",
    defaultBranchRef: () => ({ __typename: "Ref", name: repository.default_branch, prefix: "refs/heads/" }),
    sshUrl: `git@github.com:${repository.full_name}.git`,
    isEmpty: Object.keys(record.refs).length === 0,
    hasIssuesEnabled: repository.has_issues,
    hasWikiEnabled: repository.has_wiki,
    hasProjectsEnabled: repository.has_projects,
    hasDiscussionsEnabled: repository.has_discussions,
    isTemplate: repository.is_template,
    forkCount: 0,
    stargazerCount: 0,
    createdAt: repository.created_at,
    updatedAt: repository.updated_at,
    pushedAt: repository.updated_at,
    deleteBranchOnMerge: repository.delete_branch_on_merge,
    viewerDefaultMergeMethod: repository.allow_squash_merge ? "SQUASH" : "MERGE",
    mergeQueue: null,
    parent: null,
    pullRequestTemplates: [],
    ...pullFields(github, record),
    rulesets: () => connection(record.rulesets.map((ruleset) => rulesetNode(github, record, ruleset))),
    // "Visibility: admin only" (github-ci.md 1.1).
    branchProtectionRules: () => connection(mayAdminister() ? ruleNodes() : []),
    object: ({ expression = "" }: { expression?: string }) => objectNode(github, record, expression),
  };
}

/** What lies at `REF:PATH`: a folder with its files, or a file. */
function objectNode(github: GitHub, record: RepositoryRecord, expression: string): Body | null {
  if (record.repository.private) github.need("POST /graphql", "contents", "read");
  const [ref = "", path = ""] = expression.split(":", 2);
  const { default_branch } = record.repository;
  const commit = resolveCommit(record, ref === "HEAD" ? default_branch : ref);
  const entry = commit ? entryAt(record, record.commits[commit]?.tree ?? "", path) : undefined;
  return entry ? gitNode(record, entry, path) : null;
}

function gitNode(record: RepositoryRecord, entry: TreeEntry, path: string): Body {
  const tree = record.trees[entry.sha];
  if (!tree) {
    const content = Buffer.from(record.blobs[entry.sha] ?? "", "base64");
    return { __typename: "Blob", oid: entry.sha, byteSize: content.length, text: content.toString("utf8") };
  }
  const entries = tree.map((one) => {
    const below = `${path}/${one.name}`;
    return { name: one.name, path: below, oid: one.sha, object: () => gitNode(record, one, below) };
  });
  return { __typename: "Tree", oid: entry.sha, entries };
}

/** A ruleset, as far as lists show it. */
function rulesetNode(github: GitHub, record: RepositoryRecord, ruleset: RulesetDocument): Body {
  return {
    __typename: "RepositoryRuleset",
    id: ruleset.node_id,
    databaseId: ruleset.id,
    name: ruleset.name,
    target: ruleset.target.toUpperCase(),
    enforcement: ruleset.enforcement.toUpperCase(),
    source: () => repositoryNode(github, record),
    rules: () => connection(ruleset.rules.map(({ type }) => ({ type: type.toUpperCase() }))),
  };
}

/** A classic rule. */
export function ruleNode(github: GitHub, record: RepositoryRecord, rule: ProtectionRuleDocument): Body {
  const {
    pushAllowances,
    reviewDismissalAllowances,
    bypassPullRequestAllowances,
    bypassForcePushAllowances,
    ...plain
  } = rule;
  const allowances = (type: string, logins: string[]) => () =>
    connection(
      logins.map((login) => ({
        __typename: type,
        id: `${rule.id}:${type}:${login}`,
        actor: () => accountNode(github, login),
      })),
    );
  return {
    __typename: "BranchProtectionRule",
    ...plain,
    databaseId: null,
    lockAllowsFetchAndMerge: false,
    requiresDeployments: false,
    requiredDeploymentEnvironments: [],
    requiredStatusChecks: rule.requiredStatusCheckContexts.map((context) => ({ context, app: null })),
    repository: () => repositoryNode(github, record),
    creator: null,
    pushAllowances: allowances("PushAllowance", pushAllowances),
    reviewDismissalAllowances: allowances("ReviewDismissalAllowance", reviewDismissalAllowances),
    bypassPullRequestAllowances: allowances("BypassPullRequestAllowance", bypassPullRequestAllowances),
    bypassForcePushAllowances: allowances("BypassForcePushAllowance", bypassForcePushAllowances),
  };
}
