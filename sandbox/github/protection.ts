/** Classic branch protection of the simulated GitHub (docs.github.com/graphql, BranchProtectionRule). */
import { canWrite } from "../../github/decisions/actor.ts";
import { type GitHub, needRulesPlan, refuse, roleOf } from "./client.ts";
import { nodeId, type ProtectionRuleDocument, type RepositoryRecord } from "./store.ts";

export type ProtectionRequest = Omit<ProtectionRuleDocument, "id">;

const REQUEST = "POST /graphql";

/** The rule with a node id. */
export function findProtection(
  github: GitHub,
  id: string,
): { record: RepositoryRecord; rule: ProtectionRuleDocument } | undefined {
  for (const record of Object.values(github.data.repositories)) {
    const rule = record.branch_protection_rules.find((candidate) => candidate.id === id);
    if (rule) return { record, rule };
  }
  return undefined;
}

/** A repository by node id or by name, as the github plugin takes either. */
export function repositoryByNode(github: GitHub, idOrName: string): RepositoryRecord {
  const records = Object.values(github.data.repositories);
  return (
    records.find(({ repository }) => repository.node_id === idOrName) ?? github.repository(idOrName, REQUEST)
  );
}

/** Mutation `createBranchProtectionRule` */
export function createProtection(
  github: GitHub,
  repository: string,
  wanted: ProtectionRequest,
): ProtectionRuleDocument {
  const record = repositoryByNode(github, repository);
  needAdministrator(github, record, "CreateBranchProtectionRule");
  const kept = accepted(github, record, wanted);
  const rule = { id: nodeId("BPR", github.nextId()), ...kept };
  record.branch_protection_rules.push(rule);
  github.changed(record);
  return rule;
}

/** Mutation `updateBranchProtectionRule` */
export function updateProtection(github: GitHub, id: string, wanted: ProtectionRequest): void {
  const { record, rule } = findProtection(github, id) ?? refuse(REQUEST, 404, "Not Found");
  needAdministrator(github, record, "UpdateBranchProtectionRule");
  Object.assign(rule, accepted(github, record, wanted, id));
  github.changed(record);
}

/** Mutation `deleteBranchProtectionRule` */
export function deleteProtection(github: GitHub, id: string): void {
  const { record } = findProtection(github, id) ?? refuse(REQUEST, 404, "Not Found");
  needAdministrator(github, record, "DeleteBranchProtectionRule");
  record.branch_protection_rules = record.branch_protection_rules.filter((rule) => rule.id !== id);
  github.changed(record);
}

/** The sentence is GraphQL's own. */
function needAdministrator(github: GitHub, record: RepositoryRecord, mutation: string): void {
  github.need(REQUEST, "administration");
  if (github.roleIn(record) === "admin" || github.grant?.app) return;
  refuse(REQUEST, 403, `${github.login} does not have the correct permissions to execute \`${mutation}\``);
}

/** The rule as GitHub keeps it, or a refusal. */
function accepted(
  github: GitHub,
  record: RepositoryRecord,
  wanted: ProtectionRequest,
  own?: string,
): ProtectionRequest {
  needRulesPlan(github, record, REQUEST);
  if (record.branch_protection_rules.some(({ pattern, id }) => pattern === wanted.pattern && id !== own)) {
    refuse(REQUEST, 422, `Name already protected: ${wanted.pattern}`);
  }
  const actors = [...wanted.pushAllowances, ...wanted.bypassPullRequestAllowances];
  // The REST interface's sentence; what GraphQL does with them on a user's repository is not documented
  // (github-ci.md 1.2), so the stand-in is strict.
  if (record.repository.owner.type === "User" && (wanted.restrictsPushes || actors.length > 0)) {
    refuse(REQUEST, 422, "Only organization repositories can have users and team restrictions");
  }
  for (const login of [...actors, ...wanted.bypassForcePushAllowances]) {
    if (!github.account(login))
      refuse(REQUEST, 404, `Could not resolve to a User with the login of '${login}'.`);
  }
  // An actor without write access is dropped without a word (terraform-provider-github#1841).
  const known = (logins: string[]) => logins.filter((login) => canWrite(roleOf(github.data, record, login)));
  return {
    ...wanted,
    pushAllowances: known(wanted.pushAllowances),
    bypassPullRequestAllowances: known(wanted.bypassPullRequestAllowances),
    bypassForcePushAllowances: known(wanted.bypassForcePushAllowances),
  };
}

/** What a rule has that asks for no review. */
export const WITHOUT_REVIEWS = {
  requiresApprovingReviews: false,
  requiredApprovingReviewCount: 0,
  dismissesStaleReviews: false,
  requiresCodeOwnerReviews: false,
  requireLastPushApproval: false,
  restrictsReviewDismissals: false,
  reviewDismissalAllowances: [],
  bypassPullRequestAllowances: [],
} satisfies Partial<ProtectionRequest>;

/** A rule that forbids force pushes and deletions, and nothing else: what GraphQL makes of a pattern alone. */
export const BARE_RULE: Readonly<ProtectionRequest> = {
  pattern: "",
  isAdminEnforced: false,
  allowsDeletions: false,
  allowsForcePushes: false,
  lockBranch: false,
  requiresCommitSignatures: false,
  requiresConversationResolution: false,
  requiresLinearHistory: false,
  ...WITHOUT_REVIEWS,
  requiresDeployments: false,
  requiredDeploymentEnvironments: [],
  requiresStatusChecks: false,
  requiresStrictStatusChecks: false,
  requiredStatusCheckContexts: [],
  restrictsPushes: false,
  blocksCreations: false,
  pushAllowances: [],
  bypassForcePushAllowances: [],
};
