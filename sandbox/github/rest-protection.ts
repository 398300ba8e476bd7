/** Classic protection as the REST interface has it (docs.github.com/rest/branches/branch-protection): one branch, by name. */

import { classicRuleOf } from "../../github/decisions/patterns.ts";
import { type GitHub, refuse } from "./client.ts";
import {
  BARE_RULE,
  createProtection,
  deleteProtection,
  type ProtectionRequest,
  updateProtection,
} from "./protection.ts";
import type { ProtectionRuleDocument, RepositoryRecord } from "./store.ts";

interface Actors {
  users?: string[];
}

/** What `PUT …/branches/{branch}/protection` takes. */
export interface RestProtection {
  required_status_checks: { strict: boolean; contexts?: string[]; checks?: { context: string }[] } | null;
  enforce_admins: boolean | null;
  required_pull_request_reviews: {
    dismissal_restrictions?: Actors;
    dismiss_stale_reviews?: boolean;
    require_code_owner_reviews?: boolean;
    required_approving_review_count?: number;
    require_last_push_approval?: boolean;
    bypass_pull_request_allowances?: Actors;
  } | null;
  restrictions: Actors | null;
  required_linear_history?: boolean;
  allow_force_pushes?: boolean | null;
  allow_deletions?: boolean;
  block_creations?: boolean;
  required_conversation_resolution?: boolean;
  lock_branch?: boolean;
}

/** `GET …/branches/{branch}/protection` */
export function protectionOf(github: GitHub, name: string, branch: string): ProtectionRuleDocument {
  const request = `GET ${github.path(name)}/branches/${branch}/protection`;
  const record = branchIn(github.repository(name, request), branch, request);
  return classicRuleOf(record, branch) ?? refuse(request, 404, "Branch not protected");
}

/** `PUT …/branches/{branch}/protection`: replaces the whole rule. */
export function setProtection(
  github: GitHub,
  name: string,
  branch: string,
  wanted: RestProtection,
): ProtectionRuleDocument {
  const request = `PUT ${github.path(name)}/branches/${branch}/protection`;
  const record = branchIn(github.writable(name, request, "administration"), branch, request);
  const present = record.branch_protection_rules.find(({ pattern }) => pattern === branch);
  const rule = { ...BARE_RULE, ...translated(wanted), pattern: branch };
  if (!present) return createProtection(github, record.repository.node_id, rule);
  updateProtection(github, present.id, rule);
  return present;
}

/** What the requests below `…/protection` change: one part of the rule. */
export function changeProtection(
  github: GitHub,
  name: string,
  branch: string,
  change: Partial<ProtectionRequest>,
): ProtectionRuleDocument {
  const { id, ...present } = protectionOf(github, name, branch);
  updateProtection(github, id, { ...present, ...change });
  return protectionOf(github, name, branch);
}

/** `DELETE …/branches/{branch}/protection` */
export function deleteProtectionOf(github: GitHub, name: string, branch: string): void {
  const request = `DELETE ${github.path(name)}/branches/${branch}/protection`;
  github.writable(name, request, "administration");
  deleteProtection(github, protectionOf(github, name, branch).id);
}

function branchIn(record: RepositoryRecord, branch: string, request: string): RepositoryRecord {
  return record.refs[`refs/heads/${branch}`] ? record : refuse(request, 404, "Branch not found");
}

function translated(wanted: RestProtection): Partial<ProtectionRequest> {
  const checks = wanted.required_status_checks;
  const reviews = wanted.required_pull_request_reviews;
  const contexts = checks?.checks?.map(({ context }) => context) ?? checks?.contexts ?? [];
  return {
    isAdminEnforced: wanted.enforce_admins === true,
    requiresLinearHistory: wanted.required_linear_history === true,
    allowsForcePushes: wanted.allow_force_pushes === true,
    allowsDeletions: wanted.allow_deletions === true,
    blocksCreations: wanted.block_creations === true,
    requiresConversationResolution: wanted.required_conversation_resolution === true,
    lockBranch: wanted.lock_branch === true,
    requiresStatusChecks: checks !== null,
    requiresStrictStatusChecks: checks?.strict === true,
    requiredStatusCheckContexts: contexts,
    requiresApprovingReviews: reviews !== null,
    requiredApprovingReviewCount: reviews?.required_approving_review_count ?? 0,
    dismissesStaleReviews: reviews?.dismiss_stale_reviews === true,
    requiresCodeOwnerReviews: reviews?.require_code_owner_reviews === true,
    requireLastPushApproval: reviews?.require_last_push_approval === true,
    restrictsReviewDismissals: reviews?.dismissal_restrictions !== undefined,
    reviewDismissalAllowances: reviews?.dismissal_restrictions?.users ?? [],
    bypassPullRequestAllowances: reviews?.bypass_pull_request_allowances?.users ?? [],
    restrictsPushes: wanted.restrictions !== null,
    pushAllowances: wanted.restrictions?.users ?? [],
  };
}
